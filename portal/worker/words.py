"""The words of a mail in a language: subject, text and HTML, from the kind's folder in ``templates/mail``.

Pages look their language up at every word, and give each template what a request needs. For a mail both are known
before: each language has the templates by themselves, with its words bound to them, which halves what they cost.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import current_app
from flask_babel import force_locale, get_domain, get_locale
from jinja2 import Environment, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

PARTS = ("subject.txt", "body.txt", "body.html")
TIMES = 512  # written times that are kept: what was invited together ends together


def rendered(kind: str, language: str, context: dict[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML."""
    with force_locale(language):
        templates = _environment(language)
        subject, text, html = (templates.get_template(f"mail/{kind}/{part}").render(context) for part in PARTS)
    return subject, text, html


def _environment(language: str) -> Environment:
    """The portal's templates in the language, which is the one at hand."""
    known: dict[str, Environment] = current_app.extensions.setdefault("usher_mail_words", {})
    if language not in known:
        made = current_app.jinja_env.overlay()
        words = {"_": _said(get_domain().get_translations()), "language": language, "dir": get_locale().text_direction}
        made.globals = made.globals | words
        made.filters = made.filters | {"exact": lru_cache(TIMES)(made.filters["exact"])}
        known[language] = made
    return known[language]


def _said(translations: Any) -> Callable[..., str]:
    """Jinja's ``_`` for these translations: escaped where the template is, with its placeholders filled."""

    @pass_eval_context
    def said(at: EvalContext, words: str, /, **placeholders: Any) -> str:
        found: str = translations.gettext(words)
        return (Markup(found) if at.autoescape else found) % placeholders  # noqa: S704 - the translators' own words

    return said
