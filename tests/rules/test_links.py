"""Signed links: nothing but what this portal signed, for what it was signed for, opens anything."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from portal import clock, links
from portal.database import new_id
from portal.errors import BadLink
from portal.links import Kind
from portal.models import User

pytestmark = pytest.mark.sqlite
SIGNED = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
GUESSED_KEYS = ("", "secret", "a key that somebody guessed, as long as ours", "dev")
KEY = new_id()


@pytest.fixture
def portal(app):
    with app.app_context():
        yield app


def opens(token):
    """Whether an invitation's token is taken."""
    try:
        links.open_invitation(token)
    except BadLink:
        return False
    return True


@pytest.mark.parametrize("kind", [Kind.MAILED, Kind.COPIED])
def test_a_link_carries_the_invitation_and_its_generation_only(portal, kind):
    opened = links.open_invitation(links.invitation_token(KEY, 7, kind))
    assert opened == (KEY, 7, kind)
    assert opened.proves_mailbox is (kind is Kind.MAILED)


def changed(token):
    """The token with every character changed in several ways, left out, doubled, swapped with the next."""
    for place, character in enumerate(token):
        for other in {"A", "z", "_", "-", ".", "=", " ", "\0", "é", character.swapcase(), chr(ord(character) ^ 1)}:
            if other != character:
                yield token[:place] + other + token[place + 1 :]
        yield token[:place] + token[place + 1 :]
        yield token[:place] + character + token[place:]
        if token[place : place + 1] != token[place + 1 : place + 2]:
            yield token[:place] + token[place : place + 2][::-1] + token[place + 2 :]


@pytest.mark.parametrize("kind", [Kind.MAILED, Kind.COPIED])
def test_attack_01_a_change_of_any_character_is_refused(portal, kind):
    token = links.invitation_token(KEY, 1, kind)
    taken = [other for other in changed(token) if other != token and opens(other)]
    assert taken == []


def test_attack_01_the_bits_that_base64_drops_are_not_free(portal):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = links.invitation_token(KEY, 1, Kind.MAILED)
    taken = [last for last in alphabet if opens(token[:-1] + last)]
    assert taken == [token[-1]]
    assert not opens(token + "=")
    assert not opens(token + "==")


@pytest.mark.parametrize(
    "token", ["", " ", ".", "..", None, [], {}, 0, 1.5, True, b"bytes", "x" * 513, "x" * 10**6, "é.é", "\0", "a.b.c"]
)
def test_attack_10_what_is_no_token_is_refused(portal, token):
    with pytest.raises(BadLink):
        links.open_invitation(token)
    for kind in (Kind.VERIFY, Kind.RESET):
        with pytest.raises(BadLink):
            links.open_account(token, kind)


@given(st.text())
def test_attack_10_no_text_whatever_opens_anything(sqlite_portal, token):
    with sqlite_portal.app_context():
        assert not opens(token)


def test_attack_01_the_parts_of_two_tokens_do_not_make_a_third(portal):
    mine, other = links.invitation_token(KEY, 1, Kind.MAILED), links.invitation_token(new_id(), 1, Kind.MAILED)
    later = links.invitation_token(KEY, 2, Kind.MAILED)
    for foreign in (other, later, links.account_token(user(), Kind.RESET)):
        assert not opens(mine.rpartition(".")[0] + "." + foreign.rpartition(".")[2])


def test_attack_01_a_token_forged_without_the_key_is_refused(portal):
    for key in GUESSED_KEYS:
        for kind in Kind:
            for signed in (SIGNED, {}, {"key_derivation": "none", "digest_method": hashlib.sha256}):
                forger = URLSafeSerializer(key, salt=kind.value, signer_kwargs=signed)
                assert not opens(forger.dumps([KEY.hex, 1]))
                assert not opens(forger.dumps({"organization": KEY.hex, "email": "mallory@example.com"}))


def user(**given):
    person = {"id": KEY, "email": "ann@example.com", "password_hash": "x", "verified_at": None}
    return User(name="Ann", **person | given)


def test_attack_01_no_kind_of_link_passes_for_another(portal):
    tokens = {kind: links.invitation_token(KEY, 1, kind) for kind in (Kind.MAILED, Kind.COPIED)}
    tokens |= {kind: links.account_token(user(), kind) for kind in (Kind.VERIFY, Kind.RESET)}
    for kind, token in tokens.items():
        if kind in (Kind.MAILED, Kind.COPIED):
            assert links.open_invitation(token).kind is kind
        else:
            assert not opens(token)
        for wanted in {Kind.VERIFY, Kind.RESET} - {kind}:
            with pytest.raises(BadLink):
                links.open_account(token, wanted)


def test_a_remembered_link_is_neither_a_link_nor_one_of_another_path(portal):
    token = links.invitation_token(KEY, 1, Kind.MAILED)
    kept = links.remember(token, "/join")
    assert links.remembered(kept, "/join") == token
    assert links.remembered(kept, "/reset") is None
    assert not opens(kept)
    assert [links.remembered(value, "/join") for value in (None, "", "x.y", token, kept[:-2])] == [None] * 5


def test_a_remembered_link_lasts_an_hour(portal):
    with time_machine.travel(clock.now(), tick=False) as clocked:
        kept = links.remember("token", "/join")
        clocked.shift(timedelta(hours=1))
        assert links.remembered(kept, "/join") == "token"
        clocked.shift(timedelta(seconds=1))
        assert links.remembered(kept, "/join") is None


def test_an_accounts_link_lasts_an_hour(portal):
    with time_machine.travel(clock.now(), tick=False) as clocked:
        token = links.account_token(user(), Kind.RESET)
        clocked.shift(timedelta(hours=1))
        assert links.open_account(token, Kind.RESET)[0] == KEY
        clocked.shift(timedelta(seconds=1))
        with pytest.raises(BadLink):
            links.open_account(token, Kind.RESET)


def test_attack_01_a_change_of_any_character_of_an_accounts_link_is_refused(portal):
    token = links.account_token(user(), Kind.RESET)
    for other in changed(token):
        if other != token:
            with pytest.raises(BadLink):
                links.open_account(other, Kind.RESET)


@pytest.mark.parametrize(
    "since",
    [{"email": "other@example.com"}, {"password_hash": "y"}, {"password_hash": None}, {"verified_at": clock.now()}],
)
def test_an_accounts_link_fits_the_account_as_it_was_only(portal, since):
    _, state = links.open_account(links.account_token(user(), Kind.RESET), Kind.RESET)
    assert links.still_fits(user(), state)
    assert not links.still_fits(user(**since), state)


def test_keys_rotate_and_a_dropped_key_opens_nothing(make_app):
    old, new = "the old key of this portal, 0123456789", "the new key of this portal, 9876543210"
    before = make_app(SECRET_KEY=old)
    between = make_app(SECRET_KEY=new, SECRET_KEY_FALLBACKS=[old])
    after = make_app(SECRET_KEY=new)
    with before.app_context():
        token, reset = links.invitation_token(KEY, 1, Kind.MAILED), links.account_token(user(), Kind.RESET)
    with between.app_context():
        assert opens(token)
        assert links.open_account(reset, Kind.RESET)[0] == KEY
        renewed = links.invitation_token(KEY, 1, Kind.MAILED)
    with after.app_context():
        assert opens(renewed)
        assert not opens(token)
        with pytest.raises(BadLink):
            links.open_account(reset, Kind.RESET)
    with before.app_context():
        assert not opens(renewed)


def test_attack_23_links_are_made_from_the_public_address(portal):
    host = {"Host": "evil.example.com", "X-Forwarded-Host": "evil.example.com", "Origin": "https://evil.example.com"}
    with portal.test_request_context("/", headers=host):
        link = links.invitation_link(KEY, 1, Kind.MAILED)
    assert link.startswith("http://127.0.0.1:8000/join/")
    assert opens(link.rpartition("/")[2])


def test_attack_01_a_genuine_signature_over_something_else_is_refused(portal):
    keys = portal.config["SECRET_KEY"]
    payloads = (None, [], [KEY.hex], [1, KEY.hex], {"id": KEY.hex}, "x", [KEY.hex, 1, "admin"], [KEY.hex, None])
    plain = URLSafeSerializer(keys, salt=Kind.MAILED.value, signer_kwargs=SIGNED)
    timed = URLSafeTimedSerializer(keys, salt=Kind.RESET.value, signer_kwargs=SIGNED)
    for payload in payloads:
        assert not opens(plain.dumps(payload))
        with pytest.raises(BadLink):
            links.open_account(timed.dumps(payload), Kind.RESET)
