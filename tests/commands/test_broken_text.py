"""Bytes that are not UTF-8 on the command line: a refusal before anything is written."""

import pytest

from tests.api.scripts import snapshot

pytestmark = pytest.mark.sqlite
BROKEN = "q\udcff"  # as Python hands over the byte 0xff of an argument


@pytest.mark.parametrize(
    "words",
    [
        ("user", "create", "new@example.com", "--name", BROKEN, "--password", "four unrelated words"),
        ("user", "create", "new@example.com", "--name", "New", "--password", f"four unrelated {BROKEN}"),
        ("user", "create", f"{BROKEN}@example.com", "--name", "New", "--password", "four unrelated words"),
        ("site", "create", "northwind", BROKEN, "--domain", "shop.example.com"),
        ("invite", "northwind", "a@example.com", f"{BROKEN}@example.com", "--role", "member", "--as",
         "ines@example.com", "--json"),
    ],
)  # fmt: skip
def test_a_command_refuses_it_and_writes_nothing(app, told, refused, words):
    told("user", "create", "ines@example.com", "--name", "Ines", "--password", "four unrelated words", "--verified")
    told("organization", "create", "Northwind", "--owner", "ines@example.com")
    before = snapshot(app)
    assert "is not UTF-8. Nothing was done." in refused(*words, status=2)
    assert snapshot(app) == before


def test_a_password_from_stdin_as_well(app, refused):
    before = snapshot(app)
    words = ("user", "create", "new@example.com", "--name", "New", "--password", "-")
    assert "is not UTF-8. Nothing was done." in refused(*words, status=2, input=b"four unrelated \xff\n")
    assert snapshot(app) == before
