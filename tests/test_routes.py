"""No URL appears or vanishes unnoticed. ``python -m tests.test_routes`` writes the list anew."""

import json
import tempfile
from pathlib import Path

LIST = Path(__file__).with_name("routes.json")


def routes(app):
    """Every rule with its endpoint and methods."""
    found = (
        (rule.rule, rule.endpoint, sorted(rule.methods - {"HEAD", "OPTIONS"})) for rule in app.url_map.iter_rules()
    )
    return [dict(zip(("rule", "endpoint", "methods"), route, strict=True)) for route in sorted(found)]


def test_the_routes_are_those_on_the_list(sqlite_portal):
    wrong = "run python -m tests.test_routes if this is meant, and look at the difference"
    assert routes(sqlite_portal) == json.loads(LIST.read_text()), wrong


def test_pages_stay_clear_of_the_prefixes_of_the_dialects(sqlite_portal):
    pages = [rule for rule in sqlite_portal.url_map.iter_rules() if is_page(sqlite_portal, rule.endpoint)]
    assert len(pages) > 30
    assert not [rule for rule in pages if rule.rule.startswith(("/api", "/manage", "/organization"))]


def is_page(app, endpoint):
    """Whether a page answers there."""
    return app.view_functions[endpoint].__module__.startswith("portal.pages")


if __name__ == "__main__":
    from .conftest import started

    with tempfile.TemporaryDirectory() as instance:
        lines = ",\n".join(f"  {json.dumps(route)}" for route in routes(started(Path(instance))))
    LIST.write_text(f"[\n{lines}\n]\n")
