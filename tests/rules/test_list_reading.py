"""Reading a list: encodings, delimiters, line ends, heads; what is no list is refused."""

import pytest

from portal.errors import ColumnTwice, NoAddressColumn, NothingToImport, UnreadableFile
from portal.imports import reading

TEXT = "E-Mail;Name;Rolle\r\njörg@example.com;Jörg Müßig;Mitglied\r\n"
ROWS = [{"email": "jörg@example.com", "name": "Jörg Müßig", "role": "Mitglied"}]


@pytest.mark.parametrize(
    ("codec", "mark", "named"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8", b"\xef\xbb\xbf", "UTF-8 with BOM"),
        ("utf-16-le", b"\xff\xfe", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("utf-16-le", b"", "UTF-16"),
        ("utf-16-be", b"", "UTF-16"),
        ("utf-32-le", b"\xff\xfe\x00\x00", "UTF-32"),
        ("cp1252", b"", "Windows-1252"),
    ],
)
def test_every_encoding_is_read_and_named(codec, mark, named):
    table = reading.read(mark + TEXT.encode(codec))
    assert (table.encoding, list(table.rows())) == (named, ROWS)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_delimiter_and_line_end(delimiter, end):
    lines = [delimiter.join(cells) for cells in (("name", "email"), ("Ann", "ann@example.com"), ("", ""))]
    table = reading.read(end.join(lines).encode())
    assert (table.delimiter, list(table.rows())) == (delimiter, [{"name": "Ann", "email": "ann@example.com"}])


def test_quotes_hold_delimiters_and_line_ends():
    table = reading.read('email,message\nann@example.com,"Hello, Ann.\nCome ""soon""."\n')
    assert list(table.rows()) == [{"email": "ann@example.com", "message": 'Hello, Ann.\nCome "soon".'}]


def test_a_line_that_names_the_delimiter_is_no_row():
    assert list(reading.read("sep=;\r\nmail;x,y\r\nann@example.com;1,2\r\n").rows()) == [{"email": "ann@example.com"}]


def test_columns_that_mean_nothing_are_named_and_left_out():
    table = reading.read("email,status,organization_id\nann@example.com,accepted,7\n")
    assert table.ignored == ["status", "organization_id"]
    assert list(table.rows()) == [{"email": "ann@example.com"}]


@pytest.mark.parametrize("text", ["ann@example.com\nbob@example.com\n", "ann@example.com,Ann\nbob@example.com,Bob\n"])
def test_without_a_head_the_column_with_the_address_is_found(text):
    assert [row["email"] for row in reading.read(text).rows()] == ["ann@example.com", "bob@example.com"]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (b"", NothingToImport), (b"\n ;; \n", NothingToImport), (b"name,role\nAnn,member\n", NoAddressColumn),
        (b"email,E-Mail\na@example.com,b@example.com\n", ColumnTwice),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", UnreadableFile),
        (b"\xff\xfea\0b", UnreadableFile), (b"a\x81\x8d@example.com", UnreadableFile),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(source, error):
    with pytest.raises(error):
        list(reading.read(source).rows())


def test_a_field_without_end_is_refused():
    with pytest.raises(UnreadableFile):
        list(reading.read('email\n"' + "x" * 200_000).rows())
