"""The guards of the portal, each with what stands there once it is taken out and the tests that must then fail.

Numbers are those of the published attacks in ``docs/security.md``. Attack 28 (fields that nobody asked for) has no line
here: forms and bodies name what they read, so that there is no guard that could be taken out.
"""

from typing import NamedTuple


class Edit(NamedTuple):
    """One replacement in one file; ``text`` stands there exactly once."""

    file: str
    text: str
    instead: str


class Guard(NamedTuple):
    """A guard that may stand in several lines, and the tests that notice: files, and what their names hold."""

    attack: int
    what: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    named: str


LINKS, ANSWERS, CHANGES = "portal/links.py", "portal/invitations/answers.py", "portal/invitations/changes.py"
APPROVALS = "portal/invitations/approvals.py"
PERMISSIONS, STATEMENTS, ACCOUNTS = "portal/permissions.py", "portal/statements.py", "portal/accounts.py"
RULES, PAGES, NATIVE = "tests/rules", "tests/pages", "tests/api/v1"


def guard(attack: int, what: str, tests: str, *edits: tuple[str, str, str], named: str | None = None) -> Guard:
    """A line of the table; without ``named`` the tests that carry the attack's number must fail."""
    return Guard(
        attack, what, tuple(Edit(*edit) for edit in edits), tuple(tests.split()), named or f"attack_{attack:02}"
    )


GUARDS = [
    guard(1, "a link's signature is checked", f"{RULES}/test_links.py", (
        LINKS, "_opened(_serializer(kind).loads(_canonical(token)), kind)",
        "_opened(_serializer(kind).loads_unsafe(_canonical(token))[1], kind)",
    )),
    guard(1, "a signature is written in one way", f"{RULES}/test_links.py", (
        LINKS, "if base64_encode(base64_decode(signature)).decode() != signature:",
        "if base64_decode(signature) is None:",
    )),
    guard(1, "each kind of link has its own salt", f"{RULES}/test_links.py {RULES}/test_joining.py", (
        LINKS, "_Plain(list(keys), salt=kind.value,", "_Plain(list(keys), salt='link',",
    ), named="attack_01_ or attack_02_"),
    guard(2, "a copied link opens no account", f"{RULES}/test_joining.py", (
        ANSWERS, 'if not opened.proves_mailbox and not current_app.config["UNPROVEN_JOIN"]:', "if opened is None:",
    )),
    guard(3, "a reply holds a link that proves nothing", "tests/api/team/test_attacks.py", (
        "portal/api/team/calls.py", "token = links.invitation_token(made, 1, Kind.COPIED)",
        "token = links.invitation_token(made, 1, Kind.MAILED)",
    ), named="attack_02_ or attack_03_"),
    guard(4, "a member may look only", f"{NATIVE}/test_grid.py", (
        PERMISSIONS, '"member": frozenset({Permission.VIEW}),',
        '"member": frozenset({Permission.VIEW, Permission.MANAGE_PLACES}),',
    ), named="attack_4_"),
    guard(5, "a token for one organization acts in no other", f"{NATIVE}/test_who_calls.py", (
        "portal/standing.py", "if found is None or not actor.reaches(organization_id):", "if found is None:",
    ), named="attack_5_"),
    guard(6, "an invitation is for its address", f"{RULES}/test_accepting.py", (
        ANSWERS, "if user.email != address:", "if user is None:",
    )),
    guard(7, "who accepts waits where approval is asked for", f"{RULES}/test_approvals.py", (
        ANSWERS, "waits = organization is not None and organization.approval", "waits = False",
    )),
    guard(7, "owners and administrators approve", f"{RULES}/test_approvals.py", (
        APPROVALS, "    permissions.require(standing.role, Permission.APPROVE)\n", "",
    ), named="attack_12_and_7"),
    guard(7, "nobody approves above their rank", f"{RULES}/test_approvals.py", (
        APPROVALS, "    permissions.require_offer(standing.role, found[0].role)\n", "",
    ), named="attack_12_and_7"),
    guard(7, "what waits is approved once", "tests/faults/test_approval_races.py", (
        APPROVALS, 'if found[0].status != "waiting":', "if not found:",
    ), named="attack_21_and_7"),
    guard(7, "what waits is pending for nobody", f"{RULES}/test_approvals.py", (
        CHANGES, 'if invitation.status not in ("pending", "expired"):',
        'if invitation.status not in ("pending", "expired", "waiting"):',
    )),
    guard(8, "reading a link answers nothing", f"{PAGES}/test_writing_nothing.py", (
        "portal/pages/join.py", "    person: identity.Viewer | None\n\n    @cached_property",
        "    person: identity.Viewer | None\n\n"
        "    def __post_init__(self):\n"
        "        invitations.mail_own_link(db.session(), self.opened, clock.now())\n\n    @cached_property",
    ), named="attack_8_"),
    guard(9, "only a proved address accepts", f"{RULES}/test_accepting.py", (
        ANSWERS, "if not user.is_verified and not unproven:", "if user is None:",
    )),
    guard(9, "a squatter's sessions end", f"{RULES}/test_joining.py {RULES}/test_accounts.py", (
        ACCOUNTS,
        "    user.updated_at = now\n    sessions.end_all(session, user.id)\n    _record(session, Actor(user.id), "
        'user, "proved", now)', '    user.updated_at = now\n    _record(session, Actor(user.id), user, "proved", now)',
    )),
    guard(9, "a squatter's tokens end", f"{RULES}/test_joining.py {RULES}/test_accounts.py", (
        ACCOUNTS, "        tokens.end_all(session, user.id)\n", "        pass\n",
    )),
    guard(10, "what is no token is not read", f"{RULES}/test_links.py", (
        LINKS, "not isinstance(token, str) or not token.isascii() or not 0 < len(token) <= LONGEST", "token == 'never'",
    )),
    guard(11, "a link lets nobody into an account that exists", f"{RULES}/test_joining.py", (
        ANSWERS, "if user.is_verified or user.deactivated_at is not None or not opened.proves_mailbox:",
        "if user is None:",
    )),
    guard(12, "nobody offers above their rank", f"{RULES}/test_grids.py", (
        PERMISSIONS, "return allows(role, Permission.INVITE) and RANKS[offered] <= RANKS[role]",
        "return allows(role, Permission.INVITE)",
    )),
    guard(13, "the grantor is judged again at acceptance", f"{RULES}/test_accepting.py", (
        ANSWERS, "if not stands(session, claimed):", "if claimed is None:",
    )),
    guard(13, "the grantor is judged again at approval", f"{RULES}/test_approvals.py", (
        APPROVALS, "if not stands(session, invitation):", "if invitation is None:",
    )),
    guard(13, "who leaves takes their invitations along", f"{RULES}/test_any_order.py", (
        "portal/memberships.py",
        "canceled = invitations.cancel_unsupported(session, actor, organization_id, user_id, None, now)",
        "canceled = 0",
    ), named="any_order"),
    guard(13, "acting on an invitation asks for its rank", f"{RULES}/test_grids.py", (
        CHANGES, "    permissions.require_offer(organization.role, invitation.role)\n", "",
    )),
    guard(14, "an unknown role is refused", f"{RULES}/test_offers.py", (
        "portal/invitations/offers.py", "        if role not in roles:\n", "        if role is None:\n",
    )),
    guard(15, "another's invitation reads as none", f"{RULES}/test_changing.py", (
        CHANGES, "    except NotAMember:\n        raise NotFound() from None\n",
        "    except NotAMember:\n        raise\n",
    )),
    guard(15, "only places of the organization are granted", f"{RULES}/test_offers.py", (
        "portal/invitations/offers.py", "model.organization_id == organization_id, model.id.in_(held)",
        "model.id.in_(held)",
    )),
    guard(15, "only members of the organization are found", f"{RULES}/test_members.py", (
        "portal/memberships.py", "return with_user.where(Membership.organization_id == organization_id)",
        "return with_user",
    )),
    guard(16, "an older link accepts nothing", f"{RULES}/test_accepting.py", (
        STATEMENTS, "_invitations.c.generation == func.coalesce(generation, _invitations.c.generation)",
        "func.coalesce(generation, 1) == func.coalesce(generation, 1)",
    )),
    guard(16, "an older link declines nothing", f"{RULES}/test_declining.py", (
        ANSWERS, "        if opened.generation != invitation.generation:\n", "        if opened.generation is None:\n",
    )),
    guard(17, "only a pending invitation is accepted", f"{RULES}/test_accepting.py", (
        STATEMENTS, "            _invitations.c.status == PENDING,\n            _invitations.c.expires_at > _NOW,\n",
        "            _invitations.c.expires_at > _NOW,\n",
    ), (
        STATEMENTS, ".where(Organization.id == owner, Organization.pending_count > 0)",
        ".where(Organization.id == owner)",
    )),
    guard(18, "only in time", f"{RULES}/test_accepting.py", (
        STATEMENTS, "            _invitations.c.expires_at > _NOW,\n            _invitations.c.generation",
        "            _invitations.c.generation",
    )),
    guard(18, "a closed organization takes nobody", f"{RULES}/test_accepting.py", (
        ANSWERS, "        if organization.deactivated_at is not None:\n", "        if organization is None:\n",
    )),
    guard(18, "a closed account signs nobody in", f"{RULES}/test_accounts.py", (
        ACCOUNTS, "if user is None or not right or user.deactivated_at is not None:", "if user is None or not right:",
    )),
    guard(19, "the page of a link sends no referrer", f"{PAGES}/test_attacks_on_links.py", (
        "portal/headers.py", '        if g.get("no_referrer"):\n', '        if g.get("never"):\n',
    )),
    guard(19, "logs hold no token", f"{PAGES}/test_attacks_on_links.py", (
        "portal/logs.py", "path=redacted(request.path)", "path=request.path",
    )),
    guard(20, "of a session only the hash is kept", f"{RULES}/test_sessions.py", (
        "portal/sessions.py", "return hashlib.sha256(token.encode()).digest()", "return token.encode()",
    )),
    guard(21, "who writes takes the lock first", "tests/faults/test_invitation_races.py", (
        "portal/database.py", '"BEGIN IMMEDIATE" if writes else "BEGIN"', '"BEGIN"',
    )),
    guard(22, "an unknown address costs the same hashing", f"{RULES}/test_accounts.py", (
        "portal/passwords.py", "return hasher.verify(password_hash or _nobody(), password) and bool(password_hash)",
        'return bool(password_hash) and hasher.verify(password_hash or "", password)',
    )),
    guard(23, "links are made from the public address", f"{PAGES}/test_attacks_on_accounts.py", (
        LINKS, "return f\"{current_app.config['PUBLIC_URL']}{path}\"",
        "from flask import request\n\n    return f\"{request.host_url.rstrip('/') if request else ''}{path}\"",
    ), named="attack_23_the_link_to_copy"),
    guard(23, "a redirect names no host", f"{PAGES}/test_attacks_on_accounts.py", (
        "portal/headers.py", 'return urlunsplit(("", "", parts.path, parts.query, ""))', 'return location or "/"',
    )),
    guard(24, "a line break in a header is refused", f"{RULES}/test_mails.py", (
        "portal/delivery/letters.py", r'return "\n" in value or "\r" in value or "\0" in value', "return False",
    )),
    guard(25, "mails for one invitation are limited", "tests/api/session/test_resending.py", (
        "portal/limits.py", '"10 per hour", "resend-invitation"', '"9999 per hour", "resend-invitation"',
    )),
    guard(26, "changing a member asks for the rank", f"{PAGES}/test_grid.py {NATIVE}/test_grid.py", (
        "portal/memberships.py",
        "        permissions.require_manage(organization.role, member.role, access.role)\n", "",
    ), named="attack"),
    guard(26, "insights are for who may invite", f"{RULES}/test_insights.py", (
        "portal/insights/funnels.py", "    permissions.require_invite(organization)\n", "",
    ), named="who_may_invite_sees_it"),
    guard(26, "what is stuck is for who may invite", f"{RULES}/test_insights.py", (
        "portal/insights/kinds.py", "    permissions.require_invite(organization)\n", "",
    ), named="who_may_invite_sees_it"),
    guard(27, "case makes no other address", f"{RULES}/test_addresses.py", (
        "portal/addresses.py", 'address = f"{local}@{domain}".lower()', 'address = f"{local}@{domain}"',
    )),
    guard(29, "signing in leads to this site only", f"{PAGES}/test_attacks_on_accounts.py", (
        "portal/pages/base.py", 'or target.startswith("//") or "\\\\" in target', "",
    ), (
        "portal/pages/base.py", "not parts.scheme and not parts.netloc and ", "",
    )),
    guard(30, "signing in ends the session that came along", f"{PAGES}/test_attacks_on_accounts.py "
          "tests/api/session/test_sign_in.py", (
        "portal/identity.py",
        "    if person is not None:\n        sessions.end(db.session(), person.id, person.session_id)\n"
        "    agent", "    agent",
    )),
    guard(30, "a new password ends every session", f"{RULES}/test_accounts.py", (
        ACCOUNTS, "        sessions.end_all(session, user.id)\n        _record(session, Actor(user.id), user, "
        '"password_changed", now)', '        _record(session, Actor(user.id), user, "password_changed", now)',
    )),
]  # fmt: skip
