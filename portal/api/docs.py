"""The API's document at ``/api/openapi.json``, and ``/api/docs``, which shows it in the portal's own look."""

from typing import Any

from flask import Blueprint, current_app, render_template
from flask_babel import get_locale
from markupsafe import Markup

from . import document

blueprint = Blueprint("docs", __name__, url_prefix="/api")


@blueprint.get("/openapi.json")
def openapi() -> Any:
    """The OpenAPI 3.1 document of every operation."""
    return document.of(current_app)


@blueprint.get("/docs")
def index() -> Any:
    """Every operation with its errors, and how to call it from curl, Python and JavaScript."""
    kept, language = current_app.extensions.setdefault("docs", {}), str(get_locale())
    if language not in kept:
        kept[language] = Markup(_operations())  # noqa: S704  # a template's
    return render_template("api/docs.html", operations=kept[language])


def _operations() -> str:
    """What the page says, in the language at hand; it takes long enough to be made only once."""
    whole = document.of(current_app)
    return render_template(
        "api/_operations.html",
        document=whole,
        groups=document.by_tag(whole),
        schemas=document.schemas(whole),
        codes={title: listed() for title, listed in current_app.extensions["codes"].items()},
    )
