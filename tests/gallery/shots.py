"""What is drawn: every page in each of its states, by who looks at it and what they did there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import orjson
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from portal import clock, links
from portal.delivery.smtp import captured
from portal.links import Kind
from portal.models import Message
from tests.world import World

from .portal import Site
from .worlds import LONG, Lively

Act = Callable[[Page], None]
# Those that are also shown in the dark, at 768 px and in Arabic.
NAMED = {
    "overview", "invitations", "new", "new-checked", "invitation", "invitation-edit", "members", "member", "sites",
    "settings", "history", "import", "account", "tokens", "docs", "sign-in", "join", "join-accept", "not-found",
    "mail-invitation",
}  # fmt: skip
# Those of them that show an organization: also with long names, with one person and with 10,000.
OF_AN_ORGANIZATION = ("overview", "invitations", "new", "members", "history")
# What is no page: files, probes, ways that lead on at once.
NO_PAGES = {
    "organizations.home", "profile.data", "captured.body", "probes.health", "probes.counted", "probes.readiness",
    "join.follow", "mailed.follow", "profile.address_link", "entry.reset_link", "entry.verify_link", "static",
    "history.export", "imports.result", "imports.template", "providers.join", "providers.start", "providers.back",
    "providers.connect", "document.show",
}  # fmt: skip


@dataclass(frozen=True)
class Shot:
    """A page: its name, who is signed in (an address, or nobody), where, and what is done there before it is drawn."""

    name: str
    who: str
    path: str
    act: Act | None = None
    html: str = ""  # of a mail, in place of a path
    once: bool = False  # what is done there can be done only once: looked at from one visit
    drawn: bool = True  # False where it looks like another, and is for axe and the ruler alone
    covers: bool = False  # what is opened there lies over targets, whose size cannot be told then
    width: int | None = None  # the one width that it is drawn at; both, unless it is said
    kept: str = ""  # what the form cookie holds, as JSON


def fill(**said: str) -> Act:
    """Types into the fields of these names, then presses the form's button."""

    def act(page: Page) -> None:
        for name, words in said.items():
            page.locator(f"main [name={name}]:not([type=radio])").fill(words)
        press("main form:has([name=csrf_token]) .primary")(page)

    return act


def press(button: str) -> Act:
    """Presses what the selector finds, and waits for what comes."""

    def act(page: Page) -> None:
        with page.expect_navigation(wait_until="networkidle"):
            page.locator(button).first.click()

    return act


def opened(summary: str) -> Act:
    """Opens a menu or a dialog."""
    return lambda page: page.locator(summary).first.click()


def checked(page: Page) -> None:
    """The invite form with something in it, once the portal has said what will come of it."""
    page.locator("[name=people]").fill(
        "Tomás <tomas@example.net>, owner@northwind.example.com\nk.osei@partner.example\nlena@"
    )
    page.locator("[name=message]").fill("Welcome aboard!")
    page.locator("[name=restricted][value=some]").check(force=True)
    page.locator("[name=sites]").first.check()
    page.wait_for_selector(".chip.bad")
    page.wait_for_load_state("networkidle")


def ticked(page: Page) -> None:
    """Two invitations of the list, chosen."""
    for number in range(2):
        page.locator("tbody .tick input").nth(number).check()


def keys(page: Page) -> None:
    """The list of keys."""
    page.keyboard.press("?")


def too_much(page: Page) -> None:
    """Sends more than a form may hold."""
    page.locator("[name=email]").evaluate("(field) => { field.value = 'x'.repeat(3_000_000) }")
    press("main .primary")(page)


def of_owner(lively: Lively) -> Iterator[Shot]:
    """What the owner sees of the organization."""
    world, keyed = lively.world, lively.keys
    who, at = world.email("owner"), f"/o/{world.slug}"
    member, unrestricted = world["jonas"].user_id, world["member"].user_id

    def shot(name: str, path: str, act: Act | None = None, **more: Any) -> Shot:
        return Shot(name, who, f"{at}/{path}", act, **more)

    yield shot("overview", "")
    yield shot("overview-menu", "", opened(".side > .switcher > summary"), covers=True)
    yield shot("overview-account-menu", "", opened(".side-foot summary"), covers=True)
    yield shot("overview-keys", "", keys, covers=True)
    yield shot("invitations", "invitations")
    yield shot("invitations-ticked", "invitations", ticked, covers=True)
    yield shot("invitations-menu", "invitations", opened("tbody .more summary"), covers=True)
    yield shot("invitations-none-found", "invitations?q=nobody-of-this-name")
    yield shot("invitations-expired", "invitations?state=expired", drawn=False)
    yield shot("selected-revoke", "invitations", _revoking)
    yield shot("new", "invitations/new")
    yield shot("new-checked", "invitations/new", checked)
    yield shot("new-refused", "invitations/new", fill(people="lena@, owner@northwind.example.com"))
    for name, address in {
        "": "k.osei@partner.example", "-bounced": "bounces@example.net", "-declined": "declines@example.net",
        "-accepted": "joined@example.net", "-expired": "asks.again@example.org",
        "-revoked": "somebody.else@example.com", "-renewed": "lena@example.net",
    }.items():  # fmt: skip
        yield shot(f"invitation{name}", f"invitations/{keyed[address]}", drawn=name != "-renewed")
    key = keyed["tomas.vidal@example.com"]
    yield shot("invitation-edit", f"invitations/{key}/edit")
    yield shot("invitation-new-link", f"invitations/{key}/link", drawn=False)
    yield shot("invitation-revoke", f"invitations/{key}/revoke")
    yield shot("invitation-waiting", f"invitations/{keyed['waits@example.net']}")
    yield shot("inbox", "inbox")
    yield shot("inbox-ticked", "inbox", ticked)
    yield shot("inbox-decline", "inbox", press(".picking form[action$=decline] button"), drawn=False)
    yield shot("members", "members")
    yield shot("members-none-found", "members?q=nobody-of-this-name")
    yield shot("member", f"members/{member}")
    yield shot("member-remove", f"members/{member}/remove")
    yield shot("member-transfer", f"members/{unrestricted}/transfer", drawn=False)
    for kinds, key_ in (("sites", world.sites[0]), ("teams", world.teams[0]), ("projects", world.projects[0])):
        yield shot(kinds, kinds, drawn=kinds == "sites")
        yield shot(f"{kinds}-inside", f"{kinds}/{key_}", drawn=kinds != "projects")
    yield shot("sites-refused", "sites", fill(name="", domain="no domain"), drawn=False)
    yield shot("site-rename", f"sites/{world.sites[0]}/rename", drawn=False)
    yield shot("team-delete", f"teams/{world.teams[0]}/delete", drawn=False)
    yield shot("history", "history")
    yield shot("inbox", "inbox")
    yield shot("inbox-decline", "inbox", _declining, drawn=False)
    yield shot("insights", "insights")
    yield shot("insights-stuck", "insights/unanswered")
    yield shot("import", "imports")
    yield shot("import-refused", "imports", fill(people="name\nAnn"), drawn=False)
    yield shot("import-planned", f"imports/{lively.planned}")
    yield shot("import-done", f"imports/{lively.done}")
    yield shot("mail-stops", "mail-stops", drawn=False)
    yield shot("settings", "settings")
    yield shot("settings-refused", "settings", fill(name="", reply_to="nobody"))
    yield shot("settings-deactivate", "settings/deactivate", drawn=False)
    yield shot("settings-delete", "settings/delete")
    yield shot("second-step-demand", "second-step", drawn=False)


def _declining(page: Page) -> None:
    page.locator("tbody .tick input").first.check()
    page.locator("button[formaction$=decline]").click()
    page.wait_for_load_state()


def _revoking(page: Page) -> None:
    ticked(page)
    page.locator("button[formaction$=revoke]").click()
    page.wait_for_load_state()


def of_person(lively: Lively) -> Iterator[Shot]:
    """What is one's own: account, invitations, tokens."""
    who, newcomer, jonas = lively.world.email("owner"), "newcomer@example.org", lively.world.email("jonas")
    yield Shot("account", who, "/account")
    yield Shot("account-refused", who, "/account", fill(old="wrong", password="short"), drawn=False)
    yield Shot("account-unproven", "unproven@example.org", "/account")
    yield Shot("profile", who, "/account/profile")
    yield Shot("address", who, "/account/address")
    yield Shot("address-asked", who, "/account/address", fill(email="ines@example.net"))
    yield Shot("delete-account", who, "/account/delete")
    yield Shot("delete-account-allowed", newcomer, "/account/delete")
    yield Shot("providers", who, "/account/providers")
    yield Shot("provider-connect", who, "/account/providers/confirm", kept=vouched(lively))
    yield Shot("second-step-off", newcomer, "/account/second-step")
    yield Shot("second-step-setup", newcomer, "/account/second-step", press("main form .primary"))
    yield Shot("second-step-on", "guarded@example.org", "/account/second-step")
    yield Shot("tokens", who, "/account/tokens")
    yield Shot("tokens-made", who, "/account/tokens", fill(name="deploys"))
    yield Shot("own-invitations", newcomer, "/invitations")
    yield Shot("own-decline", newcomer, f"/invitations/{lively.keys[newcomer]}/decline", drawn=False)
    yield Shot("own-waiting", "waits@example.net", "/invitations")
    yield Shot("own-none", who, "/invitations")
    yield Shot("closed", who, "/closed")
    yield Shot("confirm", f"stale:{who}", "/confirm")
    yield Shot("docs", who, "/api/docs")
    yield Shot("overview-member", jonas, f"/o/{lively.world.slug}/")
    yield Shot("not-allowed", jonas, f"/o/{lively.world.slug}/settings")
    yield Shot("not-found-inside", who, f"/o/{lively.world.slug}/nowhere")


def vouched(lively: Lively) -> str:
    """What is kept of a provider's word until the button is pressed that connects."""
    owner = lively.world["owner"].user_id
    said = {"user": str(owner), "at": clock.now().timestamp(), "provider": "example", "email": "ines@id.example.com"}
    return orjson.dumps({"vouched": said | {"issuer": "https://id.example.com", "subject": "1"}}).decode()


def of_nobody(lively: Lively, site: Site) -> Iterator[Shot]:
    """What is seen without being signed in."""
    guarded, unproven = lively.person("guarded@example.org"), lively.person("unproven@example.org")
    forgetful = lively.person("forgetful@example.org")  # whose password nobody types, which would end the links
    yield Shot("sign-in", "", "/sign-in")
    yield Shot("sign-in-refused", "", "/sign-in", fill(email="ines@example.com", password="wrong"))
    yield Shot("sign-in-second-step", "", "/sign-in", fill(email=guarded.email, password="correct horse battery"))
    yield Shot("sign-in-mail", "", "/sign-in/mail")
    yield Shot("sign-in-mail-sent", "", "/sign-in/mail", fill(email="nobody@example.org"), drawn=False)
    yield Shot("sign-in-mailed", "", f"/mailed-sign-in/{links.account_token(forgetful, Kind.SIGN_IN)}")
    yield Shot("sign-up", "", "/sign-up")
    yield Shot("sign-up-sent", "", "/sign-up", fill(name="Zed Moss", email="zed@example.org"), drawn=False)
    yield Shot("forgot", "", "/forgot")
    yield Shot("forgot-sent", "", "/forgot", fill(email="nobody@example.org"))
    yield Shot("reset", "", f"/reset/{links.account_token(forgetful, Kind.RESET)}")
    yield Shot("reset-refused", "", f"/reset/{links.account_token(forgetful, Kind.RESET)}", fill(password="short"))
    yield Shot("verify", unproven.email, f"/verify/{links.account_token(unproven, Kind.VERIFY)}")
    yield Shot("new-address", forgetful.email, f"/new-address/{links.address_token(forgetful, 'frida@example.net')}")
    message = lively.session.scalars(
        select(Message).where(Message.invitation_id == lively.keys["lena@example.net"]).limit(1)
    ).one()
    yield Shot("unsubscribe", "", f"/unsubscribe/{links.mail_token(message.id)}")
    yield Shot("unsubscribed", "", f"/unsubscribe/{links.mail_token(message.id)}", press("main .primary"))
    yield Shot("provider-failed", "", "/sign-in/with/example/back?error=access_denied")
    yield Shot("mails", "", "/dev/mail")
    yield Shot("not-found", "", "/nowhere")
    yield Shot("too-large", "", "/sign-in", too_much)
    yield Shot("too-often", "", f"{site.strict}/forgot", _too_often)
    yield Shot("broken", "", f"{site.broken}/join/{invitation_link(lively, 'lena@example.net').rsplit('/')[-1]}")


def _too_often(page: Page) -> None:
    """Asks again and again, until it is too often."""
    for _ in range(12):
        if page.get_by_text("429", exact=True).count():
            return
        page.goto("/".join(page.url.split("/")[:3]) + "/forgot")
        if page.locator("[name=email]").count():
            fill(email="somebody@example.org")(page)


def invitation_link(lively: Lively, address: str, kind: Kind = Kind.MAILED, back: int = 0) -> str:
    """The path of an invitation's link, or of one so many generations older."""
    invitation = lively.world.invitation(lively.keys[address])
    return f"/join/{links.invitation_token(invitation.id, invitation.generation - back, kind)}"


def of_invitee(lively: Lively) -> Iterator[Shot]:
    """What a link in a mail leads to."""
    new, account = "tomas.vidal@example.com", "newcomer@example.org"

    def link(address: str, *more: Any) -> str:
        return invitation_link(lively, address, *more)

    yield Shot("join", "", link(new))
    yield Shot("join-refused", "", link(new), fill(name="", password="short"))
    yield Shot("join-copied", "", link(new, Kind.COPIED))
    yield Shot("join-mailed", "", link(new, Kind.COPIED), press("main form .primary"), drawn=False)
    yield Shot("join-sign-in", "", link(account), drawn=False)
    yield Shot("join-accept", account, link(account))
    yield Shot("join-switch", lively.world.email("owner"), link(new))
    yield Shot("join-arabic", "", link("samira@example.com"))
    yield Shot("join-decline", account, link(account), lambda page: page.goto("/join/decline") and None)
    yield Shot("join-expired", "", link("old.timer@example.org"))
    yield Shot("join-asked", "", link("ghost@example.org"), press("main form .primary"), once=True)
    yield Shot("join-older-link", "", link("lena@example.net", Kind.MAILED, 1))
    yield Shot("join-revoked", "", link("somebody.else@example.com"))
    yield Shot("join-used", "", link("joined@example.net"))
    yield Shot("join-in-already", "joined@example.net", link("joined@example.net"))
    yield Shot("join-waits", "waits@example.net", link("waits@example.net"))
    yield Shot("join-damaged", "", "/join/damaged")


def of_mail(lively: Lively, app: Flask) -> Iterator[Shot]:
    """One of each kind of mail as a mail program shows it, and how captured mail is listed."""
    lively.send(clock.now())
    seen: set[str] = set()
    for file in sorted(captured(app).glob("*.eml")):
        message = lively.session.get_one(Message, UUID(file.stem))
        name = message.kind.replace("_", "-")
        name += {"samira@example.com": "-arabic", LONG: "-long"}.get(message.recipient, "")
        if name in seen or (name == "invitation" and message.recipient != "tomas.vidal@example.com"):
            continue
        seen.add(name)
        part = message_from_bytes(file.read_bytes(), policy=policy.default).get_body(("html",))
        assert part is not None
        yield Shot(f"mail-{name}", "", "", html=part.get_content())
        if name == "invitation":
            yield Shot("mail-captured", "", f"/dev/mail/{file.stem}")


def others(kind: str, world: World) -> Iterator[Shot]:
    """The same pages of another organization; long names are worst on a phone, and many rows need a desk."""
    width = 375 if kind == "long" else 1440
    for name in OF_AN_ORGANIZATION:
        path = {"overview": "", "new": "invitations/new"}.get(name, name)
        yield Shot(f"{name}-{kind}", world.email("owner"), f"/o/{world.slug}/{path}", width=width)
