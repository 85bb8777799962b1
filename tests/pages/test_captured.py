"""Captured mail: shown on loopback only, its body sandboxed."""

import pytest

pytestmark = pytest.mark.sqlite


def test_the_mails_are_listed_and_opened_with_their_links(world, stranger, mails):
    world.invite("ann@example.com", "bob@example.com", offer=world.offer(message="Come & see"))
    mails()
    page = stranger().open("/dev/mail")
    assert page.text.count("Owner invites you to Northwind") == 2
    page = page.follow("Owner invites you to Northwind")
    assert "Come & see" in page.text
    link = next(said for said in page.links if "/join/" in said)
    assert stranger().open(page.links[link].removeprefix("http://127.0.0.1:8000")).heading == "Northwind"


def test_an_empty_box_says_how_to_fill_it(stranger, world):
    assert "No mail yet" in stranger().open("/dev/mail").text


def test_the_body_stands_in_a_sandbox_with_a_policy_of_its_own(world, stranger, mails):
    world.invited("ann@example.com", world.offer(message='<script>alert(1)</script><img src="https://evil.example/x">'))
    mails()
    browser = stranger()
    page = browser.open("/dev/mail").follow("Owner invites you to Northwind")
    frame = next(page.tree.all("iframe"))
    assert "allow-scripts" not in frame.attrs["sandbox"]
    assert "allow-same-origin" not in frame.attrs["sandbox"]
    body = browser.client.get(frame.attrs["src"])
    policy = body.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "allow-scripts" not in policy
    assert "<script" not in body.text
    assert "<img" not in body.text


@pytest.mark.parametrize(
    "path", ["/dev/mail/x", "/dev/mail/00000000-0000-7000-8000-000000000000", "/dev/mail/..%2f..%2fx"]
)
def test_a_mail_that_is_none_is_not_found(stranger, world, path):
    assert stranger().open(path).status == 404


def test_without_capture_there_is_no_such_page(make_app):
    client = make_app(MAIL_CAPTURE=False).test_client()
    assert [client.get(f"/dev/mail{rest}").status_code for rest in ("", "/x")] == [404, 404]
