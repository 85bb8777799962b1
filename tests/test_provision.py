"""What the tests need is found, in order, or said to be missing."""

import pytest

from . import provision


@pytest.fixture
def nothing_installs(monkeypatch, tmp_path):
    """No program on PATH, and every way of installing one fails, each telling that it was tried."""
    tried = []
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(provision, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr(provision, "_is_linux_x86", lambda: True)
    for way in ("_pip", "_apt_get", "_playwrights"):
        monkeypatch.setattr(provision, way, lambda *_, way=way, **__: tried.append(way))
    for find in provision.NEEDED.values():
        find.cache_clear()
    yield tried
    for find in provision.NEEDED.values():
        find.cache_clear()


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("Chromium", ["_playwrights", "_apt_get", "_playwrights"]),
        ("Redis", ["_pip", "_apt_get"]),
        ("Node", ["_pip"]),
    ],
)
def test_what_cannot_be_had_is_said_in_one_sentence(nothing_installs, name, ways):
    with pytest.raises(provision.Missing, match=r"^The tests need .*, then try again\.$"):
        provision.NEEDED[name]()
    assert nothing_installs == ways


def test_the_gate_fails_and_names_each(nothing_installs, capsys):
    assert provision.main() == 1
    assert len(capsys.readouterr().err.splitlines()) == len(provision.NEEDED)


def test_a_program_that_does_not_run_is_passed_over(tmp_path, monkeypatch):
    stand_in, working = tmp_path / "a" / "tool", tmp_path / "b" / "other"
    for program, status in ((stand_in, 1), (working, 0)):
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\nexit {status}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}:{working.parent}")
    assert provision._on_path(("tool", "other")) == working
