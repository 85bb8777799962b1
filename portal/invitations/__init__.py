"""Every rule of an invitation: making it, changing it, answering it, reading it.

Pages, dialects, import and command line call these and nothing beneath them. Who acts and what time it is are
arguments; each rule checks permission first and is one unit of work.
"""

from ..statements import UNREACHED
from .answers import (
    Joiner,
    View,
    accept,
    ask_for_new,
    check_recipient,
    join,
    join_vouched,
    look,
    look_all,
    mail_own_link,
    mark_viewed,
    reject,
    see,
    see_one,
)
from .changes import Change, cancel, cancel_unsupported, edit, expire, lost, new_link, resend, unsupported
from .invite import Invitee, Outcome, foresee, invite
from .known import open_one, pending_for
from .lapsed import lapsed_since
from .lists import Found, Page, Row, asked_for_new, detail, numbered, own, page, waiting_for
from .offers import Offer
from .parts import forget_parts, keep_parts
from .reminders import remind, remind_due, reminded_by, stop_reminders
from .search import SORTS, Results, Wanted, rows_of, search

__all__ = [
    "SORTS",
    "UNREACHED",
    "Change",
    "Found",
    "Invitee",
    "Joiner",
    "Offer",
    "Outcome",
    "Page",
    "Results",
    "Row",
    "View",
    "Wanted",
    "accept",
    "ask_for_new",
    "asked_for_new",
    "cancel",
    "cancel_unsupported",
    "check_recipient",
    "detail",
    "edit",
    "expire",
    "foresee",
    "forget_parts",
    "invite",
    "join",
    "join_vouched",
    "keep_parts",
    "lapsed_since",
    "look",
    "look_all",
    "lost",
    "mail_own_link",
    "mark_viewed",
    "new_link",
    "numbered",
    "open_one",
    "own",
    "page",
    "pending_for",
    "reject",
    "remind",
    "remind_due",
    "reminded_by",
    "resend",
    "rows_of",
    "search",
    "see",
    "see_one",
    "stop_reminders",
    "unsupported",
    "waiting_for",
]
