"""Nobody learns from the public pages whether we know a person: not by words, sizes, mails or time.

People we know and people we do not go through every step in turn. What they see is compared byte
by byte; in the campaign a classifier is given the times as well.
"""

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from dsar import correspondence, intake, tasks
from dsar.case.address import TRIES
from dsar.case.code import new
from dsar.links import Kind, Wanted
from dsar.models import CaseDocument
from tests.builders import Company, a_company, a_person
from tests.dsar.test_case import code_in
from tests.dsar.test_case_access import CODE
from tests.dsar.test_portal import FLOW, STATE, reference_in
from tests.dsar.test_preference_pages import token_for
from tests.portal.asking import answered
from tests.portal.oracle import Seen, auc, timed

FEW, MANY, TRAINING = 6, 2000, 200
WHOLE = 100  # pairs who go through every page; the others begin at the last step of the form
CASE = "/c/acme/case/"
BOUNDS = (0.48, 0.52)


@pytest.fixture
def acme(fresh_database: None) -> Company:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    return company


@dataclass
class Visitor:
    """Somebody who asks, from a network of their own; `answers` by the name of the step."""

    number: int
    is_known: bool
    answers: dict[str, Seen] = field(default_factory=dict)
    reference: str = ""
    code: str = ""

    @property
    def email(self) -> str:
        return f"{'k' if self.is_known else 'u'}{self.number:05d}@example.it"

    def __post_init__(self) -> None:
        place = 2 * self.number + self.is_known
        network = f"10.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}"
        self.browser = Client(HTTP_ACCEPT_LANGUAGE="en", REMOTE_ADDR=network)

    def do(self, step: str, method: str, path: str, said: dict[str, str] | None = None) -> str:
        own = (self.email, self.reference or "-none-", self.code or "-none-")
        self.answers[step], page = timed(self.browser, method, path, said or {}, *own)
        return page

    def ask(self) -> None:
        """Send a request; with a mistake on the way, or at once."""
        if self.number >= WHOLE:
            said = answered("Anna Rossi", self.email)
            self._send({"step": "send", "state": said.signed()})
            return
        page = self.do("form", "GET", FLOW)
        whom = {"step": "whom", "on_behalf": "self", "state": _state(page)}
        page = self.do("whom", "POST", FLOW, whom)
        who = {"step": "who", "email": self.email}
        self.do("mistake", "POST", FLOW, who | {"state": _state(page)})
        page = self.do("who", "POST", FLOW, who | {"name": "Anna Rossi", "state": _state(page)})
        page = self.do("details", "POST", FLOW, {"step": "details_access", "state": _state(page)})
        sending = {"step": "send", "state": _state(page)}
        self._send(sending)
        self.do("again", "POST", FLOW, sending)
        self.look("not filed yet")

    def _send(self, sending: dict[str, str]) -> None:
        page = self.do("send", "POST", FLOW, sending)
        self.reference, self.code = reference_in(page), code_in(page)

    def look(self, step: str, code: str = "") -> None:
        said = {"reference": self.reference, "code": code or self.code}
        self.do(step, "POST", CASE, said)

    def enter(self, step: str, token: str) -> None:
        said = {"reference": self.reference, "code": self.code, "token": token}
        self.do(step, "POST", f"{CASE}address/", said)

    def download(self) -> None:
        said = {"reference": self.reference, "code": self.code}
        self.do("no copy yet", "POST", f"{CASE}copy/", said)


def _state(page: str) -> str:
    return str(STATE.findall(page)[-1])


def in_turn(
    visitors: list[Visitor], what: Callable[[Visitor], None], chance: random.Random
) -> None:
    """Let each pair of known and unknown act one after the other, in an order of chance."""
    for at in range(0, len(visitors), 2):
        pair = visitors[at : at + 2]
        chance.shuffle(pair)
        for visitor in pair:
            what(visitor)


def _worked(company: Company) -> dict[str, list[str]]:
    """Let the workers do all they have, and return the codes that were mailed by address."""
    while tasks.file_all_intakes() or intake.waiting(company.controller.pk):
        pass
    tasks.renew_case_documents()
    mail.outbox.clear()
    while correspondence.deliver(company.controller.pk, now=timezone.now()):
        pass
    found: dict[str, list[str]] = {}
    for message in mail.outbox:
        found.setdefault(message.to[0], []).extend(CODE.findall(str(message.body)))
    return found


def test_known_and_unknown_people_see_the_same(acme: Company, is_long: bool) -> None:
    number = MANY + TRAINING if is_long else FEW
    visitors = [Visitor(n, is_known) for n in range(number) for is_known in (True, False)]
    for visitor in visitors:
        if visitor.is_known:
            a_person(acme, email=visitor.email, now=timezone.now())
    chance = random.Random(6)
    in_turn(visitors, Visitor.ask, chance)
    codes = _worked(acme)
    _mails_are_alike(visitors)
    in_turn(visitors, lambda v: v.look("open"), chance)
    whole = visitors[: 2 * WHOLE]
    in_turn(whole, lambda v: v.look("wrong code", new()), chance)
    in_turn(whole, lambda v: v.enter("wrong mailed code", "AAAA-BBBB-CCCC-DDDD"), chance)
    in_turn(whole, Visitor.download, chance)
    in_turn(visitors, lambda v: v.enter("mailed code", codes[v.email][0]), chance)
    _worked(acme)
    in_turn(visitors, lambda v: v.look("confirmed"), chance)

    _answers_are_alike(visitors)
    sizes = Counter(len(bytes(b)) for b in CaseDocument.objects.values_list("blob", flat=True))
    assert sizes.total() == len(visitors)
    assert len(sizes) == 1
    if is_long:
        _times_tell_nothing(visitors)


def _answers_are_alike(visitors: list[Visitor]) -> None:
    expected = {"form": 200, "mistake": 422, "send": 200, "again": 200, "not filed yet": 422,
                "open": 200, "wrong code": 422, "mailed code": 200, "no copy yet": 404,
                "confirmed": 200}  # fmt: skip
    for step in visitors[0].answers:
        shapes = {v.answers[step].shape for v in visitors if step in v.answers}
        assert len(shapes) == 1, step
        assert visitors[0].answers[step].status == expected.get(step, 200), step
    assert "You confirmed your e-mail address on" in visitors[0].answers["confirmed"].body


def _mails_are_alike(visitors: list[Visitor]) -> None:
    """One to each, the same but for the codes, to the byte and the header."""
    assert Counter(m.to[0] for m in mail.outbox) == Counter(v.email for v in visitors)
    shapes = set()
    for message in mail.outbox:
        raw = message.message().as_string()
        raw = re.sub(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", "SIGNS", raw.replace(message.to[0], "TO"))
        shapes.add(re.sub(r"^(Message-ID|Date): .*", r"\1", raw, flags=re.MULTILINE))
    assert len(shapes) == 1


def _times_tell_nothing(visitors: list[Visitor]) -> None:
    """Choose the step that tells most in one part of the people, and ask it about the others."""
    pairs = list(zip(visitors[::2], visitors[1::2], strict=True))
    training, rest = pairs[:TRAINING], pairs[TRAINING:]

    def measured(step: str, among: list[tuple[Visitor, Visitor]]) -> float:
        known, unknown = ([p[side].answers[step].seconds for p in among] for side in (0, 1))
        return auc(known, unknown)

    steps = list(visitors[-1].answers)
    best = max(steps, key=lambda step: abs(measured(step, training) - 0.5))
    found = {step: round(measured(step, rest), 4) for step in steps}
    figures = f"AUC of {len(rest)} known and unknown; chosen in training: {best}; {found}"
    print(figures)  # noqa: T201 - what the campaign is run for
    assert BOUNDS[0] <= found[best] <= BOUNDS[1], found


def test_nobody_learns_that_an_address_was_named_by_somebody_else(acme: Company) -> None:
    """Of two cases that name one address one is mailed; their pages are the same all the way."""
    first, second = (Visitor(number, is_known=False) for number in (WHOLE, WHOLE))
    second.browser.defaults["REMOTE_ADDR"] = "203.0.113.9"
    for visitor in (first, second):
        visitor.ask()
    assert len(_worked(acme)[first.email]) == 1
    for number in range(TRIES + 1):
        for visitor in (first, second):
            visitor.look(f"before {number} tries")
            visitor.enter(f"try {number}", "AAAA-BBBB-CCCC-DDDD")
        _worked(acme)
    assert "Is the e-mail address yours?" in first.answers[f"before {TRIES - 1} tries"].body
    assert "Is the e-mail address yours?" not in first.answers[f"before {TRIES} tries"].body
    for step, answer in first.answers.items():
        assert answer.shape == second.answers[step].shape, step


def test_links_that_open_nothing_are_alike(acme: Company) -> None:
    """A guessed token, one of another kind, one that is over, one of another company: one answer."""
    now = timezone.now()
    a_company("beta", now=now)
    person = a_person(acme, now=now)
    over = token_for(acme, Wanted(person, expires_on=now.date() - timedelta(days=1)))
    valid = token_for(acme, Wanted(person))
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    for kind in Kind:
        shapes = set()
        dead = [over, "x" * 43, over[:-1] + "A", "short-one", "x" * 300]
        dead += [valid] if kind is not Kind.PREFERENCES else []
        for token in dead:
            answer, _page = timed(browser, "GET", f"/c/acme/{kind}/{token}/", {}, token)
            shapes.add(answer.shape)
        answer, _page = timed(browser, "GET", f"/c/beta/{kind}/{valid}/", {}, valid)
        assert (answer.status, len(shapes)) == (404, 1), (kind, shapes)


def test_the_log_in_tells_no_names(acme: Company) -> None:
    """ASVS 6.3.8: a name that exists and one that does not are refused alike."""
    shapes = set()
    for number in range(2):
        for name in ("acme-dpo", "acme-dpx"):
            browser = Client(HTTP_ACCEPT_LANGUAGE="en", REMOTE_ADDR=f"203.0.113.{number}")
            said = {"login": name, "password": "not this one"}
            answer, _page = timed(browser, "POST", "/accounts/login/", said, name)
            shapes.add(answer.shape)
    assert len(shapes) == 1


def test_the_classifier_sees_what_there_is() -> None:
    chance = random.Random(1)
    same = [[chance.gauss(10, 1) for _n in range(2000)] for _side in range(2)]
    assert BOUNDS[0] <= auc(*same) <= BOUNDS[1]
    assert auc(same[0], [value + 0.2 for value in same[1]]) > BOUNDS[1]  # a fifth of the spread
    assert auc([1, 1], [1, 1]) == 0.5
    assert auc([1, 2], [3, 4]) == 1
