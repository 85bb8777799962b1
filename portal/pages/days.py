"""Days that people choose in forms, as moments in UTC."""

from datetime import UTC, datetime, timedelta


def day(text: str) -> datetime | None:
    """The beginning of a day in UTC; what is no day sets no bound."""
    try:
        begun = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return begun if begun.year < 9999 else None


def day_after(text: str) -> datetime | None:
    """The end of that day, which is the beginning of the next."""
    begun = day(text)
    return begun + timedelta(days=1) if begun else None
