"""What `make torture` names is there, and its figures have a place in the book."""

import importlib

import pytest

from tests.torture.__main__ import BOOK, noted
from tests.torture.parts import PARTS


@pytest.mark.parametrize("name", PARTS)
def test_every_part_can_be_run_and_kept(name):
    assert callable(importlib.import_module(PARTS[name].module).main)
    kept = noted(BOOK.read_text(), name, "1 kill: 0 missing\n")
    assert "```\n1 kill: 0 missing\n```" in kept
    assert noted(kept, name, "2 kills: 0 missing\n").count("<!-- ") == kept.count("<!-- ")
