"""The API's document at ``/api/openapi.json``, and ``/api/docs``, which shows it in the portal's own look."""

from typing import Any

from flask import Blueprint, current_app, render_template

from . import document

blueprint = Blueprint("docs", __name__, url_prefix="/api")


@blueprint.get("/openapi.json")
def openapi() -> Any:
    """The OpenAPI 3.1 document of every operation."""
    return document.of(current_app)


@blueprint.get("/docs")
def index() -> Any:
    """Every operation with its errors, and how to call it from curl, Python and JavaScript."""
    whole = document.of(current_app)
    return render_template(
        "api/docs.html",
        document=whole,
        groups=document.by_tag(whole),
        schemas=document.schemas(whole),
        codes={title: listed() for title, listed in current_app.extensions["codes"].items()},
    )
