"""Passwords: argon2id hashes, and which ones are refused (NIST SP 800-63B: length and commonness, no composition)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from .errors import PasswordTooCommon, PasswordTooLong, PasswordTooShort

SHORTEST, LONGEST = 8, 128
FEWEST_GUESSES = 1e4
_JUDGED = 72  # zxcvbn refuses longer ones; a longer password is not a common one

hasher = PasswordHasher()
_nobodys: dict[PasswordHasher, str] = {}


def check(password: str, *context: str) -> None:
    """Raises PasswordTooShort, PasswordTooLong or PasswordTooCommon; ``context`` are words about the person."""
    if len(password) < SHORTEST:
        raise PasswordTooShort(shortest=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordTooLong(longest=LONGEST)
    if len(password) <= _JUDGED and _guesses(password, context) < FEWEST_GUESSES:
        raise PasswordTooCommon()


def _guesses(password: str, context: tuple[str, ...]) -> float:
    from zxcvbn import zxcvbn  # its word lists take a tenth of a second, which only a new password should wait for

    return float(zxcvbn(password, user_inputs=[word for word in context if word])["guesses"])


def accepted(password: str, *context: str) -> str:
    """The argon2id hash to store, once ``check`` has passed.

    It takes about a tenth of a second, so it is made before a unit of work that writes, never inside one.
    """
    check(password, *context)
    return hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the right one. Without a hash it takes as long and is False (ATTACKS 22)."""
    if len(password) > LONGEST:
        return False
    try:
        return hasher.verify(password_hash or _nobody(), password) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


def _nobody() -> str:
    if hasher not in _nobodys:
        _nobodys[hasher] = hasher.hash("nobody has this password")
    return _nobodys[hasher]
