"""Systems that call the API over the network and keep what they got, whatever the server does."""

import contextlib
import http.client
import json
import random
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

PAUSE = 0.1  # seconds between two calls: a token has 600 calls a minute
TIMEOUT = 60.0  # seconds; a busy machine answers late
PURPOSE = "?purpose=order_management"


@dataclass
class Got:
    """What came back whole.

    Attributes
    ----------
    receipts : leaf hash by entry, of `X-Audit-Receipt`
    orders : that were answered with 201
    checkpoints : as the API showed them
    unproven : what was answered with data and without a receipt; nothing, one hopes
    """

    receipts: dict[UUID, str] = field(default_factory=dict)
    orders: set[UUID] = field(default_factory=set)
    checkpoints: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    unproven: list[str] = field(default_factory=list)


class Caller(threading.Thread):
    """One system: reads people, places orders, asks for the checkpoint, is refused."""

    def __init__(self, port: int, secret: str, people: list[str], got: Got) -> None:
        super().__init__(daemon=True)
        self._port, self._secret, self._people, self._got = port, secret, people, got
        self._stop_asked = threading.Event()

    def stop(self) -> None:
        """Stop after the call under way."""
        self._stop_asked.set()
        self.join()

    def run(self) -> None:
        while not self._stop_asked.wait(PAUSE):
            # The server was killed: the answer did not come, or not whole.
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._call(*self._choose())

    def _choose(self) -> tuple[str, str, bytes]:
        person = random.choice(self._people)
        order = {
            "contact": person, "number": f"N-{uuid.uuid4().hex[:12]}",
            "ordered_on": f"{datetime.now(UTC):%Y-%m-%d}",
            "lines": [{"description": "Lampada", "quantity": 1, "unit_price": "39.90"}],
        }  # fmt: skip
        return random.choice([
            ("GET", f"contacts/{person}/{PURPOSE}", b""),
            ("POST", f"orders/{PURPOSE}", json.dumps(order).encode()),
            ("GET", "audit/checkpoint/", b""),
            ("GET", f"contacts/{person}/?purpose=newsletter", b""),
        ])  # fmt: skip

    def _call(self, method: str, path: str, body: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        headers = {"Authorization": f"Bearer {self._secret}", "Content-Type": "application/json"}
        with contextlib.closing(connection):
            connection.request(method, f"/api/v1/{path}", body, headers)
            answer = connection.getresponse()
            content = answer.read()  # raises where it was cut off
        self._keep(path, answer, content)

    def _keep(self, path: str, answer: http.client.HTTPResponse, content: bytes) -> None:
        got, status = self._got, answer.status
        got.statuses[status] += 1
        if receipt := answer.headers.get("X-Audit-Receipt"):
            name, _, leaf = receipt.partition(".")
            got.receipts[UUID(name)] = leaf
        elif status < http.client.BAD_REQUEST:
            got.unproven.append(f"{path.split('?', maxsplit=1)[0]} {status}")
        if status == http.client.CREATED:
            got.orders.add(UUID(json.loads(content)["id"]))
        elif status == http.client.OK and path == "audit/checkpoint/":
            got.checkpoints.add(content.decode())
