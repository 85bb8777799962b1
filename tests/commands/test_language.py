"""The command line speaks the language of whoever sits at it."""

import os
import subprocess
import sys

import pytest

from portal import catalogs, commands
from portal.languages import of_operator
from tests.conftest import KEY
from tests.provision import ROOT

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LC_ALL": "ar_EG.UTF-8", "LANG": "de_DE.UTF-8"}, "ar"),
        ({"LC_ALL": "", "LC_MESSAGES": "de_DE", "LANG": "ar"}, "de"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_usual_variables_say_which_language_it_is(environment, language):
    assert of_operator(environment) == language


def test_answers_and_refusals_are_in_it(run, told, world, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    nobody = run("user", "show", "nobody@example.com")
    assert (nobody.exit_code, nobody.stdout) == (1, "")
    assert nobody.stderr.startswith("Niemand hat ein Konto mit nobody@example.com.")
    invited = run("invite", world.slug, "x@", "--role", "member", "--as", world.email("owner"))
    assert "x@: nicht eingeladen. „x@“ ist keine E-Mail-Adresse." in invited.stdout
    assert "geschlossen" not in run("organization", "show", world.slug).stdout
    assert told("organization", "show", world.slug)["member_count"] == 5  # what scripts read stays as it is


def test_help_is_in_it_too(tmp_path):
    settings = {"SECRET_KEY": KEY, "PUBLIC_URL": "http://127.0.0.1:8000", "INSTANCE_PATH": str(tmp_path)}
    environment = os.environ | {f"PORTAL_{name}": value for name, value in settings.items()} | {"LC_ALL": "de_DE"}
    asked = [sys.executable, "-m", "flask", "--app", "app", "user", "create", "--help"]
    answer = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert "Legt ein Konto an." in answer.stdout
    assert "Wie die Person heißt." in answer.stdout


def test_every_help_is_a_message_of_the_catalogs():
    helps = [each.help for each in commands.helping()]
    assert len(helps) > 60
    messages = {message.id for message in catalogs.said()}
    assert {words.split("\n")[0] for words in helps} <= {str(message).split("\n")[0] for message in messages}
