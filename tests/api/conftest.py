"""Every reply that any test here gets is held against the API's document: its status, its media type, its fields."""

import pytest

from .truth import Truth

truth = Truth()


@pytest.fixture(autouse=True)
def _documented():
    """Fails the test in which a reply was not as the document says."""
    with truth.watching() as lies:
        yield
    assert not lies, "\n".join(lies)


def pytest_sessionfinish(session, exitstatus):
    """After a run of all of these tests: what the document promises and no test ever saw is a lie too."""
    if exitstatus == 0 and ran_all(session.config) and (unseen := truth.unseen()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        session.config.get_terminal_writer().line("\n".join(["", "Documented, and never seen:", *unseen]), red=True)


def ran_all(config):
    """Whether the run was of all these tests, so that what none of them saw can be told."""
    names = {str(argument).rstrip("/") for argument in config.args}
    return names <= {"tests", "tests/api"} and not config.option.keyword and not config.option.markexpr
