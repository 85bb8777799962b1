"""Imports only point inwards, as STYLE.md draws them: a module imports from its own row or from one further down.

Where they differ from the sketch there, and why: ``worker`` stands left of the rules, since a mail shows what they
show; ``checkup`` is about the whole portal; the package itself (``create_app``) knows everything. A new room needs its
place here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "portal"
ROWS = [
    {"pages", "api", "catalogs", "commands", "launch", "demo", "scale"},
    {"assets", "backup", "checkup", "headers", "identity", "limits", "logs", "metrics", "probes"}
    | {"providers", "sender", "shapes", "worker"}
    | {"create_app"},  # the package's own; a face that is a program of its own puts the portal together by it
    {"accounts", "audit", "invitations", "memberships", "organizations", "passwords", "placements", "places", "reach"}
    | {"connections", "dossiers", "exports", "idempotency", "imports", "insights", "profiles", "retention", "rosters"}
    | {"second_steps", "returns", "sessions", "settings", "tokens"},
    {"standing"},
    {"delivery", "history"},
    {"addresses", "links", "sealed", "permissions", "statements"},
    {"models"},
    {"cursors", "tables", "text"},
    {"errors"},
    {"extensions"},
    {"database", "migrations"},
    {"languages"},
    {"application", "clock", "config"},
]
FACES = {"pages", "api"}
REQUEST = {"request", "session", "g", "has_request_context", "current_user", "flash", "redirect", "url_for"}
MODULES = sorted(ROOT.rglob("*.py"))


def room(module: Path) -> str:
    """The first name below ``portal``; empty for the package itself."""
    first = module.relative_to(ROOT).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def row(name: str) -> int:
    return next(number for number, names in enumerate(ROWS) if name in names)


def imports(module: Path) -> Iterator[tuple[str, str]]:
    """What a module imports, wherever in it, as pairs of an absolute module and a name in it."""
    package = ["portal", *module.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((source, alias.name) for alias in node.names)


def rooms_of(module: Path) -> set[str]:
    """The rooms of the portal that a module imports from."""
    found = set()
    for source, name in imports(module):
        parts = source.split(".")
        if parts[0] == "portal":
            found.add(parts[1] if len(parts) > 1 else name)
    return found


def the_others(module: Path) -> set[str]:
    return rooms_of(module) - {room(module), ""}


def test_every_module_has_its_row():
    assert {room(module) for module in MODULES} - {""} <= set().union(*ROWS)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_no_import_points_outwards(module):
    if room(module):
        outwards = [name for name in the_others(module) if row(name) < row(room(module))]
        assert outwards == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_nothing_right_of_identity_knows_the_request(module):
    if room(module) and row(room(module)) > row("identity"):
        flask = [name for source, name in imports(module) if source.split(".")[0] in ("flask", "flask_login")]
        assert sorted(REQUEST.intersection(flask)) == []


@pytest.mark.parametrize("face", sorted(FACES))
def test_no_face_imports_another(face):
    modules = [module for module in MODULES if room(module) == face]
    assert set().union(*map(the_others, modules)).isdisjoint(FACES)


def test_models_hold_no_rules():
    models = [module for module in MODULES if room(module) == "models"]
    assert set().union(*map(the_others, models)) <= {"database"}


def test_the_clock_is_read_by_faces_and_the_worker_only():
    readers = {
        room(module)
        for module in MODULES
        if any(
            isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow") and ast.unparse(node) != "self.now"
            for node in ast.walk(ast.parse(module.read_text()))
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("clock", "datetime", "datetime.datetime")
        )
    }
    assert readers <= ROWS[0] | {"worker", "identity", "checkup", "clock", "metrics"}
