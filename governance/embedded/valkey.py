"""One Valkey server in a folder of ours: the message broker of the embedded default.

Jobs live in PostgreSQL and Celery is only a wake-up call, yet a lost wake-up costs time: the
append-only file keeps the queue over a crash, and `noeviction` refuses a message rather than
forgetting an older one.
"""

import os
import socket
from pathlib import Path
from urllib.parse import quote

from governance.embedded.accounts import Account
from governance.embedded.binaries import Programs
from governance.embedded.children import Child, Command, Sink

SOCKET_NAME = "valkey.sock"


def broker_url(sockets: Path) -> str:
    """Return the Celery broker URL of a server whose socket is in `sockets`."""
    return f"redis+socket://{quote(str(sockets / SOCKET_NAME))}"


class Broker:
    """A Valkey (or Redis) server with its data in `data` and its socket in `sockets`."""

    def __init__(
        self, data: Path, sockets: Path, *, programs: Programs, name: str, account: Account | None
    ) -> None:
        self._data = data
        self._socket = sockets / SOCKET_NAME
        self._program = programs.program(name)
        self._account = account

    def launch(self, sink: Sink) -> Child:
        """Start the server as our child."""
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "warning",
        }
        argv = [str(self._program)]
        argv += [part for name, value in options.items() for part in (f"--{name}", value)]
        environment = {"PATH": os.defpath, "LC_ALL": "C"}
        return Child(Command("valkey", argv, environment, Path("/"), self._account), sink)

    def is_ready(self) -> bool:
        """Say whether the server answers PING; while it reads its file it says LOADING."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(2)
                client.connect(str(self._socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False
