"""The native API: all that the pages can, for scripts. Prefix ``/api/v1``, a session or a token, RFC 9457 problems."""

from .. import gate
from ..face import Face
from .approvals import resource as approvals
from .history import resource as history
from .imports import resource as imports
from .insights import resource as insights
from .invitations import resource as invitations
from .mail_events import resource as mail
from .me import resource as me
from .members import resource as members
from .organizations import resource as organizations
from .own import resource as own
from .places import resource as sites
from .problems import SHAPE, listed
from .projects import resource as projects
from .reach import resource as reach
from .roster import resource as roster
from .teams import resource as teams
from .tokens import resource as tokens

__all__ = ["PREFIX", "SHAPE", "api", "listed"]

PREFIX = "/api/v1"

api = Face("v1", __name__, url_prefix=PREFIX)
gate.Gate(cookie=True, token=True).guard(api)
for _resource in (
    organizations,
    history,
    invitations,
    insights,
    approvals,
    imports,
    members,
    roster,
    reach,
    sites,
    teams,
    projects,
    own,
    me,
    tokens,
    mail,
):
    api.register_api(_resource.api)
