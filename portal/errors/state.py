"""What is there, and in which state."""

from flask_babel import lazy_gettext as _l

from .base import PortalError


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


class NotWaiting(Conflict):
    """Nobody waits for approval with the invitation; ``facts["status"]`` says what it is."""

    code = "not_waiting"
    sentence = _l("Nobody waits for approval with this invitation.")
    remedy = _l("Look at what became of it.")


class AccountClosed(Conflict):
    code = "account_closed"
    sentence = _l("The account of %(address)s was closed.")
    remedy = _l("Decline, and invite them again once they have an account.")


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


class OwnsAlone(Conflict):
    """An account that alone owns organizations is not deleted; ``facts["organizations"]`` names them."""

    code = "owns_alone"
    sentence = _l("You are the only owner of %(organizations)s.")
    remedy = _l("Make somebody else an owner there, or close the organization, then delete your account.")


class MailStopped(Conflict):
    code = "mail_stopped"
    sentence = _l("%(address)s asked for no more mail of this kind.")
    remedy = _l("Copy the link, and give it to them another way.")


class ConnectedAlready(Conflict):
    code = "connected_already"
    sentence = _l("That account is connected here already.")
    remedy = _l("Disconnect it there first, or sign in with it.")


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


class InvitedTooOften(TooOften):
    """The limit on invitations to one address, where it is the outcome of one of many."""

    code = "invited_too_often"
    field = "email"
    sentence = _l("%(address)s was invited too often within an hour.")
    remedy = _l("Invite them again in an hour.")


class NotSqlite(Conflict):
    code = "not_sqlite"
    sentence = _l("This portal’s database is not SQLite.")
    remedy = _l("Use PostgreSQL’s own pg_dump and pg_restore.")


class ImportNotPlanned(Conflict):
    code = "import_not_planned"
    sentence = _l("This import has been started or stopped already.")
    remedy = _l("Look at what became of it.")
