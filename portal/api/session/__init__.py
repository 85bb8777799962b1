"""The session dialect (Rybbit, better-auth): prefix ``/api/auth``, the session cookie, errors of a code and a sentence.

An unmodified better-auth client (1.7) with its organization plugin, teams on, works against it.
"""

from . import accounts, invitations, inviting, members, organizations, rights, teams
from .base import PREFIX, api
from .codes import listed
from .errors import SHAPE

__all__ = [
    "PREFIX",
    "SHAPE",
    "accounts",
    "api",
    "invitations",
    "inviting",
    "listed",
    "members",
    "organizations",
    "rights",
    "teams",
]
