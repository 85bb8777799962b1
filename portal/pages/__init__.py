"""The pages: a module for each resource, its forms beside it. They translate; the rules live elsewhere."""

from flask import Flask

from .. import shapes
from . import (
    account,
    captured,
    confirm,
    entering,
    entry,
    errors,
    history,
    imports,
    inbox,
    insights,
    invitations,
    join,
    mail_stops,
    mailed,
    members,
    organizations,
    places,
    preferences,
    profile,
    providers,
    second_step,
    selected,
    settings,
    sign_up,
    tokens,
    unsubscribe,
    words,
)
from .base import language, time_zone

__all__ = ["init_app", "language", "time_zone"]


PAGES = (
    entry,
    sign_up,
    entering,
    second_step,
    mailed,
    providers,
    account,
    profile,
    preferences,
    settings,
    mail_stops,
    history,
    insights,
    confirm,
    tokens,
    organizations,
    invitations,
    selected,
    inbox,
    imports,
    members,
    places,
    join,
    unsubscribe,
)


def init_app(app: Flask) -> None:
    """Registers every page, its errors, and the words that templates use."""
    for module in PAGES:
        app.register_blueprint(module.blueprint)
    if app.config["MAIL_CAPTURE"]:
        app.register_blueprint(captured.blueprint)
    shapes.register(app, "", errors.PageShape())
    words.init_app(app)
