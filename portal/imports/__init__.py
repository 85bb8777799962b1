"""Inviting by a list: read, planned row by row, then carried out in pieces, each as a whole or not at all.

What a row may do is decided by the rules of inviting, when it is planned and again when it is carried out.
"""

from .lists import Rows, count, every, newest, one, outcomes, reason, rows
from .planning import MOST, plan
from .run import prune, start, step, stop

__all__ = [
    "MOST",
    "Rows",
    "count",
    "every",
    "newest",
    "one",
    "outcomes",
    "plan",
    "prune",
    "reason",
    "rows",
    "start",
    "step",
    "stop",
]
