"""The forms with which an invitee answers."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField

from .forms import Form, Paragraphs, Text


class AnswerForm(Form):
    """Accepting: which version of the offer the page showed."""

    version = HiddenField()

    @property
    def shown(self) -> int:
        """The version that was shown; one that is not a number fits no offer, so the page is shown anew."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class JoinForm(AnswerForm):
    """Joining as a newcomer."""

    name = Text(_l("Your name"))
    password = PasswordField(_l("Choose a password"))


class DeclineForm(Form):
    """Declining, with a reason if one likes."""

    reason = Paragraphs(_l("Why, if you like to say"))
