"""Every rule of an invitation: making it, changing it, answering it, reading it.

Pages, dialects, import and command line call these and nothing beneath them. Who acts and what time it is are
arguments; each rule checks permission first and is one unit of work.
"""

from ..statements import ANSWERED_YES, UNREACHED
from .answers import (
    Answer,
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
from .approvals import approve, refuse, withdraw_all
from .changes import Change, cancel, cancel_unsupported, edit, lost, new_link, resend, unsupported
from .expiry import expire
from .inbox import Inbox, Waiting, decided, waiting, waiting_named, waiting_of, waiting_one
from .invite import Invitee, Outcome, foresee, invite
from .known import open_one, pending_for
from .lapsed import lapsed_since
from .lists import Found, Page, Row, asked_for_new, count_asked, detail, numbered, own, page, waiting_for
from .offers import Offer
from .parts import forget_parts, keep_parts
from .reminders import remind, remind_due, reminded_by, stop_reminders
from .search import SORTS, Results, Wanted, rows_of, search

__all__ = [
    "ANSWERED_YES",
    "SORTS",
    "UNREACHED",
    "Answer",
    "Change",
    "Found",
    "Inbox",
    "Invitee",
    "Joiner",
    "Offer",
    "Outcome",
    "Page",
    "Results",
    "Row",
    "View",
    "Waiting",
    "Wanted",
    "accept",
    "approve",
    "ask_for_new",
    "asked_for_new",
    "cancel",
    "cancel_unsupported",
    "check_recipient",
    "count_asked",
    "decided",
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
    "refuse",
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
    "waiting",
    "waiting_for",
    "waiting_named",
    "waiting_of",
    "waiting_one",
    "withdraw_all",
]
