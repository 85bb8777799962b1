"""Keeping the catalogs: ``python -m portal.catalogs`` brings each up to date with what the code and templates say.

With a language, as in ``python -m portal.catalogs fr``, it starts a catalog for it. What is new has no translation
yet, what is no longer said is left out, and nothing is guessed from what is similar.
"""

import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from . import commands, languages
from .config import ROOT

METHODS = [("portal/**.py", "python"), ("templates/**", "jinja2")]
OPTIONS = {"templates/**": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None}
LEFT = (".git", ".venv", ".tools", "instance", "tests", "node_modules", "migrations", "gallery")


def said() -> Catalog:
    """Every message of the code and the templates, with where it is said."""
    catalog = Catalog(charset="utf-8")
    for file, line, message, _, context in extract_from_dir(
        str(ROOT), METHODS, OPTIONS, KEYWORDS, directory_filter=lambda name: Path(name).name not in LEFT
    ):
        catalog.add(message, None, [(file, line)], context=context)
    for each in commands.helping():
        catalog.add(cleandoc(each.help), None, [("portal/commands", 0)])
    return catalog


def kept(language: str) -> Catalog:
    """The catalog of a language, empty where there is none yet."""
    file = languages.catalog(language)
    if not file.exists():
        return Catalog(locale=language, charset="utf-8")
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


def refresh(language: str, messages: Catalog) -> Catalog:
    """Writes the catalog with exactly these messages, translated as far as they were."""
    catalog = kept(language)
    catalog.update(messages, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    file = languages.catalog(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        write_po(opened, catalog, width=0, no_location=True, omit_header=False, sort_output=True, ignore_obsolete=True)
    return catalog


def untranslated(catalog: Catalog) -> Iterator[object]:
    """What has no translation, or only a guessed one."""
    for message in catalog:
        wanted = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and (message.fuzzy or not all(wanted)):
            yield message.id


def main() -> None:
    """Refreshes every catalog, and says what is still to be translated."""
    from babel import Locale

    messages = said()
    for language in sorted({*languages.spoken(), *sys.argv[1:]} - {languages.SOURCE}):
        Locale.parse(language)
        catalog = refresh(language, messages)
        left = sum(1 for _ in untranslated(catalog))
        sys.stdout.write(f"{languages.catalog(language).relative_to(ROOT)}: {len(catalog)} messages, {left} to do\n")


if __name__ == "__main__":
    main()
