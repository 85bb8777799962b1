"""Settings: a bad or unknown one refuses to start and is named, and the README tells of each."""

from pathlib import Path

import pytest

from portal import config

KEY = "0123456789 a key that is long enough for tests"
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """An environment with what is required, and an instance without a ``run.env``."""
    for name in list(config.os.environ):
        if name.startswith(config.PREFIX):
            monkeypatch.delenv(name)

    def give(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"PORTAL_{name}", value)

    give(SECRET_KEY=KEY, PUBLIC_URL="https://invite.example.com", INSTANCE_PATH=str(tmp_path))
    return give


def refusal():
    with pytest.raises(config.BadSettings) as refused:
        config.load()
    return str(refused.value)


def test_what_is_required_is_enough(environment, tmp_path):
    settings = config.load()
    assert settings.PUBLIC_URL == "https://invite.example.com"
    assert settings.SQLALCHEMY_DATABASE_URI == f"sqlite:///{tmp_path / 'portal.db'}"
    assert not settings.MAIL_CAPTURE


@pytest.mark.parametrize("name", ["SECRET_KEY", "PUBLIC_URL"])
def test_a_missing_setting_is_named(environment, monkeypatch, name):
    monkeypatch.delenv(f"PORTAL_{name}")
    assert refusal().startswith(f"PORTAL_{name} is missing.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 64),
        ("SECRET_KEY", ""),
        ("SECRET_KEY_FALLBACKS", f"{KEY},short"),
        ("PUBLIC_URL", "invite.example.com"),
        ("PUBLIC_URL", "https://example.com/invite"),
        ("PUBLIC_URL", "ftp://example.com"),
        ("TRUSTED_ORIGINS", "https://a.example.com,b"),
        ("SQLALCHEMY_DATABASE_URI", "mysql://localhost/portal"),
        ("SQLALCHEMY_DATABASE_URI", "portal.db"),
        ("MAIL_DEFAULT_SENDER", ""),
        ("MAIL_DEFAULT_SENDER", "bogus"),
        ("MAIL_DEFAULT_SENDER", "Usher <bogus>"),
        ("MAIL_DEFAULT_SENDER", "a@example.com, b@example.com"),
        ("MAIL_DEFAULT_SENDER", "Usher <a@example.com>\nBcc: b@example.com"),
        ("MAIL_PORT", "0"),
        ("MAIL_PORT", "smtp"),
        ("MAIL_USE_TLS", "perhaps"),
        ("MAIL_CAPTURE", "1"),
        ("RATELIMIT_ENABLED", "2"),
        ("RATELIMIT_STORAGE_URI", "here"),
        ("PROXY_HOPS", "-1"),
        ("MAX_CONTENT_LENGTH", "1"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_bad_value_is_named(environment, name, value):
    environment(**{name: value})
    assert f"PORTAL_{name}" in refusal()


def test_a_refusal_does_not_tell_the_key(environment):
    environment(SECRET_KEY="hunter2 hunter2")
    assert "hunter2" not in refusal()


def test_settings_that_exclude_each_other_are_both_named(environment):
    environment(MAIL_USE_TLS="1", MAIL_USE_SSL="1")
    assert refusal() == "PORTAL_MAIL_USE_TLS and PORTAL_MAIL_USE_SSL exclude each other."


def test_an_unknown_name_is_named(environment):
    environment(MAIL_SEVRER="mail.example.com", COLOUR="red")
    named = ("PORTAL_COLOUR", "PORTAL_MAIL_SEVRER")
    assert refusal().splitlines() == [f"{name} is not a setting of the portal." for name in named]


def test_each_problem_has_its_line(environment):
    environment(MAIL_PORT="no", LOG_LEVEL="LOUD")
    assert len(refusal().splitlines()) == 2


@pytest.mark.parametrize("word", ["no", "0", "false", "off"])
def test_words_are_read_as_what_they_say(environment, word):
    environment(RATELIMIT_ENABLED=word, MAIL_USERNAME="true", MAIL_PASSWORD="0123")
    told = config.load().flask()
    assert told["RATELIMIT_ENABLED"] is False
    assert (told["MAIL_USERNAME"], told["MAIL_PASSWORD"]) == ("true", "0123")


def test_lists_are_read_at_commas(environment):
    environment(TRUSTED_ORIGINS="https://a.example.com, https://B.example.com:8443")
    assert config.load().TRUSTED_ORIGINS == ["https://a.example.com", "https://b.example.com:8443"]


def test_a_relative_instance_is_the_same_from_everywhere(environment, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    environment(INSTANCE_PATH="here")
    assert config.load().INSTANCE_PATH == tmp_path / "here"


def test_what_make_run_made_is_read_and_the_environment_wins(environment, monkeypatch, tmp_path):
    (tmp_path / "run.env").write_text(f"# made\nPORTAL_SECRET_KEY={KEY} 2\nPORTAL_PUBLIC_URL=http://127.0.0.1:8000\n")
    monkeypatch.delenv("PORTAL_SECRET_KEY")
    assert config.load().SECRET_KEY.get_secret_value() == f"{KEY} 2"
    assert config.load().PUBLIC_URL == "https://invite.example.com"
    assert not config.load().MAIL_CAPTURE
    monkeypatch.delenv("PORTAL_PUBLIC_URL")
    assert config.load().MAIL_CAPTURE
    environment(MAIL_SERVER="mail.example.com")
    assert not config.load().MAIL_CAPTURE


def test_the_readme_tells_of_every_setting():
    readme = (ROOT / "README.md").read_text()
    assert config.table() in readme, "make the README's table anew: python -m portal.config"
    assert all(field.description for field in config.Settings.model_fields.values())
