"""Every operation of the native API, written by hand: its name, method, path, a good body, its scope, its status."""

from dataclasses import dataclass
from typing import Any

ORG = "/api/v1/organizations/{organization}"
INV, MEM = f"{ORG}/invitations/{{invitation}}", f"{ORG}/members/{{member}}"
IMP = f"{ORG}/imports/{{import}}"
OR, OW = "organization:read", "organization:write"
AR, AW = "account:read", "account:write"
IR, IW, MR, MW = "invitations:read", "invitations:write", "members:read", "members:write"


@dataclass
class Call:
    """One operation."""

    name: str
    method: str
    path: str
    body: Any
    scope: str
    status: int
    single: bool = False

    def send(self, script: Any, **headers: str) -> Any:
        return script.call(self.method, self.path, self.body, **headers)


def rows() -> list[tuple[Any, ...]]:
    table: list[tuple[Any, ...]] = [
        ("list_organizations", "GET", "/api/v1/organizations", None, OR, 200),
        ("create_organization", "POST", "/api/v1/organizations", {"name": "Westwind"}, OW, 201),
        ("get_organization", "GET", ORG, None, OR, 200, True),
        ("change_organization", "PATCH", ORG, {"name": "Renamed"}, OW, 200, True),
        ("close_organization", "DELETE", ORG, None, OW, 204, True),
        ("list_history", "GET", f"{ORG}/history?kind=member", None, OR, 200),
        ("export_history", "GET", f"{ORG}/history/export?format=csv", None, OR, 200),
        ("delete_organization", "POST", f"{ORG}/delete", {"name": "Northwind"}, OW, 200),
        ("reopen_organization", "POST", "/api/v1/organizations/{closed}/reopen", None, OW, 200),
        ("list_invitations", "GET", f"{ORG}/invitations", None, IR, 200),
        ("invite", "POST", f"{ORG}/invitations", {"emails": ["new@example.com"]}, IW, 201),
        ("get_invitation", "GET", INV, None, IR, 200, True),
        ("change_invitation", "PATCH", INV, {"message": "Hello"}, IW, 200, True),
        ("resend_invitation", "POST", f"{INV}/resend", None, IW, 200),
        ("remind_invitation", "POST", f"{INV}/remind", None, IW, 200),
        ("renew_invitation_link", "POST", f"{INV}/new-link", None, IW, 200),
        ("cancel_invitation", "POST", f"{INV}/cancel", None, IW, 200),
        ("get_invitation_history", "GET", f"{INV}/history", None, IR, 200),
        ("get_invitation_mail", "GET", f"{INV}/mail", None, IR, 200),
        ("get_insights", "GET", f"{ORG}/insights", None, IR, 200),
        ("list_stuck_invitations", "GET", f"{ORG}/insights/stuck?kind=unviewed", None, IR, 200),
        ("list_approvals", "GET", f"{ORG}/approvals", None, IR, 200),
        ("approve_invitation", "POST", f"{ORG}/invitations/{{waiting}}/approve", None, IW, 200),
        ("decline_invitation", "POST", f"{ORG}/invitations/{{waiting}}/decline", None, IW, 200),
        ("list_imports", "GET", f"{ORG}/imports", None, IR, 200),
        ("create_import", "POST", f"{ORG}/imports", {"csv": "email\nnew@example.com\n"}, IW, 201),
        ("get_import", "GET", IMP, None, IR, 200),
        ("list_import_rows", "GET", f"{IMP}/rows", None, IR, 200),
        ("start_import", "POST", f"{IMP}/start", None, IW, 200),
        ("stop_import", "POST", f"{IMP}/stop", None, IW, 200),
        ("list_members", "GET", f"{ORG}/members", None, MR, 200),
        ("get_member", "GET", MEM, None, MR, 200, True),
        ("change_member", "PATCH", MEM, {"role": "manager"}, MW, 200, True),
        ("transfer_ownership", "POST", f"{MEM}/transfer-ownership", None, MW, 200),
        ("remove_member", "DELETE", MEM, None, MW, 204, True),
        (
            "apply_roster", "POST", f"{ORG}/roster", {"people": [{"email": "{email}", "role": "owner"}]},
            f"{IW} {MW}", 200,
        ),
        ("list_mail_stops", "GET", f"{ORG}/mail-stops", None, IR, 200),
        ("lift_mail_stop", "DELETE", f"{ORG}/mail-stops/stopped@example.com", None, IW, 204),
        ("ask_reach", "GET", f"{ORG}/reach?kind=site&place={{site}}", None, MR, 200),
        ("list_own_invitations", "GET", "/api/v1/invitations", None, IR, 200),
        ("get_own_invitation", "GET", "/api/v1/invitations/{own}", None, IR, 200, True),
        ("accept_own_invitation", "POST", "/api/v1/invitations/{own}/accept", None, IW, 200),
        ("reject_own_invitation", "POST", "/api/v1/invitations/{own}/reject", {"reason": "No"}, IW, 200),
        ("get_me", "GET", "/api/v1/me", None, AR, 200, True),
        ("change_me", "PATCH", "/api/v1/me", {"name": "Other"}, AW, 200),
        ("get_my_data", "GET", "/api/v1/me/data", None, AR, 200),
        ("list_my_sessions", "GET", "/api/v1/me/sessions", None, AR, 200),
        ("end_my_session", "DELETE", "/api/v1/me/sessions/{session}", None, AW, 204),
        ("list_tokens", "GET", "/api/v1/tokens", None, "", 200),
        ("create_token", "POST", "/api/v1/tokens", {"scopes": [MR]}, "", 201),
        ("get_token", "GET", "/api/v1/tokens/{token}", None, "", 200, True),
        ("revoke_token", "DELETE", "/api/v1/tokens/{token}", None, "", 204),
    ]  # fmt: skip
    for kind, more in (("site", {"domain": "new.example.com"}), ("team", {}), ("project", {})):
        path = f"{ORG}/{kind}s"
        table += [
            (f"list_{kind}s", "GET", path, None, OR, 200),
            (f"create_{kind}", "POST", path, {"name": "New"} | more, OW, 201),
            (f"get_{kind}", "GET", f"{path}/{{{kind}}}", None, OR, 200, True),
            (f"change_{kind}", "PATCH", f"{path}/{{{kind}}}", {"name": "Other"}, OW, 200, True),
            (f"delete_{kind}", "DELETE", f"{path}/{{{kind}}}", None, OW, 204, True),
        ]
    for kind, role, other in (("team", "developer", "read_only"), ("project", "project_member", "project_viewer")):
        path = f"{ORG}/{kind}s"
        one = f"{path}/{{full_{kind}}}/members/{{manager}}"
        table += [
            (f"list_{kind}_members", "GET", f"{path}/{{{kind}}}/members", None, MR, 200),
            (
                f"add_{kind}_member", "POST", f"{path}/{{{kind}}}/members", {"user_id": "{member}", "role": role},
                MW, 201,
            ),
            (f"change_{kind}_member", "PATCH", one, {"role": other}, MW, 200),
            (f"remove_{kind}_member", "DELETE", one, None, MW, 204),
        ]  # fmt: skip
    return table


NAMES = [row[0] for row in rows()]
WRITING = [row[0] for row in rows() if row[1] != "GET"]
POSTS = [row[0] for row in rows() if row[1] == "POST"]
WITH_BODY = [row[0] for row in rows() if row[3] is not None]
SINGLE = [row[0] for row in rows() if len(row) > 6]


def calls(ids: dict[str, Any]) -> dict[str, Call]:
    """The same, about these things."""
    return {row[0]: Call(*filled(row, ids)) for row in rows()}


def filled(value: Any, ids: dict[str, Any]) -> Any:
    match value:
        case str():
            return value.format_map(ids)
        case dict():
            return {name: filled(each, ids) for name, each in value.items()}
        case list():
            return [filled(each, ids) for each in value]
        case tuple():
            return tuple(filled(each, ids) for each in value)
    return value


def problem(reply: Any, status: int, code: str) -> Any:
    """The body of a refusal, in the one shape that they have."""
    assert reply.status_code == status, reply.get_data(as_text=True)
    assert reply.mimetype == "application/problem+json"
    said = reply.json
    assert {"type", "title", "status", "detail", "instance", "code", "requestId"} <= said.keys()
    assert (said["status"], said["code"]) == (status, code), said
    assert said["requestId"] == reply.headers["X-Request-ID"]
    assert said["type"].endswith(f"/api/docs#{code}")
    return said


def pointers(reply: Any) -> list[str]:
    """Where the input was wrong."""
    return [error["pointer"] for error in reply.json["errors"]]
