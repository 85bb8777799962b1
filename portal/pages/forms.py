"""What every form does: it keeps what was typed, names each error at its field, and survives a stale token."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from ..errors import NotAllowed, PortalError, TooOften


class Form(FlaskForm):  # type: ignore[misc]
    """A form whose errors come from the rules. ``refused`` holds what belongs to no field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused: list[PortalError] = []
        for field in self:
            field.form = self

    @property
    def first_wrong(self) -> Field | None:
        """The first field with an error: where its reader goes on, so where the focus is put."""
        return next((field for field in self if field.errors and field.name != "csrf_token"), None)

    @property
    def is_stale(self) -> bool:
        """Whether only the page had grown old: what was typed is still in it."""
        return "csrf_token" in self.errors

    @property
    def status(self) -> int:
        """422 where something has to be corrected."""
        return 422 if self.errors or self.refused else 200

    def refusing(self) -> "Refusing":
        """What a rule raises inside is shown at the field that it names, or at the head of the form."""
        return Refusing(self)

    def refuse(self, error: PortalError) -> None:
        """Puts an error where its reader looks for it. Raises NotAllowed and TooOften: no form helps there."""
        field = self._fields.get(error.field or "")
        if field is None and isinstance(error, (NotAllowed, TooOften)):
            raise error
        if field is None:
            self.refused.append(error)
        else:
            field.errors = [*field.errors, f"{error} {error.remedy}"]


class Refusing:
    """Hands what a rule raises to the form, and goes on behind the block."""

    def __init__(self, form: Form) -> None:
        self.form = form

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, raised: BaseException | None, __: object) -> bool:
        if isinstance(raised, PortalError):
            self.form.refuse(raised)
        return isinstance(raised, PortalError)


class ActionForm(Form):
    """A button: nothing but the proof that the page it stands on is ours."""


def pressed() -> bool:
    """Whether a button of ours was pressed; where its page had grown old, the next page says so."""
    is_ours: bool = ActionForm().validate_on_submit()
    if not is_ours:
        flash(_("That page had grown old, so nothing was done. Press the button once more."), "careful")
    return is_ours


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


class Text(StringField):  # type: ignore[misc]
    """One line of text; without anything sent it is empty, never None."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """The first value."""
        self.data = _as_text(valuelist[0]) if valuelist else ""


class Paragraphs(TextAreaField):  # type: ignore[misc]
    """Several lines of text; without anything sent it is empty, never None."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """The first value."""
        self.data = _as_text(valuelist[0]) if valuelist else ""


def all_or_some() -> list[SelectChoice]:
    """The choice between every site and some."""
    return [SelectChoice("all", _l("All sites")), SelectChoice("some", _l("Only these"))]


class Sites(SelectMultipleField):  # type: ignore[misc]
    """Sites by their ids; which of them exist is the rules' to say."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, coerce=int, validate_choice=False, **kwargs)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Integers; anything else names the field."""
        try:
            self.data = [int(value) for value in valuelist]
        except ValueError:
            self.data = []
            raise ValueError(str(_l("Choose sites from the list."))) from None


class Roles(Field):  # type: ignore[misc]
    """Places with a role in each, from one ``<select>`` a place whose values are ``id:role`` or empty."""

    def __init__(self, *args: Any, roles: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles = roles
        self.places: Sequence[Any] = ()

    def process_data(self, value: Any) -> None:
        """Pairs of id and role."""
        self.data = dict(value or ())

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Pairs of id and role; anything else names the field."""
        try:
            pairs = [value.split(":", 1) for value in valuelist if value]
            self.data = {UUID(place): role for place, role in pairs}
        except ValueError:
            self.data = {}
            raise ValueError(str(_l("Choose from the list."))) from None

    @property
    def pairs(self) -> tuple[tuple[UUID, str], ...]:
        """What the rules take."""
        return tuple(self.data.items())
