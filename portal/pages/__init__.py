"""The pages: a module for each resource, its forms beside it."""

from flask import Flask


def language() -> str:
    return "en"


def init_app(app: Flask) -> None:
    pass
