"""Static files: named by a hash of what is in them, compressed once, and kept by browsers for good.

There is no build step. ``url_for("static", filename="portal.css")`` names the file as it is now, such as
``/static/portal.9f86d081.css``; a reply for such a name never changes, so it is immutable. A file asked for by its
plain name is checked again each time. Pages themselves are not compressed: they mix what a person sends with the
token of their forms, which a length can give away (BREACH).
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request

from .config import ROOT

FOLDER = ROOT / "static"
FOR_GOOD = "public, max-age=31536000, immutable"
SMALLEST = 512  # bytes; below, compression gains nothing


@dataclass(frozen=True)
class Asset:
    """A file as it was when the portal started."""

    content: bytes
    kind: str
    digest: str

    @cached_property
    def packed(self) -> bytes | None:
        """Its content compressed, where that is worth it."""
        if len(self.content) < SMALLEST:
            return None
        packed = gzip.compress(self.content, 9, mtime=0)
        return packed if len(packed) < len(self.content) else None


def _read(file: Path) -> Asset:
    content = file.read_bytes()
    kind = mimetypes.guess_type(file.name)[0] or ("text/plain" if not file.suffix else "application/octet-stream")
    kind = f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith("javascript") else kind
    return Asset(content, kind, hashlib.sha256(content).hexdigest()[:10])


def init_app(app: Flask) -> None:
    """Reads the files, answers for them, and lets ``url_for`` name them."""
    files = {file.relative_to(FOLDER).as_posix(): _read(file) for file in FOLDER.rglob("*") if file.is_file()}
    named = {name: _name(name, asset) for name, asset in files.items()}
    plain = {fingerprinted: name for name, fingerprinted in named.items()}

    def name_it(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["filename"] = named.get(values["filename"], values["filename"])

    def send(filename: str) -> Response:
        name = plain.get(filename, filename)
        asset = files.get(name) or abort(404)
        return _reply(asset, FOR_GOOD if filename in plain else "no-cache")

    app.url_defaults(name_it)
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=send)


def _name(name: str, asset: Asset) -> str:
    path = Path(name)
    return path.with_name(f"{path.stem}.{asset.digest}{path.suffix}").as_posix()


def _reply(asset: Asset, kept: str) -> Response:
    takes_gzip = asset.packed is not None and request.accept_encodings["gzip"] > 0
    response = Response(asset.packed if takes_gzip else asset.content, content_type=asset.kind)
    if takes_gzip:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = kept
    response.headers["Vary"] = "Accept-Encoding"
    response.set_etag(asset.digest + ("-gzip" if takes_gzip else ""))
    response.make_conditional(request)
    return response
