"""Text from outside, made fit to store and to show: no control characters, no lone surrogates, no NUL."""

from .errors import BadName

LONGEST_NAME = 100


def without_nul(text: str) -> str:
    """The text, as it is. Raises ValueError when it holds a NUL: no program means one, so none is taken from one."""
    if "\0" in text:
        raise ValueError("holds a NUL")
    return text


def one_line(text: str) -> str:
    """The text on one line, with single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def paragraphs(text: str) -> str:
    """The text with its line breaks, and no other control character."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(c if c.isprintable() else " " for c in line).rstrip() for line in lines).strip()


def shortened(text: str, longest: int = 80) -> str:
    """The text on one short line, to be shown back in a message."""
    line = one_line(text)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def clean_name(name: str, longest: int = LONGEST_NAME) -> str:
    """A name on one line without control characters. Raises BadName when it is empty or too long."""
    clean = one_line(name)
    if not 0 < len(clean) <= longest:
        raise BadName(longest=longest)
    return clean
