"""What the database keeps and has to read again, under the secret key: a dump without the key opens nothing."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from flask import current_app


def seal(text: str) -> str:
    """The text, encrypted and signed."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text again; also what a former key sealed. Raises cryptography's InvalidToken when no key opens it."""
    return _keys().decrypt(sealed).decode()


def _keys() -> MultiFernet:
    config = current_app.config
    keys = (config["SECRET_KEY"], *(config.get("SECRET_KEY_FALLBACKS") or ()))
    derived = (hashlib.sha256(f"usher sealed {key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
