"""What becomes of an organization's invitations: how far they came, how long it took, and which are stuck.

Read only, for who may invite. A link that was viewed says no more than that something asked for it: mail scanners do.
"""

from .funnels import MOST, Funnel, Insights, look
from .kinds import KINDS, Stuck, counted, stuck
from .spans import LONGEST, Span, between, weeks

__all__ = [
    "KINDS",
    "LONGEST",
    "MOST",
    "Funnel",
    "Insights",
    "Span",
    "Stuck",
    "between",
    "counted",
    "look",
    "stuck",
    "weeks",
]
