"""The pages: a module for each resource, its forms beside it. They translate; the rules live elsewhere."""

from flask import Flask

from .. import shapes
from . import account, captured, entry, errors, invitations, join, members, organizations, places, tokens, words
from .base import language

__all__ = ["init_app", "language"]


def init_app(app: Flask) -> None:
    """Registers every page, its errors, and the words that templates use."""
    for module in (entry, account, tokens, organizations, invitations, members, places, join):
        app.register_blueprint(module.blueprint)
    if app.config["MAIL_CAPTURE"]:
        app.register_blueprint(captured.blueprint)
    shapes.register(app, "", errors.PageShape())
    words.init_app(app)
