"""Cursors of lists that are read page by page: the key of the row to read on from, and the order that it is in.

They are opaque to whoever gets one, and hold nothing that the page did not show.
"""

import base64
import binascii
from collections.abc import Container
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import orjson

from .clock import rfc3339
from .errors import BadCursor


class Place(NamedTuple):
    """Where a page ended: when the row was made, its id, and its address in a list that is ordered by it."""

    order: str
    moment: datetime
    key: UUID
    address: str | None = None


def write(place: Place) -> str:
    """The cursor of a place, of letters that an address may hold as they are."""
    said = [place.order, rfc3339(place.moment), place.key.hex]
    if place.address is not None:
        said.append(place.address)
    return base64.urlsafe_b64encode(orjson.dumps(said)).decode().rstrip("=")


def read(cursor: str, orders: Container[str], by_address: bool = False) -> Place:
    """The place of a cursor. Raises BadCursor for what ``write`` did not make, or made for another order."""
    try:
        said = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        order, moment, key, *address = said
        place = Place(order, datetime.fromisoformat(moment).astimezone(UTC), UUID(key), *address)
        if order not in orders or len(address) != by_address or "\0" in "".join(address):
            raise ValueError(cursor)
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error):
        raise BadCursor() from None
    return place
