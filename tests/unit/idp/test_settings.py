"""authwright.idp.settings: what is read, from where, and what is refused."""

import re
from dataclasses import fields
from datetime import timedelta
from importlib import resources
from ipaddress import ip_network
from pathlib import Path

import pytest

from authwright.authorization_server.policy import Policy
from authwright.idp import settings_reference
from authwright.idp.configuration_error import ConfigurationError, Problem
from authwright.idp.key_encryption import KeyEncryptionKey
from authwright.idp.setting_table import SETTINGS
from authwright.idp.settings import Settings, load
from authwright.idp.shown_in_errors import shown
from support.certificate import make_certificate

KEY = KeyEncryptionKey.generate()
KEY_TEXT = KEY.text().reveal()
ISSUER = "https://id.example.com"
ENOUGH = {"AUTHWRIGHT_ISSUER": ISSUER, "AUTHWRIGHT_KEY_ENCRYPTION_KEY": KEY_TEXT}


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def toml(directory, text, name="settings.toml"):
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(problem, **arguments):
    with pytest.raises(ConfigurationError) as raised:
        load(**{"environ": ENOUGH, **arguments})
    assert raised.value.problem is problem
    assert KEY_TEXT not in str(raised.value)
    return raised.value


def test_two_settings_are_enough():
    """All but the issuer and the key-encryption key have defaults; lifetimes have the policy's."""
    settings = load(environ=ENOUGH)
    assert settings.issuer == ISSUER
    assert settings.key_encryption_key.text().reveal() == KEY_TEXT
    assert (settings.host, settings.port) == ("127.0.0.1", 9000)
    assert settings.policy() == Policy()
    assert settings.secure_cookies
    assert not settings.fetch_policy().allow_plain_http_for_loopback
    assert not settings.dev


def test_later_places_win(directory):
    """The file, then the environment, then the command line; each value knows its place."""
    file = toml(
        directory, 'issuer = "https://file.example"\nport = 1\nhost = "file.example"\nlog_level = "debug"'
    )
    settings = load(
        file,
        environ={**ENOUGH, "AUTHWRIGHT_PORT": "2", "AUTHWRIGHT_HOST": "environment.example"},
        given={"host": "0.0.0.0"},
    )
    assert (settings.issuer, settings.port, settings.host) == (ISSUER, 2, "0.0.0.0")
    assert settings.sources["log_level"] == str(file)
    assert settings.sources["port"] == "AUTHWRIGHT_PORT"
    assert settings.sources["host"] == "command line"
    assert settings.sources["log_format"] == "default"


def test_every_kind_in_toml(directory):
    """Arrays, numbers and strings of TOML."""
    key_file = directory / "key"
    KEY.write(key_file)
    make_certificate(directory, "ca.example.com").certificate.rename(directory / "ca.pem")
    file = toml(
        directory,
        """
        issuer = "https://id.example.com"
        key_encryption_key_file = "key"
        database_url = "sqlite:///data/a.db"
        port = 8443
        trusted_proxies = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]
        allowed_fetch_hosts = ["JWKS.internal", "10.1.2.3"]
        ca_file = "ca.pem"
        templates_directory = "."
        access_token_lifetime = "5m"
        session_lifetime = "36h"
        signing_key_lifetime = "30d"
        log_format = "console"
        """,
    )
    settings = load(file, environ={})
    assert settings.key_encryption_key.text().reveal() == KEY_TEXT
    assert settings.database_url == f"sqlite:///{directory}/data/a.db"
    assert settings.trusted_proxies == tuple(map(ip_network, ("10.0.0.0/8", "2001:db8::/32", "192.0.2.1/32")))
    assert settings.allowed_fetch_hosts == {"jwks.internal", "10.1.2.3"}
    assert settings.ca_file == directory / "ca.pem"
    assert settings.templates_directory == directory
    assert settings.policy().access_token_lifetime == timedelta(minutes=5)
    assert settings.policy().session_lifetime == timedelta(hours=36)
    assert settings.signing_key_lifetime == timedelta(days=30)
    assert settings.fetch_policy().allowed_hosts == {"jwks.internal", "10.1.2.3"}


def test_lists_in_the_environment():
    """Items are separated by commas; blanks around them do not matter."""
    settings = load(environ={**ENOUGH, "AUTHWRIGHT_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1 ,"})
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("192.0.2.1/32"))


def test_relative_paths_begin_at_the_file(directory):
    """A settings file works from wherever the server is started; the environment's paths begin here."""
    (directory / "etc").mkdir()
    KEY.write(directory / "etc" / "key")
    text = f'issuer = "{ISSUER}"\nkey_encryption_key_file = "key"\ndatabase_url = "sqlite:///a.db"'
    file = toml(directory, text, "etc/settings.toml")
    assert load(file, environ={}).database_url == f"sqlite:///{directory}/etc/a.db"
    moved = load(file, environ={"AUTHWRIGHT_DATABASE_URL": "sqlite:///a.db"})
    assert moved.database_url == "sqlite:///a.db"
    absolute = load(file, environ={"AUTHWRIGHT_DATABASE_URL": "sqlite:////srv/a.db"})
    assert absolute.database_url == "sqlite:////srv/a.db"


def test_where_the_file_is_looked_for(directory):
    """./authwright.toml if there is one, AUTHWRIGHT_CONFIG before it, the argument before both."""
    toml(directory, "port = 1", "authwright.toml")
    two, three = toml(directory, "port = 2", "two.toml"), toml(directory, "port = 3", "three.toml")
    assert load(environ=ENOUGH).port == 1
    assert load(environ={**ENOUGH, "AUTHWRIGHT_CONFIG": str(two)}).port == 2
    assert load(three, environ={**ENOUGH, "AUTHWRIGHT_CONFIG": str(two)}).port == 3


def test_the_secret_in_a_file_that_the_environment_names(directory):
    """AUTHWRIGHT_KEY_ENCRYPTION_KEY_FILE, as container platforms mount secrets."""
    KEY.write(directory / "key")
    environ = {"AUTHWRIGHT_ISSUER": ISSUER, "AUTHWRIGHT_KEY_ENCRYPTION_KEY_FILE": str(directory / "key")}
    settings = load(environ=environ)
    assert settings.key_encryption_key.text().reveal() == KEY_TEXT
    assert settings.sources["key_encryption_key"] == "AUTHWRIGHT_KEY_ENCRYPTION_KEY_FILE"


def test_described():
    """Every setting with its value and its place, and the secret not shown."""
    described = load(environ={**ENOUGH, "AUTHWRIGHT_TRUSTED_PROXIES": "10.0.0.0/8"}).described()
    assert [name for name, _, _ in described] == [setting.name for setting in SETTINGS]
    assert ("trusted_proxies", "10.0.0.0/8", "AUTHWRIGHT_TRUSTED_PROXIES") in described
    assert ("grant_lifetime", "180d", "default") in described
    assert ("key_encryption_key", "(secret)", "AUTHWRIGHT_KEY_ENCRYPTION_KEY") in described
    assert ("database_password", "", "default") in described
    assert KEY_TEXT not in repr(described)


def test_settings_show_no_secret():
    """The repr of the settings can be logged."""
    assert KEY_TEXT not in repr(load(environ=ENOUGH))


def test_list_and_type_agree():
    """Each setting of the list is a field of `Settings`, and each field one of the list."""
    assert {field.name for field in fields(Settings)} - {"sources", "dev"} == {s.name for s in SETTINGS}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_examples_are_good(directory, setting):
    """The line that an error tells to write can be written."""
    if setting.secret or setting.name in {"ca_file", "templates_directory"}:
        assert setting.example.startswith('"/')
        return
    file = toml(directory, f"{setting.toml_name} = {setting.example}")
    assert load(file, environ=ENOUGH if setting.name != "issuer" else {**ENOUGH})


@pytest.mark.parametrize(
    ("issuer", "works"),
    [
        ("https://id.example.com", True),
        ("https://id.example.com/realm", True),
        ("http://localhost:9000", True),
        ("http://127.0.0.1:9000", True),
        ("http://[::1]:9000", True),
        ("http://id.example.com", False),
        ("http://localhost.example.com", False),
        ("http://10.0.0.1", False),
        ("https://id.example.com?x=1", False),
        ("https://id.example.com#x", False),
        ("https://user@id.example.com", False),
        ("id.example.com", False),
        ("", False),
    ],
)
def test_issuer(issuer, works):
    """https, or this machine; no query, no fragment. RFC 8414 §2."""
    environ = {**ENOUGH, "AUTHWRIGHT_ISSUER": issuer}
    if works:
        settings = load(environ=environ)
        assert settings.issuer == issuer
        assert settings.secure_cookies is issuer.startswith("https")
    else:
        error = refused(Problem.INVALID_ISSUER, environ=environ)
        assert error.write == "AUTHWRIGHT_ISSUER=https://id.example.com"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "９０００"),  # noqa: RUF001 - digits, but not ASCII
        ("PORT", "9000 "),
        ("HOST", "not a host"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "postgresql://localhost/x/y"),
        ("DATABASE_URL", "postgresql://localhost/x?sslmode"),
        ("DATABASE_URL", "postgresql://localhost/x#y"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///a.db?mode=ro"),
        ("DATABASE_URL", "a.db"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("ALLOWED_FETCH_HOSTS", "https://example.com"),
        ("ACCESS_TOKEN_LIFETIME", "600"),
        ("ACCESS_TOKEN_LIFETIME", "0m"),
        ("ACCESS_TOKEN_LIFETIME", "1s"),
        ("ACCESS_TOKEN_LIFETIME", "2d"),
        ("ACCESS_TOKEN_LIFETIME", "999999999d"),
        ("SIGNING_KEY_LIFETIME", "1d"),
        ("LOG_LEVEL", "INFO"),
        ("LOG_FORMAT", "xml"),
        ("CA_FILE", ""),
    ],
)
def test_invalid_values(variable, value):
    """What has not the form is refused, with what was received and the line to write."""
    error = refused(Problem.INVALID_VALUE, environ={**ENOUGH, f"AUTHWRIGHT_{variable}": value})
    assert error.setting == variable.lower()
    assert error.received == shown(value)
    assert error.write.startswith(f"AUTHWRIGHT_{variable}=")


@pytest.mark.parametrize(
    "line", ["port = true", "port = 1.5", 'trusted_proxies = "10.0.0.0"', "host = 1", "host = []"]
)
def test_invalid_toml_types(directory, line):
    """A value of another TOML type is refused, and one string is an array of one."""
    file = toml(directory, line)
    if "10.0" in line:
        assert load(file, environ=ENOUGH).trusted_proxies
    else:
        assert str(file) in refused(Problem.INVALID_VALUE, file=file).write


def test_the_database_error_names_what_is_accepted():
    """The refusal says which databases there are."""
    error = refused(
        Problem.INVALID_VALUE, environ={**ENOUGH, "AUTHWRIGHT_DATABASE_URL": "mysql://localhost/x"}
    )
    assert "sqlite:///" in error.expected
    assert "postgresql://" in error.expected


PASSWORD = "w%C3%A4lnut drawer".replace(" ", "%20")
PLAIN_PASSWORD = "wälnut drawer"


@pytest.mark.parametrize(
    ("url", "public"),
    [
        (f"postgresql://idp:{PASSWORD}@db.example.com/idp", "postgresql://idp@db.example.com/idp"),
        (f"postgresql://:{PASSWORD}@db.example.com/idp", "postgresql://db.example.com/idp"),
        (
            f"postgresql://idp:{PASSWORD}@[2001:db8::1]:5433,b:5432/idp?sslmode=require",
            "postgresql://idp@[2001:db8::1]:5433,b:5432/idp?sslmode=require",
        ),
        (
            f"postgresql:///idp?host=/run/postgresql&password={PASSWORD}&user=idp",
            "postgresql:///idp?host=/run/postgresql&user=idp",
        ),
        (f"postgresql://db/idp?password={PASSWORD}", "postgresql://db/idp"),
    ],
)
def test_a_password_in_a_database_url(url, public, directory):
    """A secret comes from the environment or a file: the URL of the settings file may not hold one."""
    settings = load(environ={**ENOUGH, "AUTHWRIGHT_DATABASE_URL": url})
    assert settings.database_url == public
    assert settings.database_password.reveal() == PLAIN_PASSWORD
    assert settings.sources["database_password"] == "AUTHWRIGHT_DATABASE_URL"
    told = str(settings.described()) + repr(settings)
    assert PASSWORD not in told
    assert PLAIN_PASSWORD not in told

    for refusal in (
        refused(Problem.SECRET_IN_FILE, file=toml(directory, f'database_url = "{url}"'), environ=ENOUGH),
        refused(Problem.SECRET_IN_FILE, environ=ENOUGH, given={"database_url": url}),
        refused(
            Problem.CONTRADICTION,
            environ={**ENOUGH, "AUTHWRIGHT_DATABASE_URL": url, "AUTHWRIGHT_DATABASE_PASSWORD": "other"},
        ),
        refused(Problem.INVALID_VALUE, environ={**ENOUGH, "AUTHWRIGHT_DATABASE_URL": f"{url}#"}),
    ):
        assert PASSWORD not in str(refusal)
        assert PLAIN_PASSWORD not in str(refusal)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://idp@db.example.com/idp",
        "postgresql://db.example.com",
        "postgresql://a:5432,b:5433/idp?target_session_attrs=read-write",
        "postgresql:///idp?host=/run/postgresql&port=5433",
        "postgresql://",
    ],
)
def test_a_database_url_without_a_password(url, directory):
    """Anywhere; the password, if there is one, comes from a setting of its own."""
    (directory / "password").write_text(PLAIN_PASSWORD)
    (directory / "password").chmod(0o600)
    file = toml(directory, f'database_url = "{url}"\ndatabase_password_file = "password"')
    settings = load(file, environ=ENOUGH)
    assert (settings.database_url, settings.database_password.reveal()) == (url, PLAIN_PASSWORD)
    assert load(environ={**ENOUGH, "AUTHWRIGHT_DATABASE_URL": url}).database_password is None


def test_a_driver_that_is_not_installed(monkeypatch):
    """The refusal says what to install."""
    monkeypatch.setattr("authwright.idp.settings.find_spec", lambda _name: None)
    environ = {**ENOUGH, "AUTHWRIGHT_DATABASE_URL": "postgresql://db/idp"}
    error = refused(Problem.MISSING_DRIVER, environ=environ)
    assert error.write == "pip install 'authwright[postgres]'"
    assert load(environ=ENOUGH).database_url == "sqlite:///authwright.db"


@pytest.mark.parametrize("missing", ["ISSUER", "KEY_ENCRYPTION_KEY"])
def test_missing(missing):
    """What has no default has to be set, and the message has the line."""
    environ = {name: value for name, value in ENOUGH.items() if name != f"AUTHWRIGHT_{missing}"}
    error = refused(Problem.MISSING, environ=environ)
    assert error.received is None
    assert error.write.startswith(missing.lower())


@pytest.mark.parametrize("place", ["none", "other.toml"])
def test_what_is_missing_says_where_it_was_looked_for(directory, place):
    """In another directory nothing is found, and the setting is not what is wrong."""
    file = None if place == "none" else toml(directory, "port = 9000")
    error = refused(Problem.MISSING, file=file, environ={})
    if file is None:
        assert "no settings file" in error.expected
        assert "--config" in error.write
        assert "authwright init" in error.write
        assert "authwright dev" in error.write
    else:
        assert "no settings file" not in error.expected
        assert str(file) in error.write


@pytest.mark.parametrize(
    "content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_the_certificate_authorities_can_be_read(directory, content):
    """Found here, and not by a server that is half started."""
    (directory / "ca.pem").write_text(content)
    error = refused(Problem.UNREADABLE_FILE, environ={**ENOUGH, "AUTHWRIGHT_CA_FILE": "ca.pem"})
    assert error.setting == "ca_file"
    assert "certificate" in error.expected


def test_the_templates_directory_is_one(directory):
    """A misspelt directory would silently leave our pages in place."""
    error = refused(Problem.UNREADABLE_FILE, environ={**ENOUGH, "AUTHWRIGHT_TEMPLATES_DIRECTORY": "nowhere"})
    assert error.setting == "templates_directory"


def test_unknown_settings_name_the_nearest(directory):
    """A misspelt setting is an error wherever it stands."""
    assert "issuer" in refused(Problem.UNKNOWN_SETTING, file=toml(directory, 'isuer = "x"')).expected
    error = refused(Problem.UNKNOWN_SETTING, environ={**ENOUGH, "AUTHWRIGHT_LOGLEVEL": "debug"})
    assert "AUTHWRIGHT_LOG_LEVEL" in error.expected
    assert "log_format" in refused(Problem.UNKNOWN_SETTING, given={"log-format": "json"}).expected
    refused(Problem.UNKNOWN_SETTING, file=toml(directory, "[issuer_]\nx = 1"))


def test_other_variables_are_none_of_ours():
    """Only what begins with AUTHWRIGHT_ is read."""
    assert load(environ={**ENOUGH, "PORT": "1", "HOST": "x y", "AUTHWRIGHTS": "1"}).port == 9000


@pytest.mark.parametrize(
    "text",
    ["x", "x" * 43, "A" * 43, KEY_TEXT[:-1], KEY_TEXT + "A", "changeme"],
    ids=["short", "repeated", "zeros", "cut", "longer", "default"],
)
def test_weak_secrets_are_refused(text):
    """Default, short and typed keys are refused, and not shown."""
    error = refused(Problem.WEAK_SECRET, environ={**ENOUGH, "AUTHWRIGHT_KEY_ENCRYPTION_KEY": text})
    assert f'"{text}"' not in str(error)
    assert error.write == "authwright init"


def test_a_secret_in_the_settings_file_is_refused(directory):
    """The settings file gets committed; a secret in it is one that is lost."""
    error = refused(Problem.SECRET_IN_FILE, file=toml(directory, f'key_encryption_key = "{KEY_TEXT}"'))
    assert "key_encryption_key_file" in error.write


def test_a_key_file_that_everybody_can_read_is_refused(directory):
    """World-readable keys are refused, with the command that helps."""
    path = directory / "key"
    KEY.write(path)
    path.chmod(0o644)
    file = toml(directory, 'key_encryption_key_file = "key"')
    error = refused(Problem.EXPOSED_KEY_FILE, file=file, environ={"AUTHWRIGHT_ISSUER": ISSUER})
    assert error.write == f"chmod o= {path}"


def test_files_that_cannot_be_read(directory):
    """A missing file is named, whichever it is."""
    refused(Problem.UNREADABLE_FILE, file=directory / "missing.toml")
    refused(Problem.UNREADABLE_FILE, file=toml(directory, "issuer ="))
    (directory / "latin1.toml").write_bytes(b'issuer = "\xe9"')
    refused(Problem.UNREADABLE_FILE, file=directory / "latin1.toml")
    refused(Problem.UNREADABLE_FILE, environ={**ENOUGH, "AUTHWRIGHT_CA_FILE": "missing.pem"})
    environ = {"AUTHWRIGHT_ISSUER": ISSUER, "AUTHWRIGHT_KEY_ENCRYPTION_KEY_FILE": "missing"}
    error = refused(Problem.UNREADABLE_FILE, environ=environ)
    assert error.setting == "key_encryption_key_file"
    refused(Problem.UNREADABLE_FILE, environ={**environ, "AUTHWRIGHT_KEY_ENCRYPTION_KEY_FILE": ""})


def test_one_place_for_one_secret(directory):
    """The value and the file at once contradict each other."""
    refused(Problem.CONTRADICTION, environ={**ENOUGH, "AUTHWRIGHT_KEY_ENCRYPTION_KEY_FILE": "key"})


def test_a_grant_lives_no_shorter_than_its_refresh_token():
    """A refresh token that outlives its grant would be a promise that is not kept."""
    environ = {**ENOUGH, "AUTHWRIGHT_GRANT_LIFETIME": "1d", "AUTHWRIGHT_REFRESH_TOKEN_LIFETIME": "2d"}
    assert refused(Problem.CONTRADICTION, environ=environ).write == 'grant_lifetime = "2d"'


@pytest.mark.parametrize(
    ("host", "works"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("x.example", False),
    ],
)
def test_development_serves_this_machine_alone(host, works):
    """`authwright dev` has known passwords and refuses a public address."""
    if works:
        assert load(environ=ENOUGH, given={"host": host}, dev=True).dev
    else:
        refused(Problem.PUBLIC_DEVELOPMENT, given={"host": host}, dev=True)


def test_errors_are_one_safe_message():
    """Code, setting, received, expected, line; control characters do not get through."""
    error = refused(Problem.INVALID_VALUE, environ={**ENOUGH, "AUTHWRIGHT_HOST": "a\x1b[31m\nb" + "c" * 500})
    message = str(error)
    assert message.startswith("AW502  host: received ")
    assert "\x1b" not in message
    assert message.count("\n") == 1
    assert len(message) < 400


def test_the_reference_is_current():
    """docs/reference/settings.md is what the list renders to; each problem has its paragraph."""
    page = (Path(__file__).parents[3] / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert page == settings_reference.render(), "run: python -m authwright.idp.settings_reference FILE"
    assert all(f"**{problem}**" in page for problem in Problem)
    assert all(f"### {setting.name}\n" in page for setting in SETTINGS)


def test_the_reference_names_every_template():
    """Whoever wants a login page of their own finds what it is called, and ours to begin with."""
    setting = next(setting for setting in SETTINGS if setting.name == "templates_directory")
    ours = {path.name for path in resources.files("authwright.idp.web").joinpath("templates").iterdir()}
    assert set(re.findall(r"`(\w+\.html)`", setting.meaning)) == ours
