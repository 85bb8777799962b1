"""Usher: owners invite people to an organization; a person opens a signed link, sees what is offered, and is in.

``create_app`` is the table of contents. It imports what it puts together, so that ``portal.launch``, which only
supervises, starts in no time.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from .config import Settings

__version__ = "0.1.0"


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The portal. Raises config.BadSettings when a setting is missing, wrong or unknown."""
    from jinja2 import StrictUndefined
    from werkzeug.middleware.proxy_fix import ProxyFix

    from . import (  # noqa: F401
        api,
        assets,
        commands,
        config,
        headers,
        identity,
        languages,
        logs,
        models,
        pages,
        probes,
        providers,
        shapes,
    )  # fmt: skip
    from .application import Portal
    from .delivery.smtp import mail
    from .extensions import babel, db, limiter, migrate

    settings = settings or config.load()
    app = Portal(
        "portal",
        template_folder="../templates",
        static_folder=None,
        instance_path=str(settings.INSTANCE_PATH),
        doc_ui=False,
        validation_error_callback=shapes.of_validation,
        **api.document.DESCRIBED,
    )
    app.config.from_mapping(settings.flask())
    app.json = api.json.FastJSON(app)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.PROXY_HOPS:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.PROXY_HOPS)  # type: ignore[method-assign]
    logs.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.ROOT / "migrations"))
    mail.init_app(app)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(languages.compiled(settings.INSTANCE_PATH))
    babel.init_app(app, locale_selector=pages.language, timezone_selector=pages.time_zone)
    limiter.init_app(app)
    identity.init_app(app)
    providers.init_app(app)
    headers.init_app(app)
    assets.init_app(app)
    shapes.init_app(app)
    pages.init_app(app)
    probes.init_app(app)
    api.init_app(app)
    commands.init_app(app)
    return app
