"""OpenDSR 2.0: what a connected system hands in, asks, takes back and is told, all of it signed."""

import base64
import ipaddress
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.test import Client
from django.utils import timezone

from dsar import access_right, clock, requests
from dsar.models import ConnectedRequest, Correspondence, StatusCallback, SubjectRequest
from dsar.opendsr import callbacks, signing
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.api.world import Answer, World
from tests.dsar.others import read_all
from tests.retention.receiver import Receiver

HERE = [ipaddress.ip_network("127.0.0.0/8")]
NUMBER = UUID("a7551968-d5d6-44b2-9831-815ac9017798")
MINUTE = timedelta(minutes=1)


def body(**changed: Any) -> dict[str, Any]:
    return {
        "regulation": "gdpr",
        "subject_request_id": str(NUMBER),
        "subject_request_type": "access",
        "submitted_time": (timezone.now() - timedelta(days=2)).replace(microsecond=0).isoformat(),
        "subject_identities": [
            {"identity_type": "email", "identity_format": "raw",
             "identity_value": "anna.bianchi@example.it"},
        ],
        "api_version": "2.0",
        "extensions": {"other.example": {"id": 7}},
        **changed,
    }  # fmt: skip


def call(world: World, method: str, path: str, **more: Any) -> Answer:
    return world.call(
        method, f"opendsr/v2/{path}",
        **({"role": Role.DPO, "purpose": "rights_requests"} | more),
    )  # fmt: skip


def hand_in(world: World, **changed: Any) -> Answer:
    return call(world, "POST", "requests", body=body(**changed))


def status(world: World) -> str:
    return str(call(world, "GET", f"requests/{NUMBER}").body["request_status"])


def verify(headers: Any, sent: bytes) -> None:
    """As a controller does it: by the certificate that discovery names."""
    pem = Client().get("/.well-known/custode/opendsr.pem").content
    assert b"PRIVATE" not in pem
    key = x509.load_pem_x509_certificate(pem).public_key()
    signature = base64.b64decode(headers["X-OpenDSR-Signature"])
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, sent, ec.ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(signature, sent + b" ", ec.ECDSA(SHA256()))


def the_request(world: World) -> SubjectRequest:
    with gate.duty(world.company.actor(Role.DPO), Duty.SUPERVISION, now=timezone.now()):
        return SubjectRequest.objects.select_related("controller").get()


def test_discovery_says_what_is_supported_and_by_which_certificate(world: World) -> None:
    answer = call(world, "GET", "discovery")
    assert answer.status == 200
    assert answer.body == {
        "api_version": "2.0",
        "supported_identities": [{"identity_type": "email", "identity_format": "raw"}],
        "supported_subject_request_types": ["access", "portability", "erasure"],
        "processor_certificate": answer.body["processor_certificate"],
    }
    assert answer.body["processor_certificate"].endswith("/.well-known/custode/opendsr.pem")
    assert answer.headers["X-OpenDSR-Processor-Domain"] == signing.domain()
    verify(answer.headers, answer.raw)


def test_a_request_counts_from_the_day_the_person_made_it(world: World, anna: UUID) -> None:
    said = body()
    answer = call(world, "POST", "requests", body=said)
    assert answer.status == 201
    verify(answer.headers, answer.raw)
    made = the_request(world)
    assert (made.right, made.subject_id, made.identity) == ("access", anna, "unverified")
    assert made.received_at == datetime.fromisoformat(said["submitted_time"])
    assert base64.b64decode(answer.body["encoded_request"]) == orjson.dumps(said)
    due = datetime.fromisoformat(answer.body["expected_completion_time"])
    assert timezone.localdate(due) == clock.deadline_of(made).binding_on
    assert answer.body["controller_id"] == "acme"


def test_the_same_request_again_is_recorded_once(world: World, anna: UUID) -> None:
    said = body()
    answers = [call(world, "POST", "requests", body=said) for _time in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert (
        answers[0].body["expected_completion_time"] == answers[1].body["expected_completion_time"]
    )
    the_request(world)
    other = call(world, "POST", "requests", body={**said, "subject_request_type": "erasure"})
    assert (other.status, other.code) == (409, "subject_request_id_reused")


def test_each_state_has_its_word(world: World, anna: UUID) -> None:
    hand_in(world)
    made, dpo = the_request(world), world.company.actor(Role.DPO)
    assert status(world) == "pending"
    requests.identify(made.pk, "known_contact", by=dpo, now=timezone.now())
    assert status(world) == "in_progress"
    read_all(world.company, made, now=timezone.now())
    access_right.fulfil(made.pk, dpo, timezone.now())
    assert status(world) == "completed"
    answer = call(world, "GET", f"requests/{NUMBER}")
    verify(answer.headers, answer.raw)


def test_a_refused_request_is_cancelled(world: World, anna: UUID) -> None:
    hand_in(world)
    made = the_request(world)
    requests.refuse(
        made.pk, ground="identity_not_proven", reasons="No", by=world.company.actor(Role.DPO),
        now=timezone.now(),
    )  # fmt: skip
    assert status(world) == "cancelled"


def test_a_request_is_taken_back_while_it_is_pending_and_a_person_is_told(
    world: World, anna: UUID
) -> None:
    hand_in(world)
    for _time in range(2):
        answer = call(world, "DELETE", f"requests/{NUMBER}")
        assert (answer.status, answer.body["subject_request_id"]) == (202, str(NUMBER))
        verify(answer.headers, answer.raw)
    assert status(world) == "cancelled"
    made = the_request(world)
    assert made.state == "received", "it is the person's: somebody finds out whether they agree"
    with gate.duty(
        world.company.actor(Role.DPO), Duty.ANSWERING, reference=made.pk, now=timezone.now()
    ):
        assert Correspondence.objects.filter(direction="in").count() == 1


def test_what_is_worked_on_is_not_taken_back(world: World, anna: UUID) -> None:
    hand_in(world)
    made = the_request(world)
    requests.identify(
        made.pk, "known_contact", by=world.company.actor(Role.DPO), now=timezone.now()
    )
    assert call(world, "DELETE", f"requests/{NUMBER}").status == 409
    assert status(world) == "in_progress"


def test_a_request_is_seen_by_the_system_that_handed_it_in_alone(world: World, anna: UUID) -> None:
    hand_in(world)
    other = world.token(Role.DPO, name="Another system")
    for method in ("GET", "DELETE"):
        refused = [
            call(world, method, f"requests/{number}", secret=other) for number in (NUMBER, uuid4())
        ]
        assert {(answer.status, answer.raw) for answer in refused} == {(404, refused[0].raw)}
    assert call(world, "POST", "requests", secret=other, body=body()).status == 201, "its own"
    with gate.duty(world.company.actor(Role.DPO), Duty.SUPERVISION, now=timezone.now()):
        assert ConnectedRequest.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"regulation": "ccpa"}, "#/regulation"),
        ({"subject_request_type": "rectification"}, "#/subject_request_type"),
        ({"subject_request_id": "7"}, "#/subject_request_id"),
        ({"submitted_time": "2999-01-01T00:00:00Z"}, "#/submitted_time"),
        ({"subject_identities": []}, "#/subject_identities"),
        ({"subject_identities": [{"identity_type": "email", "identity_format": "sha256",
                                  "identity_value": "a" * 64}]}, "#/subject_identities"),
        ({"status_callback_urls": ["http://x.example/"]}, "#/status_callback_urls"),
        ({"api_version": "1.0"}, "#/api_version"),
        ({"more": 1}, "#/more"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_said(world: World, wrong: dict[str, Any], pointer: str) -> None:
    answer = hand_in(world, **wrong)
    assert (answer.status, answer.code) == (400, "validation_failed")
    assert answer.body["errors"][0]["pointer"].startswith(pointer)


def test_a_token_of_one_purpose_need_not_name_it(world: World, anna: UUID) -> None:
    one = world.token(Role.DPO, name="One", purposes=["rights_requests"])
    assert call(world, "POST", "requests", purpose=None, secret=one, body=body()).status == 201
    several = call(world, "GET", "discovery", purpose=None)
    assert (several.status, several.code) == (400, "purpose_missing")
    assert (
        call(world, "GET", "discovery", role=Role.AGENT, purpose="order_management").status == 403
    )


def test_without_a_key_it_is_closed(world: World, settings: Any) -> None:
    settings.OPENDSR_KEY = ""
    for answer in (call(world, "GET", "discovery"), hand_in(world)):
        assert (answer.status, answer.code) == (404, "opendsr_closed")
    assert Client().get("/.well-known/custode/opendsr.pem").status_code == 404


def test_a_key_of_rsa_signs_too(settings: Any, tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    path = tmp_path / "rsa.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    settings.OPENDSR_KEY = str(path)
    signature = base64.b64decode(signing.headers(b"x")["X-OpenDSR-Signature"])
    key.public_key().verify(signature, b"x", padding.PKCS1v15(), SHA256())


# Callbacks


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    made = Receiver(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    yield made
    made.close()


def tell(world: World, now: datetime, **more: Any) -> int:
    return callbacks.tell_all(world.company.controller.pk, now=now, **({"allowed": HERE} | more))


def callback_of(world: World) -> StatusCallback:
    with gate.duty(world.company.actor(Role.DPO), Duty.SUPERVISION, now=timezone.now()):
        return StatusCallback.objects.get()


def test_each_change_is_told_once_and_signed(world: World, anna: UUID, receiver: Receiver) -> None:
    hand_in(world, status_callback_urls=[receiver.url()])
    made, dpo = the_request(world), world.company.actor(Role.DPO)
    now = timezone.now()
    assert tell(world, now) == 0, "that it is pending was the answer to the call"
    requests.identify(made.pk, "known_contact", by=dpo, now=now)
    assert [tell(world, now + MINUTE * n) for n in range(3)] == [1, 0, 0]
    read_all(world.company, made, now=now)
    access_right.fulfil(made.pk, dpo, now)
    assert [tell(world, now + MINUTE * n) for n in range(3, 6)] == [1, 0, 0]
    told = [orjson.loads(sent) for _headers, sent in receiver.seen]
    assert [one["request_status"] for one in told] == ["in_progress", "completed"]
    assert {one["subject_request_id"] for one in told} == {str(NUMBER)}
    assert {one["status_callback_url"] for one in told} == {receiver.url()}
    for headers, sent in receiver.seen:
        assert b"anna" not in sent
        verify({"X-OpenDSR-Signature": headers["x-opendsr-signature"]}, sent)


def test_what_was_not_taken_is_told_again_and_ends(
    world: World, anna: UUID, receiver: Receiver
) -> None:
    hand_in(world, status_callback_urls=[receiver.url()])
    call(world, "DELETE", f"requests/{NUMBER}")
    receiver.status, now = 500, timezone.now()
    for _attempt in range(20):
        tell(world, now)
        now += timedelta(days=2)
    row = callback_of(world)
    assert (row.trouble, row.not_before, len(receiver.seen)) == ("http_500", None, 14)


def test_whoever_dies_while_telling_leaves_a_lease(
    world: World, anna: UUID, receiver: Receiver
) -> None:
    hand_in(world, status_callback_urls=[receiver.url()])
    call(world, "DELETE", f"requests/{NUMBER}")
    here, now = world.company.controller.pk, timezone.now()
    dead = callbacks.take(callback_of(world).pk, controller=here, now=now)
    assert dead
    assert tell(world, now + MINUTE) == 0
    assert tell(world, now + MINUTE * 3) == 1
    assert callbacks.settle(dead, "", controller=here, now=now) is False, "overtaken"


def test_nobody_is_told_inside(world: World, anna: UUID, receiver: Receiver) -> None:
    hand_in(world, status_callback_urls=[receiver.url()])
    call(world, "DELETE", f"requests/{NUMBER}")
    assert tell(world, timezone.now(), allowed=[]) == 0
    assert callback_of(world).trouble == "not_public"
    assert receiver.seen == []
