"""Every mail in a real browser, as a mail program shows it: narrow and wide, light and dark, with pictures off."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from portal import clock
from portal.extensions import db
from portal.worker import messages
from tests.conftest import ended, migrated, started
from tests.rules.test_mails import every_mail
from tests.world import build

from .conftest import is_too_wide

UNBROKEN = "Averylongnameofanorganizationwithoutasinglebreakinit0123456789andmoreofit"


@pytest.fixture(scope="module")
def mails(tmp_path_factory):
    """The HTML of one mail of each kind, with a long name in it."""
    app = migrated(started(tmp_path_factory.mktemp("mails")))
    with app.app_context():
        world = build(db.session(), clock.now())
        world.organization().name = UNBROKEN
        world.user("owner").name = UNBROKEN
        world.session.commit()
        yield {mail.subject: mail.html for mail in every_mail(world)}
        db.session.remove()
    ended(app)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_mail_reads_well_narrow_and_wide_and_asks_nobody_for_anything(chrome, mails, scheme):
    page = chrome.new_page(color_scheme=scheme)
    asked, wrong = [], {}
    page.on("request", lambda request: asked.append(request.url))
    for subject, html in mails.items():
        page.set_content(html)
        for width in (800, 320):
            page.set_viewport_size({"width": width, "height": 900})
            if is_too_wide(page):
                wrong[subject] = f"too wide for {width}"
        if found := Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]:
            wrong[subject] = [(rule["id"], rule["nodes"][0]["html"]) for rule in found]
    page.close()
    assert (wrong, asked, len(mails)) == ({}, [], len(messages.KINDS))
