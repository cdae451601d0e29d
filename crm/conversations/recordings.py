"""Recordings of calls: announced first, agreed where the register asks for it, kept apart.

Each has a purpose of the register whose activity uses recordings of the voice. Nobody who works for
another purpose holds a key to them, and where that activity rests on consent the gate asks for it:
withdrawn, the sound goes, and the note of the call stays (Art. 6(1)(a), 13(1)(c), 25).
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from crm.conversations.errors import (
    MessageNotFoundError,
    RecordingKnownError,
    RecordingUnannouncedError,
    SoundRefusedError,
)
from crm.models import Call, CallRecording
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.consents import Mechanism
from governance.policy.vocabulary import Channel, ConsentState, LawfulBasis, Operation, Role
from registry import activities, consent
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Purpose

LARGEST = 8 * 1024 * 1024
BEGINS = {
    b"RIFF": "audio/wav",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
}


@dataclass(frozen=True, slots=True)
class Sound:
    """What was recorded, and when its purpose was announced; None where it was not."""

    content: bytes = field(repr=False)
    announced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recordable:
    """A purpose for which calls may be recorded; `needs_consent` where the person has to agree."""

    key: str
    text: str
    needs_consent: bool


def purposes(controller: UUID, role: Role, *, now: datetime) -> list[Recordable]:
    """Return the purposes for which a role may record calls, as the register has them in force."""
    return [
        Recordable(
            version.activity.purpose.key, version.activity.purpose.text,
            version.basis == LawfulBasis.CONSENT,
        )
        for version in activities.of_role(controller, role, at=now)
        if Category.VOICE in version.categories and Operation.CREATE in version.operations
    ]  # fmt: skip


def agree(access: Access, subject: UUID, purpose: Purpose, *, announced: str, at: datetime) -> None:
    """Write down that a person agreed on the phone, after these words were read to them."""
    access.widen(Category.CONSENT)  # what they said is kept, whatever the purpose may read of that
    consent.record(
        access, subject=subject, purpose=purpose, channel=Channel.PHONE, state=ConsentState.GIVEN,
        at=at, method=Mechanism.PHONE, statement=announced,
    )  # fmt: skip


def keep(
    actor: Actor, subject: UUID, call: UUID, sound: Sound, *, purpose: str, now: datetime
) -> CallRecording:
    """Keep the recording of a call.

    Raises
    ------
    RecordingUnannouncedError
        the person was not told for what it is
    SoundRefusedError
        it is no sound that we know, or too large
    GateRefusedError
        the purpose does not reach the person: without their consent, where it rests on it
    MessageNotFoundError, RecordingKnownError
    """
    if sound.announced_at is None or sound.announced_at > now:
        raise RecordingUnannouncedError
    kind = next((k for begins, k in BEGINS.items() if sound.content.startswith(begins)), None)
    if kind is None or len(sound.content) > LARGEST:
        raise SoundRefusedError
    with gate.open(actor, purpose, Operation.CREATE, subjects=subject, now=now) as access:
        access.require(Category.VOICE)
        held = access.rows(Call).filter(pk=call, subject=subject).first()
        if held is None:
            raise MessageNotFoundError
        if access.rows(CallRecording).filter(call=held).exists():
            raise RecordingKnownError
        kept = CallRecording(
            controller_id=access.controller, subject_id=subject, call=held, purpose=purpose,
            announced_at=sound.announced_at, recorded_at=now, media_type=kind, collected_at=now,
        )  # fmt: skip
        kept.sound, kept.announcement = sound.content, _text_of(access.controller, purpose)
        kept.save()
    return kept


def _text_of(controller: UUID, purpose: str) -> str:
    return Purpose.objects.get(controller=controller, key=purpose).text


def heard(access: Access, subject: UUID, recording: UUID) -> tuple[str, bytes]:
    """Return kind and bytes of a recording, in an access for a purpose that uses them.

    Raises
    ------
    CategoryNotGrantedError
        the access is for another purpose
    MessageNotFoundError
        there is none, or its time is over
    """
    access.require(Category.VOICE)
    found = access.rows(CallRecording).filter(pk=recording, subject=subject).first()
    if found is None or not (sound := found.sound):
        raise MessageNotFoundError
    return found.media_type, sound
