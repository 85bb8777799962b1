"""Each face of the portal as what one can do through it: invite, read, resend, cancel, accept.

Each has the verbs that its product has. ``Seen`` is what every one of them says of an invitation, in the same words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask

from portal import links
from portal.clock import rfc3339
from portal.links import Kind
from portal.models import User
from tests.api.scripts import Script, bearer, cookie_of
from tests.pages.reading import Browser
from tests.world import World

ADDRESS = "mia@example.com"


@dataclass
class Seen:
    """What a face says of an invitation; None where it does not say."""

    id: str
    status: str
    role: str | None = None
    expires_at: str | None = None


@dataclass
class Around:
    """Where the faces are tried: a portal, an organization, and the invitee's account."""

    app: Flask
    world: World
    invitee: User
    sign_in: Callable[..., Any]

    @property
    def team(self) -> str:
        return str(self.world.teams[0])

    def token(self, who: Any) -> Script:
        return bearer(self.app, self.world, who)

    def cookie(self, who: Any) -> Script:
        return Script(self.app, Cookie=cookie_of(self.world, who))

    def browser(self, who: Any) -> Browser:
        key = self.world[who].user_id if isinstance(who, str) else who.id
        return Browser(self.sign_in(self.app.test_client(), key))


def well(reply: Any) -> Any:
    """The JSON of a reply that went well."""
    assert reply.status_code in (200, 201), reply.get_data(as_text=True)
    return reply.json


class SessionDialect:
    """``/api/auth``."""

    path = "/api/auth/organization"

    def __init__(self, around: Around) -> None:
        self.around = around

    def invite(self, **more: Any) -> UUID:
        body = {"email": ADDRESS, "role": "admin", "teamId": self.around.team} | more
        made = well(self._owner().post(f"{self.path}/invite-member", body | self._here()))
        return UUID(made["id"])

    def read(self, key: UUID) -> Seen:
        listed = well(self._owner().get(f"{self.path}/list-invitations?organizationId={self.around.world.id}"))
        (one,) = [one for one in listed if one["id"] == str(key)]
        assert one["teamId"] == self.around.team
        return Seen(one["id"], one["status"], one["role"], one["expiresAt"])

    def resend(self, key: UUID) -> None:
        assert self.invite(resend=True) == key

    def cancel(self, key: UUID) -> int:
        return int(self._owner().post(f"{self.path}/cancel-invitation", {"invitationId": str(key)}).status_code)

    def accept(self, key: UUID) -> int:
        caller = self.around.cookie(self.around.invitee)
        return int(caller.post(f"{self.path}/accept-invitation", {"invitationId": str(key)}).status_code)

    def _owner(self) -> Script:
        return self.around.cookie("owner")

    def _here(self) -> dict[str, str]:
        return {"organizationId": str(self.around.world.id)}


class BatchDialect:
    """``/manage/api/invitations``."""

    path = "/manage/api/invitations"

    def __init__(self, around: Around) -> None:
        self.around = around

    def invite(self) -> UUID:
        given = [{"teamId": self.around.team, "teamRole": "developer"}]
        body = {"emails": [ADDRESS], "organizationId": str(self.around.world.id), "role": "admin", "assignments": given}
        (entry,) = well(self.around.token("owner").post(self.path, body))["data"]
        return UUID(entry["id"])

    def read(self, key: UUID) -> Seen:
        """What verify and pending say; neither shows an invitation that is not open."""
        reply = Script(self.around.app).get(f"{self.path}/verify?email={ADDRESS}&id={key}")
        waiting = well(self.around.token(self.around.invitee).get(f"{self.path}/pending?email={ADDRESS}"))
        assert [one["id"] for one in waiting] == ([str(key)] if reply.status_code == 200 else [])
        if reply.status_code == 404:
            return Seen(str(key), "not open")
        one = well(reply)
        return Seen(str(key), waiting[0]["status"], one["role"], one["expiresAt"])


class TeamDialect:
    """``/organization``; accepts by the copied token that it lists, or by the one that was mailed."""

    path = "/organization"

    def __init__(self, around: Around, kind: Kind = Kind.COPIED) -> None:
        self.around, self.kind = around, kind

    def invite(self) -> UUID:
        given = [{"teamId": self.around.team, "role": "developer"}]
        body = {"email": ADDRESS, "role": "administrator", "teamAssignments": given}
        made = well(self.around.token("owner").post(f"{self.path}/{self.around.world.id}/invite", body))
        return UUID(made["id"])

    def read(self, key: UUID) -> Seen:
        one = self._listed(key)
        role = {"administrator": "admin"}.get(one["organizationRole"], one["organizationRole"])
        return Seen(one["id"], one["status"], role, one["expiresAt"])

    def cancel(self, key: UUID) -> int:
        reply = self.around.token("owner").delete(f"{self.path}/{self.around.world.id}/invitation/{key}")
        return int(reply.status_code)

    def accept(self, key: UUID) -> int:
        generation = self.around.world.invitation(key).generation
        token = links.invitation_token(key, generation, self.kind)
        listed = self._listed(key)["token"]
        assert listed == ("" if self.kind is Kind.COPIED and not listed else listed)
        if self.kind is Kind.COPIED and listed:
            assert listed == token
        reply = self.around.token(self.around.invitee).post(f"{self.path}/invite/accept", {"token": token})
        return int(reply.status_code)

    def _listed(self, key: UUID) -> Any:
        path = f"{self.path}/{self.around.world.id}/invitations?page=1&pageSize=20"
        (one,) = [one for one in well(self.around.token("owner").get(path))["invitations"] if one["id"] == str(key)]
        return one


class Native:
    """``/api/v1``."""

    def __init__(self, around: Around) -> None:
        self.around = around
        self.path = f"/api/v1/organizations/{around.world.id}/invitations"

    def invite(self) -> UUID:
        body = {"emails": [ADDRESS], "role": "admin", "teams": [{"id": self.around.team, "role": "developer"}]}
        reply = self.around.token("owner").post(self.path, body)
        well(reply)
        return UUID(reply.headers["Location"].rpartition("/")[2])

    def read(self, key: UUID) -> Seen:
        one = well(self.around.token("owner").get(f"{self.path}/{key}"))
        assert [(team["id"], team["role"]) for team in one["teams"]] == [(self.around.team, "developer")]
        return Seen(one["id"], one["status"], one["role"], one["expires_at"])

    def resend(self, key: UUID) -> None:
        well(self.around.token("owner").call("POST", f"{self.path}/{key}/resend"))

    def cancel(self, key: UUID) -> int:
        return int(self.around.token("owner").call("POST", f"{self.path}/{key}/cancel").status_code)

    def accept(self, key: UUID) -> int:
        reply = self.around.token(self.around.invitee).call("POST", f"/api/v1/invitations/{key}/accept")
        return int(reply.status_code)


class Pages:
    """What a person clicks."""

    path = "/o/northwind/invitations"

    def __init__(self, around: Around) -> None:
        self.around = around

    def invite(self) -> UUID:
        page = self._owner().open(f"{self.path}/new")
        page.press("Send invitations", people=ADDRESS, role="admin", teams=[f"{self.around.team}:developer"])
        return next(iter(self._addresses()))

    def read(self, key: UUID) -> Seen:
        page = self._owner().open(f"{self.path}/{key}")
        assert ADDRESS in page.text
        assert "Platform developer" in page.text
        state = next(word for word in ("Pending", "Accepted", "Revoked") if word in page.text)
        return Seen(str(key), {"Revoked": "canceled"}.get(state, state.lower()))

    def resend(self, key: UUID) -> None:
        page = self._owner().open(f"{self.path}/{key}").press("Send again")
        assert "again" in page.said

    def cancel(self, key: UUID) -> int:
        page = self._owner().open(f"{self.path}/{key}/revoke").press("Revoke the invitation")
        return int(page.status)

    def accept(self, key: UUID) -> int:
        page = self.around.browser(self.around.invitee).open("/invitations")
        if "Join Northwind" not in page.buttons:
            return 409
        return int(page.press("Join Northwind").status)

    def _owner(self) -> Browser:
        return self.around.browser("owner")

    def _addresses(self) -> list[UUID]:
        found = self._owner().open(self.path).links.values()
        ends = [address.rpartition("/")[2] for address in found if address.startswith(f"{self.path}/")]
        return [UUID(end) for end in ends if len(end) == 36]


def expiry(world: World, key: UUID) -> str:
    """When the invitation lapses, as every dialect writes it."""
    return rfc3339(world.invitation(key).expires_at)
