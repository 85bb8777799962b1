"""The command line: ``flask <command>``, a module for each kind of thing.

A command calls the rules with an actor, as the pages do, and prints what came of it: as words, or with ``--json``
as exactly one JSON object. What a rule refuses goes to stderr with exit status 1, and a mistake in the command
itself with 2.
"""

from flask import Flask

from . import accounts, demo, doctor, imports, invitations, keeping, mail, organizations, tokens


def init_app(app: Flask) -> None:
    """Adds the commands to ``flask``."""
    for module in (accounts, tokens, organizations, invitations, imports, mail, keeping, demo, doctor):
        for command in module.COMMANDS:
            app.cli.add_command(command)
