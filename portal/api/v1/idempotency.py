"""``Idempotency-Key`` on every POST: the rule is ``portal.idempotency``; here is what it means on the wire."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

import orjson
from flask import g, make_response, request

from ... import idempotency, permissions
from ...errors import BadKey, KeyInFlight, OrganizationClosed, PortalError, Unauthorized
from ...standing import standing_of
from .. import gate
from .problems import MEDIA, SHAPE
from .types import Copied, Secret

HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_LINK = "$link"


def kept(view: Callable[..., Any]) -> Callable[..., Any]:
    """Lets a view be asked twice under one key and act once."""

    @wraps(view)
    def once(**arguments: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return view(**arguments)
        said: list[Any] = []

        def work() -> dict[str, Any]:
            said.append(view(**arguments))
            return _to_keep(*_parts(said[0]))

        answer, is_replay = idempotency.once(gate.database(), _asked(key), g.now, work, _refusal)
        if not is_replay:
            return said[0]
        _check_standing(answer)
        return _replayed(answer)

    return once


def _asked(key: str) -> idempotency.Request:
    if not _KEY.fullmatch(key):
        raise BadKey()
    who = gate.caller()
    where = f"{request.method} {request.full_path} {who.only_in or ''}"
    return idempotency.Request(who.user_id, where, key, request.get_data())


def _check_standing(answer: dict[str, Any]) -> None:
    """Raises what keeps the caller, who may have been removed or demoted since, from being told the answer again."""
    organization_id = (request.view_args or {}).get("organization_id")
    if organization_id is None or "problem" in answer:
        return
    try:
        standing = standing_of(gate.database(), gate.caller().actor("api:v1"), UUID(organization_id))
    except OrganizationClosed:
        return  # it may be this very request that closed it
    if _LINK in str(answer.get("body")):
        permissions.require_invite(standing)


def _parts(reply: Any) -> tuple[Any, int, dict[str, str]]:
    if not isinstance(reply, tuple):
        return reply, 200, {}
    body, status, headers = (*reply, {})[:3]
    return body, status, headers


def _to_keep(body: Any, status: int, headers: dict[str, str]) -> dict[str, Any]:
    kept_body = orjson.loads(orjson.dumps(body, default=_without_secret))
    return {"status": status, "headers": headers, "body": kept_body}


def _without_secret(value: Any) -> Any:
    if isinstance(value, Copied):
        return {_LINK: [value.invitation_id.hex, value.generation]}
    return None if isinstance(value, Secret) else str(value)


def _refusal(error: PortalError) -> dict[str, Any] | None:
    """A rule's refusal, to be said again; None for what another try may meet otherwise, as nothing was decided."""
    if isinstance(error, KeyInFlight | Unauthorized) or error.status not in range(400, 429):
        return None
    return {"status": error.status, "headers": {}, "problem": SHAPE.of_rule(error).get_json()}


def _replayed(answer: dict[str, Any]) -> Any:
    if "problem" in answer:
        reply = make_response(answer["problem"] | {"requestId": g.request_id}, answer["status"])
        reply.mimetype = MEDIA
        reply.headers[REPLAYED] = "true"
        return reply
    return _signed_again(answer["body"]), answer["status"], answer["headers"] | {REPLAYED: "true"}


def _signed_again(value: Any) -> Any:
    match value:
        case {"$link": [str(key), int(generation)]}:
            return Copied(UUID(key), generation)
        case dict():
            return {name: _signed_again(each) for name, each in value.items()}
        case list():
            return [_signed_again(each) for each in value]
    return value
