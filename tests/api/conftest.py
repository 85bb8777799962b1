"""Every reply that any test here gets is held against the API's document: its status, its media type, its fields."""

import pytest

from .truth import truth


@pytest.fixture(autouse=True)
def _documented():
    """Fails the test in which a reply was not as the document says."""
    with truth.watching() as lies:
        yield
    assert not lies, "\n".join(lies)
