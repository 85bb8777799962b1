"""Once is once, for a reset link, an address, a slug and a mail as well."""

from functools import partial

from sqlalchemy import func, select

from portal import accounts, links, organizations, passwords
from portal.delivery import outbox
from portal.links import Kind
from portal.models import Membership, Organization, User
from tests.world import person

from .together import errors, successes, together

ANN = "ann@example.com"


def test_a_reset_link_works_once_of_ten_times_at_once(app, world):
    token = links.account_token(person(world.session, ANN, world.now), Kind.RESET)

    def reset(session, word):
        accounts.set_password_by_link(session, token, Kind.RESET, word, world.now)
        return word

    results = together(app, *[partial(reset, word=f"three unrelated words {n}") for n in range(10)])
    (word,) = successes(results)
    assert errors(results) == ["bad_link"] * 9
    assert accounts.sign_in(world.session, ANN, word)


def test_ten_accounts_of_one_address_are_one(app, world):
    hashed = passwords.accepted("three unrelated words")
    results = together(app, *[lambda s: accounts.create(s, ANN, "Ann", hashed, world.now) for _ in range(10)])
    assert errors(results) == ["address_taken"] * 9
    assert world.session.scalar(select(func.count()).select_from(User).where(User.email == ANN)) == 1


def test_five_organizations_of_one_slug_are_one(app, world):
    acts = [lambda s: organizations.create(s, world["owner"], "Acme", world.now, slug="acme") for _ in range(5)]
    assert errors(together(app, *acts)) == ["slug_taken"] * 4
    made = world.session.scalars(select(Organization).where(Organization.slug == "acme")).one()
    assert world.session.scalar(select(func.count()).select_from(Membership).filter_by(organization_id=made.id)) == 1


def test_each_mail_is_claimed_by_one_of_several_workers(app, world):
    world.invite(*(f"p{n}@example.com" for n in range(60)))

    def work(session):
        claimed = []
        while mails := outbox.claim(session, world.now, most=7):
            claimed += [mail.id for mail in mails]
        return claimed

    claimed = [key for keys in together(app, *[work for _ in range(4)]) for key in keys]
    assert len(claimed) == len(set(claimed)) == 60
