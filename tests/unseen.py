"""After a run of all the API's tests: what its document promises and no test ever saw is a lie too.

With several processes each has seen a part; the one that watches over them puts the parts together.
"""

import pytest

from .api.truth import truth


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """Takes over what a process has seen."""
    seen = getattr(node, "workeroutput", {})
    truth.seen |= {tuple(pair) for pair in seen.get("seen", ())}
    truth.promised |= {tuple(pair) for pair in seen.get("promised", ())}


def pytest_sessionfinish(session, exitstatus):
    """Hands over what was seen, or judges it."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["seen"], output["promised"] = sorted(truth.seen), sorted(truth.promised)
    elif exitstatus == 0 and ran_all(session.config) and (unseen := truth.unseen()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        session.config.get_terminal_writer().line("\n".join(["", "Documented, and never seen:", *unseen]), red=True)


def ran_all(config):
    """Whether the run was of all these tests, so that what none of them saw can be told."""
    names = {str(argument).rstrip("/").rpartition("/tests")[2] or "tests" for argument in config.args}
    whole = names <= {"tests", "/api", "tests/api"}
    return whole and not config.option.keyword and not config.option.markexpr
