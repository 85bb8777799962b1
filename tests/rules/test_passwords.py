"""Passwords: long enough, not the first that is tried, and only ever a hash."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import passwords
from portal.errors import BadInput, PasswordTooCommon, PasswordTooLong, PasswordTooShort


@pytest.mark.parametrize("password", ["", "1234567", "é" * 7])
def test_short_ones_are_refused(password):
    with pytest.raises(PasswordTooShort):
        passwords.check(password)


def test_the_longest_is_taken_and_one_more_is_not():
    passwords.check("correct horse " * 9)
    with pytest.raises(PasswordTooLong):
        passwords.check("x" * 129)


@pytest.mark.parametrize("password", ["password", "12345678", "qwertyuiop", "iloveyou1", "aaaaaaaa"])
def test_common_ones_are_refused(password):
    with pytest.raises(PasswordTooCommon):
        passwords.check(password)


def test_words_about_the_person_are_refused():
    with pytest.raises(PasswordTooCommon):
        passwords.check("northwind", "ann@example.com", "Northwind")


@pytest.mark.parametrize("password", ["three unrelated words", "пароль из четырёх слов", "🐎🔋📎🪜 staple", "x9!kQz7#"])
def test_good_ones_are_taken_and_match_only_themselves(password):
    hashed = passwords.accepted(password)
    assert password not in hashed
    assert passwords.matches(hashed, password)
    assert not passwords.matches(hashed, password + " ")
    assert not passwords.matches(hashed, password.upper())


@pytest.mark.parametrize("hashed", [None, "", "plain", "$argon2id$broken"])
def test_without_a_sound_hash_nothing_matches(hashed):
    assert not passwords.matches(hashed, "nobody has this password")


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_whatever_raises_anything_but_what_is_wrong_with_it(password):
    try:
        passwords.check(password, "Ann", "ann@example.com")
    except BadInput:
        return
    assert 8 <= len(password) <= 128
