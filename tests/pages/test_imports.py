"""Importing by page: upload or paste, the dry run, the start, progress, the result."""

import csv
import io

import pytest

from portal import clock, imports
from portal.models import Import

pytestmark = pytest.mark.sqlite
START = "/o/northwind/imports"


def upload(browser, data, name="people.csv", **form):
    sent = {"csrf_token": browser.token, "role": "member", "file": (io.BytesIO(data), name), **form}
    answer = browser.client.post(START, data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return browser.open(answer.location)


def test_from_the_list_to_its_result(world, at):
    browser = at("owner")
    page = upload(browser, "E-Mail;Name;Status\nann@example.com;Jörg;accepted\n=1+1;;\n".encode("cp1252"))
    assert "Read as Windows-1252, parted by semicolon." in page.text
    assert "mean nothing here: Status." in page.text
    assert "“=1+1” is not an e-mail address." in page.text
    page = page.press("Invite 1 person")
    assert "Row 0 of 2." in page.text
    while imports.step(world.session, clock.now()):
        pass
    page = browser.open(page.address)
    assert "1 invitation is on its way." in page.text
    result = browser.client.get(f"{page.address}/result.csv")
    assert result.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(result.text.lstrip("\ufeff"))))
    assert [(row["email"], row["outcome"]) for row in rows] == [
        ("ann@example.com", "invited"), ("'=1+1", "not_an_address"),
    ]  # fmt: skip


def test_pasted_rows_are_filtered_and_paged(at):
    browser = at("owner")
    text = "email\n" + "".join(f"p{number}@example.com\nx\n" for number in range(60))
    page = browser.open(START).press("Try it out", people=text)
    assert "p0@example.com" in page.text
    good = page.follow("Will be invited 60")
    assert "p49@example.com" in good.text
    assert "“x”" not in good.text
    further = good.follow("Further")
    assert "p50@example.com" in further.text
    assert "p0@example.com" in further.follow("Back").text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "There is nobody in this list."),
        (b"name\nAnn\n", "No column holds addresses"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "can be read"),
    ],
)
def test_a_list_that_is_none_is_refused_at_its_field(world, at, data, said):
    browser = at("owner")
    sent = {"csrf_token": browser.token, "role": "member", "file": (io.BytesIO(data), "people.csv")}
    answer = browser.client.post(START, data=sent, content_type="multipart/form-data")
    assert (answer.status_code, said in answer.text) == (422, True)
    assert world.session.query(Import).count() == 0


def test_a_list_may_be_larger_than_other_forms_but_not_beyond_its_own_limit(app, at, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 5_000)
    browser = at("owner")
    text = "email,note\n" + "".join(f"p{number}@example.com,{'x' * 100}\n" for number in range(200))
    assert upload(browser, text.encode()).status == 200
    monkeypatch.setitem(app.config, "IMPORT_MAX_BYTES", 10_000)
    sent = {"csrf_token": browser.token, "file": (io.BytesIO(text.encode()), "people.csv")}
    assert browser.client.post(START, data=sent, content_type="multipart/form-data").status_code == 413


def test_the_template_is_a_list_that_can_be_read(world, at):
    from portal.imports import reading

    table = reading.read(at("owner").client.get(f"{START}/template.csv").data)
    assert (table.encoding, table.ignored, len(list(table.rows()))) == ("UTF-8 with BOM", [], 2)


def test_attack_28_what_else_a_form_says_changes_nothing(world, at):
    at("owner").send(
        START, {"people": "ann@example.com", "role": "member", "status": "running", "organization_id": "x"}
    )
    assert [(made.status, made.organization_id) for made in world.session.query(Import)] == [("planned", world.id)]


def test_every_outcome_is_told_in_words(world, at):
    world.set(allowed_domains="example.com northwind.example.com")
    world.invited("old@example.com")
    rows = [
        "ann@example.com,,,,", "ann@example.com,,,,", "nonsense,,,,", "änn@example.com,,,,", "bob@example.org,,,,",
        f"{world.email('owner')},,,,", "old@example.com,,,,", "cy@example.com,boss,,,", "di@example.com,,Nowhere,,",
        "ed@example.com,manager,Shop,,", "fay@example.com,,,Platform=developer|Platform=read_only,",
        f"gus@example.com,,,,{'x' * 2001}",
    ]  # fmt: skip
    text = "\n".join(["email,role,sites,teams,message", *rows])
    page = at("owner").open("/o/northwind/imports").press("Try it out", people=text)
    told = [node.text for node in page.tree.all("span") if node.attrs.get("class", "").startswith("badge")]
    assert len([words for words in told if words.startswith(("!", "✓"))]) == len(rows)
    assert [words for words in told if "_" in words] == []
    for pill in page.tree.all("a", **{"class": "pill"}):
        assert "_" not in pill.text
