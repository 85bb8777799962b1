"""Accounts: signing in, proving an address, a new password; and that nobody learns which addresses have one."""

import contextlib

import pytest
from sqlalchemy import select

from portal import accounts, links, passwords, sessions, tokens
from portal.errors import AddressTaken, BadLink, BadName, NotAnAddress, PasswordTooShort, WrongPassword
from portal.links import Kind
from portal.models import Message, User
from portal.permissions import Actor
from tests.world import PASSWORD, person

ANN = "ann@example.com"
NEW = "a rather different phrase"


@pytest.fixture
def ann(session, now):
    return person(session, ANN, now)


@pytest.fixture
def squatter(session, now):
    return person(session, ANN, now, name="Mallory", verified=False)


def mails(session):
    return [(mail.kind, mail.recipient) for mail in session.scalars(select(Message).order_by(Message.id))]


def test_an_account_keeps_the_normalised_address_and_only_a_hash(session, now):
    user = accounts.create(session, " Ann@Example.COM. ", "  Ann\n Lee ", passwords.accepted(PASSWORD), now)
    assert (user.email, user.name, user.is_verified) == (ANN, "Ann Lee", False)
    assert user.password_hash.startswith("$argon2id$")


def test_an_address_has_one_account_however_it_is_spelled(session, now, ann):
    for spelled in (ANN, "ANN@EXAMPLE.COM", " ann@example.com."):
        with pytest.raises(AddressTaken):
            accounts.create(session, spelled, "Ann", None, now)


def test_a_bad_address_or_name_makes_no_account(session, now):
    with pytest.raises(NotAnAddress):
        accounts.create(session, "ann", "Ann", None, now)
    for name in ("", " \r\n", "x" * 101, "\x00"):
        with pytest.raises(BadName):
            accounts.create(session, ANN, name, None, now)


def test_the_right_password_signs_in_however_the_address_is_spelled(session, ann):
    assert accounts.sign_in(session, " ANN@example.com", PASSWORD).id == ann.id


@pytest.mark.parametrize(("address", "password"), [(ANN, "wrong"), ("bob@example.com", PASSWORD), ("x", PASSWORD)])
def test_anything_wrong_is_one_error(session, ann, address, password):
    with pytest.raises(WrongPassword):
        accounts.sign_in(session, address, password)


def test_attack_18_a_deactivated_person_does_not_sign_in(session, now, ann):
    ann.deactivated_at = now
    session.commit()
    with pytest.raises(WrongPassword):
        accounts.sign_in(session, ANN, PASSWORD)


@pytest.mark.parametrize("password", [PASSWORD, "wrong", "x" * 129, ""])
def test_attack_22_a_known_and_an_unknown_address_cost_the_same_hashing(session, now, ann, monkeypatch, password):
    person(session, "nopassword@example.com", now)
    session.scalars(select(User).where(User.email == "nopassword@example.com")).one().password_hash = None
    session.commit()
    passwords.matches(None, PASSWORD)  # the hash of nobody's password is made once
    counted, verify, costs = [], type(passwords.hasher).verify, []
    monkeypatch.setattr(type(passwords.hasher), "verify", lambda *args: counted.append(1) or verify(*args))
    for address in (ANN, "bob@example.com", "not an address", "nopassword@example.com"):
        del counted[:]
        with contextlib.suppress(WrongPassword):
            accounts.sign_in(session, address, password)
        costs.append(len(counted))
    assert len(set(costs)) == 1


def test_a_password_hash_of_older_settings_is_made_anew(session, ann, monkeypatch):
    from argon2 import PasswordHasher

    before = ann.password_hash
    accounts.refresh_hash(session, ann, PASSWORD)
    assert ann.password_hash == before
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    accounts.refresh_hash(session, ann, PASSWORD)
    assert ann.password_hash != before
    assert accounts.sign_in(session, ANN, PASSWORD)


def test_verifying_while_signed_in_keeps_the_password_and_this_session_only(session, now, squatter):
    here, elsewhere = (sessions.start(session, squatter.id, now) for _ in range(2))
    token = links.account_token(squatter, Kind.VERIFY)
    accounts.verify(session, token, now, keep=sessions.find(session, here, now).id)
    assert accounts.sign_in(session, ANN, PASSWORD).is_verified
    assert sessions.find(session, here, now)
    assert sessions.find(session, elsewhere, now) is None


@pytest.mark.parametrize("kind", [Kind.VERIFY, Kind.RESET])
def test_attack_09_who_proves_the_address_takes_the_account_over(session, now, squatter, kind):
    cookies = [sessions.start(session, squatter.id, now) for _ in range(3)]
    user = accounts.set_password_by_link(session, links.account_token(squatter, kind), kind, NEW, now)
    assert user.is_verified
    assert [sessions.find(session, token, now) for token in cookies] == [None] * 3
    with pytest.raises(WrongPassword):
        accounts.sign_in(session, ANN, PASSWORD)
    assert accounts.sign_in(session, ANN, NEW).id == squatter.id


def test_attack_09_the_tokens_of_a_squatter_end_and_those_of_the_owner_stay(session, now, squatter):
    made = tokens.create(session, Actor(squatter.id), squatter.id, now)[1]
    user = accounts.set_password_by_link(session, links.account_token(squatter, Kind.RESET), Kind.RESET, NEW, now)
    assert tokens.find(session, made, now) is None
    own = tokens.create(session, Actor(user.id), user.id, now)[1]
    accounts.set_password_by_link(session, links.account_token(user, Kind.RESET), Kind.RESET, PASSWORD, now)
    assert tokens.find(session, own, now).user_id == user.id


def test_an_accounts_link_works_once(session, now, ann):
    token = links.account_token(ann, Kind.RESET)
    accounts.set_password_by_link(session, token, Kind.RESET, NEW, now)
    for rule in (
        lambda: accounts.set_password_by_link(session, token, Kind.RESET, PASSWORD, now),
        lambda: accounts.from_link(session, token, Kind.RESET),
    ):
        with pytest.raises(BadLink):
            rule()
    assert accounts.sign_in(session, ANN, NEW)


def test_a_bad_new_password_uses_up_no_link(session, now, ann):
    token = links.account_token(ann, Kind.RESET)
    with pytest.raises(PasswordTooShort):
        accounts.set_password_by_link(session, token, Kind.RESET, "short", now)
    assert accounts.set_password_by_link(session, token, Kind.RESET, NEW, now)


def test_a_link_of_one_kind_does_not_do_what_another_does(session, now, squatter):
    with pytest.raises(BadLink):
        accounts.set_password_by_link(session, links.account_token(squatter, Kind.VERIFY), Kind.RESET, NEW, now)
    with pytest.raises(BadLink):
        accounts.verify(session, links.account_token(squatter, Kind.RESET), now, keep=squatter.id)


def test_attack_18_a_deactivated_account_is_not_reset(session, now, ann):
    token = links.account_token(ann, Kind.RESET)
    ann.deactivated_at = now
    session.commit()
    with pytest.raises(BadLink):
        accounts.set_password_by_link(session, token, Kind.RESET, NEW, now)


def test_attack_30_a_new_password_ends_every_session(session, now, ann):
    cookies = [sessions.start(session, ann.id, now) for _ in range(3)]
    accounts.change_password(session, ann, PASSWORD, NEW, now)
    assert [sessions.find(session, token, now) for token in cookies] == [None] * 3
    with pytest.raises(WrongPassword):
        accounts.change_password(session, ann, PASSWORD, "yet another phrase", now)


def test_attack_22_asking_for_a_reset_is_the_same_whether_or_not_there_is_an_account(session, now, ann):
    for address in (" ANN@example.com", "bob@example.com", "nonsense", ""):
        accounts.ask_reset(session, address, now)
    assert mails(session) == [("reset", ANN), ("reset", "bob@example.com")]


def test_the_outbox_holds_no_token(session, now, squatter):
    accounts.ask_reset(session, ANN, now)
    accounts.ask_verification(session, squatter, now)
    assert mails(session) == [("reset", ANN), ("verify", ANN)]
    said = [mail.arguments for mail in session.scalars(select(Message).order_by(Message.id))]
    assert said == [{}, {"user_id": squatter.id.hex}]


def test_who_is_verified_is_mailed_no_verification(session, now, ann):
    accounts.ask_verification(session, ann, now)
    assert mails(session) == []
