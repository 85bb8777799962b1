"""Cursors: what is written is read back, and whatever else comes is refused as a cursor."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import cursors
from portal.cursors import Place
from portal.errors import BadCursor

PLACE = Place("newest", datetime(2026, 7, 3, 12, 0, 0, 250_000, UTC), UUID(int=7))
ADDRESSED = PLACE._replace(order="email", address="ann@example.com")


@given(
    st.builds(
        Place,
        st.sampled_from(["newest", "email"]),
        st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC)).map(lambda t: t.replace(microsecond=0)),
        st.uuids(),
        st.none() | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")),
    )
)
def test_a_place_is_read_back_as_it_was_written(place):
    assert cursors.read(cursors.write(place), (place.order,), place.address is not None) == place


@given(st.text() | st.binary().map(lambda said: said.hex()))
def test_what_we_did_not_write_is_no_cursor(said):
    with pytest.raises(BadCursor):
        cursors.read(said, ("newest", "email"))


@pytest.mark.parametrize(
    ("place", "orders", "by_address"),
    [
        (PLACE, ("oldest",), False), (PLACE, ("newest",), True), (ADDRESSED, ("email",), False),
        (ADDRESSED._replace(address="a\0b"), ("email",), True),
    ],
)  # fmt: skip
def test_a_cursor_of_another_list_is_none(place, orders, by_address):
    with pytest.raises(BadCursor):
        cursors.read(cursors.write(place), orders, by_address)


@pytest.mark.parametrize("said", ["W10", "bnVsbA", "MQ", "eyJhIjoxfQ", "WzEsMiwzXQ", "W1tdLFtdLFtdXQ", "=", "\0", "é"])
def test_json_of_another_shape_is_none(said):
    with pytest.raises(BadCursor):
        cursors.read(said, ("newest",))
