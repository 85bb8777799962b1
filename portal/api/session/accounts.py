"""Signing up, in and out, and the session that the cookie belongs to."""

from typing import Any

from flask import current_app, g, jsonify
from pydantic import BaseModel, ConfigDict, StrictBool

from ... import accounts, identity, limits, passwords, second_steps
from ...errors import (
    AddressTaken,
    NotAListedDomain,
    NotAnAddress,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    WrongPassword,
)
from ...models import User
from .. import gate
from . import replies, wire
from .base import Text, reads, writes
from .errors import Refused, means


class AuthSignUp(BaseModel):
    """A new account. The password has 8 to 128 characters."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"name": "Ines Okoye", "email": "ines@example.com", "password": "a long passphrase"}
        }
    )
    name: Text
    email: str
    password: str


class AuthSignIn(BaseModel):
    """An address and a password; without ``rememberMe`` the session ends with the browser."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"email": "ines@example.com", "password": "a long passphrase"}}
    )
    email: Text
    password: Text
    rememberMe: StrictBool | None = None


class AuthNothing(BaseModel):
    """An empty object."""

    model_config = ConfigDict(json_schema_extra={"example": {}})


class AuthSignedUp(BaseModel):
    """The account, and the new session's public id where addresses need not be verified first."""

    token: str | None
    user: wire.AuthUser


class AuthWelcome(BaseModel):
    """The new session's public id and its person. The cookie carries what signs in."""

    redirect: bool
    token: str
    user: wire.AuthUser


class AuthDone(BaseModel):
    """That it was done."""

    success: bool


@writes("/sign-up/email", AuthSignedUp, 422, 429, anyone=True)
@limits.sign_up_of_address
@limits.mails_from_here
@means({
    NotAnAddress: "INVALID_EMAIL",
    NotAListedDomain: "EMAIL_PASSWORD_SIGN_UP_DISABLED",
    PasswordTooShort: "PASSWORD_TOO_SHORT",
    PasswordTooLong: "PASSWORD_TOO_LONG",
    PasswordTooCommon: "PASSWORD_TOO_COMMON",
    AddressTaken: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
})  # fmt: skip
@gate.public
def sign_up(body: AuthSignUp) -> Any:
    """Makes an account where the operator has opened sign-up; it is by invitation only otherwise.

    Where addresses have to be verified first, a taken one answers like a new one, and a mail tells its owner.
    """
    if current_app.config["SIGN_UP"] == "closed":
        raise Refused("EMAIL_PASSWORD_SIGN_UP_DISABLED")
    if current_app.config["SIGN_UP_VERIFY"]:
        asked = accounts.ask_account(gate.database(), body.email, body.name, body.password, g.now)
        return {"token": None, "user": replies.user(asked)}
    made = _made(body)
    return {"token": str(identity.sign_in(made.id, g.now)), "user": replies.user(made)}


def _made(body: AuthSignUp) -> User:
    password_hash = passwords.accepted(body.password, body.email, body.name)
    return accounts.create(gate.database(), body.email, body.name, password_hash, g.now)


@writes("/sign-in/email", AuthWelcome, 401, 403, 429, anyone=True)
@limits.sign_in_of_address
@limits.sign_in_from_here
@means({WrongPassword: "INVALID_EMAIL_OR_PASSWORD"})
@gate.public
def sign_in(body: AuthSignIn) -> Any:
    """Starts a session and sets its cookie. Who has a second step signs in on the portal's own page instead."""
    user = accounts.sign_in(gate.database(), body.email, body.password)
    if second_steps.is_on(gate.database(), user.id):
        raise Refused("TWO_FACTOR_REQUIRED")
    accounts.refresh_hash(gate.database(), user, body.password)
    key = identity.sign_in(user.id, g.now, lasts=body.rememberMe is not False)
    return {"redirect": False, "token": str(key), "user": replies.user(user)}


@writes("/sign-out", AuthDone, anyone=True)
@gate.public
def sign_out(body: AuthNothing) -> Any:
    """Ends the session on the server, and clears its cookie."""
    identity.sign_out()
    return {"success": True}


@reads("/get-session", wire.AuthSignedInOrNull, anyone=True)
@gate.public
def get_session() -> Any:
    """Tells whose session the cookie is; null without one."""
    person = identity.viewer()
    if person is None:
        return jsonify(None)
    return replies.signed_in(person.found)
