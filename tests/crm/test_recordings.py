"""O9: how long a recording is kept, and that it goes before the note of the call."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from crm.conversations import calls, recordings
from crm.conversations.calls import Outcome
from crm.conversations.errors import RecordingUnannouncedError
from crm.conversations.recordings import Sound
from crm.models import CallRecording
from governance.policy.vocabulary import Channel, ConsentState, Operation, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_consent, a_person
from tests.retention.scenes import preview, told

pytestmark = pytest.mark.django_db

CARE, RECORDING = "customer_care", "call_recording"
SOUND = b"OggS la voce di Anna"
LATER = NOW + timedelta(minutes=5)


def a_call(company: Company) -> tuple[UUID, UUID]:
    """A customer who agreed to be recorded, and a call of theirs."""
    anna = a_person(company, orders=[NOW.date()])
    a_consent(company, anna, purpose=RECORDING, channel=Channel.PHONE)
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.CREATE, subjects=anna, now=NOW
    ) as access:
        heard = calls.heard(access, anna, purpose=CARE, reason="Lampada rotta")
        made = calls.log_call(access, heard, Outcome("reached"), at=NOW)
    return anna, made.pk


def keep(company: Company, anna: UUID, call: UUID, sound: Sound) -> CallRecording:
    return recordings.keep(
        company.actor(Role.AGENT), anna, call, sound, purpose=RECORDING, now=LATER
    )


def test_o9_the_sound_ends_after_six_months_and_the_note_of_the_call_stays(
    company: Company,
) -> None:
    keep(company, *a_call(company), Sound(SOUND, NOW))
    assert preview(company, now=LATER).preview["parts_to_erase"] == 0
    assert preview(company, today=date(2027, 5, 23), now=LATER).preview["parts_to_erase"] == 0
    over = preview(company, today=date(2027, 5, 24), now=LATER)
    assert (over.preview["parts_to_erase"], over.preview["to_erase"]) == (1, 0)
    kept = {(table, outcome) for table, outcome, _why, _n in told(over)}
    assert {("crm_callrecording", "kept"), ("crm_call", "kept")} <= kept


def test_o9_the_sound_goes_when_the_consent_is_withdrawn(company: Company) -> None:
    anna, call = a_call(company)
    keep(company, anna, call, Sound(SOUND, NOW))
    a_consent(
        company, anna, purpose=RECORDING, channel=Channel.PHONE, state=ConsentState.WITHDRAWN,
        at=LATER,
    )  # fmt: skip
    run = preview(company, now=LATER + timedelta(minutes=1))
    assert (run.preview["parts_to_erase"], run.preview["to_erase"]) == (1, 0)


def test_o9_what_was_not_announced_or_only_later_is_not_kept(company: Company) -> None:
    anna, call = a_call(company)
    for announced in (None, LATER + timedelta(minutes=1)):
        with pytest.raises(RecordingUnannouncedError):
            keep(company, anna, call, Sound(SOUND, announced))
