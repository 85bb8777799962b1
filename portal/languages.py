"""The languages that the portal speaks: those with a catalog in ``translations``, and English, which it is written in.

A catalog is one file, ``translations/<language>/LC_MESSAGES/messages.po``; ``make language LANGUAGE=fr`` starts or
refreshes it. It is compiled into the instance when the portal starts and the catalog has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from .config import ROOT

SOURCE = "en"
FOLDER = ROOT / "translations"


def catalog(language: str, folder: Path = FOLDER) -> Path:
    """Where a language's catalog lies."""
    return folder / language / "LC_MESSAGES" / "messages.po"


@cache
def spoken() -> dict[str, str]:
    """Each language by its code, with its own name for itself."""
    from babel import Locale

    codes = [SOURCE, *sorted(file.parent.parent.name for file in FOLDER.glob("*/LC_MESSAGES/messages.po"))]
    return {code: str(Locale.parse(code).get_display_name(code)).capitalize() for code in codes}


def first(wanted: Iterable[str | None]) -> str:
    """The first of ``wanted`` that is spoken, English when none is; ``de-AT`` is content with ``de``."""
    for said in wanted:
        language = (said or "").replace("_", "-").partition("-")[0].lower()
        if language in spoken():
            return language
    return SOURCE


def of_operator(environment: Mapping[str, str]) -> str:
    """The language of whoever sits at the command line, by the first of the usual variables that is set."""
    said = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), None)
    return first([said])


@cache
def _words(language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    with catalog(language).open("rb") as opened:
        return {str(message.id): str(message.string) for message in read_po(opened)}


def said(words: str, language: str) -> str:
    """A whole text in that language, out of its catalog itself: for where there is no portal yet, as in ``--help``."""
    return words if language == SOURCE else _words(language).get(words) or words


def compiled(instance: Path) -> Path:
    """The folder with the catalogs as programs read them, made anew where one has changed."""
    target = instance / "translations"
    for code in spoken():
        source = catalog(code)
        if code != SOURCE and _is_newer(source, made := catalog(code, target).with_suffix(".mo")):
            _compile(code, source, made)
    return target


def _is_newer(source: Path, made: Path) -> bool:
    return not made.exists() or made.stat().st_mtime_ns < source.stat().st_mtime_ns


def _compile(code: str, source: Path, made: Path) -> None:
    """Writes a new file and puts it in place at once, since several processes may start together."""
    import os

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as opened:
        messages = read_po(opened, locale=code)
    made.parent.mkdir(parents=True, exist_ok=True)
    fresh = made.with_name(f"{made.name}.{os.getpid()}")
    with fresh.open("wb") as opened:
        write_mo(opened, messages)
    fresh.replace(made)
