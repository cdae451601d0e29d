"""Clients that call as fast as they are answered, each over a connection that it keeps.

They run in a process of their own and do as little as a client can: bytes that were made before,
and an answer that is read as far as its length.
"""

import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from multiprocessing import get_context
from typing import Any

END, LAST = b"\r\n\r\n", b"0\r\n\r\n"


@dataclass(frozen=True)
class Call:
    """One call, and the first bytes of the answer that is right."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    status: int = 200

    def sent(self, host: str) -> bytes:
        """Return the bytes of the call."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}", "Accept: */*"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join(lines).encode() + END + self.body


@dataclass(frozen=True)
class Measured:
    """How many calls a second were answered, and the time that each took, ascending."""

    rate: float
    times: tuple[float, ...]

    def at(self, share: float) -> float:
        """Return the time within which a share of the calls was answered."""
        return self.times[min(len(self.times) - 1, int(share * len(self.times)))]


def measure(port: int, host: str, calls: Sequence[Call], *, clients: int) -> Measured:
    """Send the calls, shared among clients that work at once; all must be answered rightly."""
    context = get_context("fork")
    ours, theirs = context.Pipe()
    sent = [(call.sent(host), call.status) for call in calls]
    process = context.Process(target=_process, args=(theirs, port, sent, clients))
    process.start()
    took, times, wrong = ours.recv()
    process.join()
    if wrong:
        raise SystemExit(wrong)
    return Measured(len(calls) / took, tuple(sorted(times)))


def answer(port: int, host: str, call: Call) -> bytes:
    """Return the body of one answer."""
    connection = HTTPConnection("127.0.0.1", port)
    headers = {**dict(call.headers), "Host": host, "Content-Type": "application/json"}
    connection.request(call.method, call.path, call.body or None, headers)
    body = connection.getresponse().read()
    connection.close()
    return body


def _process(pipe: Any, port: int, sent: list[tuple[bytes, int]], clients: int) -> None:
    times: list[float] = []
    wrong: list[str] = []
    shares = [sent[at::clients] for at in range(clients)]
    ready = threading.Barrier(clients + 1)

    def work(share: list[tuple[bytes, int]]) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.wait()
            for call, status in share:
                started = time.perf_counter()
                answer = _answer(connection, call)
                times.append(time.perf_counter() - started)
                if not answer.startswith(b"HTTP/1.1 %d" % status):
                    wrong.append(f"{call[:120]!r}: {answer[:1200]!r}")
                    return

    threads = [threading.Thread(target=_guarded(work, wrong), args=(s,)) for s in shares]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    pipe.send((time.perf_counter() - started, times, wrong[0] if wrong else ""))


def _guarded(work: Callable[..., None], wrong: list[str]) -> Callable[..., None]:
    def guarded(*arguments: Any) -> None:
        try:
            work(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever a client met ends the measurement
            wrong.append(repr(error))

    return guarded


def _answer(connection: socket.socket, call: bytes) -> bytes:
    connection.sendall(call)
    got = connection.recv(65536)
    while END not in got:
        got += _more(connection)
    head, _, body = got.partition(END)
    _, is_long, length = head.lower().partition(b"content-length: ")
    if is_long:
        while len(body) < int(length.partition(b"\r\n")[0]):
            body += _more(connection)
    else:  # in chunks, of which the last is empty
        while not body.endswith(LAST):
            body += _more(connection)
    return head + END + body


def _more(connection: socket.socket) -> bytes:
    got = connection.recv(65536)
    if not got:
        sys.exit("the server closed the connection")
    return got
