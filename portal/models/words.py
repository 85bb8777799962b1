"""The closed vocabularies of the domain, and the CHECK constraints that hold them."""

from sqlalchemy import CheckConstraint, ColumnElement, literal_column

RANKS = {"owner": 4, "admin": 3, "manager": 2, "billing_manager": 1, "member": 1}
ROLES = tuple(RANKS)
INVITERS = ("owner", "admin", "manager")
TEAM_ROLES = ("team_manager", "analyst_developer", "developer", "read_only")
PROJECT_ROLES = ("project_admin", "project_member", "project_viewer")
STATUSES = ("pending", "waiting", "accepted", "rejected", "canceled", "expired")
MAIL_STATES = ("queued", "sending", "deferred", "sent", "failed", "bounced", "dropped")
DELIVERIES = ("queued", "deferred", "sent", "failed", "bounced", "complained")
UNREACHED = ("failed", "bounced", "complained")  # of those, where no mail arrives
STOPS = ("complaint", "reminders")
IMPORT_STATES = ("planning", "planned", "running", "done", "stopped")

# Written into the statement rather than bound: a partial index serves only a condition that the planner can read.
PENDING: ColumnElement[str] = literal_column("'pending'")
WAITING: ColumnElement[str] = literal_column("'waiting'")

# An invitation that holds its address and its seat; as one text, so that an index and a statement say it alike.
OPEN = "status = 'pending' OR status = 'waiting'"


def one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    """``column`` holds one of ``words``."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
