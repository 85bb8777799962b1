"""Who acts, and what they may not do."""

from flask_babel import lazy_gettext as _l

from .base import PortalError


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


class ConfirmFirst(NotAllowed):
    """What cannot be undone asks again who acts, unless that was shown a short while ago."""

    code = "confirm_first"
    sentence = _l("This asks you to show again that it is you.")
    remedy = _l("Sign in again, then do it within 15 minutes.")


class SecondStepNeeded(NotAllowed):
    """The organization lets in only who has a second step."""

    code = "second_step_needed"
    sentence = _l("%(organization)s asks for a second step when signing in.")
    remedy = _l("Set it up at “Your account”, then come back.")


class SignUpClosed(NotAllowed):
    code = "sign_up_closed"
    sentence = _l("Accounts are opened by invitation here.")
    remedy = _l("Open the link in the mail that invites you, or ask somebody inside to invite you.")


class ProviderFailed(NotAllowed):
    """Something between us and a provider: it was not there, or what it said did not hold. The log says which."""

    code = "provider_failed"
    status = 502
    sentence = _l("Signing in with %(provider)s did not work.")
    remedy = _l("Nothing was changed. Try again, or sign in another way.")


class ProviderDenied(ProviderFailed):
    code = "provider_denied"
    status = 403
    sentence = _l("%(provider)s was not allowed to tell who you are.")
    remedy = _l("Try again and allow it there, or sign in another way.")


class NoAccount(NotAllowed):
    """A provider vouches for somebody who has no account, and may not open one this way."""

    code = "no_account"
    sentence = _l("There is no account here for that one.")
    remedy = _l("Open the link in your invitation. With an account, sign in to it and connect the other there.")


class ConnectFirst(NotAllowed):
    """There is an account with the address that a provider vouches for: its own sign-in comes first."""

    code = "connect_first"
    sentence = _l("%(address)s has an account here that is not connected yet.")
    remedy = _l("Sign in to it the way you usually do, then connect the other one there.")


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


class WrongCode(PortalError):
    """Neither a code of the app for about now, that was not used yet, nor an unused recovery code."""

    code = "wrong_code"
    status = 401
    field = "code"
    sentence = _l("This code does not fit, or was used already.")
    remedy = _l("Wait for the next one in your app, or use a recovery code.")


class WrongPassword(PortalError):
    """One answer for an unknown address, a wrong password and an account that was closed (ATTACKS 22)."""

    code = "wrong_password"
    status = 401
    sentence = _l("The address or the password is wrong.")
    remedy = _l("Try again, or set a new password.")


class BadSignature(PortalError):
    code = "bad_signature"
    status = 401
    sentence = _l("The signature of this request is missing or wrong.")
    remedy = _l("Sign it with the portal’s secret, as Standard Webhooks has it.")
