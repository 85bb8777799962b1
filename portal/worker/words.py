"""The words of a mail in a language: subject, text and HTML, from the kind's folder in ``templates/mail``."""

from typing import Any

from flask import render_template
from flask_babel import force_locale


def rendered(kind: str, language: str, context: dict[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML."""
    with force_locale(language):
        subject, text, html = (
            render_template(f"mail/{kind}/{part}", language=language, **context)
            for part in ("subject.txt", "body.txt", "body.html")
        )
    return subject, text, html
