"""The batch dialect's codes, each with its status and title."""

from ..codes import UNAVAILABLE, Code

TABLE = {
    400: ("bad_request", "Bad Request"),
    401: ("unauthorized", "Unauthorized"),
    403: ("forbidden", "Forbidden"),
    404: ("not_found", "Not Found"),
    405: ("method_not_allowed", "Method Not Allowed"),
    413: ("bad_request", "Content Too Large"),
    415: ("bad_request", "Unsupported Media Type"),
    422: ("unprocessable_entity", "Unprocessable Entity"),
    429: ("too_many_requests", "Too Many Requests"),
    500: ("internal_server_error", "Internal Server Error"),
    503: ("service_unavailable", "Service Unavailable"),
}
SENTENCES = {
    400: "The request, or something that it asks for, is wrong: `detail` names the field and says what.",
    401: "There are no good credentials with this request.",
    403: "Your role or your token does not allow this.",
    404: "There is no such route, or no such open invitation.",
    405: "This route does not take that method.",
    413: "The body is too large.",
    415: "The body has to be application/json.",
    422: "A place was named twice, or sites with a role that cannot be restricted to them.",
    429: "A limit was reached: `detail` names it.",
    500: "Something broke on our side. Nothing was changed.",
    503: UNAVAILABLE,
}


def listed() -> list[Code]:
    """Every status with its code; one code serves for several."""
    return [
        Code(f"batch-{status}", code, status, f"{title}. {SENTENCES[status]}")
        for status, (code, title) in TABLE.items()
    ]
