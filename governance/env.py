"""What the environment says, checked once, when the settings are read.

A value is looked up in three places: the variable itself, the file named by the variable with
`_FILE` at its end (how container platforms hand over secrets), and the `environment` file that
`manage.py serve` leaves in the state folder, so that a second terminal finds the running
installation. The last is not read when the process sets DATABASE_URL: an installation takes
its values either from its environment or from its state folder, never half from each, or
production rows could be sealed under the key of a demonstration.

A bad value stops the process. The message names the variable, what is wrong and an example;
it never repeats a value that may hold a password.
"""

import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENT_FILE = "environment"

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_BROKERS = ("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps", "memory")
_TLS_WITH_IDENTITY = frozenset({"verify-full", "verify-ca"})
_CONNECTION_SECONDS = 60
_ROOT_KEY = ("ROOT_KEY_FILE", "PKCS11_", "VAULT_")


def state_folder() -> Path:
    """Return the state folder of the embedded default: CUSTODE_STATE, else `var` in the project."""
    return Path(os.environ.get("CUSTODE_STATE") or PROJECT / "var").absolute()


def text(name: str, default: str | None = None) -> str:
    """Return a value as it stands.

    Raises
    ------
    ImproperlyConfigured
        it is missing or empty, and there is no default
    """
    value = _find(name)
    if value is not None:
        return value
    if default is not None:
        return default
    raise ImproperlyConfigured(
        f"{name} is not set. Set it, or start the embedded installation with "
        f"`make demo` or `python manage.py serve`, which writes it to {state_folder()}."
    )


def root_key(start: str, *, default: str = "") -> dict[str, str]:
    """Return the variables that describe a root key, by name and as they stand.

    All of them come from one place: a key described by halves of two would be found to be wrong
    when it is needed.

    Parameters
    ----------
    start : what their names begin with, `CUSTODE_` or `CUSTODE_NEXT_`
    default : the file, where they are none
    """
    found = root_key_variables(os.environ, start)
    if not found and not is_configured_outside():
        written = read_environment_file(state_folder() / ENVIRONMENT_FILE)
        found = root_key_variables(written, start)
    return found or ({f"{start}{_ROOT_KEY[0]}": default} if default else {})


def root_key_variables(values: Mapping[str, str], start: str) -> dict[str, str]:
    """Return those of `values` that describe a root key and begin with `start`."""
    names = tuple(f"{start}{word}" for word in _ROOT_KEY)
    return {name: value for name, value in values.items() if value and name.startswith(names)}


def flag(name: str, default: bool | None = None) -> bool:
    """Return a yes or no."""
    value = text(name, None if default is None else str(default)).strip().lower()
    if value in _YES:
        return True
    if value in _NO:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no. Example: {name}=1")


def integer(
    name: str, default: int | None = None, *, minimum: int | None = None, maximum: int | None = None
) -> int:
    """Return a whole number between `minimum` and `maximum`, both included."""
    value = text(name, None if default is None else str(default)).strip()
    example = default if default is not None else (minimum if minimum is not None else 10)
    try:
        number = int(value)
    except ValueError:
        message = f"{name} must be a whole number. Example: {name}={example}"
        raise ImproperlyConfigured(message) from None
    if minimum is not None and number < minimum:
        raise ImproperlyConfigured(f"{name} must be at least {minimum}. Example: {name}={example}")
    if maximum is not None and number > maximum:
        raise ImproperlyConfigured(f"{name} must be at most {maximum}. Example: {name}={example}")
    return number


def path(name: str, default: str | Path | None = None) -> Path:
    """Return an absolute path; it need not exist."""
    value = text(name, None if default is None else str(default))
    if "\0" in value:
        raise ImproperlyConfigured(f"{name} is not a path. Example: {name}=/srv/custode/{name}")
    return Path(value).expanduser().absolute()


def choice(name: str, choices: Sequence[str], default: str | None = None) -> str:
    """Return one of a closed list of words."""
    value = text(name, default).strip()
    if value not in choices:
        words = ", ".join(choices)
        raise ImproperlyConfigured(f"{name} must be one of {words}. Example: {name}={choices[0]}")
    return value


def secret(name: str) -> str:
    """Return a secret from NAME or from the file NAME_FILE."""
    return text(name)


def broker(name: str, default: str | None = None) -> str:
    """Return the URL of the message broker.

    Raises
    ------
    ImproperlyConfigured
        the scheme is not one that delivers a task again when a worker dies
    """
    value = text(name, default)
    try:
        scheme = urlsplit(value).scheme
    except ValueError:
        scheme = ""
    if scheme not in _BROKERS:
        raise ImproperlyConfigured(
            f"{name} must be a URL whose scheme is one of {', '.join(_BROKERS)}. "
            f"Example: {name}=amqps://custode:PASSWORD@broker.example.org/custode"
        )
    return value


def database(name: str, default: str | None = None) -> dict[str, Any]:
    """Return the entry of Django's DATABASES for a PostgreSQL URL.

    The host may be a Unix socket folder (`?host=%2Frun%2Fpostgresql`). A server across a network
    needs `sslmode=verify-full` (or `verify-ca`): anything less encrypts without knowing for whom,
    Art. 32(1)(a). `sslmode=disable` has to be written out, for networks that encrypt themselves.

    Raises
    ------
    ImproperlyConfigured
        the URL is missing, is no PostgreSQL URL, lacks a part, or trusts the network
    """
    parts = _connection(name, text(name, default))
    host = parts.pop("host", "")
    options = {key: value for key, value in parts.items() if key not in _ENTRY_KEYS}
    _require_identity(name, host, str(options.get("sslmode", "")))
    return {
        "ENGINE": "governance.postgresql",
        "NAME": parts["dbname"],
        "USER": parts["user"],
        "PASSWORD": parts.get("password", ""),
        "HOST": host,
        "PORT": parts.get("port", ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": _CONNECTION_SECONDS,
        "CONN_HEALTH_CHECKS": True,
    }


def https(name: str) -> str:
    """Return a URL of an outside party, or nothing; only this machine may be asked without TLS."""
    value = text(name, "").strip()
    if value and not _is_safe(value):
        raise ImproperlyConfigured(
            f"{name} must be an https:// URL. Example: {name}=https://tsa.example.org/tsr"
        )
    return value


def witnesses(name: str) -> tuple[tuple[str, str], ...]:
    """Return the witnesses of a comma-separated list of `URL KEY`, as (URL, key)."""
    found = []
    for entry in filter(None, (part.strip() for part in text(name, "").split(","))):
        url, _, key = entry.partition(" ")
        if not _is_safe(url) or key.count("+") < _PLUSES_OF_A_KEY:
            raise ImproperlyConfigured(
                f"{name} must list the URL and the key of each witness. Example: "
                f"{name}=https://witness.example.org/ example.org/witness+5f4a6c2e+BAAB…"
            )
        found.append((url, key.strip()))
    return tuple(found)


def networks(name: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Return the networks of a comma-separated list."""
    try:
        said = (part.strip() for part in text(name, "").split(","))
        return tuple(ipaddress.ip_network(part) for part in said if part)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} must list networks. Example: {name}=10.20.0.0/16,fd12:3456::/48"
        ) from None


def models(name: str) -> dict[str, str]:
    """Return the models of a comma-separated list of `LANGUAGE=PACKAGE-OR-FOLDER`, by language."""
    found = {}
    for entry in filter(None, (part.strip() for part in text(name, "").split(","))):
        language, _, model = entry.partition("=")
        if language not in ("it", "en") or not model:
            raise ImproperlyConfigured(
                f"{name} must name a model for it or en. Example: {name}=it=/srv/models/it"
            )
        found[language] = model
    return found


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_local(host)))


_PLUSES_OF_A_KEY = 2  # name+id+key, C2SP signed-note


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over; `is_tls` from the first byte, `wants_tls` by STARTTLS."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    is_tls: bool
    wants_tls: bool


def mail_server(name: str) -> MailServer | None:
    """Return the server of an smtps:// URL, or an smtp:// one, which STARTTLS is demanded of.

    Only this machine's own server is spoken to without TLS (Art. 32(1)(a)).
    """
    value = text(name, "").strip()
    if not value:
        return None
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in _MAIL_PORTS:
        raise ImproperlyConfigured(
            f"{name} must be an smtps:// or smtp:// URL. "
            f"Example: {name}=smtps://custode:PASSWORD@mail.example.org"
        )
    is_tls = parts.scheme == "smtps"
    return MailServer(
        host=host,
        port=port or _MAIL_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_tls=is_tls,
        wants_tls=not is_tls and not is_local(host),
    )


_MAIL_PORTS = {"smtps": 465, "smtp": 587}
_ENTRY_KEYS = frozenset({"dbname", "user", "password", "port"})


def _connection(name: str, url: str) -> dict[str, str]:
    example = f"Example: {name}=postgresql://custode_app:PASSWORD@db.example.org/custode?sslmode=verify-full"
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured(f"{name} must be a postgresql:// URL. {example}")
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # libpq quotes the piece it could not read, which may be the password.
        message = (
            f"{name} can not be read: a character is not percent-encoded, "
            f"or an option is unknown. {example}"
        )
        raise ImproperlyConfigured(message) from None
    for part in ("user", "dbname"):
        if not parts.get(part):
            raise ImproperlyConfigured(f"{name} does not name the {part}. {example}")
    return {key: str(value) for key, value in parts.items() if value is not None}


def _require_identity(name: str, hosts: str, sslmode: str) -> None:
    remote = [host for host in hosts.split(",") if not is_local(host)]
    if not remote or sslmode in _TLS_WITH_IDENTITY or sslmode == "disable":
        return
    raise ImproperlyConfigured(
        f"{name} crosses a network without checking whom it talks to. Add sslmode=verify-full "
        f"(with sslrootcert=…), or sslmode=disable if the network itself is encrypted. "
        f"Example: {name}=postgresql://custode_app:PASSWORD@db.example.org/custode?sslmode=verify-full"
    )


def is_local(host: str) -> bool:
    """Say whether a host is this machine: a socket, or a loopback address."""
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _find(name: str) -> str | None:
    value = os.environ.get(name) or _from_file(name)
    if value or is_configured_outside():
        return value
    return read_environment_file(state_folder() / ENVIRONMENT_FILE).get(name) or None


def is_configured_outside() -> bool:
    """Say whether this process names its own database, and so does without the state folder."""
    return bool(os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))


def _from_file(name: str) -> str | None:
    location = os.environ.get(f"{name}_FILE")
    # CUSTODE_ROOT_KEY_FILE is itself the name of a variable: its value is a path, not a text.
    if not location or f"{name}_FILE" == "CUSTODE_ROOT_KEY_FILE":
        return None
    try:
        value = Path(location).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        message = f"{name}_FILE can not be read: {reason}. Example: {name}_FILE=/run/secrets/{name}"
        raise ImproperlyConfigured(message) from None
    if not value:
        raise ImproperlyConfigured(
            f"{name}_FILE is empty. Example: {name}_FILE=/run/secrets/{name}"
        )
    return value


def read_environment_file(location: Path) -> dict[str, str]:
    """Return the NAME=value lines of a file, or nothing when there is none.

    Raises
    ------
    ImproperlyConfigured
        the file is there and another user's
    """
    try:
        lines = location.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        message = (
            f"{location} can not be read: {error.strerror}. The installation in this folder was "
            f"started by another user; run the command as that user, or set CUSTODE_STATE."
        )
        raise ImproperlyConfigured(message) from None
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}
