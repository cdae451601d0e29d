"""Letters about requests: written with the act, sent once in effect, and never lost silently."""

import os
import subprocess
import sys
from datetime import timedelta
from uuid import UUID

import pytest
from django.core import mail

from audit.models import Entry
from dsar import attaching, correspondence, requests
from dsar.correspondence import deliver, hand_over, post
from dsar.errors import LetterNotFoundError, LetterStateError, LetterTimeError
from dsar.identity import Requester
from dsar.models import Correspondence, SubjectRequest
from governance.crypto.ids import uuid7
from governance.policy.vocabulary import Channel, Duty, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_person
from tests.dsar.acts import ask

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def written(company: Company, request: SubjectRequest, **changed: str) -> UUID:
    said = {"kind": "question_scope", "subject_line": "La tua\nrichiesta", "body": "Quali dati?"}
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=request.pk, now=NOW
    ) as access:
        return post(access, request, **(said | changed)).pk


def letter_of(company: Company, pk: UUID) -> Correspondence:
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=pk, now=NOW) as access:
        return access.rows(Correspondence).get(pk=pk)


def said_by_the_log(company: Company) -> list[str]:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        rows = Entry.objects.filter(action__startswith="letter.").order_by("at", "id")
        return [row.action for row in rows]


def test_every_process_knows_what_letters_do() -> None:
    program = (
        "import django; django.setup(); import dsar.tasks; from dsar import correspondence;"
        "print(*sorted(correspondence.WHEN_SENT))"
    )
    worker = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "governance.settings"},
    )  # fmt: skip
    assert worker.stdout.split() == [
        "extension", "identity_code", "question_identity", "question_scope", "restriction_lifting",
    ]  # fmt: skip


def test_a_letter_goes_once_to_the_address_they_gave(company: Company) -> None:
    a_person(company)
    pk = written(company, ask(company))
    assert mail.outbox == [], "not before the commit, and not by the one who writes"
    assert deliver(company.controller.pk, now=NOW) == 1
    assert deliver(company.controller.pk, now=NOW + MINUTE) == 0
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["anna.bianchi@example.it"], "La tua richiesta")
    letter = letter_of(company, pk)
    assert (letter.state, letter.sent_at, letter.not_before) == ("sent", NOW, None)


def test_whoever_dies_while_sending_leaves_a_lease_and_the_letter_goes_again(
    company: Company,
) -> None:
    here = company.controller.pk
    pk = written(company, ask(company))
    dead = correspondence.take(pk, controller=here, now=NOW)
    assert dead
    assert correspondence.send(dead) == "", "sent, and dead before it could say so"
    assert deliver(here, now=NOW + MINUTE) == 0, "the lease stands"
    assert deliver(here, now=NOW + 6 * MINUTE) == 1
    first, second = (m.extra_headers["Message-ID"] for m in mail.outbox)
    assert first == second, "the same letter for the mail program of the person"
    late = correspondence.settle(dead, "SMTPException", controller=here, now=NOW + 7 * MINUTE)
    assert late == "", "the dead worker, come back, changes nothing"
    assert letter_of(company, pk).state == "sent"


def test_what_no_server_takes_becomes_a_task_and_a_person_posts_it(
    company: Company, settings, caplog
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    pk = written(company, ask(company))
    now = NOW
    for delay in (*correspondence.DELAYS, timedelta(0)):
        assert letter_of(company, pk).state == "waiting"
        assert deliver(company.controller.pk, now=now) == 0
        now += delay
    assert letter_of(company, pk).state == "failed"
    assert "anna.bianchi" not in caplog.text
    dpo = company.actor(Role.DPO)
    for never in (NOW - MINUTE, now + MINUTE):
        with pytest.raises(LetterTimeError):
            hand_over(pk, by=dpo, at=never, now=now)
    assert hand_over(pk, by=dpo, at=now, now=now).state == "handed"
    with pytest.raises(LetterStateError):
        hand_over(pk, by=dpo, at=now, now=now)
    with pytest.raises(LetterNotFoundError):
        hand_over(uuid7(), by=dpo, at=now, now=now)
    assert said_by_the_log(company) == ["letter.not_sent", "letter.handed"]


@pytest.mark.parametrize("address", ["", "Via Roma 1, Torino", "a@example.it, b@example.it"])
def test_what_is_no_mail_address_is_for_the_post(company: Company, address: str) -> None:
    request = requests.receive(
        company.actor(Role.DPO), right="access", channel="phone", received_at=NOW, language="it",
        requester=Requester("Anna", phone="+39 333 1234567"), now=NOW,
    )  # fmt: skip
    pk = written(company, request, address=address)
    assert deliver(company.controller.pk, now=NOW) == 0
    letter = letter_of(company, pk)
    assert (letter.channel, letter.state) == (Channel.POST, "waiting")
    assert hand_over(pk, by=company.actor(Role.LEGAL), at=NOW, now=NOW).state == "handed"


def test_without_a_mail_server_every_letter_is_a_task_at_once(company: Company) -> None:
    pk = written(company, ask(company))
    deliver(company.controller.pk, now=NOW, has_server=False)
    assert letter_of(company, pk).state == "failed"
    assert mail.outbox == []


def test_what_hangs_on_a_letter_takes_effect_with_it_and_once(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[UUID, object]] = []
    monkeypatch.setitem(
        correspondence.WHEN_SENT, "question_scope",
        lambda _access, request, letter: told.append((request.pk, letter.sent_at)),
    )  # fmt: skip
    request = ask(company)
    written(company, request)
    written(company, request, kind="reminder")
    deliver(company.controller.pk, now=NOW + MINUTE)
    deliver(company.controller.pk, now=NOW + 2 * MINUTE)
    assert told == [(request.pk, NOW + MINUTE)]


def test_letters_go_with_a_request_to_the_person_whose_it_is(company: Company) -> None:
    request = ask(company, email="altro@example.it")
    pk = written(company, request)
    anna = a_person(company)
    attaching.attach(request.pk, anna, by=company.actor(Role.DPO), now=NOW)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=pk, now=NOW
    ) as access:
        letter = access.rows(Correspondence).get(pk=pk)
        assert (letter.subject_id, letter.body) == (anna, "Quali dati?")
        came = correspondence.take_in(
            access, letter.request, channel=Channel.POST, at=NOW, body="Tutti."
        )
        assert (came.direction, came.state, came.body) == ("in", "received", "Tutti.")
        with pytest.raises(LetterTimeError):
            correspondence.take_in(
                access, letter.request, channel=Channel.POST, at=NOW + MINUTE, body="Tutti."
            )


def test_a_closed_request_starts_the_period_of_its_letters(company: Company) -> None:
    request = ask(company)
    pk = written(company, request)
    assert letter_of(company, pk).closed_on is None
    requests.refuse(
        request.pk,
        ground="legal_claims",
        reasons="Terza volta.",
        by=company.actor(Role.DPO),
        now=NOW,
    )
    assert letter_of(company, pk).closed_on == NOW.date()
