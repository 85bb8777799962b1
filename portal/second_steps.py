"""The second step of signing in: six digits of an app (TOTP, RFC 6238), or one of ten recovery codes.

A code counts once, within half a minute of drift either way; whoever has a second step is asked for it however they
signed in.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from . import history, permissions, sealed
from .database import transaction
from .errors import NotFound, SecondStepNeeded, WrongCode
from .models import Organization, RecoveryCode, SecondStep
from .permissions import Actor, Permission
from .standing import standing_of

SECONDS, DRIFT = 30, 1
CODES = 10


def of_user(session: Session, user_id: UUID | None) -> SecondStep | None:
    """Somebody's second step, also one that is not confirmed yet."""
    return session.get(SecondStep, user_id, populate_existing=True)


def is_on(session: Session, user_id: UUID | None) -> bool:
    """Whether somebody has a second step that counts."""
    found = of_user(session, user_id)
    return found is not None and found.confirmed_at is not None


def begin(session: Session, actor: Actor, now: datetime) -> None:
    """Makes a secret for an app; nothing counts before ``confirm``. One that counts already stays as it is."""
    with transaction(session):
        found = of_user(session, actor.user_id)
        if found is None or found.confirmed_at is None:
            if found is not None:
                session.delete(found)
                session.flush()
            secret = sealed.seal(pyotp.random_base32())
            session.add(SecondStep(user_id=actor.user_id, secret=secret, last_step=0, created_at=now))


def address_of(step: SecondStep, email: str) -> tuple[str, str]:
    """What an app reads from the picture (an otpauth address), and the secret to type instead."""
    secret = sealed.unseal(step.secret)
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Usher"), secret


def confirm(session: Session, actor: Actor, code: str, now: datetime) -> list[str]:
    """Turns it on once a code shows that the app has the secret; returns the recovery codes, shown this once.

    Raises NotFound without a secret, WrongCode.
    """
    with transaction(session):
        step = _held(session, actor.user_id)
        if not _takes(step, code, now):
            raise WrongCode()
        step.confirmed_at = now
        codes = _new_codes(session, step)
        _record(session, actor, "second_step_on", now)
    return codes


def check(session: Session, user_id: UUID, code: str, now: datetime) -> None:
    """Takes a code of the app, or a recovery code, once. Raises NotFound or WrongCode."""
    with transaction(session):
        step = _held(session, user_id)
        if step.confirmed_at is None:
            raise NotFound()
        if _takes(step, code, now):
            return
        used = session.execute(
            delete(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == _digest(code))
        )
        if not used.rowcount:  # type: ignore[attr-defined]
            raise WrongCode()
        _record(session, Actor(user_id), "recovery_code_used", now)


def renew_codes(session: Session, actor: Actor, now: datetime) -> list[str]:
    """Ten new recovery codes; the old ones no longer work. Raises NotFound."""
    with transaction(session):
        step = _held(session, actor.user_id)
        if step.confirmed_at is None:
            raise NotFound()
        codes = _new_codes(session, step)
        _record(session, actor, "recovery_codes_made", now)
    return codes


def codes_left(session: Session, user_id: UUID) -> int:
    """How many recovery codes are unused."""
    query = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    return session.scalar(query) or 0


def turn_off(session: Session, actor: Actor, user_id: UUID, now: datetime) -> None:
    """Ends somebody's second step: their own, or on an operator's word. Raises NotFound."""
    with transaction(session):
        session.delete(_held(session, user_id))
        session.flush()
        history.record(session, actor, None, "account.second_step_off", user_id, now)


def demand(session: Session, actor: Actor, organization_id: UUID, demanded: bool, now: datetime) -> None:
    """Lets an organization in only for who has a second step, its API tokens' persons too; or no longer.

    Whoever demands it has one. Raises NotAMember, NotAllowed or SecondStepNeeded.
    """
    with transaction(session):
        standing = standing_of(session, actor, organization_id, lock=True)
        permissions.require(standing.role, Permission.MANAGE_ORGANIZATION)
        if demanded and not is_on(session, actor.user_id):
            raise SecondStepNeeded(organization=standing.name)
        organization = session.get_one(Organization, organization_id, populate_existing=True)
        organization.second_step, organization.updated_at = demanded, now
        session.flush()
        history.record(
            session, actor, organization_id, "organization.second_step", organization_id, now, demanded=demanded
        )


def _held(session: Session, user_id: UUID | None) -> SecondStep:
    query = select(SecondStep).where(SecondStep.user_id == user_id).with_for_update()
    step = session.scalar(query.execution_options(populate_existing=True))
    if step is None:
        raise NotFound()
    return step


def _takes(step: SecondStep, code: str, now: datetime) -> bool:
    """Whether it is a code of now, or of half a minute around, newer than any that was taken; then it is taken."""
    typed = "".join(code.split())
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
        return False
    totp, current = pyotp.TOTP(sealed.unseal(step.secret)), int(now.timestamp()) // SECONDS
    for number in range(current - DRIFT, current + DRIFT + 1):
        if number > step.last_step and hmac.compare_digest(totp.generate_otp(number), typed):
            step.last_step = number
            return True
    return False


def _new_codes(session: Session, step: SecondStep) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == step.user_id))
    codes = [_new_code() for _ in range(CODES)]
    session.add_all(RecoveryCode(user_id=step.user_id, code_hash=_digest(code)) for code in codes)
    session.flush()
    return codes


def _new_code() -> str:
    """Eighty random bits in four groups of four letters and digits."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def _digest(code: str) -> bytes:
    said = "".join(sign for sign in code.lower() if sign.isalnum())
    return hashlib.sha256(said.encode()).digest()


def _record(session: Session, actor: Actor, verb: str, now: datetime, **details: Any) -> None:
    session.flush()
    assert actor.user_id is not None
    history.record(session, actor, None, f"account.{verb}", actor.user_id, now, **details)
