"""Tables, constraints and plain predicates. What the database can hold as a rule, it holds."""

from .connections import Connection
from .history import Event
from .idempotency import KeptAnswer
from .imports import Import, ImportRow
from .invitations import Invitation, InvitationProject, InvitationSite, InvitationTeam
from .organizations import FormerSlug, Membership, Organization
from .outbox import MailStop, Message
from .parts import SHORTEST_PART
from .people import Session, User
from .places import MembershipSite, Project, ProjectMember, Site, Team, TeamMember, fits
from .second_steps import RecoveryCode, SecondStep
from .tokens import ApiToken
from .words import INVITERS, OPEN, PROJECT_ROLES, RANKS, ROLES, STATUSES, TEAM_ROLES

__all__ = [
    "INVITERS",
    "OPEN",
    "PROJECT_ROLES",
    "RANKS",
    "ROLES",
    "SHORTEST_PART",
    "STATUSES",
    "TEAM_ROLES",
    "ApiToken",
    "Connection",
    "Event",
    "FormerSlug",
    "Import",
    "ImportRow",
    "Invitation",
    "InvitationProject",
    "InvitationSite",
    "InvitationTeam",
    "KeptAnswer",
    "MailStop",
    "Membership",
    "MembershipSite",
    "Message",
    "Organization",
    "Project",
    "ProjectMember",
    "RecoveryCode",
    "SecondStep",
    "Session",
    "Site",
    "Team",
    "TeamMember",
    "User",
    "fits",
]
