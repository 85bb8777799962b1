"""Reading a list: which encoding, which delimiter, which column is what. It says what it took."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import ColumnTwice, NoAddressColumn, NothingToImport, UnreadableFile
from ..text import one_line, shortened

DELIMITERS = (";", "\t", ",", "|")
_LONGEST_FIELD = 131_072  # characters; the csv module's own
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8 with BOM"),
    (b"\xff\xfe\x00\x00", "utf-32", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)

# A head means its column whatever its case, spaces, hyphens and underscores; English and German.
_HEADS = {
    "email": "email mail emailaddress mailaddress address adresse mailadresse emailadresse",
    "name": "name fullname displayname vollständigername",
    "first": "firstname givenname vorname",
    "last": "lastname surname familyname nachname familienname",
    "role": "role rolle organizationrole",
    "sites": "sites site websites website seiten seite",
    "teams": "teams team",
    "projects": "projects project projekte projekt",
    "message": "message note nachricht notiz",
    "expires": "expires expiry expiration expiresat expiresin expiresindays validuntil ablauf gültigbis läuftabam",
}
_COLUMN = {head: column for column, heads in _HEADS.items() for head in heads.split()}


@dataclass(slots=True)
class Table:
    """A list as it was read: ``columns`` say what each is for, or ``""`` for nothing known."""

    encoding: str
    delimiter: str
    columns: list[str]
    ignored: list[str]
    text: str
    start: int  # how many lines are not rows: the head, and a line that names the delimiter

    def rows(self) -> Iterator[dict[str, str]]:
        """Each row that holds anything, by column. Raises UnreadableFile."""
        cells_of = _lines(self.text, self.delimiter)
        for number, cells in enumerate(cells_of):
            if number >= self.start and any(cell.strip() for cell in cells):
                named = zip(self.columns, cells, strict=False)
                yield {column: cell.strip() for column, cell in named if column}


def read(source: bytes | str) -> Table:
    """The table in a file, or in text that was pasted.

    Raises UnreadableFile, NothingToImport, NoAddressColumn or ColumnTwice.
    """
    text, encoding = decoded(source) if isinstance(source, bytes) else (source, "")
    text = text.lstrip("\ufeff")
    said = re.match(r"sep=([;,|\t])\r?\n?", text)  # how a spreadsheet names it
    delimiter = said[1] if said else _delimiter(text)
    lines = _lines(text, delimiter)
    start, first = 0, None
    for number, cells in enumerate(lines):
        if any(cell.strip() for cell in cells) and not (said and number == 0):
            start, first = number, cells
            break
    if first is None:
        raise NothingToImport()
    columns, ignored, has_head = _columns(first)
    return Table(encoding, delimiter, columns, ignored, text, start + has_head)


def decoded(data: bytes) -> tuple[str, str]:
    """The text, and what its encoding was taken to be. Raises UnreadableFile."""
    for mark, codec, name in _BOMS:
        if data.startswith(mark):
            return _as(data, codec), name
    if b"\0" in data[:2000]:
        little = data[1:2000:2].count(0) > data[0:2000:2].count(0)
        return _as(data, "utf-16-le" if little else "utf-16-be"), "UTF-16"
    try:
        return data.decode(), "UTF-8"
    except UnicodeDecodeError:
        return _as(data, "cp1252"), "Windows-1252"


def _as(data: bytes, codec: str) -> str:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        raise UnreadableFile() from None
    if "\0" in text[:2000]:
        raise UnreadableFile()
    return text


def _lines(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    except csv.Error:
        raise UnreadableFile() from None


def _delimiter(text: str) -> str:
    """The one under which the first line has the most known heads, then the most cells."""
    beginning = next((line for line in text[:_LONGEST_FIELD].splitlines() if line.strip()), "")

    def weight(delimiter: str) -> tuple[int, int]:
        cells = next(_lines(beginning, delimiter), [])
        return sum(_plain(cell) in _COLUMN for cell in cells), len(cells)

    return max(DELIMITERS, key=weight) if beginning else ","


def _plain(head: str) -> str:
    return re.sub(r"[\W_]+", "", head.casefold())


def _columns(first: list[str]) -> tuple[list[str], list[str], bool]:
    """What each column is for, the heads that are unknown, and whether the first row is a head at all."""
    columns = [_COLUMN.get(_plain(cell), "") for cell in first]
    if "email" in columns:
        twice = sorted({one_line(c) for c, k in zip(first, columns, strict=True) if k and columns.count(k) > 1})
        if twice:
            raise ColumnTwice(columns=shortened(", ".join(twice)))
        ignored = [shortened(cell) for cell, k in zip(first, columns, strict=True) if not k and cell.strip()]
        return columns, ignored, True
    at = [index for index, cell in enumerate(first) if "@" in cell]
    if not at or any(columns):
        raise NoAddressColumn(found=shortened(", ".join(cell for cell in first if cell.strip())))
    guessed: list[Any] = ["" for _ in first]
    guessed[at[0]] = "email"
    if len(first) == 2 and len(at) == 1:
        guessed[1 - at[0]] = "name"
    return guessed, [], False
