"""What a stranger can see of an answer, and whether two kinds of answers can be told apart by time."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http.response import HttpResponseBase
from django.test import Client

VARIES = re.compile(r'(name="(?:state|csrfmiddlewaretoken)" value=")[^"]+')
SIGNS = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3,12}")
OF_THE_MOMENT = {"Content-Length", "Date", "Expires"}  # the length without what varies is compared


@dataclass(frozen=True)
class Seen:
    """One answer as its reader sees it; `seconds` is no part of what must be equal."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...]
    cookies: tuple[str, ...]
    seconds: float

    @property
    def shape(self) -> tuple[Any, ...]:
        """All of it but the time."""
        return self.status, self.body, self.headers, self.cookies


def seen(response: HttpResponseBase, seconds: float, *own: str) -> Seen:
    """Return what is seen of a response; `own` is what its reader had written themselves."""
    body = VARIES.sub(r"\1", response.getvalue().decode())
    for text in own:
        body = body.replace(text, "OWN")
    headers = sorted((n, v) for n, v in response.headers.items() if n not in OF_THE_MOMENT)
    cookies = sorted(
        re.sub(r"expires=[^;]*", "", re.sub(r"=[^;]*", "=", cookie.OutputString(), count=1))
        for cookie in response.cookies.values()
    )
    return Seen(
        response.status_code, SIGNS.sub("SIGNS", body), tuple(headers), tuple(cookies), seconds
    )


def timed(
    browser: Client, method: str, path: str, said: dict[str, str], *own: str
) -> tuple[Seen, str]:
    """Ask, and return what was seen and the page as it came."""
    begun = time.perf_counter()
    response = browser.post(path, said) if method == "POST" else browser.get(path)
    seconds = time.perf_counter() - begun
    return seen(response, seconds, *own), response.content.decode()


def auc(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how often a value of `other` is above one of `one`: 0.5 where nothing tells them apart.

    The rank statistic of Mann and Whitney; equal values count half.
    """
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    total, at = 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        rank = (at + 1 + end) / 2  # of all that are equal
        total += rank * sum(is_other for _value, is_other in ranked[at:end])
        at = end
    return (total - len(other) * (len(other) + 1) / 2) / (len(one) * len(other))
