"""Running commands inside the portal under test."""

import json

import pytest


@pytest.fixture
def run(app):
    """Runs ``flask`` with these words; returns click's result."""

    def invoke(*words, **options):
        return app.test_cli_runner().invoke(args=[str(word) for word in words], **options)

    return invoke


@pytest.fixture
def told(run):
    """The one JSON object that a command prints; it has to come to a good end."""

    def read(*words, **options):
        result = run(*words, "--json", **options)
        assert (result.exit_code, result.stderr) == (0, "")
        return json.loads(result.stdout)

    return read


@pytest.fixture
def refused(run):
    """What a refused command says on stderr; stdout has to be empty."""

    def read(*words, status=1, **options):
        result = run(*words, **options)
        assert (result.exit_code, result.stdout) == (status, "")
        return result.stderr

    return read
