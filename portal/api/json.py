"""JSON through orjson, which is several times faster and strict about what it reads."""

from typing import Any

import orjson
from flask import Response
from flask.json.provider import DefaultJSONProvider


class FastJSON(DefaultJSONProvider):
    """Flask's JSON, read and written by orjson: no NaN, no broken UTF-8, no lone surrogate passes."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """The text of ``obj``."""
        return orjson.dumps(obj, default=str).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """What the text says. Raises ValueError."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """A response with the bytes as orjson makes them."""
        body = orjson.dumps(self._prepare_response_obj(args, kwargs), default=str)
        response: Any = self._app.response_class(mimetype=self.mimetype)
        response.set_data(body)
        assert isinstance(response, Response)
        return response
