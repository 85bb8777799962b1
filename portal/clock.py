"""The one clock. Rules take ``now`` as an argument; only the faces and the worker read it here."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, aware, in UTC, in whole milliseconds (the precision of every wire format)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """``2026-07-03T12:00:00.000Z``, as every dialect writes a time."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
