"""The time that is looked at: invitations that were made in it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LONGEST = 260  # weeks; what goes further back is left out
WEEK = timedelta(days=7)
EARLIEST = datetime(2000, 1, 3, tzinfo=UTC)  # a Monday before any invitation


@dataclass(frozen=True, slots=True)
class Span:
    """From ``since`` on and before ``until``."""

    since: datetime
    until: datetime

    @property
    def monday(self) -> datetime:
        """The beginning, in UTC, of the week that ``since`` is in."""
        return monday(self.since)

    @property
    def mondays(self) -> list[datetime]:
        """The beginning of each of its weeks."""
        return [self.monday + WEEK * n for n in range(-((self.monday - self.until) // WEEK))]


def monday(moment: datetime) -> datetime:
    """The beginning, in UTC, of the week that ``moment`` is in."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def weeks(count: int, now: datetime) -> Span:
    """That many weeks up to the end of the one that ``now`` is in."""
    until = monday(now) + WEEK
    return Span(until - WEEK * count, until)


def between(since: datetime | None, until: datetime | None, now: datetime, count: int = 12) -> Span:
    """From and to where that is said, else ``count`` weeks; cut to ``LONGEST`` and to what has been."""
    end = max(min(until or monday(now) + WEEK, monday(now) + WEEK), EARLIEST)
    start = since or monday(end - timedelta(milliseconds=1)) - WEEK * (count - 1)
    return Span(min(max(start, end - WEEK * LONGEST), end), end)
