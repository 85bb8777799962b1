"""The command line: ``flask <command>``, a module for each kind of thing.

A command calls the rules with an actor, as the pages do, and prints what came of it: as words, or with ``--json``
as exactly one JSON object. What a rule refuses goes to stderr with exit status 1, and a mistake in the command
itself with 2.
"""

import os
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import click
from flask import Flask

from .. import languages
from . import accounts, demo, doctor, imports, invitations, keeping, mail, organizations, tokens

MODULES = (accounts, tokens, organizations, invitations, imports, mail, keeping, demo, doctor)


def init_app(app: Flask) -> None:
    """Adds the commands to ``flask``; at the command line, with their help in the operator's language."""
    for module in MODULES:
        for command in module.COMMANDS:
            app.cli.add_command(command)
    if click.get_current_context(silent=True) is not None:
        language = languages.of_operator(os.environ)
        for each in helping():
            each.help = languages.said(cleandoc(each.help), language)


def helping() -> Iterator[Any]:
    """The commands and options that have a help."""
    todo: list[Any] = [command for module in MODULES for command in module.COMMANDS]
    while todo:
        command = todo.pop(0)
        todo += getattr(command, "commands", {}).values()
        yield from (each for each in (command, *command.params) if getattr(each, "help", None))
