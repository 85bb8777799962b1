"""Inviting through the native API: one or many, one offer or many, an outcome for each, and links to copy."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from portal import clock, links
from portal.invitations import SORTS, Wanted, search
from portal.links import Kind
from portal.models import ROLES
from tests.api.scripts import snapshot

from .calls import pointers, problem


@pytest.fixture
def path(here):
    return f"{here}/invitations"


def test_one_invitation_holds_all_that_was_offered(world, owner, path):
    offer = {
        "role": "member", "sites": [world.sites[0], str(world.sites[1])],
        "teams": [{"id": str(world.teams[0]), "role": "developer"}],
        "projects": [{"id": str(world.projects[1]), "role": "project_viewer"}], "message": "Hi\r\nthere",
        "language": "de", "expires_at": "2099-01-01T00:00:00Z",
    }  # fmt: skip
    problem(owner.post(path, {"emails": ["MIA@Example.com."]} | offer), 422, "bad_expiry")
    del offer["expires_at"]
    reply = owner.post(path, {"emails": ["MIA@Example.com."]} | offer)
    assert (reply.status_code, reply.json["invited"]) == (201, 1)
    (outcome,) = reply.json["outcomes"]
    said = outcome["invitation"]
    assert (outcome["email"], outcome["error"], said["email"]) == ("mia@example.com", None, "mia@example.com")
    assert [site["name"] for site in said["sites"]] == ["Blog", "Shop"]
    assert [(team["name"], team["role"]) for team in said["teams"]] == [("Platform", "developer")]
    assert [(each["name"], each["role"]) for each in said["projects"]] == [("Gemini", "project_viewer")]
    assert (said["message"], said["language"], said["status"]) == ("Hi\nthere", "de", "pending")
    assert said["inviter"] == {"id": str(world["owner"].user_id), "name": "Owner"}
    assert reply.headers["Location"] == f"{path}/{said['id']}"
    assert owner.get(reply.headers["Location"]).json == said
    assert said["mail_status"] == "queued"
    assert len(world.mails()) == 1


def test_what_inviting_answers_is_what_reading_says(world, owner, path):
    invitees = [
        {"email": "A@example.com", "name": " Ann  B ", "message": "Hi \r\n", "language": "fr", "role": "owner"},
        {"email": "b@example.com"}, {"email": "c@example.com", "sites": [world.sites[0]]},
    ]  # fmt: skip
    for outcome in owner.post(path, {"invitees": invitees}).json["outcomes"]:
        assert owner.get(f"{path}/{outcome['invitation']['id']}").json == outcome["invitation"]


def test_many_have_an_outcome_each_in_the_order_given(world, owner, path):
    world.invited("there@example.com")
    body = {
        "emails": ["a@example.com", "there@example.com", "nope", "A@example.com"],
        "invitees": [
            {"email": "b@example.com", "role": "manager", "name": "Bea", "message": "Own"},
            {"email": world.email("member")}, {"email": "c@example.com"},
        ],
        "message": "All",
    }  # fmt: skip
    reply = owner.post(path, body)
    assert (reply.status_code, reply.json["invited"]) == (201, 3)
    outcomes = reply.json["outcomes"]
    assert [each["error"] and each["error"]["code"] for each in outcomes] == [
        None, "already_invited", "not_an_address", "said_twice", None, "already_member", None
    ]  # fmt: skip
    made = {each["email"]: each["invitation"] for each in outcomes if each["invitation"]}
    assert (made["b@example.com"]["role"], made["b@example.com"]["message"], made["b@example.com"]["name"]) == (
        "manager", "Own", "Bea"
    )  # fmt: skip
    assert (made["c@example.com"]["role"], made["c@example.com"]["message"]) == ("member", "All")
    world.check_counts()


@pytest.mark.sqlite
def test_nobody_new_is_200_and_one_alone_is_told_what_is_wrong(app, world, owner, path):
    world.invited("a@example.com")
    before = snapshot(app)
    reply = owner.post(path, {"emails": ["a@example.com", "nope"]})
    assert (reply.status_code, reply.json["invited"]) == (200, 0)
    alone = owner.post(path, {"emails": ["a@example.com"]})
    problem(alone, 409, "already_invited")
    assert pointers(alone) == ["/emails/0"]
    invitee = owner.post(path, {"invitees": [{"email": world.email("member")}]})
    problem(invitee, 409, "already_member")
    assert pointers(invitee) == ["/invitees/0/email"]
    assert snapshot(app) == before


@pytest.mark.sqlite
def test_limits_refuse_alone_with_403_and_among_many_with_an_outcome(world, owner, path):
    world.limit(seat_limit=6)
    reply = owner.post(path, {"emails": ["a@example.com", "b@example.com"]})
    assert [each["error"] and each["error"]["code"] for each in reply.json["outcomes"]] == [None, "no_seat_left"]
    problem(owner.post(path, {"emails": ["c@example.com"]}), 403, "no_seat_left")
    world.limit(seat_limit=None, pending_limit=1)
    problem(owner.post(path, {"emails": ["c@example.com"]}), 403, "pending_limit_reached")


@pytest.mark.sqlite
def test_what_is_wrong_with_one_persons_own_offer_points_at_them(app, owner, path, world):
    before = snapshot(app)
    wrong = {"email": "b@example.com", "teams": [{"id": str(world.id), "role": "developer"}]}
    reply = owner.post(path, {"emails": ["a@example.com"], "invitees": [{"email": "c@example.com"}, wrong]})
    problem(reply, 422, "unknown_team")
    assert pointers(reply) == ["/invitees/1/teams"]
    assert snapshot(app) == before


@pytest.mark.sqlite
def test_attack_12_nobody_invites_above_their_rank(world, script, path):
    """ATTACKS 12: inviter's role by granted role, alone, among many and as a person's own offer."""
    ranks = {"owner": 4, "admin": 3, "manager": 2, "billing_manager": 1, "member": 1}
    for role in ROLES:
        caller = script(role)
        for offered in ROLES:
            for number, body in enumerate(
                (
                    {"emails": ["x{}@example.com"], "role": offered},
                    {"invitees": [{"email": "x{}@example.com", "role": offered}]},
                )
            ):
                body = json.loads(json.dumps(body).replace("{}", f"-{role}-{offered}-{number}"))
                reply = caller.post(path, body)
                if role in ("billing_manager", "member"):
                    problem(reply, 403, "may_not_invite")
                elif ranks[offered] > ranks[role]:
                    problem(reply, 403, "role_above_rank")
                else:
                    assert reply.status_code == 201


@pytest.mark.sqlite
def test_attack_14_a_role_in_free_text_is_refused(app, owner, path, world):
    """ATTACKS 14."""
    before = snapshot(app)
    for role in ("root", "Owner", "owner ", "administrator", "", "member,owner"):
        problem(owner.post(path, {"emails": ["a@example.com"], "role": role}), 422, "invalid_input")
    assert snapshot(app) == before


@pytest.mark.sqlite
def test_a_link_to_copy_is_there_while_it_is_pending_for_who_may_act_on_it(world, script, owner, path):
    reply = owner.post(path, {"invitees": [{"email": "a@example.com", "role": "owner"}, {"email": "m@example.com"}]})
    top, low = [each["invitation"] for each in reply.json["outcomes"]]
    assert urlsplit(top["link"]).netloc == "127.0.0.1:8000"
    manager = script("manager")
    assert manager.get(f"{path}/{top['id']}").json["link"] is None
    assert manager.get(f"{path}/{low['id']}").json["link"] == low["link"]
    listed = {each["email"]: each["link"] for each in manager.get(path).json["invitations"]}
    assert listed == {"a@example.com": None, "m@example.com": low["link"]}
    assert owner.post(f"{path}/{low['id']}/cancel", None).json["link"] is None


@pytest.mark.sqlite
def test_attack_2_a_link_from_a_reply_proves_no_mailbox(world, owner, path, client):
    """ATTACKS 2: the link that an inviter gets is a copied one, and opens no account."""
    said = owner.post(path, {"emails": ["mia@example.com"]}).json["outcomes"][0]["invitation"]
    opened = links.open_invitation(said["link"].rpartition("/")[2])
    assert (opened.kind, opened.proves_mailbox) == (Kind.COPIED, False)
    page = client.get(urlsplit(said["link"]).path, follow_redirects=True).get_data(as_text=True)
    assert 'type="password"' not in page


def test_a_thousand_are_one_call_and_every_one_is_listed_once(world, owner, path):
    many = [f"p{number:04}@example.com" for number in range(1000)]
    reply = owner.post(path, {"emails": many})
    assert (reply.status_code, reply.json["invited"]) == (201, 1000)
    assert [each["email"] for each in reply.json["outcomes"]] == many
    world.check_counts()
    ids = {each["invitation"]["id"] for each in reply.json["outcomes"]}
    for sort in SORTS:
        for wanted in (
            Wanted(), Wanted(status="pending"), Wanted(email="P"), Wanted(email="p0", role="member"),
            Wanted(inviter=world["owner"].user_id), Wanted(created_after=world.now - timedelta(days=1)),
        ):  # fmt: skip
            seen = walked(world, wanted, sort)
            assert (len(seen), set(map(str, seen))) == (1000, ids), (sort, wanted)
    emails = [each["email"] for each in everything(owner, f"{path}?limit=200&sort=email")]
    assert emails == many


def walked(world, wanted, sort):
    """The ids of all that is found, page by page."""
    found, cursor = [], None
    while True:
        page = search(world.session, world["owner"], world.id, wanted, clock.now(), sort=sort, cursor=cursor, most=170)
        found += [row.invitation.id for row in page.rows]
        if page.next is None:
            return found
        cursor = page.next


def everything(script, path, cursor=""):
    """All pages of a list, from a cursor on."""
    found = []
    while cursor is not None:
        reply = script.get(path + (f"&cursor={cursor}" if cursor else ""))
        assert reply.status_code == 200, reply.get_data(as_text=True)
        found += reply.json["invitations"]
        cursor = reply.json["next_cursor"]
    return found


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("by", "default", "said", "role"),
    [
        ("owner", "manager", {}, "manager"), ("owner", "manager", {"role": "admin"}, "admin"),
        ("manager", "manager", {}, "manager"), ("manager", "admin", {}, "member"),  # which they may not offer
        ("owner", "manager", {"sites": True}, "member"), ("owner", "owner", {"role": "member"}, "member"),
    ],
)  # fmt: skip
def test_whom_no_role_is_said_for_gets_the_organizations_default(world, script, path, by, default, said, role):
    world.set(default_role=default)
    if "sites" in said:
        said = {"sites": [world.sites[0]]}
    both = {"emails": ["a@example.com"], "invitees": [{"email": "b@example.com"}, {"email": "c@example.com"} | said]}
    common = {"role": said["role"]} if "role" in said else {}
    outcomes = script(by).post(path, both | common).json["outcomes"]
    plain = common.get("role") or (default if by == "owner" or default == "manager" else "member")
    assert [outcome["invitation"]["role"] for outcome in outcomes] == [plain, plain, role]
