"""Published attacks on invitation links, each with its number in ATTACKS.md, through the pages."""

import json
import sqlite3
from datetime import timedelta
from string import ascii_letters, digits

import pytest
from itsdangerous import Signer, URLSafeSerializer
from sqlalchemy import select

from portal import clock, links, logs
from portal.links import Kind
from portal.models import User
from tests.world import PASSWORD

from .conftest import link_in

pytestmark = pytest.mark.sqlite
NEW = "a quite different phrase"
JOIN = "Join Northwind"


@pytest.fixture
def ann(world):
    return world.invited("ann@example.com")


def is_refused(browser, path, everything):
    before = everything()
    page = browser.open(path)
    assert (page.status, page.heading) == (404, "This link does not work"), path
    posted = browser.send("/join", {"name": "Eve", "password": NEW, "version": "1"})
    assert posted.status == 404, path
    assert everything() == before, path


def test_attack_1_a_change_of_any_character_is_refused(ann, link, stranger, everything):
    token = link(ann).removeprefix("/join/")
    before, browser = everything(), stranger()
    changed = [token[:place] + ("A" if c != "A" else "B") + token[place + 1 :] for place, c in enumerate(token)]
    changed += [token[:-1] + c for c in ascii_letters + digits + "-_=" if c != token[-1]]
    for other in changed:
        assert browser.client.get(f"/join/{other}").status_code == 404, other
    assert browser.client.get_cookie("usher_link_join", path="/join") is None
    assert everything() == before


@pytest.mark.parametrize("salt", [kind.value for kind in Kind] + ["cookie/join"])
def test_attack_1_a_token_forged_without_the_key_is_refused(ann, stranger, everything, salt):
    for payload in ([ann.hex, 1], {"id": ann.hex, "organization": "southwind", "email": "eve@example.com"}, ann.hex):
        forged = URLSafeSerializer("a guessed key, as long as it has to be", salt, signer=Signer).dumps(payload)
        is_refused(stranger(), f"/join/{forged}", everything)


def test_attack_1_another_kind_generation_or_shape_signed_with_the_key_is_refused(
    app, world, ann, stranger, everything
):
    with app.app_context():
        wrong = [
            links.account_token(world.user("owner"), Kind.RESET),
            links.remember("x", "/join"),
            links.invitation_token(ann, 2, Kind.MAILED),
            links.invitation_token(world["owner"].user_id, 1, Kind.MAILED),
            str(links._serializer(Kind.MAILED).dumps({"id": ann.hex})),
        ]
    for token in wrong:
        is_refused(stranger(), f"/join/{token}", everything)


def test_attack_1_an_invitation_link_opens_no_account(ann, link, stranger):
    token = link(ann).removeprefix("/join/")
    assert [stranger().open(f"/{way}/{token}").status for way in ("reset", "verify")] == [404, 404]


def test_attack_1_the_cookie_of_a_page_cannot_be_forged_nor_used_for_another(app, ann, link, stranger, everything):
    token, browser = link(ann).removeprefix("/join/"), stranger()
    with app.app_context():
        other = links.remember(token, "/reset")
    for value in (token, other, "x", ""):
        browser.client.set_cookie("usher_link_join", value, path="/join")
        assert browser.open("/join").status == 404


def test_attack_5_a_link_opens_its_own_organization_whatever_else_is_sent(world, another, ann, link, stranger):
    browser = stranger()
    browser.open(f"{link(ann)}?slug=southwind&organization_id={another.id}")
    extra = {"organization_id": str(another.id), "slug": "southwind", "role": "owner", "email": "eve@example.com"}
    page = browser.send("/join?slug=southwind", {"name": "Ann", "password": NEW, "version": "1"} | extra)
    assert (page.path, "Your role here: member" in page.text) == ("/o/northwind/", True)
    assert browser.open("/o/southwind/").status == 404


@pytest.mark.parametrize("verified", [True, False])
def test_attack_6_a_link_for_one_address_is_refused_to_another(world, ann, link, account, at, everything, verified):
    browser = at(account("eve@example.com", verified=verified))
    assert browser.open(link(ann)).buttons == ["Switch account"]
    before = everything()
    assert browser.send("/join", {"version": "1", "name": "Eve", "password": NEW}).status == 403
    assert browser.send(f"/invitations/{ann}/accept", {"version": "1"}).status == 404
    assert everything() == before


def test_attack_9_an_account_registered_in_advance_gets_nothing(world, account, at, ann, everything, link):
    squatter = at(account("ann@example.com", verified=False))
    assert "Northwind" not in squatter.open("/invitations").text
    before = everything()
    assert squatter.send(f"/invitations/{ann}/accept", {"version": "1"}).status == 403
    assert squatter.send(f"/invitations/{ann}/decline", {"reason": ""}).status == 404
    squatter.open(link(ann, Kind.COPIED))
    assert squatter.send("/join", {"version": "1"}).status == 403
    assert everything("invitations", "events") == {
        k: v for k, v in before.items() if k not in ("invitations", "events")
    }
    assert world.invitation(ann).status == "pending"


def test_attack_9_whoever_proves_the_address_ends_what_the_attacker_had(account, at, stranger, mails):
    squatter = at(account("ann@example.com", verified=False))
    stranger().open("/forgot").press("Send me the link", email="ann@example.com")
    stranger().open(link_in(mails()[0])).press("Set this password", password=NEW)
    assert squatter.open("/").heading == "Sign in"
    assert stranger().open("/sign-in").press("Sign in", email="ann@example.com", password=PASSWORD).status == 401


@pytest.mark.parametrize("way", ["join", "reset", "verify"])
def test_attack_10_a_token_that_is_none_is_not_found(world, stranger, everything, way):
    before = everything()
    for token in ("", "null", "[]", "%00", "%20", ".", "..", "x" * 600, "x" * 8000, "ü", "a/b/c"):
        assert stranger().open(f"/{way}/{token}").status == 404, token
    assert everything() == before


def test_attack_11_a_link_never_signs_in_to_an_account_that_is_verified(account, ann, link, stranger, everything):
    account("ann@example.com")
    browser = stranger()
    page = browser.open(link(ann))
    assert page.buttons == []
    before = everything()
    assert browser.send("/join", {"name": "Eve", "password": NEW, "version": "1"}).status == 403
    assert everything() == before
    assert browser.open("/").heading == "Sign in"


def test_attack_14_an_unknown_role_is_refused(world, at, everything):
    owner = at("owner")
    assert owner.token
    before = everything()
    for role in ("", "root", "Owner", "owner ", "administrator", "0", "member,owner"):
        data = {"people": "ann@example.com", "role": role, "restricted": "all"}
        assert owner.send("/o/northwind/invitations/new", data).status == 422
        assert owner.send(f"/o/northwind/members/{world['member'].user_id}", data).status == 422
    assert everything() == before


@pytest.mark.parametrize("way", ["new link", "changed address"])
def test_attack_16_every_earlier_link_is_dead(world, ann, link, at, stranger, way):
    old = link(ann)
    shown = stranger().open(old)
    owner = at("owner").open(f"/o/northwind/invitations/{ann}")
    if way == "new link":
        owner.follow("Make a new link").press("Make a new link")
    else:
        owner.follow("Edit").press("Save changes", email="bob@example.com")
    assert stranger().open(old).heading == "A newer link was sent"
    assert shown.press(JOIN, name="Eve", password=NEW).heading == "A newer link was sent"
    assert world.invitation(ann).status == "pending"


@pytest.mark.parametrize("removed", [False, True])
def test_attack_17_a_used_link_lets_nobody_in_again(world, ann, link, stranger, at, everything, removed):
    path = link(ann)
    browser = stranger().open(path).press(JOIN, name="Ann", password=NEW).browser
    if removed:
        world.session.rollback()
        user_id = world.session.scalar(select(User.id).where(User.email == "ann@example.com"))
        at("owner").open(f"/o/northwind/members/{user_id}/remove").press("Remove Ann")
    before = everything()
    for who in (browser, stranger()):
        assert who.open(path).status == 410
        assert who.send("/join", {"version": "1", "name": "Ann", "password": NEW}).status == 410
        assert who.send(f"/invitations/{ann}/accept", {"version": "1"}).status in (200, 409)
    assert everything() == before
    assert browser.open("/o/northwind/").status == (404 if removed else 200)


@pytest.mark.parametrize(("left", "heading"), [(1, "Northwind"), (0, "This invitation has expired")])
def test_attack_18_the_second_of_expiry_is_kept(world, ann, link, stranger, monkeypatch, left, heading):
    path, moment = link(ann), world.invitation(ann).expires_at - timedelta(milliseconds=left)
    monkeypatch.setattr(clock, "now", lambda: moment)
    page = stranger().open(path)
    assert page.heading == heading
    if left:
        assert page.press(JOIN, name="Ann", password=NEW).path == "/o/northwind/"


def test_attack_18_a_form_opened_before_the_expiry_does_nothing_after(world, ann, link, stranger, monkeypatch):
    page = stranger().open(link(ann))
    late = world.invitation(ann).expires_at
    monkeypatch.setattr(clock, "now", lambda: late)
    assert page.press(JOIN, name="Ann", password=NEW).heading == "This invitation has expired"
    assert world.invitation(ann).status == "pending"


@pytest.mark.parametrize("table", ["organization", "person"])
def test_attack_18_who_or_what_was_deactivated_is_shut_out_at_once(world, at, table):
    browser = at("member")
    assert browser.open("/o/northwind/").status == 200
    closed = world.organization() if table == "organization" else world.user("member")
    closed.deactivated_at = world.now
    world.session.commit()
    page = browser.open("/o/northwind/")
    assert (page.status, page.heading) in ((403, "Northwind has been closed."), (200, "Sign in"))
    assert (page.heading == "Sign in") == (table == "person")


@pytest.mark.parametrize("kind", ["join", "reset", "verify"])
def test_attack_19_the_token_leaves_the_address_at_the_first_hop(world, ann, link, stranger, app, kind, capsys):
    with app.app_context():
        user = world.user("owner")
        made = {"reset": Kind.RESET, "verify": Kind.VERIFY}
        path = link(ann) if kind == "join" else f"/{kind}/{links.account_token(user, made[kind])}"
    client, token = stranger().client, path.rpartition("/")[2]
    hop = client.get(path)
    assert (hop.status_code, hop.location, token in hop.text) == (303, f"/{kind}", False)
    cookie = hop.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", f"Path=/{kind}", "Max-Age=3600"))
    page = client.get(f"/{kind}")
    for answer in (hop, page):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
    assert token not in page.text
    assert '<meta name="referrer" content="no-referrer">' in page.text


def test_attack_19_logs_hold_no_token(ann, link, make_app, capsys):
    token = link(ann).removeprefix("/join/")
    client = make_app(LOG_LEVEL="INFO").test_client()
    for path in (
        f"/join/{token}",
        f"/join//{token}",
        f"/join/{token}?t={token}",
        f"/reset/{token}",
        f"/verify/{token}",
    ):
        client.get(path, headers={"Referer": f"http://127.0.0.1:8000/join/{token}"})
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == 5
    assert token not in json.dumps(lines)
    assert logs.redacted(f"//verify//{token}") == "//verify//…"


def test_attack_20_a_dump_of_the_database_opens_nothing(app, world, ann, link, at, mails, everything):
    browser = at("owner")
    at("owner").open("/forgot").press("Send me the link", email=world.email("owner"))
    tokens = [link_in(mail).rpartition("/")[2] for mail in mails()] + [link(ann, Kind.COPIED).rpartition("/")[2]]
    cookie = browser.client.get_cookie("better-auth.session_token").value
    file = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    with sqlite3.connect(file) as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    for secret in (*tokens, cookie, PASSWORD, *(token.rpartition(".")[2] for token in tokens)):
        assert secret not in dump
