"""Logs: a line of JSON for each thing, with the request's id, and nothing that opens anything."""

import json

import pytest
import structlog

from portal import tokens

pytestmark = pytest.mark.sqlite


@pytest.fixture
def lines(make_app, capsys):
    """What was logged, as objects."""
    app = make_app(LOG_LEVEL="INFO")
    capsys.readouterr()

    def read():
        return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]

    read.client = app.test_client()
    yield read
    structlog.reset_defaults()


def test_a_request_is_one_line_with_its_id(lines):
    lines.client.get("/healthz?email=ann@example.com", headers={"X-Request-ID": "abc-1"})
    (line,) = lines()
    assert (line["event"], line["id"], line["method"], line["path"]) == ("request", "abc-1", "GET", "/healthz")
    assert line["status"] == 200


def test_no_line_holds_a_whole_address_or_a_token(lines):
    secret = tokens.make()
    try:
        raise ValueError(f"no room for Ann.Smith+x@example.com with {secret}")
    except ValueError as failure:
        structlog.get_logger().error("failed for bob@example.com", exc_info=failure)
    (line,) = lines()
    said = json.dumps(line)
    assert "A…@example.com" in line["exception"]
    assert line["event"] == "failed for b…@example.com"
    assert secret not in said
    assert "nn.Smith" not in said


def test_a_password_that_was_posted_is_in_no_line(lines):
    lines.client.post("/sign-in", data={"email": "ann@example.com", "password": "correct horse battery"})
    lines.client.get("/correct@horse.example.com")
    said = json.dumps(lines())
    assert "correct horse" not in said
    assert "correct@" not in said
