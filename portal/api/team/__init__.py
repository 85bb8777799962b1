"""The team dialect (CybeDefend): prefix ``/organization``, a bearer token, two shapes of errors.

``administrator`` is this dialect's word for ``admin``.
"""

from .calls import PREFIX, api
from .codes import listed
from .refusals import SHAPE

__all__ = ["PREFIX", "SHAPE", "api", "listed"]
