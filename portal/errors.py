"""What can go wrong, as one small tree: a stable code, the sentence a person reads, and what to do next.

Faces translate these into pages or into a dialect's own shape; rules raise them. The keyword arguments given to
an error fill its sentence and stay on it as ``facts``.
"""

from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class PortalError(Exception):
    """The root. ``status`` is the HTTP status of a face that has no other word for it."""

    code = "error"
    status = 400
    sentence: LazyString = _l("Something went wrong.")
    remedy: LazyString = _l("Try again.")
    field: str | None = None
    about: Any = None  # the one of many that it is about, such as an offer, where a rule was given many

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        """The sentence, in the language of whoever reads it now."""
        return str(self.sentence) % self.facts if self.facts else str(self.sentence)


# Input ------------------------------------------------------------------------------------------------------------


class BadInput(PortalError):
    """Something in the request is not what it should be; ``field`` names it."""

    code = "bad_input"
    status = 422


class NotAnAddress(BadInput):
    code = "not_an_address"
    field = "email"
    sentence = _l("“%(address)s” is not an e-mail address.")
    remedy = _l("Correct it and send again.")


class NobodyNamed(BadInput):
    code = "nobody_named"
    field = "emails"
    sentence = _l("A call invites 1 to %(most)s people.")
    remedy = _l("Name them in emails or in invitees.")


class SaidTwice(BadInput):
    code = "said_twice"
    field = "email"
    sentence = _l("%(address)s was already named further up.")
    remedy = _l("Nothing to do: it counts once.")


class UnknownRole(BadInput):
    code = "unknown_role"
    field = "role"
    sentence = _l("There is no role “%(role)s”.")
    remedy = _l("Choose one of the roles offered.")


class RestrictionNeedsMember(BadInput):
    code = "restriction_needs_member"
    field = "sites"
    sentence = _l("Only the role member can be restricted to sites.")
    remedy = _l("Choose the role member, or give every site.")


class RestrictionNeedsSite(BadInput):
    code = "restriction_needs_site"
    field = "sites"
    sentence = _l("A restriction to sites names at least one site.")
    remedy = _l("Choose a site, or give every site.")


class SitesWithoutRestriction(BadInput):
    code = "sites_without_restriction"
    field = "sites"
    sentence = _l("Sites were named without restricting to them, which would give every site.")
    remedy = _l("Restrict to these sites, or name none.")


class UnknownSite(BadInput):
    code = "unknown_site"
    field = "sites"
    sentence = _l("This organization has no such site.")
    remedy = _l("Choose one of its sites.")


class UnknownTeam(BadInput):
    code = "unknown_team"
    field = "teams"
    sentence = _l("This organization has no such team.")
    remedy = _l("Choose one of its teams.")


class UnknownProject(BadInput):
    code = "unknown_project"
    field = "projects"
    sentence = _l("This organization has no such project.")
    remedy = _l("Choose one of its projects.")


class GrantedTwice(BadInput):
    code = "granted_twice"
    sentence = _l("The same site, team or project was named twice.")
    remedy = _l("Name each once.")

    @property
    def field(self) -> str | None:  # type: ignore[override]
        """Which of the lists repeats itself."""
        return self.facts.get("field")


class BadExpiry(BadInput):
    code = "bad_expiry"
    field = "expires"
    sentence = _l("An invitation lasts between an hour and 365 days.")
    remedy = _l("Choose a time within that.")


class MessageTooLong(BadInput):
    code = "message_too_long"
    field = "message"
    sentence = _l("The message is longer than %(longest)s characters.")
    remedy = _l("Shorten it.")


class UnknownScope(BadInput):
    code = "unknown_scope"
    field = "scopes"
    sentence = _l("There is no scope “%(scope)s”.")
    remedy = _l("Name at least one of the scopes offered.")


class NoSitesChosen(BadInput):
    code = "sites_not_chosen"
    field = "sites"
    sentence = _l("A member’s sites have to be said: which ones, or all.")
    remedy = _l("Choose sites, or give every site.")


class BadName(BadInput):
    code = "bad_name"
    field = "name"
    sentence = _l("A name has 1 to %(longest)s characters.")
    remedy = _l("Choose another name.")


class NameTaken(BadInput):
    code = "name_taken"
    field = "name"
    sentence = _l("“%(name)s” exists already.")
    remedy = _l("Choose another name.")


class BadSlug(BadInput):
    code = "bad_slug"
    field = "slug"
    sentence = _l("An address name has 2 to 48 small letters, digits and hyphens.")
    remedy = _l("Choose another one.")


class SlugTaken(BadInput):
    code = "slug_taken"
    field = "slug"
    sentence = _l("The address name “%(slug)s” is taken.")
    remedy = _l("Choose another one.")


class BadDomain(BadInput):
    code = "bad_domain"
    field = "domain"
    sentence = _l("“%(domain)s” is not a domain.")
    remedy = _l("Write it like shop.example.com.")


class BadLifetime(BadInput):
    code = "bad_lifetime"
    field = "invitation_lifetime"
    sentence = _l("Invitations last between 3,600 seconds (an hour) and 31,536,000 (365 days).")
    remedy = _l("Choose a time within that.")


class BadLimit(BadInput):
    code = "bad_limit"
    sentence = _l("A limit is a whole number from 1 to %(largest)s, or none at all.")
    remedy = _l("Choose another limit.")

    @property
    def field(self) -> str | None:  # type: ignore[override]
        """Which limit."""
        return self.facts.get("field")


class KeyReused(BadInput):
    code = "idempotency_key_reused"
    sentence = _l("This Idempotency-Key came with another request before.")
    remedy = _l("Use a new key for a new request.")


class BadKey(BadInput):
    code = "bad_idempotency_key"
    status = 400
    sentence = _l("An Idempotency-Key has 1 to 255 visible ASCII characters.")
    remedy = _l("Use a random one, such as a UUID.")


class PasswordTooShort(BadInput):
    code = "password_too_short"
    field = "password"
    sentence = _l("A password has at least %(shortest)s characters.")
    remedy = _l("Choose a longer one.")


class PasswordTooLong(BadInput):
    code = "password_too_long"
    field = "password"
    sentence = _l("A password has at most %(longest)s characters.")
    remedy = _l("Choose a shorter one.")


class PasswordTooCommon(BadInput):
    code = "password_too_common"
    field = "password"
    sentence = _l("This password is among the first that an attacker tries.")
    remedy = _l("Choose another one: a few unrelated words do well.")


# Who may what -------------------------------------------------------------------------------------------------------


class NotAllowed(PortalError):
    """The person who acts may not do this."""

    code = "not_allowed"
    status = 403
    sentence = _l("Your role does not allow this.")
    remedy = _l("Ask an owner of the organization.")


class NotAMember(NotAllowed):
    code = "not_a_member"
    status = 404
    sentence = _l("There is no such organization, or you are not in it.")
    remedy = _l("Go to one of your organizations.")


class MayNotInvite(NotAllowed):
    code = "may_not_invite"
    sentence = _l("Your role does not allow inviting people.")


class RoleAboveRank(NotAllowed):
    code = "role_above_rank"
    field = "role"
    sentence = _l("You cannot act on a role above your own.")


class NotTheRecipient(NotAllowed):
    code = "not_the_recipient"
    sentence = _l("This invitation is for another address.")
    remedy = _l("Sign in with the address that was invited.")


class AddressNotVerified(NotAllowed):
    code = "address_not_verified"
    sentence = _l("Your address is not verified yet.")
    remedy = _l("Open the link in the mail that we send to it.")


class AccountExists(NotAllowed):
    code = "account_exists"
    sentence = _l("This address already has an account.")
    remedy = _l("Sign in with it, then accept.")


class LinkDoesNotProve(NotAllowed):
    """A copied link was used where only a mailed one opens an account."""

    code = "link_does_not_prove"
    sentence = _l("This link was copied, so it does not show that the mailbox is yours.")
    remedy = _l("Let us mail the link to the invited address.")


class OrganizationClosed(NotAllowed):
    code = "organization_closed"
    sentence = _l("%(organization)s has been closed.")
    remedy = _l("Ask the person who invited you.")


class RosterRefused(NotAllowed):
    """A roster would touch people whom the caller may not; ``facts["people"]`` names them, ``facts["count"]`` all."""

    code = "roster_refused"
    sentence = _l("Your role does not allow this for %(count)s of these people: %(named)s.")
    remedy = _l("Leave them as they are, or ask somebody whose role is above theirs. Nothing was changed.")


class InviterLostRights(NotAllowed):
    code = "inviter_lost_rights"
    sentence = _l("Whoever made this offer may no longer make it.")
    remedy = _l("Ask for a new invitation.")


# What is there and in which state ---------------------------------------------------------------------------------


class NotFound(PortalError):
    code = "not_found"
    status = 404
    sentence = _l("There is no such thing here.")
    remedy = _l("Go back and look for it in the list.")


class Conflict(PortalError):
    code = "conflict"
    status = 409


class AlreadyMember(Conflict):
    code = "already_member"
    field = "email"
    sentence = _l("%(address)s is a member already.")
    remedy = _l("Change what they may reach on their member page.")


class AlreadyInvited(Conflict):
    code = "already_invited"
    field = "email"
    sentence = _l("%(address)s is invited already.")
    remedy = _l("Open that invitation to resend or change it.")


class AlreadyPlaced(Conflict):
    code = "already_placed"
    sentence = _l("They are in %(place)s already.")
    remedy = _l("Change their role there instead.")


class NoSeatLeft(Conflict):
    code = "no_seat_left"
    status = 403
    sentence = _l("No seat is left.")
    remedy = _l("Revoke an invitation, remove a member, or raise the limit.")


class PendingLimitReached(Conflict):
    code = "pending_limit_reached"
    status = 403
    sentence = _l("The limit on pending invitations is reached.")
    remedy = _l("Revoke an invitation, or raise the limit.")


class NotPending(Conflict):
    """The invitation is no longer open; ``facts["status"]`` says what became of it."""

    code = "not_pending"
    sentence = _l("This invitation is no longer open.")
    remedy = _l("Look at what became of it.")


class Expired(NotPending):
    code = "expired"
    sentence = _l("This invitation has expired.")
    remedy = _l("Ask for a new one.")


class NewerLink(Conflict):
    code = "newer_link"
    sentence = _l("A newer link was sent for this invitation.")
    remedy = _l("Open the newest mail.")


class OfferChanged(Conflict):
    code = "offer_changed"
    sentence = _l("What is offered has changed since you opened it.")
    remedy = _l("Read it again below, then decide.")


class Changed(Conflict):
    """``If-Match`` named another version than there is."""

    code = "changed"
    status = 412
    sentence = _l("This has changed since you read it.")
    remedy = _l("Read it again, then send your change with the new ETag.")


class LimitBelowUse(Conflict):
    code = "limit_below_use"
    sentence = _l("More than that is in use already.")
    remedy = _l("Revoke invitations or remove members first, or choose a higher limit.")

    @property
    def field(self) -> str | None:  # type: ignore[override]
        """Which limit."""
        return self.facts.get("field")


class KeyInFlight(Conflict):
    code = "idempotency_key_in_flight"
    sentence = _l("The first request with this Idempotency-Key is still being worked on.")
    remedy = _l("Wait a little, then send the same request again.")


class LastOwner(Conflict):
    code = "last_owner"
    sentence = _l("An organization keeps at least one owner.")
    remedy = _l("Make somebody else an owner first.")


class AddressTaken(Conflict):
    code = "address_taken"
    field = "email"
    sentence = _l("%(address)s has an account already.")
    remedy = _l("Sign in with it.")


class BadLink(PortalError):
    """A signed link that is damaged, forged, of another kind, or for something that is not there."""

    code = "bad_link"
    status = 404
    sentence = _l("This link does not work.")
    remedy = _l("Copy it whole from the mail, or ask for a new one.")


class BadCursor(BadInput):
    code = "bad_cursor"
    status = 400
    field = "cursor"
    sentence = _l("This page of the list cannot be found.")
    remedy = _l("Start from the first page.")


class TooFar(BadInput):
    code = "too_far"
    status = 400
    field = "page"
    sentence = _l("Pages by number end at row %(farthest)s.")
    remedy = _l("Read further with the cursor of /api/v1/organizations/{id}/invitations.")


class AskedAlready(PortalError):
    code = "asked_already"
    status = 429
    sentence = _l("You have asked already; the person who invited you was told.")
    remedy = _l("Ask again tomorrow if nothing came.")


class TooOften(PortalError):
    """A limit was reached; ``limit`` is its name, ``retry_after`` is in seconds."""

    code = "too_often"
    status = 429
    sentence = _l("Too many tries: %(limit)s.")
    remedy = _l("Wait a little, then try again.")


class Unauthorized(PortalError):
    """Nobody who is known: no credentials, or bad ones."""

    code = "unauthorized"
    status = 401
    sentence = _l("Sign in first: there are no good credentials with this request.")
    remedy = _l("Send a session cookie, or an API token in the Authorization header.")


class ScopeMissing(NotAllowed):
    code = "scope_missing"
    sentence = _l("This token lacks the scope %(scope)s.")
    remedy = _l("Make a token with that scope.")


class ForeignOrigin(NotAllowed):
    """A request with a cookie that another site's page made; ``facts["null"]`` when the origin was ``null``."""

    code = "foreign_origin"
    sentence = _l("This request comes from another site’s page.")
    remedy = _l("Make it from this portal, or add the origin to PORTAL_TRUSTED_ORIGINS.")


class WrongPassword(PortalError):
    """One answer for an unknown address, a wrong password and an account that was closed (ATTACKS 22)."""

    code = "wrong_password"
    status = 401
    sentence = _l("The address or the password is wrong.")
    remedy = _l("Try again, or set a new password.")
