"""Promises 25 and 26: recipients are told exactly of what goes, once in effect, and verifiably."""

import base64
import ipaddress
import json
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.models import Entry
from crm.models import Contact
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty, Operation, Role, Scope
from registry.gate import opening as gate
from registry.gate.errors import CategoryNotGrantedError, GateRefusedError
from registry.models import Disclosure, Recipient
from retention import delivery, recipients, webhooks
from retention.errors import NoticeStateError
from retention.models import Notification
from tests.builders import NOW, Company, a_person
from tests.crypto.destroying import destroy_subject_keys
from tests.retention.receiver import Receiver

pytestmark = pytest.mark.django_db
HERE = (ipaddress.ip_network("127.0.0.0/8"),)
CARRIER, PROVIDER = "Corriere", "Fornitore di servizi informatici"


def given(
    company: Company, subject: UUID, name: str, *, known_as: str = "", categories=None
) -> None:
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.EXPORT, subjects=subject,
        categories=categories, now=NOW,
        recipient=Recipient.objects.get(controller=company.controller, name=name).pk,
    ) as access:  # fmt: skip
        list(access.rows(Contact))
        access.names_outside = {subject: known_as} if known_as else {}


def queued(company: Company, subject: UUID, *, categories=frozenset(Category), **more: int) -> int:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        return recipients.queue(
            access, job=subject, round_no=more.get("round_no", 1), pass_no=more.get("pass_no", 1),
            subject=subject, categories=categories,
        )  # fmt: skip


def with_endpoint(company: Company, name: str, url: str) -> None:
    Recipient.objects.filter(controller=company.controller, name=name).update(endpoint=url)


def attempt(notice: Notification, now: datetime, **more: object) -> str:
    return delivery.deliver(notice.pk, now=now, jitter=0.0, allowed=HERE, **more)


@pytest.fixture
def anna(company: Company) -> UUID:
    return a_person(company, orders=[NOW.date()])


@pytest.fixture
def notice(company: Company, anna: UUID, receiver: Receiver) -> Notification:
    """A notice for a carrier that calls Anna DEST-88."""
    with_endpoint(company, CARRIER, receiver.url())
    given(company, anna, CARRIER, known_as="DEST-88")
    assert queued(company, anna) == 1
    return Notification.objects.get()


def verified(headers: dict[str, str], body: bytes, key: str) -> dict:
    """What a recipient does: Standard Webhooks, read from its public description alone."""
    scheme, _comma, signature = headers["webhook-signature"].partition(",")
    assert scheme == "v1a"
    kind, _underscore, raw = key.partition("_")
    assert kind == "whpk"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(raw))
    public.verify(base64.b64decode(signature), signed)
    return json.loads(body)


# Whom, and of what


def test_exactly_the_recipients_of_what_goes_are_told_once(company: Company, anna: UUID) -> None:
    bruno = a_person(company, given="Bruno", orders=[NOW.date()])
    given(company, anna, CARRIER, known_as="DEST-88")
    given(company, anna, CARRIER, known_as="DEST-89")
    given(company, anna, PROVIDER, categories=frozenset({Category.EMAIL, Category.PURCHASES}))
    given(company, bruno, CARRIER, known_as="DEST-90")
    goes = frozenset(Category) - {Category.PURCHASES}
    assert queued(company, anna, categories=goes) == 2
    assert queued(company, anna, categories=goes) == 0, "a second time there is nothing to tell"
    told = {n.recipient.name: n for n in Notification.objects.select_related("recipient")}
    assert recipients.known_as(told[CARRIER]) == ["DEST-88", "DEST-89"]
    assert recipients.known_as(told[PROVIDER]) == [str(anna)], "called what we call them"
    assert told[PROVIDER].categories == ["email"]
    assert "purchases" not in told[CARRIER].categories
    destroy_subject_keys(
        company.controller.pk, anna, scopes=[Scope.ORDINARY], ordered_by=uuid4(), now=NOW
    )
    # What is kept outlives the ordinary key, is told when it goes, and of Bruno nothing was said.
    assert queued(company, anna, categories={Category.PURCHASES}, pass_no=2) == 2
    later = Notification.objects.filter(pass_no=2)
    assert {tuple(n.categories) for n in later} == {("purchases",)}
    assert {tuple(recipients.known_as(n)) for n in later} == {("DEST-88", "DEST-89"), (str(anna),)}
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        assert [d.subject_id for d in Disclosure.objects.all()] == [bruno]


def test_what_names_the_person_is_sealed_and_not_read_without_the_right(
    company: Company, anna: UUID
) -> None:
    given(company, anna, CARRIER, known_as="DEST-88")
    with (
        pytest.raises(CategoryNotGrantedError),
        gate.duty(
            company.actor(Role.DPO), Duty.ERASING, subjects=anna, reference=anna, now=NOW
        ) as access,
    ):
        recipients.queue(
            access, job=anna, round_no=1, pass_no=1, subject=anna, categories=set(Category)
        )
    assert not Notification.objects.exists()
    queued(company, anna)
    blob = bytes(Notification.objects.get().blob)
    assert blob
    assert b"DEST-88" not in blob


# The message


def test_a_message_is_signed_and_holds_the_id_the_categories_and_the_job_alone(
    company: Company, anna: UUID, notice: Notification, receiver: Receiver
) -> None:
    assert attempt(notice, NOW) == "acknowledged"
    ((headers, body),) = receiver.seen
    said = verified(headers, body, webhooks.public_key(company.controller.pk))
    assert set(said) == {"type", "timestamp", "data"}
    assert (said["type"], said["data"]["subject_ids"]) == ("subject.erased", ["DEST-88"])
    assert said["data"] == {
        "subject_ids": ["DEST-88"], "categories": notice.categories, "job": str(anna),
    }  # fmt: skip
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    everything = (str(headers) + body.decode()).lower()
    for word in ("anna@", "bianchi", "example.it", "order_management"):
        assert word not in everything
    with pytest.raises(InvalidSignature):
        verified(headers, body + b" ", webhooks.public_key(company.controller.pk))
    notice.refresh_from_db()
    assert (bytes(notice.blob), notice.next_at, notice.status) == (b"", None, "http_200")
    assert attempt(notice, NOW + timedelta(days=1)) == "", "an answer is the end"
    assert len(receiver.seen) == 1


# Again and again


def test_a_worker_that_dies_after_sending_leaves_the_same_message_for_the_next(
    notice: Notification, receiver: Receiver
) -> None:
    dead = delivery.take(notice.pk, now=NOW)
    assert dead is not None
    sent = delivery.send(dead, allowed=HERE, resolve=delivery.egress.resolved)
    assert delivery.take(notice.pk, now=NOW) is None, "nobody else has it meanwhile"
    later = NOW + delivery.LEASE
    assert delivery.due(now=later) == [notice.pk]
    assert attempt(notice, later) == "acknowledged"
    assert delivery.settle(dead, sent, now=later, jitter=0.0) == "", "the late one notes nothing"
    (first, body), (second, again) = receiver.seen
    assert first["webhook-id"] == second["webhook-id"] == str(notice.pk)
    assert body == again
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("acknowledged", 2)


def test_a_recipient_that_fails_is_tried_for_seven_days_and_then_a_person_is_asked(
    notice: Notification, receiver: Receiver
) -> None:
    receiver.status, now, waits = 503, NOW, []
    while (state := attempt(notice, now)) == "queued":
        notice.refresh_from_db()
        assert notice.next_at is not None
        assert delivery.due(now=notice.next_at - timedelta(seconds=1)) == []
        waits.append((notice.next_at - now).total_seconds())
        now = notice.next_at
    assert state == "manual"
    hour = 3600
    assert waits[:8] == [5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour]
    assert set(waits[8:]) == {24 * hour}
    assert timedelta(days=7) <= now - NOW < timedelta(days=8)
    notice.refresh_from_db()
    assert recipients.known_as(notice) == ["DEST-88"], "who writes the letter needs it"
    assert {h["webhook-id"] for h, _ in receiver.seen} == {str(notice.pk)}


def test_a_pause_moves_by_a_fifth() -> None:
    assert delivery.pause(2, jitter=-1.0) == timedelta(seconds=240)
    assert delivery.pause(2, jitter=1.0) == timedelta(seconds=360)


@pytest.mark.parametrize(
    ("status", "url", "word"),
    [
        (410, None, "http_410"),
        (301, None, "http_301"),
        (200, "http://127.0.0.1/", "not_https"),
        (200, "https://10.0.0.1/", "not_public"),
        (200, "https://[::ffff:10.0.0.1]/", "not_public"),
        (200, "", "no_endpoint"),
    ],
)
def test_what_cannot_be_sent_becomes_a_task(
    company: Company, notice: Notification, receiver: Receiver, status: int, url: str | None,
    word: str,
) -> None:  # fmt: skip
    receiver.status = status
    if url is not None:
        with_endpoint(company, CARRIER, url)
    assert attempt(notice, NOW) == "manual"
    notice.refresh_from_db()
    assert (notice.status, notice.next_at) == (word, None)
    assert len(receiver.seen) == (1 if url is None else 0)


def test_a_name_that_is_not_found_is_tried_again(notice: Notification) -> None:
    assert attempt(notice, NOW, resolve=lambda *_a: []) == "queued"


# The person who ends it, and the log


def test_a_person_ends_a_task_with_a_reason(company: Company, anna: UUID) -> None:
    given(company, anna, CARRIER, known_as="DEST-88")
    queued(company, anna)
    notice = Notification.objects.get()
    assert (notice.state, notice.status) == ("manual", "no_endpoint")
    done = {"outcome": recipients.Outcome.DONE, "now": NOW}
    with pytest.raises(NoticeStateError):
        recipients.close(notice.pk, by=company.staff[Role.DPO], reason="  ", **done)
    with pytest.raises(GateRefusedError):
        recipients.close(notice.pk, by=company.staff[Role.AGENT], reason="Phoned", **done)
    recipients.close(notice.pk, by=company.staff[Role.DPO], reason="Letter of 24 November", **done)
    with pytest.raises(NoticeStateError):
        recipients.close(notice.pk, by=company.staff[Role.DPO], reason="Again", **done)
    notice.refresh_from_db()
    assert (notice.state, notice.outcome, bytes(notice.blob)) == ("closed", "done", b"")
    assert recipients.opened(notice, "reason") == b"Letter of 24 November"
    assert b"Letter" not in bytes(notice.reason)


def test_the_log_has_every_step_and_no_value(
    company: Company, notice: Notification, receiver: Receiver
) -> None:
    receiver.status = 500
    attempt(notice, NOW)
    receiver.status = 200
    attempt(notice, NOW + timedelta(seconds=5))
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        rows = [e for e in Entry.objects.order_by("id") if e.action.startswith("notice.")]
        said = [
            (e.action, e.outcome, json.loads(bytes(e.entry).split(b"\n")[0]).get("reason"))
            for e in rows
        ]
        assert not any(b"DEST-88" in bytes(e.entry) for e in rows)
    assert said == [
        ("notice.queued", "done", None),
        ("notice.sent", "failed", "http_500"),
        ("notice.acknowledged", "done", "http_200"),
    ]


def test_one_notice_per_recipient_and_pass(company: Company, anna: UUID) -> None:
    given(company, anna, CARRIER)
    assert queued(company, anna) == 1
    (made,) = Notification.objects.all()
    again = Notification(
        id=uuid4(), controller=company.controller, job=made.job, round_no=1, pass_no=1,
        recipient=made.recipient, categories=[], created_at=NOW,
    )  # fmt: skip
    with pytest.raises(Exception, match="one_notice_per_recipient_and_pass"):
        again.save()
