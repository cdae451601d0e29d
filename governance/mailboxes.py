"""The mailboxes that are read for requests, as the environment names them.

    CUSTODE_MAILBOXES = acme=imaps://privacy%40acme.example:PASSWORD@mail.example.org/INBOX

One for a company, separated by commas. Over TLS, but for a server of this machine (Art. 32(1)(a)).
"""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from governance import env

PORTS = {"imaps": 993, "imap": 143}
FOLDER = "INBOX"


@dataclass(frozen=True)
class Mailbox:
    """Where the mail of a company is read; `company` is its short name."""

    company: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    is_tls: bool


def mailboxes(name: str) -> tuple[Mailbox, ...]:
    """Return the mailboxes of a comma-separated list.

    Raises
    ------
    ImproperlyConfigured
    """
    said = (part.strip() for part in env.text(name, "").split(","))
    return tuple(_mailbox(name, part) for part in said if part)


def _mailbox(name: str, said: str) -> Mailbox:
    company, _, url = said.partition("=")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    is_tls = parts.scheme == "imaps"
    if not company or not host or parts.scheme not in PORTS or not (is_tls or env.is_local(host)):
        raise ImproperlyConfigured(
            f"{name} must list an imaps:// URL for a company's short name. "
            f"Example: {name}=acme=imaps://privacy%40acme.example:PASSWORD@mail.example.org/INBOX"
        )
    return Mailbox(
        company=company,
        host=host,
        port=port or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.lstrip("/")) or FOLDER,
        is_tls=is_tls,
    )


def hosts(name: str) -> tuple[str, ...]:
    """Return the names of a comma-separated list, in small letters."""
    said = (part.strip().casefold() for part in env.text(name, "").split(","))
    return tuple(part for part in said if part)
