"""One POST to the server that holds the root key: https, no proxy, no redirect, bounded."""

import http.client
import json
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from governance.crypto.rootkeys.base import RootKeyUnavailableError
from governance.crypto.rootkeys.waiting import within

LIMIT = 65_536  # bytes of an answer
CHUNK = 4096


@dataclass(frozen=True)
class Answer:
    """What the server said; it may hold a key, and does not show it."""

    status: int
    body: bytes = field(repr=False)


class Server:
    """A server, whose certificate is checked against `authority` or the system's authorities.

    `http.client` reads no proxy from the environment and follows no redirect. `called` names the
    server in errors.
    """

    def __init__(self, url: str, *, authority: Path | None, seconds: float, called: str) -> None:
        self._host, self._port = _address(url)
        self._seconds = seconds
        self._called = called
        try:
            self._tls = ssl.create_default_context(cafile=authority)
        except OSError:
            raise ImproperlyConfigured(
                "CUSTODE_VAULT_CA is not a readable file of certificates. "
                "Example: CUSTODE_VAULT_CA=/etc/ssl/vault.pem"
            ) from None

    def post(self, path: str, body: dict[str, str], headers: dict[str, str]) -> Answer:
        """Send JSON, and return the answer, whatever its status.

        Raises
        ------
        RootKeyUnavailableError
            no answer came whole and in time, or not from this server
        """
        answer = within(
            self._seconds,
            lambda: self._exchange(path, json.dumps(body).encode(), headers),
            line=f"{self._host}:{self._port}",
            provider=self._called,
        )
        if isinstance(answer, Answer):
            return answer
        raise RootKeyUnavailableError(provider=self._called, because=answer)

    def _exchange(self, path: str, body: bytes, headers: dict[str, str]) -> Answer | str:
        """Return the answer, or the name of what went wrong: no exception takes its cause along."""
        until = time.monotonic() + self._seconds
        connection = http.client.HTTPSConnection(
            self._host, self._port, timeout=self._seconds, context=self._tls
        )
        try:
            connection.request("POST", path, body, {**headers, "Content-Type": "application/json"})
            response = connection.getresponse()
            content = bytearray()
            while chunk := response.read1(CHUNK):
                content += chunk
                if len(content) > LIMIT or time.monotonic() > until:
                    return "its answer has no end"
        except (OSError, http.client.HTTPException, ValueError) as error:
            return type(error).__name__
        finally:
            connection.close()
        return Answer(response.status, bytes(content))


def parsed(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer; an empty one if it is none."""
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _address(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    else:
        is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment or "@" in url)
        if host and parts.scheme == "https" and is_bare:
            return host, port
    raise ImproperlyConfigured(
        "CUSTODE_VAULT_URL must be the https:// URL of the server alone. "
        "Example: CUSTODE_VAULT_URL=https://vault.example.org:8200"
    )
