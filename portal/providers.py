"""Providers that people sign in with, by OpenID Connect or GitHub's OAuth, through Authlib.

Each is a setting. Discovery, PKCE, state and nonce are Authlib's; what is added here: the issuer is the one that was
set, an address counts only where provider and setting both say so, and everything that can go wrong is one error.
"""

from typing import Any, cast

import requests
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app, request, session
from joserfc.errors import JoseError

from . import links
from .config import Provider
from .connections import Vouched
from .errors import NotFound, ProviderDenied, ProviderFailed

WAIT = 10  # seconds for a provider's answer
_INTENT = "provider_intent"
_WRONG = (AuthlibBaseError, JoseError, requests.RequestException, ValueError, KeyError, TypeError, RuntimeError)


def init_app(app: Flask) -> None:
    """Registers the providers of the settings."""
    oauth = OAuth(app)
    for key, provider in app.config["PROVIDERS"].items():
        oauth.register(key, **_described(provider))
    app.extensions["providers"] = oauth


def _described(provider: Provider) -> dict[str, Any]:
    common = {"client_id": provider.client_id, "client_secret": provider.client_secret.get_secret_value()}
    asked = {"scope": provider.scope, "code_challenge_method": "S256", "default_timeout": WAIT}
    if provider.kind == "oidc":
        discovery = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        return common | {"server_metadata_url": discovery, "client_kwargs": asked}
    return common | {
        "authorize_url": f"{provider.issuer}/login/oauth/authorize",
        "access_token_url": f"{provider.issuer}/login/oauth/access_token",
        "client_kwargs": asked,
    }


def offered() -> dict[str, str]:
    """The names of the providers by their keys, as the settings list them."""
    return {key: provider.name for key, provider in _all().items()}


def _all() -> dict[str, Provider]:
    return cast(dict[str, Provider], current_app.config["PROVIDERS"])


def _get(key: str) -> tuple[Provider, Any]:
    if key not in _all():
        raise NotFound()
    return _all()[key], current_app.extensions["providers"].create_client(key)


def start(key: str, **intent: Any) -> Any:
    """The redirect to a provider; ``intent`` comes back from ``finish``. Raises NotFound or ProviderFailed."""
    provider, client = _get(key)
    try:
        _check_issuer(provider, client)
        response = client.authorize_redirect(links.public(f"/sign-in/with/{key}/back"))
    except _WRONG as wrong:
        raise _failed(key, provider, wrong) from None
    session[_INTENT] = {"key": key, **intent}
    return response


def finish(key: str) -> tuple[Vouched, dict[str, Any]]:
    """What the provider says of whoever comes back, and what was intended. Raises ProviderDenied or ProviderFailed."""
    provider, client = _get(key)
    intent = session.pop(_INTENT, {})
    try:
        if intent.get("key") != key:
            raise ValueError("nobody was sent there from this browser")
        if request.args.get("error") == "access_denied":
            raise ProviderDenied(provider=provider.name)
        if request.args.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
            raise ValueError("another issuer answers")
        _check_issuer(provider, client)
        token = client.authorize_access_token()
        vouched = (
            _of_github(key, provider, client, token)
            if provider.kind == "github"
            else _of_oidc(key, provider, client, token)
        )
    except _WRONG as wrong:
        raise _failed(key, provider, wrong) from None
    return vouched, intent


def _check_issuer(provider: Provider, client: Any) -> None:
    """OpenID Connect Discovery 4.3: the document names the issuer that it was asked for."""
    if provider.kind == "oidc" and client.load_server_metadata().get("issuer") != provider.issuer:
        raise ValueError("the discovery document names another issuer")


def _of_oidc(key: str, provider: Provider, client: Any, token: Any) -> Vouched:
    claims = dict(token["userinfo"])  # of the ID token: its signature, issuer, audience, nonce and time were checked
    if "email" not in claims and client.server_metadata.get("userinfo_endpoint"):
        more = client.userinfo(token=token)
        if more.get("sub") != claims["sub"]:
            raise ValueError("the userinfo is about somebody else")
        claims = dict(more) | claims
    proved = claims.get("email_verified") is True and provider.trust_email
    said = {name: value for name in ("email", "name") if isinstance(value := claims.get(name), str)}
    return Vouched(key, provider.issuer, str(claims["sub"]), proved=proved, **said)


def _of_github(key: str, provider: Provider, client: Any, token: Any) -> Vouched:
    """GitHub has no ID token: who it is and which addresses are verified are asked for."""
    person = _asked(client, token, f"{provider.api}/user")
    addresses = _asked(client, token, f"{provider.api}/user/emails")
    main: dict[str, Any] = next((each for each in addresses if each.get("primary")), {})
    proved = main.get("verified") is True and provider.trust_email
    name = person.get("name") or person["login"]
    return Vouched(key, provider.issuer, str(int(person["id"])), str(main.get("email", "")), proved, str(name))


def _asked(client: Any, token: Any, url: str) -> Any:
    reply = client.get(url, token=token, headers={"Accept": "application/vnd.github+json"})
    reply.raise_for_status()
    return reply.json()


def _failed(key: str, provider: Provider, wrong: Exception) -> ProviderFailed:
    structlog.get_logger().warning("provider_failed", provider=key, reason=f"{type(wrong).__name__}: {wrong}"[:300])
    return ProviderFailed(provider=provider.name)
