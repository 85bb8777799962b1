"""The batch dialect (Inkeep): prefix ``/manage/api/invitations``, a bearer token or the session cookie, one shape of
errors. Up to 50 addresses a call, with a result for each.
"""

from .calls import PREFIX, api
from .codes import listed
from .refusals import SHAPE

__all__ = ["PREFIX", "SHAPE", "api", "listed"]
