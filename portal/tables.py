"""Writing many rows out, one after the other, as JSON lines or as CSV that no spreadsheet runs as formulas."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from .clock import rfc3339

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def json_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Each row as a JSON object on a line of its own; times are RFC 3339."""
    for row in rows:
        yield orjson.dumps(row, default=_written, option=orjson.OPT_PASSTHROUGH_DATETIME).decode() + "\n"


def csv_lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A head of these columns, then each row, as RFC 4180 has it; what a column lacks is empty.

    Lists are joined by semicolons. A text that a spreadsheet would take for a formula gets an apostrophe before it
    (OWASP, CSV injection).
    """
    line = io.StringIO()
    write = csv.writer(line, lineterminator="\r\n")
    write.writerow(columns)
    yield _taken(line)
    for row in rows:
        write.writerow([cell(row.get(column)) for column in columns])
        yield _taken(line)


def cell(value: Any) -> str:
    """A value as a cell of a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    text = "; ".join(map(str, value)) if isinstance(value, list | tuple) else _written(value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def _taken(line: io.StringIO) -> str:
    written = line.getvalue()
    line.seek(0)
    line.truncate()
    return written


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return orjson.dumps(value, default=_written).decode()
    return rfc3339(value) if isinstance(value, datetime) else str(value)
