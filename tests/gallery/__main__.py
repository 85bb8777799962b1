"""``make gallery``: every page and mail as a picture, contact sheets of them, and axe over each.

With ``README=1`` it draws the README's three anew as well.

The pages are those that an owner's links lead to, one for each endpoint and state, so that a new page is in it by
itself; then those of who is not signed in, and states that no link shows. Ends with 1 where axe found something.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from portal import clock, links
from portal.delivery.smtp import captured, transport
from portal.extensions import db
from portal.links import Kind
from portal.models import Invitation
from portal.worker import run_once
from tests.provision import ROOT, chromium
from tests.world import PASSWORD

from .portal import alone, crowded, lively, running

OUT = ROOT / "gallery"
MOST = 300
PHONE, TABLET, DESK = 375, 768, 1440
# Those that are also shown in the dark, at 768 px and in Arabic.
NAMED = (
    "organizations.overview", "invitations.index", "invitations.new", "invitations.show", "invitations.edit",
    "members.index", "members.show", "places.index-sites", "account.show", "entry.sign_in", "join.show",
    "settings.show", "history.index", "profile.show", "tokens.index", "join.decline", "invitations.revoke",
    "checked", "docs.index", "mail-invitation",
)  # fmt: skip
Shots = dict[str, str]
README = [
    ("invitations", "invitations.index-1440", 1440, 860),
    ("inviting", "checked-1440", 1440, 1150),
    ("join", "join.show-375", 375, 760),
]


def shoot(page: Page, name: str, path: str, found: list[str], *, axe: bool = True) -> None:
    """One picture, and what axe finds on it."""
    page.goto(path)
    page.screenshot(path=str(OUT / f"{name}.png"), full_page="crowd" not in name)
    if axe:
        for violation in Axe().run(page).response["violations"]:
            found.append(f"{name}: {violation['id']}: {violation['nodes'][0]['html'][:160]}")


def crawled(app: Flask, page: Page, start: str) -> Shots:
    """A page for each endpoint that links lead to, with its kind or state."""
    router, todo, seen, shots = app.url_map.bind("localhost"), [start], set(), Shots()
    while todo:
        path = todo.pop(0)
        plain = path.partition("?")[0].partition("#")[0]
        try:
            endpoint, values = router.match(plain)
        except HTTPException:
            continue
        name = "-".join([endpoint, *filter(None, (values.get("kinds"), _state(path)))])
        if name in shots or path in seen or endpoint in ("static", "document.show") or "export" in endpoint:
            continue
        seen.add(path)
        if "text/html" not in page.request.get(path).headers.get("content-type", ""):
            continue  # a file to download
        page.goto(path)
        shots[name] = path
        hrefs = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
        todo += [href for href in hrefs if href.startswith("/") and not href.startswith("//")]
    return shots


def _state(path: str) -> str:
    query = path.partition("?")[2]
    return next((part.removeprefix("state=") for part in query.split("&") if part.startswith("state=")), "")


def outside(world: Any) -> Shots:
    """What somebody sees who is not signed in."""
    keys = {row.email: row for row in world.session.scalars(select(Invitation))}
    new, old = keys["tomas.vidal@example.com"], keys["old.timer@example.org"]
    gone = keys["somebody.else@example.com"]

    def link(row: Any, kind: Kind = Kind.MAILED) -> str:
        return f"/join/{links.invitation_token(row.id, row.generation, kind)}"

    return {
        "entry.sign_in": "/sign-in", "entry.forgot": "/forgot", "join.show": link(new), "join.decline": "/join/decline",
        "join-copied": link(new, Kind.COPIED), "join-expired": link(old), "join-revoked": link(gone),
        "join-damaged": "/join/damaged", "not-found": "/nowhere",
    }  # fmt: skip


def mails(app: Flask) -> Shots:
    """One of each kind of mail, as captured."""
    while run_once(db.session(), transport(app), clock.now()):
        pass
    keys = [file.stem for file in sorted(captured(app).glob("*.eml"))]
    return {"mail-list": "/dev/mail", **({"mail-invitation": f"/dev/mail/{keys[-1]}"} if keys else {})}


def entered(browser: Browser, url: str, address: str | None, width: int, **look: Any) -> Page:
    """A browser, signed in where an address is given."""
    context = browser.new_context(base_url=url, viewport={"width": width, "height": 900}, **look)
    if look.get("locale"):
        context.add_cookies([{"name": "usher_language", "value": look["locale"], "url": url}])
    page = context.new_page()
    if address:
        page.goto("/sign-in")
        page.locator("[name=email]").fill(address)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("form button.primary").click()
        page.wait_for_url("**/o/**")
    return page


def check(page: Page, slug: str, name: str) -> None:
    """The invite form with something in it."""
    page.goto(f"/o/{slug}/invitations/new")
    page.locator("[name=people]").fill("Tomás <tomas@example.net>, owner@northwind.example.com\nlena@")
    page.locator("[name=message]").fill("Welcome aboard!")
    page.wait_for_timeout(1200)
    page.screenshot(path=str(OUT / f"{name}.png"), full_page=True)


def sheets(browser: Browser) -> None:
    """Contact sheets of forty pictures each."""
    files = sorted(OUT.glob("*.png"))
    for number in range(0, len(files), 40):
        figures = "".join(
            f'<figure><img src="{file.name}"><figcaption>{file.stem}</figcaption></figure>'
            for file in files[number : number + 40]
        )
        style = "body{display:flex;flex-wrap:wrap;gap:12px;align-items:start;font:12px sans-serif}figure{margin:0}"
        sheet = OUT / f"sheet-{number // 40 + 1}.html"
        sheet.write_text(
            f"<meta charset=utf-8><style>{style}img{{width:230px;max-height:420px;object-fit:cover;object-position:top;"
            f"border:1px solid #ccc}}</style>{figures}"
        )
        page = browser.new_page(viewport={"width": 1260, "height": 900})
        page.goto(sheet.as_uri())
        page.screenshot(path=str(sheet.with_suffix(".jpg")), full_page=True, type="jpeg", quality=70)
        page.close()


def readme(browser: Browser) -> None:
    """The README's three, out of those that were just drawn."""
    for name, drawn, width, height in README:
        page = browser.new_page(viewport={"width": width, "height": height})
        holder = OUT / "one.html"
        holder.write_text(f'<style>body{{margin:0}}</style><img src="{drawn}.png">')
        page.goto(holder.as_uri())
        page.screenshot(path=str(ROOT / "docs" / "pictures" / f"{name}.jpg"), type="jpeg", quality=78)
        holder.unlink()
        page.close()


def grid() -> Iterator[tuple[str, int, dict[str, Any], bool]]:
    """Each look: what its pictures are called after, how wide, how, and whether of the named pages only."""
    yield "375", PHONE, {}, False
    yield "1440", DESK, {}, False
    yield "dark", DESK, {"color_scheme": "dark"}, True
    yield "768", TABLET, {}, True
    yield "ar", PHONE, {"locale": "ar"}, True


def draw(browser: Browser, url: str, app: Flask) -> list[str]:
    """Every picture. Returns what axe found."""
    found: list[str] = []
    with app.app_context():
        world = lively()
        address, slug, strangers, letters = world.email("owner"), world.slug, outside(world), mails(app)
        few, many = alone(), crowded()
        others = {"one": (few.email("owner"), few.slug), "crowd": (many.email("owner"), many.slug)}
    ours = crawled(app, entered(browser, url, address, DESK), f"/o/{slug}/")
    for called, width, look, only in grid():
        owner, stranger = entered(browser, url, address, width, **look), entered(browser, url, None, width, **look)
        for page, shots in ((owner, ours), (stranger, strangers | letters)):
            for name, path in shots.items():
                if not only or name in NAMED:
                    shoot(page, f"{name}-{called}", path, found)
        check(owner, slug, f"checked-{called}")
        owner.context.close()
        stranger.context.close()
    for called, (owner_address, where) in others.items():
        for width in (PHONE, DESK):
            page = entered(browser, url, owner_address, width)
            for part in ("", "invitations", "members"):
                shoot(page, f"{part or 'overview'}-{called}-{width}", f"/o/{where}/{part}", found)
            page.context.close()
    return found


def main() -> int:
    """Draws everything into ``gallery/``."""
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    with tempfile.TemporaryDirectory() as instance, running(Path(instance)) as (url, app), sync_playwright() as p:
        browser = p.chromium.launch(executable_path=str(chromium()), args=["--no-sandbox"])
        found = draw(browser, url, app)
        pictures = len(list(OUT.glob("*.png")))
        sheets(browser)
        if "--readme" in sys.argv:
            readme(browser)
        browser.close()
    print(f"{pictures} pictures and their sheets in {OUT.name}/; axe found {len(found)}")
    print("\n".join(found))
    return 1 if found or pictures > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
