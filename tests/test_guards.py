"""The table of ``make mutate`` speaks of the code as it is, and every published attack has tests with its number."""

import ast
import re
from pathlib import Path

import pytest

from .mutate.guards import GUARDS

ROOT = Path(__file__).parent.parent
WITHOUT_GUARD = {28}  # said in the table


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.attack}-{guard.what}")
def test_a_guard_stands_where_the_table_says(guard):
    for edit in guard.edits:
        text = (ROOT / edit.file).read_text()
        assert text.count(edit.text) == 1, edit
        ast.parse(text.replace(edit.text, edit.instead))
    number = guard.named.split(" or ", 1)[0].replace("_0", "_0?")
    assert any(re.search(rf"def test_\w*{number}", (ROOT / file).read_text()) for file in guard.tests)


def test_every_attack_has_a_guard_and_tests_of_its_number():
    named = {
        int(number)
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def test_(attack_\d+\w*)", file.read_text())
        for number in re.findall(r"(?<![a-z0-9])0?(\d{1,2})(?=_)", re.match(r"attack_\d+(_and_\d+)?_", name).group())
    }
    assert named >= set(range(1, 31))
    assert {guard.attack for guard in GUARDS} == set(range(1, 31)) - WITHOUT_GUARD
