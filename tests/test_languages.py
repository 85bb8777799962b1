"""Every language says everything, says nothing that is no longer asked for, and no sentence is put together."""

import ast
import re

import pytest
from babel.messages.checkers import python_format

from portal import catalogs, languages
from portal.config import ROOT

OTHERS = sorted(set(languages.spoken()) - {languages.SOURCE})
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def said():
    return catalogs.said()


def ids(catalog):
    return {message.id for message in catalog if message.id}


def test_english_german_and_arabic_are_spoken():
    assert {"en", "de", "ar"} <= set(languages.spoken())


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalog_has_exactly_what_is_said(said, language):
    assert ids(said) ^ ids(catalogs.kept(language)) == set(), "run make language, and translate what is new"


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_untranslated_or_guessed(language):
    assert list(catalogs.untranslated(catalogs.kept(language))) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_keeps_every_placeholder(language):
    """The singular and dual of Arabic may leave the number to the word."""
    catalog = catalogs.kept(language)
    for message in catalog:
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = {name for original in originals for name in PLACEHOLDER.findall(original)}
        for string in said:
            assert set(PLACEHOLDER.findall(string)) <= wanted, message.id
            assert wanted - set(PLACEHOLDER.findall(string)) <= ({"num"} if len(said) > 1 else set()), message.id
        if message.python_format:
            python_format(catalog, message)


def test_arabic_counts_eleven_to_ninety_nine_in_the_accusative():
    """Of the two last forms of its catalog the first is for a hundred, the second for eleven to ninety-nine."""
    swapped = [
        message.id
        for message in catalogs.kept("ar")
        if isinstance(message.id, tuple) and message.string[4].count("ًا") > message.string[5].count("ًا")
    ]
    assert swapped == []
    assert catalogs.kept("ar").get("%(num)s week").string[5] == "%(num)s أسبوعًا"


def is_translation(node):
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("_", "_l", "gettext", "ngettext", "lazy_gettext")
    )


def test_no_sentence_in_code_is_put_together_from_pieces():
    """A translated piece is neither added to words nor set into an f-string with them."""
    wrong = []
    for file in (ROOT / "portal").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            pieces = [node.left, node.right] if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) else []
            if isinstance(node, ast.JoinedStr):
                pieces = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
            if any(is_translation(inner) for piece in pieces for inner in ast.walk(piece)):
                wrong.append((str(file.relative_to(ROOT)), node.lineno))
    assert wrong == []


UNREAD = re.compile(
    r"{#.*?#}|{% block referrer %}.*?{% endblock %}|{%.*?%}|{{.*?}}|<style.*?</style>|<svg.*?</svg>|<code>.*?</code>"
    r"|<[^>]*>|&\w+;",
    re.DOTALL,
)
NAMES = {"Usher", "· Usher"}  # the portal's own name


def test_every_word_of_a_template_is_translated():
    """Between tags stands nothing that people read but what a catalog gives."""
    wrong = []
    for file in (ROOT / "templates").rglob("*.html"):
        lines = UNREAD.sub("\n", file.read_text()).splitlines()
        wrong += [(file.name, line.strip()) for line in lines if re.search("[A-Za-z]{3,}", line)]
    assert [piece for piece in wrong if piece[1] not in NAMES] == []
