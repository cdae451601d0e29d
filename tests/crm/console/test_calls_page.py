"""O9: calls at the desk, their scripts, how they went, and recordings that were announced."""

from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crm.conversations import calls, recordings
from crm.conversations.recordings import Sound
from crm.models import Call, CallRecording, CallScript
from dsar.gathering import gather
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Role
from registry.gate import opening as gate
from registry.gate.errors import CategoryNotGrantedError, GateRefusedError
from tests.builders import Company, a_consent, a_person
from tests.crm.console.conftest import At

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

CARE, RECORDING = "customer_care", "call_recording"
SOUND = b"RIFF\x24\x00\x00\x00WAVEfmt la voce di Anna"


def read(answer: Any) -> str:
    return unescape(answer.content.decode())


def anna_of(company: Company, now: datetime) -> UUID:
    return a_person(company, phone="+39 347 555 0101", orders=[now.date()], now=now)


def a_call(at_desk: At, anna: UUID) -> tuple[Any, str]:
    """An agent, and the address of a call that the person made and the agent noted."""
    agent = at_desk(Role.AGENT, CARE)
    begun = agent.post(
        reverse("desk:call", args=[anna]), {"reason": "Lampada rotta", "do": "heard"}
    )
    address: str = begun.url
    noted = agent.post(f"{address}log/", {"disposition": "reached", "minutes": "4", "words": "Ok"})
    assert noted.url == address
    return agent, address


def a_file(content: bytes = SOUND) -> SimpleUploadedFile:
    return SimpleUploadedFile("chiamata.wav", content, "audio/wav")


def rows(company: Company, subject: UUID, model: Any, now: datetime) -> list[Any]:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=now
    ) as access:
        return list(access.rows(model))


def test_o9_a_call_is_dialled_held_by_a_script_and_noted(
    company: Company, now: datetime, at_desk: At
) -> None:
    anna = anna_of(company, now)
    manager = at_desk(Role.MANAGER, CARE)
    script = {"title": "Benvenuto", "language": "en", "body": "Good morning, how can I help?"}
    assert "how can I help" in read(manager.post(reverse("desk:scripts"), script, follow=True))
    manager.post(reverse("desk:scripts"), script | {"body": "Hello, how can I help?"})
    newest = CallScript.objects.get(key="benvenuto", version=2)
    agent = at_desk(Role.AGENT, CARE)
    assert agent.post(reverse("desk:scripts"), script).status_code == 200
    assert CallScript.objects.count() == 2, "a manager writes them"
    begun = agent.post(reverse("desk:call", args=[anna]), {"reason": "Ritardo", "do": "dial"})
    page = read(agent.get(begun.url))
    assert "+39 347 555 0101" in page or "+393475550101" in page
    assert "Hello, how can I help?" in page
    assert "Good morning" not in page
    said = {"disposition": "call_back", "minutes": "2", "words": "Domani", "script": newest.pk}
    shown = read(agent.post(f"{begun.url}log/", said, follow=True))
    assert "to be called back" in shown
    (made,) = rows(company, anna, Call, now)
    assert (made.disposition, made.seconds, made.script_id) == ("call_back", 120, newest.pk)


def test_o9_marketing_to_a_number_that_was_not_checked_is_not_dialled(
    company: Company, now: datetime, at_desk: At
) -> None:
    anna = anna_of(company, now)
    with pytest.raises(GateRefusedError):
        calls.dial(
            company.actor(Role.MARKETING), anna, purpose="newsletter", reason="Offerta", now=now
        )
    sales = at_desk(Role.SALES, "accounting")
    refused = sales.post(reverse("desk:call", args=[anna]), {"reason": "x", "do": "dial"})
    assert refused.status_code == 403
    assert rows(company, anna, Call, now) == []


def test_o9_a_recording_is_kept_only_announced_and_with_consent(
    company: Company, now: datetime, at_desk: At
) -> None:
    anna = anna_of(company, now)
    agent, address = a_call(at_desk, anna)
    page = read(agent.get(address))
    assert "Record the calls that you agree to have recorded" in page
    assert 'name="agreed" value="1">' in page, "nothing is ticked"
    for ticked, status in (({}, 409), ({"agreed": "1"}, 409), ({"announced": "1"}, 403)):
        said = {"purpose": RECORDING, "sound": a_file(), **ticked}
        assert agent.post(f"{address}record/", said).status_code == status, ticked
    assert rows(company, anna, CallRecording, now) == []
    both = {"purpose": RECORDING, "announced": "1", "agreed": "1"}
    no_sound = agent.post(f"{address}record/", {**both, "sound": a_file(b"MZ\x90")})
    assert no_sound.status_code == 422
    kept = agent.post(f"{address}record/", {**both, "sound": a_file()}, follow=True)
    assert "Kept, apart from the note of the call." in read(kept)
    assert "heard only by who works for the purpose" in read(kept)
    again = agent.post(f"{address}record/", {**both, "sound": a_file()})
    assert again.status_code == 409
    (row,) = rows(company, anna, CallRecording, now)
    assert SOUND not in bytes(row.sealed)
    listen = reverse("desk:recording", args=[anna, row.pk])
    assert agent.get(listen).status_code == 403, "no key for another purpose"
    heard = at_desk(Role.AGENT, RECORDING).get(listen)
    assert (heard.status_code, heard["Content-Type"], heard.content) == (200, "audio/wav", SOUND)
    assert heard["Cache-Control"] == "no-store"


def a_recording(company: Company, at_desk: At, now: datetime) -> tuple[UUID, UUID]:
    anna = anna_of(company, now)
    a_call(at_desk, anna)
    a_consent(company, anna, purpose=RECORDING, channel=Channel.PHONE, at=now)
    (made,) = rows(company, anna, Call, now)
    later = now + timedelta(minutes=1)
    kept = recordings.keep(
        company.actor(Role.AGENT), anna, made.pk, Sound(SOUND, later), purpose=RECORDING, now=later
    )
    return anna, kept.pk


def test_o9_a_recording_is_in_the_copy_of_the_person(
    company: Company, now: datetime, at_desk: At
) -> None:
    anna, _recording = a_recording(company, at_desk, now)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=now
    ) as access:
        held = {group.record: group for group in gather(access, anna).groups}
    (row,) = held["crm.CallRecording"].rows
    cells = {cell.name: cell for cell in row.cells}
    assert cells["sound"].category is Category.VOICE
    assert str(cells["sound"].value).startswith("data:application/octet-stream;base64,UklGR")


def test_o9_after_consent_is_withdrawn_nobody_listens(
    company: Company, now: datetime, at_desk: At
) -> None:
    anna, recording = a_recording(company, at_desk, now)
    later = now + timedelta(hours=1)
    a_consent(
        company, anna, purpose=RECORDING, channel=Channel.PHONE, state=ConsentState.WITHDRAWN,
        at=later,
    )  # fmt: skip
    agent = company.actor(Role.AGENT)
    refused = pytest.raises(GateRefusedError)
    with refused as told, gate.open(agent, RECORDING, Operation.READ, subjects=anna, now=later):
        pass
    assert told.value.code == "no_consent"
    closed = pytest.raises(CategoryNotGrantedError)
    with closed, gate.open(agent, CARE, Operation.READ, subjects=anna, now=later) as access:
        recordings.heard(access, anna, recording)
