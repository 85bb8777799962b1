"""The team dialect's codes, which are HTTP's statuses, and what each means here."""

from ..codes import UNAVAILABLE, Code

REFUSED = {
    401: "There is no good API token with this request. Send one in the Authorization header, as Bearer.",
    403: "Your role or your token does not allow this.",
}
WRONG = {
    400: "The request, or something that it asks for, is wrong, or the token is dead: `message` says what.",
    404: "There is no such route.",
    405: "This route does not take that method.",
    413: "The body is too large.",
    415: "The body has to be application/json.",
    429: "A limit was reached: `message` names it.",
    500: "Something broke on our side. Nothing was changed.",
    503: UNAVAILABLE,
}


def listed() -> list[Code]:
    """Every status that a refusal has."""
    return [Code(f"team-{status}", str(status), status, said) for status, said in sorted((REFUSED | WRONG).items())]
