"""Requests to addresses that people write into the register: https only, and nowhere inside.

Follows docs/spec/erasure.md, section 11. The name is resolved once, every address it has must be a
public one, and the connection goes to the address that was looked at: a name that answers
differently the second time gains nothing. Redirects are not followed, proxies are not asked.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

CONNECT, WHOLE = 15.0, 30.0  # seconds
LIMIT = 65_536  # bytes of an answer that are read, and dropped
PORT = 443
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


class EgressRefusedError(Exception):
    """The request was not made. `reason` is a word, and says nothing about what was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EgressFailedError(Exception):
    """The request was made, or begun, and no answer came. `reason` is a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Target:
    """Where a request goes, looked at and fixed."""

    host: str
    port: int
    path: str
    addresses: tuple[Address, ...]


def resolved(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, as the system's resolver knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def looked_at(url: str, *, allowed: Sequence[Network], resolve: Resolve = resolved) -> Target:
    """Return where `url` leads, if a request may go there.

    Arguments
    ---------
    allowed : networks that may be reached although they are not public

    Raises
    ------
    EgressRefusedError
        `not_https`, `not_an_address`, `no_such_host` or `not_public`
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORT
    except ValueError:
        raise EgressRefusedError("not_an_address") from None
    if parts.scheme != "https":
        raise EgressRefusedError("not_https")
    if not host or parts.username is not None or parts.password is not None:
        raise EgressRefusedError("not_an_address")
    try:
        # A scope (fe80::1%eth0) only ever names an address of this network.
        addresses = tuple(ipaddress.ip_address(said) for said in resolve(host, port))
    except (OSError, UnicodeError, ValueError):
        addresses = ()
    if not addresses:
        raise EgressRefusedError("no_such_host")
    if not all(_may_be_reached(address, allowed) for address in addresses):
        raise EgressRefusedError("not_public")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port, path, addresses)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: Sequence[Network],
    resolve: Resolve = resolved,
) -> int:
    """Send `body` and return the status of the answer, whatever it is; 3xx is not followed.

    Raises
    ------
    EgressRefusedError
        nothing was sent
    EgressFailedError
        it was perhaps sent, and not answered
    """
    target = looked_at(url, allowed=allowed, resolve=resolve)
    connection = _Connection(target)
    # A wait for each byte may be short and the whole without end: the socket is shut at WHOLE.
    watch = threading.Timer(WHOLE, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", target.path, body, dict(headers))
        answer = connection.getresponse()
        answer.read(LIMIT)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = type(error).__name__  # its text may hold what was sent
    else:
        return answer.status
    finally:
        watch.cancel()
        connection.close()
    raise EgressFailedError(reason)


class _Connection(http.client.HTTPSConnection):
    """A connection to an address that was looked at, with the certificate of the host's name."""

    def __init__(self, target: Target) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(target.host, target.port, timeout=CONNECT, context=self._tls)
        self._target = target

    def connect(self) -> None:
        """Connect to the first address that answers, and to no other than those looked at."""
        for number, address in enumerate(self._target.addresses, 1):
            try:
                plain = socket.create_connection((str(address), self._target.port), CONNECT)
                break
            except OSError:
                if number == len(self._target.addresses):
                    raise
        self.sock = plain
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._target.host)

    def cut(self) -> None:
        """End whatever is being waited for."""
        try:
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended by itself


def _may_be_reached(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address is public or in a network that is allowed."""
    meant = _inside(address)
    if any(meant.version == network.version and meant in network for network in allowed):
        return True
    return meant.is_global and not (meant.is_multicast or meant.is_reserved)


def _inside(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one carries, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    carried = address.ipv4_mapped or address.sixtofour
    if carried is None and address.teredo is not None:
        return ipaddress.IPv4Address("0.0.0.0")  # noqa: S104 - not public: a tunnel to anywhere
    if carried is None and address in NAT64:
        carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return carried or address
