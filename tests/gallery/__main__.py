"""``make gallery``: every page and mail as a picture, contact sheets of them, and axe over each in every look.

With ``README=1`` it draws the README's three anew as well; ``ONLY=join`` draws what has that in its name. Ends with 1
where axe found something, a page has to be moved sideways or cannot be reached, or a page of the portal is missing.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from playwright.sync_api import sync_playwright
from werkzeug.exceptions import HTTPException

from tests.provision import ROOT, chromium

from . import shots
from .draw import cookies, painted
from .portal import Site, running
from .sheets import readme, sheets
from .shots import Shot
from .worlds import Lively, alone, crowded, society

OUT = ROOT / "gallery"
MOST = 300


def prepared(site: Site, only: str) -> tuple[list[Shot], dict[str, str], Lively]:
    """What is drawn, and the sessions of those who look at it."""
    lively = Lively(site.app)
    found = [*shots.of_mail(lively, site.app)]
    lively.bounce()
    lively.guard()
    for more in (shots.of_owner(lively), shots.of_person(lively), shots.of_invitee(lively)):
        found += more
    found += shots.of_nobody(lively, site)
    for kind, made in (("long", society), ("one", alone), ("crowd", crowded)):
        if kind in only or not only:
            found += shots.others(kind, made())
    wanted = [shot for shot in found if only in shot.name]
    return wanted, cookies(lively, {shot.who for shot in wanted}), lively


def missing(app: Flask, visited: set[str]) -> Iterator[str]:
    """The endpoints of pages that nobody looked at."""
    router, seen = app.url_map.bind("localhost"), set()
    for path in visited:
        try:
            seen.add(router.match(path)[0])
        except HTTPException:
            continue  # a page that is not there, on purpose
    for rule in app.url_map.iter_rules():
        is_page = "GET" in (rule.methods or ()) and not rule.rule.startswith(("/api/", "/manage", "/organization"))
        if is_page and rule.endpoint not in seen | shots.NO_PAGES:
            yield f"no picture shows {rule.endpoint} ({rule.rule})"


def main() -> int:
    """Draws everything into ``gallery/``."""
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("--readme", action="store_true", help="draw the README's three as well")
    parser.add_argument("--only", default="", help="draw only what has this in its name")
    asked = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as site:
        with site.app.app_context():
            wanted, made, _ = prepared(site, asked.only)
        found = painted(site, wanted, made, OUT, min(4, os.cpu_count() or 1))
        wrong = [f"{complaint} ({', '.join(looks)})" for complaint, looks in found.wrong.items()]
        wrong += [] if asked.only else missing(site.app, found.visited)
    pictures = len(list(OUT.glob("*.png")))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=["--no-sandbox"])
        made_sheets = sheets(browser, OUT)
        if asked.readme:
            readme(browser, OUT)
        browser.close()
    print("\n".join(wrong))
    print(
        f"{pictures} pictures (at most {MOST}) of {len(wanted)} pages on {made_sheets} sheets in {OUT.name}/; "
        f"{found.looks} looks by axe and ruler: {len(wrong)} wrong; {time.monotonic() - began:.0f} s"
    )
    return 1 if wrong or pictures > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
