"""The JSON faces: three dialects of other products, a native API, and the document that describes them.

Each dialect is a thin translator: its prefix, how its caller proves who it is, request to arguments, invitation to
JSON, error to status and body. They never import each other.
"""

from typing import Any

from flask_openapi3 import OpenAPI

from .. import shapes
from . import batch, docs, document, json, session, team, v1

__all__ = ["document", "init_app", "json"]

FACES: tuple[Any, ...] = (session, batch, team, v1)
TITLES = ("Session dialect", "Batch dialect", "Team dialect", "Native API")
BETWEEN: dict[str, Any] = {"/api": v1, "/manage": batch}  # who answers for an address beside the faces' own


def init_app(app: OpenAPI) -> None:
    """Registers every face, and the shape of its refusals for the addresses below its prefix."""
    app.register_blueprint(docs.blueprint)
    app.extensions["codes"] = {title: face.listed for title, face in zip(TITLES, FACES, strict=True)}
    app.extensions["faces"] = [face.api for face in FACES]
    for face in FACES:
        app.register_blueprint(face.api)
        shapes.register(app, face.PREFIX, face.SHAPE)
    for prefix, face in BETWEEN.items():
        shapes.register(app, prefix, face.SHAPE)
