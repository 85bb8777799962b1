"""The one way into an account, whatever somebody showed first: a password, a mailed link, a provider."""

from typing import Any

from flask import url_for

from .. import clock, identity
from ..models import User
from .base import see_other


def enter(user: User, target: str | None = None, lasts: bool = True) -> Any:
    """Starts a session and goes where the person was going."""
    identity.sign_in(user.id, clock.now(), lasts=lasts)
    return see_other(target or url_for("organizations.home"))
