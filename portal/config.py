"""Every setting: its type, its default, its sentence. Read from ``PORTAL_…`` in the environment.

``python -m portal.config`` prints the table that stands in the README.
"""

import json
import os
import re
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "PORTAL_"
ROOT = Path(__file__).resolve().parent.parent
SHORTEST_KEY = 32


class Provider(BaseModel):
    """A provider that people sign in with, as one entry of ``PORTAL_PROVIDERS``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=40)
    kind: Literal["oidc", "github"] = "oidc"
    issuer: str = ""
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    scope: str = ""
    trust_email: bool = False

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        is_github = isinstance(given, dict) and given.get("kind") == "github"
        usual = {"issuer": "https://github.com", "scope": "read:user user:email"} if is_github else {}
        return {"scope": "openid email profile"} | usual | given if isinstance(given, dict) else given

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        if not value.startswith("https://") and not is_loopback(value):
            raise ValueError("needs an issuer that begins with https://")
        return value

    @property
    def api(self) -> str:
        """Where GitHub's API is, its own or an enterprise's."""
        return "https://api.github.com" if self.issuer == "https://github.com" else f"{self.issuer}/api/v3"


class BadSettings(Exception):
    """Settings that the portal refuses to start with; the message names each one."""


def _words(value: Any) -> Any:
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("must be a scheme and a host such as https://invite.example.com, without a path")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _network(value: str) -> str:
    try:
        return str(ip_network(value, strict=False))
    except ValueError:
        raise ValueError(f"must name networks such as 10.0.0.0/8, and {value} is none") from None


def _begins(*schemes: str) -> AfterValidator:
    """Refuses an address that begins with none of these."""

    def check(value: str) -> str:
        if value and not value.startswith(schemes):
            raise ValueError(f"must begin with {' or '.join(schemes)}")
        return value

    return AfterValidator(check)


def _sender(value: str) -> str:
    name, address = parseaddr(value)
    if not value.isprintable() or not _MAILBOX.fullmatch(address) or value.count("@") - name.count("@") != 1:
        raise ValueError("must be an address such as Usher <invitations@example.com>")
    return value


_MAILBOX = re.compile(r"[^\s@<>,;:]+@[^\s@<>,;:]+")
Network = Annotated[str, AfterValidator(_network)]
Origin = Annotated[str, AfterValidator(_origin)]
Database = Annotated[str, _begins("sqlite:///", "postgresql+psycopg://", "postgresql://")]
Broker = Annotated[str, _begins("redis://", "rediss://", "redis+socket://", "sentinel://", "amqp://", "amqps://")]
Counter = Annotated[str, _begins("memory://", "redis://", "rediss://", "redis+unix://")]
Words = Annotated[list[str], NoDecode]


class Settings(BaseSettings):
    """The portal's settings, under the names that Flask and its extensions give them, and a few of ours."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, case_sensitive=True, extra="forbid")

    SECRET_KEY: SecretStr = Field(description="Signs links, cookies and forms. At least 32 random characters.")
    SECRET_KEY_FALLBACKS: Words = Field(
        default=[], description="Former secret keys, separated by commas: what they signed still works."
    )
    PUBLIC_URL: Origin = Field(description="Where people reach the portal; every link is made from it.")
    TRUSTED_ORIGINS: Annotated[list[Origin], NoDecode] = Field(
        default=[],
        description="Other addresses of this portal, separated by commas; their pages may send the cookie too.",
    )
    INSTANCE_PATH: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        default=ROOT / "instance", description="The folder for the database, captured mail and what `make run` made."
    )
    SQLALCHEMY_DATABASE_URI: Database = Field(
        default="", description="`sqlite:///…` or `postgresql+psycopg://…`; empty means `portal.db` in the instance."
    )
    MAIL_SERVER: str = Field(default="", description="The SMTP server. Without one, messages stay queued.")
    MAIL_PORT: int = Field(default=25, ge=1, le=65535, description="The SMTP server's port.")
    MAIL_USE_TLS: bool = Field(
        default=False, description="Upgrade the connection with STARTTLS, checking certificates."
    )
    MAIL_USE_SSL: bool = Field(default=False, description="Speak TLS from the first byte, checking certificates.")
    MAIL_USERNAME: str = Field(default="", description="The name to sign in to the SMTP server with.")
    MAIL_PASSWORD: SecretStr = Field(
        default=SecretStr(""), description="The password to sign in to the SMTP server with."
    )
    MAIL_TIMEOUT: int = Field(
        default=30, ge=1, le=600, description="Seconds to wait for each answer of the SMTP server."
    )
    MAIL_CONNECTIONS: int = Field(
        default=4, ge=1, le=64, description="How many connections to the SMTP server a worker holds at most."
    )
    MAIL_CONNECTIONS_PER_DOMAIN: int = Field(
        default=2, ge=1, le=64, description="How many of them may be busy with one recipient domain."
    )
    MAIL_PER_MINUTE: int = Field(
        default=0, ge=0, description="How many mails a minute each recipient domain gets at most; 0 sets no limit."
    )
    MAIL_LEASE: int = Field(
        default=300,
        ge=2,
        le=86400,
        description="Seconds after which another worker sends what one that died had begun; seven times the timeout.",
    )
    MAIL_DEFAULT_SENDER: Annotated[str, AfterValidator(_sender)] = Field(
        default="Usher <invitations@localhost.localdomain>", description="The From of every mail."
    )
    MAIL_BOUNCE_ADDRESS: str = Field(
        default="",
        description="Where mail servers report to, such as `bounces@example.com`; each mail adds `+` and a signature.",
    )
    MAIL_INTAKE: Annotated[str, _begins("lmtp://", "smtp://")] = Field(
        default="", description="Where `flask mail intake` takes such reports, such as `lmtp://127.0.0.1:8024`."
    )
    MAIL_EVENTS_SECRET: SecretStr = Field(
        default=SecretStr(""),
        description="The secret (`whsec_…`) that signs what is posted to `/api/v1/mail/events`; empty takes nothing.",
    )
    MAIL_DKIM_KEY: str = Field(default="", description="The file of the private key that signs mails (DKIM).")
    MAIL_DKIM_SELECTOR: str = Field(default="usher", description="The selector of the key's DNS record.")
    MAIL_DKIM_DOMAIN: str = Field(default="", description="The domain that signs; the sender's unless said.")
    MAIL_CAPTURE: bool = Field(
        default=False,
        description="Write mails to `instance/mail` and show them at `/dev/mail`. Loopback addresses only.",
    )
    CELERY_BROKER_URL: Broker = Field(
        default="",
        description="For Celery's workers and beat only: the Redis (`redis://…`) or RabbitMQ (`amqp://…`) of theirs.",
    )
    SIGN_UP: Literal["closed", "open", "domains"] = Field(
        default="closed",
        description="Who may make an account: `closed`, by invitation only; `open`, anyone; `domains`, those listed.",
    )
    SIGN_UP_DOMAINS: Words = Field(
        default=[], description="The domains, separated by commas, whose addresses may make an account."
    )
    SIGN_UP_VERIFY: bool = Field(
        default=True,
        description="Where sign-up is open: an account works once its address is proved by a mailed link.",
    )
    PROVIDERS: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")], Provider], NoDecode] = Field(
        default={}, description="Providers that people sign in with, as a JSON object; see `docs/providers.md`."
    )
    UNPROVEN_JOIN: bool = Field(
        default=False, description="Without any mail: a copied link lets a newcomer join with an unproven address."
    )
    RATELIMIT_ENABLED: bool = Field(
        default=True, description="Limit how often sign-in, invitations and the like are tried."
    )
    RATELIMIT_STORAGE_URI: Counter = Field(
        default="memory://", description="Where limits are counted; `redis://…` when there are several processes."
    )
    PROXY_HOPS: int = Field(
        default=0, ge=0, le=10, description="How many trusted proxies stand before the portal and set X-Forwarded-For."
    )
    MAX_CONTENT_LENGTH: int = Field(default=1_048_576, ge=1024, description="The largest request body, in bytes.")
    IMPORT_MAX_BYTES: int = Field(
        default=8_388_608, ge=1024, description="The largest list of people to import, in bytes."
    )
    METRICS_FROM: Annotated[list[Network], NoDecode] = Field(
        default=["127.0.0.0/8", "::1/128"],
        description="The networks, separated by commas, that may read `/metrics`; empty for nobody.",
    )
    METRICS_FOLDER: str = Field(
        default="", description="Where the web processes of one machine count together, for `/metrics`."
    )
    KEEP_HISTORY_DAYS: int = Field(
        default=0, ge=0, le=36500, description="Days after which the history is forgotten; 0 keeps it for ever."
    )
    KEEP_ENDED_DAYS: int = Field(
        default=0, ge=0, le=36500, description="Days after which ended invitations are deleted; 0 keeps them."
    )
    LOG_LEVEL: str = Field(default="INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")

    @field_validator("SECRET_KEY_FALLBACKS", "TRUSTED_ORIGINS", "METRICS_FROM", "SIGN_UP_DOMAINS", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return _words(value)

    @field_validator("PROVIDERS", mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) and value else value or {}
        except ValueError:
            raise ValueError("must be a JSON object such as {}") from None

    @field_validator("SECRET_KEY")
    @classmethod
    def _strong(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if len(key) < SHORTEST_KEY or len(set(key)) < 10:
            raise ValueError(f"is too weak: use {SHORTEST_KEY} or more random characters")
        return value

    @field_validator("SECRET_KEY_FALLBACKS")
    @classmethod
    def _strong_fallbacks(cls, value: list[str]) -> list[str]:
        for key in value:
            cls._strong(SecretStr(key))
        return value

    @field_validator("LOG_LEVEL")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @model_validator(mode="after")
    def _settle(self) -> "Settings":
        if not self.SQLALCHEMY_DATABASE_URI:
            self.SQLALCHEMY_DATABASE_URI = f"sqlite:///{self.INSTANCE_PATH / 'portal.db'}"
        if self.SIGN_UP == "domains" and not (self.SIGN_UP_DOMAINS and self.SIGN_UP_VERIFY):
            raise ValueError("PORTAL_SIGN_UP=domains needs PORTAL_SIGN_UP_DOMAINS, and PORTAL_SIGN_UP_VERIFY on")
        if self.MAIL_USE_TLS and self.MAIL_USE_SSL:
            raise ValueError("PORTAL_MAIL_USE_TLS and PORTAL_MAIL_USE_SSL exclude each other")
        if self.MAIL_DKIM_KEY and not Path(self.MAIL_DKIM_KEY).is_file():
            raise ValueError(f"PORTAL_MAIL_DKIM_KEY names {self.MAIL_DKIM_KEY}, and there is no such file")
        self.MAIL_DKIM_DOMAIN = self.MAIL_DKIM_DOMAIN or parseaddr(self.MAIL_DEFAULT_SENDER)[1].rpartition("@")[2]
        if self.MAIL_LEASE < 7 * self.MAIL_TIMEOUT:
            raise ValueError("PORTAL_MAIL_LEASE must be at least seven times PORTAL_MAIL_TIMEOUT")
        if self.MAIL_CAPTURE and not is_loopback(self.PUBLIC_URL):
            raise ValueError("PORTAL_MAIL_CAPTURE shows every mail to anyone; it needs a loopback PORTAL_PUBLIC_URL")
        return self

    @property
    def is_https(self) -> bool:
        """Whether people reach the portal over TLS, so that cookies are marked Secure."""
        return self.PUBLIC_URL.startswith("https://")

    def flask(self) -> dict[str, Any]:
        """The settings as Flask's configuration takes them."""
        values = self.model_dump() | {"PROVIDERS": self.PROVIDERS}
        for name in ("SECRET_KEY", "MAIL_PASSWORD", "MAIL_EVENTS_SECRET"):
            values[name] = values[name].get_secret_value()
        for name in ("MAIL_USERNAME", "MAIL_PASSWORD"):
            values[name] = values[name] or None
        return values | {
            "RATELIMIT_STORAGE_OPTIONS": counter_options(self.RATELIMIT_STORAGE_URI),
            "SESSION_COOKIE_NAME": "usher_form",
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": self.is_https,
            "WTF_CSRF_TIME_LIMIT": 12 * 3600,
        }


def counter_options(uri: str) -> dict[str, float]:
    """How long a Redis that counts is waited for, so that nobody waits for one that hangs."""
    return {} if uri.startswith("memory://") else {"socket_connect_timeout": 1.0, "socket_timeout": 1.0}


def is_loopback(url: str) -> bool:
    """Whether only this machine can open ``url``."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load() -> Settings:
    """The settings of this process: the environment over what ``make run`` keeps in the instance.

    Raises BadSettings with a sentence for each setting that is missing, wrong or unknown.
    """
    environment = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    unknown = sorted(name for name in environment if name.removeprefix(PREFIX) not in Settings.model_fields)
    if unknown:
        raise BadSettings("\n".join(f"{name} is not a setting of the portal." for name in unknown))
    given = _made_by_run(environment) | environment
    try:
        values: dict[str, Any] = {name.removeprefix(PREFIX): value for name, value in given.items()}
        return Settings(**values)
    except ValidationError as invalid:
        raise BadSettings("\n".join(_sentence(error) for error in invalid.errors())) from None


def run_file(instance: Path) -> Path:
    """Where ``make run`` keeps the key and the address that it made."""
    return instance / "run.env"


def _made_by_run(environment: dict[str, str]) -> dict[str, str]:
    file = run_file(Path(environment.get(f"{PREFIX}INSTANCE_PATH", ROOT / "instance")))
    if not file.is_file():
        return {}
    pairs = (line.split("=", 1) for line in file.read_text().splitlines() if "=" in line and not line.startswith("#"))
    made = {name.strip(): value.strip() for name, value in pairs}
    address = environment.get(f"{PREFIX}PUBLIC_URL") or made.get(f"{PREFIX}PUBLIC_URL", "")
    if is_loopback(address) and not environment.get(f"{PREFIX}MAIL_SERVER"):
        made.setdefault(f"{PREFIX}MAIL_CAPTURE", "1")
    return made


def _sentence(error: Any) -> str:
    name = f"{PREFIX}{error['loc'][0]}" if error["loc"] else ""
    if error["type"] == "missing":
        return f"{name} is missing. {Settings.model_fields[error['loc'][0]].description}"
    return f"{name} {error['msg'].removeprefix('Value error, ')}".strip() + "."


def table() -> str:
    """The settings as the README's Markdown table."""
    rows = ["| setting | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "required" if field.is_required() else _shown(field.default)
        rows.append(f"| `{PREFIX}{name}` | {default} | {field.description} |")
    return "\n".join(rows)


def _shown(default: Any) -> str:
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, Path):
        return "`instance`"
    if isinstance(default, bool):
        return f"`{int(default)}`"
    if isinstance(default, list):
        default = ",".join(default)
    return f"`{default}`" if default not in ("", {}) else "none"


if __name__ == "__main__":
    print(table())
