"""The OpenAPI document: what it says of the portal, apart from the operations, which describe themselves."""

from typing import Any

from flask_openapi3 import Info

SESSION_COOKIE = {
    "type": "apiKey",
    "in": "cookie",
    "name": "better-auth.session_token",
    "description": "The session of a signed-in person; `__Secure-` stands before the name over HTTPS.",
}
TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API token, made at `/account/tokens` or by `flask token create`.",
}

DESCRIBED: dict[str, Any] = {
    "info": Info(
        title="Usher",
        version="1",
        description="Invitations to an organization: three dialects of other products, and a native API.",
    ),
    "security_schemes": {"session": SESSION_COOKIE, "token": TOKEN},
    "validation_error_status": 400,
}
