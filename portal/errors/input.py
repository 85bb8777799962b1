"""What is wrong with what was sent: each names its field."""

from flask_babel import lazy_gettext as _l

from .base import PortalError


class BadInput(PortalError):
    """Something in the request is not what it should be; ``field`` names it."""

    code = "bad_input"
    status = 422


class NotAnAddress(BadInput):
    code = "not_an_address"
    field = "email"
    sentence = _l("“%(address)s” is not an e-mail address.")
    remedy = _l("Correct it and send again.")


class LocalPartNotAscii(NotAnAddress):
    """What stands before the @ needs SMTPUTF8, which few mail servers take."""

    sentence = _l("“%(address)s” has letters before the @ that mail servers do not take.")
    remedy = _l("Write that part in a–z, digits and signs, or use another address of this person.")


class NotAListedDomain(BadInput):
    code = "not_a_listed_domain"
    field = "email"
    sentence = _l("An address at that domain opens no account here.")
    remedy = _l("Use one at a domain that is named, or ask somebody inside to invite you.")


class SameAddress(BadInput):
    code = "same_address"
    field = "email"
    sentence = _l("That is your address already.")
    remedy = _l("Write the address that you want to change to.")


class UnknownLanguage(BadInput):
    code = "unknown_language"
    field = "language"
    sentence = _l("There is no such language.")
    remedy = _l("Choose one from the list.")


class UnknownTimeZone(BadInput):
    code = "unknown_time_zone"
    field = "time_zone"
    sentence = _l("There is no such time zone.")
    remedy = _l("Choose one from the list.")


class NotTheirAddress(BadInput):
    """Deleting an account asks for its address once more, so that nobody does it by a slip."""

    code = "not_their_address"
    field = "email"
    sentence = _l("This is not the address of the account.")
    remedy = _l("Write it as it stands above.")


class NobodyNamed(BadInput):
    code = "nobody_named"
    field = "emails"
    sentence = _l("A call invites 1 to %(most)s people.")
    remedy = _l("Name them in emails or in invitees.")


class NobodyPasted(BadInput):
    code = "nobody_named"
    field = "people"
    sentence = _l("Nobody is named yet.")
    remedy = _l("Paste at least one e-mail address.")


class SaidTwice(BadInput):
    code = "said_twice"
    field = "email"
    sentence = _l("%(address)s was already named further up.")
    remedy = _l("Nothing to do: it counts once.")


class DomainNotAllowed(BadInput):
    code = "domain_not_allowed"
    field = "email"
    sentence = _l("This organization does not invite to the domain of %(address)s.")
    remedy = _l("Invite another address, or have the domain added in the settings.")


class ParagraphTooLong(BadInput):
    code = "paragraph_too_long"
    field = "mail_paragraph"
    sentence = _l("The paragraph is longer than %(longest)s characters.")
    remedy = _l("Shorten it.")


class OwnTransfer(BadInput):
    code = "own_transfer"
    sentence = _l("Ownership is handed to somebody else.")
    remedy = _l("Choose another member.")


class NoSuchMember(BadInput):
    code = "no_such_member"
    field = "email"
    sentence = _l("No member has the address %(address)s.")
    remedy = _l("Look for it among the members, or invite that person first.")


class NameDiffers(BadInput):
    code = "name_differs"
    field = "typed"
    sentence = _l("That is not the name of the organization.")
    remedy = _l("Type the name exactly as it stands above.")


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


class NotABackup(BadInput):
    code = "not_a_backup"
    field = "file"
    sentence = _l("%(file)s is no sound copy of a portal’s database.")
    remedy = _l("Name a file that `flask backup` wrote.")


class UnreadableFile(BadInput):
    code = "unreadable_file"
    field = "file"
    sentence = _l("This is no table of text that can be read.")
    remedy = _l("Save it as CSV (UTF-8) and upload that.")


class NothingToImport(BadInput):
    code = "nothing_to_import"
    field = "file"
    sentence = _l("There is nobody in this list.")
    remedy = _l("Choose a file, or paste the rows with a head.")


class NoAddressColumn(BadInput):
    code = "no_address_column"
    field = "file"
    sentence = _l("No column holds addresses; the first row reads: %(found)s.")
    remedy = _l("Call one of them “email”.")


class ColumnTwice(BadInput):
    code = "column_twice"
    field = "file"
    sentence = _l("Two columns mean the same: %(columns)s.")
    remedy = _l("Take one of them out.")


class TooManyRows(BadInput):
    code = "too_many_rows"
    field = "file"
    sentence = _l("A list has at most %(most)s rows.")
    remedy = _l("Divide it into several.")


class UnknownPlace(BadInput):
    code = "unknown_place"
    sentence = _l("There is no “%(place)s” here.")
    remedy = _l("Correct the name, or make it first.")
