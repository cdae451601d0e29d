"""One POST to an outside party: https, no redirects, bounded in time and size."""

import http.client
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from audit.anchors.base import AnchorError

TIMEOUT = 15.0  # seconds
LIMIT = 100_000  # bytes of an answer


@dataclass(frozen=True)
class Answer:
    """What the other side said."""

    status: int
    body: bytes


def post(url: str, body: bytes, *, media_type: str) -> Answer:
    """Send `body` to a URL; a redirect is an answer like any other, and is not followed.

    Raises
    ------
    AnchorError
        the URL is not https (or http on this machine), or nobody answers
    """
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https" and parts.hostname:
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT)
    elif parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT)
    else:
        msg = "its URL is not https"
        raise AnchorError(msg)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("POST", path, body, {"Content-Type": media_type})
        answer = connection.getresponse()
        content = answer.read(LIMIT + 1)
    except (OSError, http.client.HTTPException) as error:
        msg = f"it can not be reached ({type(error).__name__})"
        raise AnchorError(msg) from error
    finally:
        connection.close()
    if len(content) > LIMIT:
        msg = "its answer is too long"
        raise AnchorError(msg)
    return Answer(answer.status, content)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
