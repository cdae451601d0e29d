"""A crowd that sends requests in the name of one person, each from an address of its own in 127/8."""

import http.client
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from threading import Event, Thread
from typing import Self
from urllib.parse import urlencode

from django.core import signing

from dsar.portal.state import SALT
from tests.portal.asking import answered

FLOW = "/c/acme/request/access/"
TOKEN = "A" * 32  # of the cookie and of the form: the crowd sends its own
AT_ONCE = 24
TIMEOUT = 60.0  # seconds


def source(number: int) -> str:
    """An address of this machine that no other source has."""
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def flood(port: int, secret_key: str, *, victim: str, sources: int, each: int) -> "Flood":
    """Send `each` requests that name the victim from so many sources, as fast as it goes."""
    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        posts = (source(n) for _round in range(each) for n in range(sources))
        statuses = Counter(crowd.map(lambda at: post(port, at, secret_key, victim), posts))
    return Flood(statuses, time.monotonic() - begun)


@dataclass(frozen=True)
class Flood:
    """What came back, by status; 0 where nothing did."""

    statuses: Counter[int]
    seconds: float


def post(port: int, address: str, secret_key: str, victim: str) -> int:
    """Send the last step of the form, as somebody who went through the others."""
    answers = answered("Anna", victim)
    state = signing.dumps(asdict(answers), key=secret_key, salt=SALT, compress=True)
    said = {"csrfmiddlewaretoken": TOKEN, "step": "send", "state": state}
    headers = {
        "Cookie": f"csrftoken={TOKEN}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    caller = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=TIMEOUT, source_address=(address, 0)
    )
    try:
        with closing(caller):
            caller.request("POST", FLOW, urlencode(said), headers)
            return caller.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0


@dataclass
class Colleague:
    """Somebody of the staff who opens a page every second all the while."""

    port: int
    session: str
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._over = Event()
        self._thread = Thread(target=self._work)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        for begun in self._moments():
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)) as c:
                c.request("GET", "/admin/", headers={"Cookie": f"sessionid={self.session}"})
                answer = c.getresponse()
                answer.read()
            self.statuses[answer.status] += 1
            self.seconds.append(time.monotonic() - begun)

    def _moments(self) -> Iterator[float]:
        while not self._over.is_set():
            yield time.monotonic()
            self._over.wait(1)
