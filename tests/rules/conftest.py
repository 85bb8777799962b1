"""What tests of the rules share."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.world import World, build


@pytest.fixture
def another(world: World, session: Session, now: datetime) -> World:
    """Another organization, made after Northwind."""
    return build(session, now, "Southwind")
