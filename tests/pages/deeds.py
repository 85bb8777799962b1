"""Everything that can be posted: somebody who may, at a page from which they may, and what they send."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyotp

from portal import clock, connections, imports, organizations, placements, providers, sealed, second_steps
from portal.clock import rfc3339
from portal.delivery import stops
from tests.world import PASSWORD

from .conftest import link_in
from .reading import Browser

NEW = "a quite different phrase"
SETTINGS = {
    "name": "Northwind", "slug": "northwind", "default_role": "member", "invitation_lifetime": "7", "unit": "days",
    "invite_from": "manager", "mail_paragraph": "We are Northwind.",
}  # fmt: skip


@dataclass
class Deed:
    """A form, ready to be sent."""

    browser: Browser
    path: str
    data: dict[str, Any]


def digits(world: Any, actor: Any, later: int = 0) -> str:
    """The code that somebody's app shows now, or so many steps later."""
    world.session.rollback()
    step = second_steps.of_user(world.session, actor.user_id)
    return pyotp.TOTP(sealed.unseal(step.secret)).at(clock.now() + timedelta(seconds=30 * later))


def turned_on(world: Any, actor: Any) -> list[str]:
    """Gives somebody a second step; returns the recovery codes."""
    second_steps.begin(world.session, actor, world.now)
    return second_steps.confirm(world.session, actor, digits(world, actor, -1), clock.now())


class Deeds:
    """Makes the deed of an endpoint: ``deeds("members.remove")``."""

    def __init__(self, world: Any, at: Any, stranger: Any, account: Any, link: Any, mails: Any) -> None:
        self.world, self.at, self.stranger = world, at, stranger
        self.account, self.link, self.mails = account, link, mails

    def __call__(self, endpoint: str) -> Deed:
        resource, _, verb = endpoint.partition(".")
        return getattr(self, f"_{resource}")(verb)

    def _entry(self, verb: str) -> Deed:
        address = self.world.email("owner")
        if verb in ("sign_in", "forgot"):
            return Deed(self.stranger(), f"/{verb.replace('_', '-')}", {"email": address, "password": PASSWORD})
        if verb == "sign_out":
            return Deed(self.at("owner"), "/sign-out", {})
        if verb == "reset":
            self.stranger().open("/forgot").press("Send me the link", email=address)
            return Deed(self.stranger().open(link_in(self.mails()[-1])).browser, "/reset", {"password": NEW})
        browser = self.at(self.account("new@example.com", verified=False))
        if verb == "verify":
            browser.open("/account").press("Mail me the link")
            browser.open(link_in(self.mails()[-1]))
        return Deed(browser, "/verify" if verb == "verify" else "/verify/ask", {})

    def _account(self, verb: str) -> Deed:
        if verb in ("accept", "decline"):
            invitation_id = self.world.invited("ann@example.com")
            ann = self.at(self.account("ann@example.com"))
            return Deed(ann, f"/invitations/{invitation_id}/{verb}", {"version": "1"})
        browser = self.at("owner")
        self.at("owner")
        if verb == "show":
            return Deed(browser, "/account", {"old": PASSWORD, "password": NEW})
        forms = browser.open("/account").tree.all("form")
        ends = [form.attrs["action"] for form in forms if "/sessions/" in form.attrs.get("action", "")]
        return Deed(browser, ends[0] if verb == "end_sessions" else ends[2], {})

    def _confirm(self, verb: str) -> Deed:
        return Deed(self.at("owner"), "/confirm", {"password": PASSWORD})

    def _mailed(self, verb: str) -> Deed:
        browser, sent = self.stranger(), {"email": self.world.email("owner")}
        if verb == "ask":
            return Deed(browser, "/sign-in/mail", sent)
        browser.send("/sign-in/mail", sent)
        browser.open(link_in(self.mails()[-1]))
        return Deed(browser, "/mailed-sign-in", {})

    def _providers(self, verb: str) -> Deed:
        browser, actor = self.at("owner"), self.world["owner"]
        key, name = next(iter(providers.offered().items()))
        if verb == "confirm":
            said = {"user": str(actor.user_id), "at": self.world.now.timestamp(), "provider": key}
            with browser.client.session_transaction() as kept:
                kept["vouched"] = said | {"issuer": "https://id.example.com", "subject": "1", "email": name}
            return Deed(browser, "/account/providers/confirm", {})
        vouched = connections.Vouched(key, "https://id.example.com", "1")
        connections.connect(self.world.session, actor, vouched, self.world.now)
        found = connections.of_user(self.world.session, actor.user_id)[0]
        return Deed(browser, f"/account/providers/{found.id}/disconnect", {})

    def _sign_up(self, verb: str) -> Deed:
        return Deed(self.stranger(), "/sign-up", {"name": "Ann", "email": "ann@example.com"})

    def _entering(self, verb: str) -> Deed:
        codes = turned_on(self.world, self.world["owner"])
        browser = self.stranger()
        browser.open("/sign-in").press("Sign in", email=self.world.email("owner"), password=PASSWORD)
        return Deed(browser, "/second-step", {"code": codes[0]})

    def _second_step(self, verb: str) -> Deed:
        browser, owner = self.at("owner"), self.world["owner"]
        if verb == "show":
            second_steps.begin(self.world.session, owner, self.world.now)
            return Deed(browser, "/account/second-step", {"code": digits(self.world, owner)})
        if verb != "begin":
            turned_on(self.world, owner)
        return Deed(browser, "/o/northwind/second-step" if verb == "demand" else f"/account/second-step/{verb}", {})

    def _imports(self, verb: str) -> Deed:
        text, there = "email\nann@example.com\n", "/o/northwind/imports"
        if verb == "index":
            return Deed(self.at("owner"), there, {"people": text, "role": "member"})
        made = imports.plan(self.world.session, self.world["owner"], self.world.id, text, self.world.now)
        return Deed(self.at("owner"), f"{there}/{made.id}/{verb}", {})

    def _inbox(self, verb: str) -> Deed:
        key, _ = self.world.waits()
        return Deed(self.at("owner"), f"/o/northwind/inbox/{verb}", {"invitation": str(key), "sure": "1"})

    def _profile(self, verb: str) -> Deed:
        browser = self.at("member")
        if verb == "confirm_address":
            browser.open("/account/address").press("Send the link", email="new@example.com")
            browser.open(link_in(self.mails("new@example.com")[-1]))
            return Deed(browser, "/new-address", {})
        said = {"edit": {"name": "Other"}, "address": {"email": "new@example.com"}}
        sent = said.get(verb, {"email": self.world.email("member")})
        return Deed(browser, f"/account/{'profile' if verb == 'edit' else verb}", sent)

    def _invitations(self, verb: str) -> Deed:
        invitation_id = self.world.invited("ann@example.com")
        path = f"/o/northwind/invitations/{'new' if verb == 'new' else invitation_id}"
        path += "" if verb == "new" else "/link" if verb == "new_link" else f"/{verb}"
        data = {"people": "bob@example.com", "role": "member", "restricted": "all"} if verb == "new" else {}
        seen = rfc3339(self.world.invitation(invitation_id).updated_at)
        changed = {"email": "eve@example.com", "role": "member", "restricted": "all", "version": seen}
        return Deed(self.at("owner"), path, changed if verb == "edit" else data)

    def _members(self, verb: str) -> Deed:
        path = f"/o/northwind/members/{self.world['member'].user_id}"
        if verb == "transfer":
            return Deed(self.at("owner"), f"{path}/transfer", {})
        data = {"role": "member", "restricted": "some", "sites": str(self.world.sites[0])}
        return Deed(self.at("owner"), path + ("/remove" if verb == "remove" else ""), {} if verb == "remove" else data)

    def _places(self, verb: str) -> Deed:
        if verb in ("show", "change_member"):
            return self._placed(verb)
        path = "/o/northwind/teams" if verb == "index" else f"/o/northwind/teams/{self.world.teams[0]}/{verb}"
        return Deed(self.at("owner"), path, {"name": "Newest"})

    def _selected(self, verb: str) -> Deed:
        chosen = {"invitation": str(self.world.invited("ann@example.com")), "sure": "1"}
        return Deed(self.at("owner"), f"/o/northwind/invitations/selected/{verb}", chosen)

    def _preferences(self, _: str) -> Deed:
        return Deed(self.at("owner"), "/preferences/language", {"language": "de", "back": "/account"})

    def _placed(self, verb: str) -> Deed:
        world, path = self.world, f"/o/northwind/teams/{self.world.teams[0]}"
        if verb == "show":
            return Deed(self.at("owner"), path, {"email": world.email("member"), "role": "developer"})
        key = world["member"].user_id
        placements.add(world.session, world["owner"], world.id, "team", world.teams[0], key, "developer", world.now)
        return Deed(self.at("owner"), f"{path}/members/{key}", {"role": "read_only"})

    def _settings(self, verb: str) -> Deed:
        if verb == "reopen":
            browser = self.at("owner")
            assert browser.token
            organizations.close(self.world.session, self.world["owner"], self.world.id, self.world.now)
            return Deed(browser, f"/closed/{self.world.id}/reopen", {})
        sent = {"show": SETTINGS, "delete": {"typed": "Northwind"}}.get(verb, {})
        return Deed(self.at("owner"), f"/o/northwind/settings{'' if verb == 'show' else '/' + verb}", sent)

    def _mail_stops(self, verb: str) -> Deed:
        stops.put(self.world.session, self.world.id, "ann@example.com", "complaint", self.world.now)
        return Deed(self.at("owner"), f"/o/northwind/mail-stops/{verb}", {"email": "ann@example.com"})

    def _tokens(self, verb: str) -> Deed:
        browser, data = self.at("owner"), {"name": "Nightly", "scopes": "invitations:read", "expires": "30"}
        if verb == "index":
            return Deed(browser, "/account/tokens", data)
        page = browser.send("/account/tokens", data)
        return Deed(browser, page.form("Revoke").attrs["action"], {})

    def _join(self, verb: str) -> Deed:
        eight_days_ago = self.world.now - timedelta(days=8)
        invitation_id = self.world.invited("ann@example.com", at=eight_days_ago if verb == "ask" else None)
        browser = self.at("member") if verb == "switch" else self.stranger()
        browser.open(self.link(invitation_id))
        data = {"name": "Ann", "password": NEW, "version": "1"}
        return Deed(browser, "/join" if verb == "show" else f"/join/{verb}", data if verb == "show" else {})
