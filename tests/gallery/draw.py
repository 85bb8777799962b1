"""Draws pages in each look, lets axe look at each, and sees whether any has to be moved sideways."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from portal import clock, identity, sessions
from portal.application import FormCookie
from portal.extensions import db
from tests.provision import chromium

from .portal import Site
from .shots import NAMED, Shot
from .worlds import Lively

PHONE, TABLET, DESK, SMALLEST = 375, 768, 1440, 320
TALLEST = 2600  # of a picture: of a longer page it shows the beginning
AGENT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"
STILL = "() => { document.getAnimations().forEach(each => each.finish()); scrollTo(0, 0); }"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
AXE = """options => axe.run({resultTypes: ["violations"], ...options}).then(seen => seen.violations.map(
  wrong => `${wrong.id}: ${wrong.nodes[0].html.slice(0, 160)}`))"""
# Reckoning contrasts takes longest, and they change with the colours alone; nothing else does in the dark.
COLOURS = ("color-contrast", "link-in-text-block")
ONLY_COLOURS = {"runOnly": {"type": "rule", "values": list(COLOURS)}}
TARGETS = {"target-size": {"enabled": True}}  # WCAG 2.2, which axe leaves out unless it is told
ALL: dict[str, Any] = {"rules": TARGETS}
NO_COLOURS = {"rules": TARGETS | {rule: {"enabled": False} for rule in COLOURS}}


@dataclass
class Found:
    """What was seen: what axe and the ruler complain about, and in which looks; where the pages were."""

    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    visited: set[str] = field(default_factory=set)
    looks: int = 0

    def add(self, other: "Found") -> None:
        """What somebody else saw."""
        for complaint, looks in other.wrong.items():
            self.wrong[complaint] += looks
        self.visited |= other.visited
        self.looks += other.looks


class Painter:
    """One browser, and whoever is signed in to it."""

    def __init__(self, browser: Browser, site: Site, cookies: dict[str, str], out: Path) -> None:
        self.browser, self.site, self.cookies, self.out = browser, site, cookies, out
        self.found = Found()

    def paint(self, shot: Shot) -> None:
        """Every picture of a page, and every look at it. A page that cannot be reached is told, and the rest go on."""
        try:
            self._paint(shot, "en")
            if not shot.once and not shot.html:  # a mail has its own language
                self._paint(shot, "ar")
        except Exception as error:  # whatever it is, it is about this page
            self.found.wrong[f"{shot.name}: {str(error).splitlines()[0]}"].append("going there")

    def _paint(self, shot: Shot, language: str) -> None:
        context = self._entered(shot, language)
        try:
            page = context.new_page()
            self._go(page, shot)
            page.evaluate(AXE_SCRIPT)
            if language == "en":
                self._english(page, shot)
            else:
                self._arabic(page, shot)
        finally:
            context.close()

    def _entered(self, shot: Shot, language: str) -> BrowserContext:
        context = self.browser.new_context(base_url=self.site.url, viewport={"width": PHONE, "height": 760})
        if language != "en":
            context.add_cookies([{"name": "usher_language", "value": language, "url": self.site.url}])
        if shot.kept:
            with self.site.app.app_context():
                keeper = FormCookie().get_signing_serializer(self.site.app)
            assert keeper is not None
            signed = str(keeper.dumps(orjson.loads(shot.kept)))
            context.add_cookies(
                [{"name": self.site.app.config["SESSION_COOKIE_NAME"], "value": signed, "url": self.site.url}]
            )
        if shot.who:
            with self.site.app.app_context():
                name = identity.cookie_name()
            context.add_cookies([{"name": name, "value": self.cookies[shot.who], "url": self.site.url}])
        return context

    def _go(self, page: Page, shot: Shot) -> None:
        if shot.html:
            page.set_content(shot.html)
            return
        page.goto(shot.path)
        if shot.act:
            shot.act(page)
        self.found.visited.add(urlsplit(page.url).path)

    def _english(self, page: Page, shot: Shot) -> None:
        named = shot.name in NAMED
        if shot.drawn and shot.width in (None, PHONE):
            self._draw(page, shot, "375", PHONE)
        if named:
            self._draw(page, shot, "768", TABLET)
        if shot.drawn and shot.width in (None, DESK):
            self._draw(page, shot, "1440", DESK)
        self._look(page, shot, "1440", DESK, ALL)
        page.emulate_media(color_scheme="dark")
        if named:
            self._draw(page, shot, "dark", DESK)
        self._look(page, shot, "dark", DESK, ONLY_COLOURS)
        page.emulate_media(color_scheme="light")
        self._look(page, shot, "320", SMALLEST, ALL)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        self._look(page, shot, "text at 200 %", TABLET, NO_COLOURS)

    def _arabic(self, page: Page, shot: Shot) -> None:
        if shot.name in NAMED:
            self._draw(page, shot, "ar", PHONE)
        self._look(page, shot, "ar", PHONE, NO_COLOURS)

    def _draw(self, page: Page, shot: Shot, look: str, width: int) -> None:
        """One picture."""
        page.set_viewport_size({"width": width, "height": 760 if width < TABLET else 900})
        page.evaluate(STILL)
        height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        clip = {"x": 0, "y": 0, "width": width, "height": max(height, 400)}
        page.screenshot(path=str(self.out / f"{shot.name}-{look}.png"), full_page=True, clip=clip)  # type: ignore[arg-type]

    def _look(self, page: Page, shot: Shot, look: str, width: int, options: dict[str, Any]) -> None:
        """One look by axe and the ruler."""
        page.set_viewport_size({"width": width, "height": 760 if width < TABLET else 900})
        page.evaluate(STILL)
        self.found.looks += 1
        if page.evaluate(TOO_WIDE) > 0:
            self.found.wrong[f"{shot.name}: has to be moved sideways"].append(look)
        if shot.covers:
            options = options | {"rules": options.get("rules", {}) | {"target-size": {"enabled": False}}}
        for violation in page.evaluate(AXE, options):
            self.found.wrong[f"{shot.name}: {violation}"].append(look)


def cookies(lively: Lively, people: set[str]) -> dict[str, str]:
    """A session for each person; of ``stale:…`` one that has to show again who it is."""
    made = {}
    for who in people - {""}:
        at = clock.now() - (timedelta(hours=1) if who.startswith("stale:") else timedelta(0))
        user = lively.person(who.removeprefix("stale:"))
        made[who] = sessions.start(db.session(), user.id, at, ip_address="203.0.113.7", user_agent=AGENT)
    return made


def painted(site: Site, shots: list[Shot], made: dict[str, str], out: Path, hands: int) -> Found:
    """All pictures, by several browsers at once."""
    shares: dict[int, list[Shot]] = defaultdict(list)
    for number, shot in enumerate(shots):
        shares[number % hands].append(shot)
    found = Found()
    with ThreadPoolExecutor(hands) as pool:
        for seen in pool.map(lambda share: _painted(site, share, made, out), shares.values()):
            found.add(seen)
    return found


def _painted(site: Site, shots: list[Shot], made: dict[str, str], out: Path) -> Found:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=["--no-sandbox"])
        painter = Painter(browser, site, made, out)
        for shot in shots:
            painter.paint(shot)
        browser.close()
    return painter.found
