"""A face of the API: a blueprint that describes its operations when the document is first asked for.

Schemas of a hundred models cost a second of processor, which nobody should wait for when the portal starts.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask_openapi3 import APIBlueprint
from flask_openapi3.utils import parse_parameters, parse_rule


class Face(APIBlueprint):
    """flask-openapi3's blueprint, described late. ``responses`` may be a function that makes them."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.later: list[Callable[[], None]] = []
        self.parts: list[Face] = []

    def register_api(self, api: APIBlueprint) -> None:
        """Makes another face a part of this one."""
        assert isinstance(api, Face)
        self.parts.append(api)
        self.register_blueprint(api)

    def describe(self) -> None:
        """Fills in paths, tags and schemas, its parts' among them. Once."""
        while self.later:
            self.later.pop(0)()
        for part in self.parts:
            part.describe()
            self.paths.update({parse_rule(rule, url_prefix=self.url_prefix): item for rule, item in part.paths.items()})
            self.components_schemas.update(part.components_schemas)
            self.tags += [tag for tag in part.tags if tag.name not in self.tag_names]
            self.tag_names += [tag.name for tag in part.tags if tag.name not in self.tag_names]

    def _collect_openapi_info(self, rule: str, func: Callable[..., Any], **said: Any) -> Any:
        self.later.append(partial(self._describe, rule, func, said))
        return parse_parameters(func, doc_ui=False)

    def _describe(self, rule: str, func: Callable[..., Any], said: dict[str, Any]) -> None:
        if callable(said.get("responses")):
            said = said | {"responses": said["responses"]()}
        super()._collect_openapi_info(rule, func, **said)
        if getattr(func, "is_public", False):
            path = self.paths[parse_rule(rule, url_prefix=self.url_prefix)]
            getattr(path, said["method"].lower()).security = []
