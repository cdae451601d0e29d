"""Privacy notices in versions, who was given which, and who is still owed one (Art. 12-14).

The text comes from the register (`dsar.notice` writes it); here it becomes a version that somebody
else approves, and is recorded for people. Those whose data came from elsewhere and who were not
told have a last day, which the gate and the worklist ask for.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import (
    QuerySet,
)
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.policy import deadlines
from governance.policy.actors import Actor
from governance.policy.errors import GovernanceError
from governance.policy.notifications import Telling, notice_due
from governance.policy.vocabulary import Duty
from registry.calendars import calendar_of
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.facts import notice_due_on
from registry.models import (
    Controller,
    DataSource,
    DataSubject,
    NoticeGiven,
    PrivacyNotice,
    Staff,
)
from registry.operations import KEEPING, MAY_APPROVE


class NoticeApprovalError(GovernanceError):
    """A version can not be approved by this person, or is not the newest draft."""

    code = "notice_approval_refused"
    article = "24(1)"
    status = 409
    message = _("This version of the notice can not be approved.")
    advice = _("The newest draft is approved by a DPO or a lawyer who did not draft it.")


class NoticeOutdatedError(GovernanceError):
    """The register has changed since the draft."""

    code = "notice_outdated"
    article = "13"
    status = 409
    message = _("The register has changed since this version was drafted.")
    advice = _("Draft the notice again, so that it says what is done.")


# Versions


@transaction.atomic
def draft(
    controller: Controller, texts: Mapping[str, str], *, by: Staff, now: datetime
) -> list[PrivacyNotice]:
    """Write the next version, one text for each language; it replaces an earlier draft."""
    Controller.objects.select_for_update(no_key=True).get(pk=controller.pk)
    number = (newest(controller) or 0) + 1
    versions = [
        PrivacyNotice(
            controller=controller, number=number, language=language, text=text,
            digest=digest_of(text), drafted_by=by, drafted_at=now,
        )
        for language, text in sorted(texts.items())
    ]  # fmt: skip
    PrivacyNotice.objects.bulk_create(versions)
    _record(by.actor(), Action.PRIVACY_NOTICE_DRAFTED, versions[0], now=now)
    return versions


@transaction.atomic
def approve(
    controller: Controller, number: int, *, saying: Mapping[str, str], by: Staff, now: datetime
) -> None:
    """Approve the newest draft in all its languages.

    Arguments
    ---------
    saying : what the register says now, by language

    Raises
    ------
    NoticeApprovalError
        `by` drafted it or has not the role, or it is not the newest draft
    NoticeOutdatedError
    """
    versions = list(
        PrivacyNotice.objects.select_for_update().filter(controller=controller, number=number)
    )
    if not versions or number != newest(controller) or by.role not in MAY_APPROVE:
        raise NoticeApprovalError
    if any(version.approved_at or version.drafted_by_id == by.pk for version in versions):
        raise NoticeApprovalError
    if {version.language: version.text for version in versions} != dict(saying):
        raise NoticeOutdatedError
    PrivacyNotice.objects.filter(controller=controller, number=number).update(
        approved_by=by, approved_at=now
    )
    _record(by.actor(), Action.PRIVACY_NOTICE_APPROVED, versions[0], now=now)


def newest(controller: Controller) -> int | None:
    """Return the number of the newest version, approved or not."""
    numbers = PrivacyNotice.objects.filter(controller=controller).order_by("-number")
    return numbers.values_list("number", flat=True).first()


def in_force(controller: UUID, language: str) -> PrivacyNotice | None:
    """Return the newest approved version in a language."""
    approved = PrivacyNotice.objects.filter(
        controller=controller, language=language, approved_at__isnull=False
    )
    return approved.order_by("-number").first()


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text; the database computes it again."""
    return sha256(text.encode()).hexdigest()


def _record(actor: Actor, action: Action, version: PrivacyNotice, *, now: datetime) -> None:
    event = log.Event(
        action=action, purpose=KEEPING, object_type="privacy_notice", object_id=version.pk,
        counts={"number": version.number},
    )  # fmt: skip
    log.record(actor, event, now=now)


# Who was told


@dataclass(frozen=True, slots=True)
class Told:
    """Which version was given, when and how."""

    notice: PrivacyNotice
    at: datetime
    how: Telling

    def to_json(self) -> dict[str, str]:
        """Return it as an import keeps it until its rows land."""
        return {"notice": str(self.notice.pk), "at": self.at.isoformat(), "how": self.how}

    @classmethod
    def from_json(cls, stored: Mapping[str, str] | None) -> "Told | None":
        """Return what an import kept, or None where it said of nobody that they were told."""
        if not stored:
            return None
        notice = PrivacyNotice.objects.get(pk=stored["notice"])
        return cls(notice, datetime.fromisoformat(stored["at"]), Telling(stored["how"]))


def give(access: Access, subjects: Collection[UUID], told: Told) -> None:
    """Record that people were given a version of the notice; nothing is owed to them any more."""
    NoticeGiven.objects.bulk_create(
        (
            NoticeGiven(
                controller_id=access.controller, subject_id=subject, notice=told.notice,
                at=told.at, how=told.how, collected_at=access.now,
            )
            for subject in subjects
        ),
        batch_size=2000,
    )  # fmt: skip
    DataSubject.objects.filter(pk__in=subjects, notice_due_on__isnull=False).update(
        notice_due_on=None
    )
    event = log.Event(
        action=Action.PRIVACY_NOTICE_GIVEN, purpose=KEEPING, subjects=tuple(subjects),
        object_type="privacy_notice", object_id=told.notice.pk, reason=told.how,
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)


def collected(
    access: Access, subjects: Collection[UUID], *, source: DataSource | None, told: Told | None
) -> None:
    """Say of people just recorded what they were told; for the others start the clock of Art. 14.

    Whoever creates people calls it in the same access. What a person gives is told when they give
    it (Art. 13(1)), so only a source that is not the person has a clock.
    """
    if not subjects:
        return
    if told:
        give(access, subjects, told)
    elif source is not None and not source.from_subject:
        today = deadlines.local_date(access.now)
        controller = Controller.objects.get(pk=access.controller)
        calendar = calendar_of(controller, today)
        due = notice_due(today, calendar, rules=deadlines.rules_on(today))
        DataSubject.objects.filter(pk__in=subjects).update(notice_due_on=due.due_on)


def give_owed(actor: Actor, *, tell_by: date, told: Told, now: datetime) -> int:
    """Record that everybody who was owed the notice by a day was given it; return how many."""
    with gate.duty(actor, Duty.SUPERVISION, now=now) as access:
        people = list(owed().filter(tell_by=tell_by).values_list("pk", flat=True))
        if people:
            give(access, people, told)
    return len(people)


def communicated(access: Access, subject: UUID, *, on: date) -> None:
    """Let the notice be due with the first message to a person (Art. 14(3)(b))."""
    DataSubject.objects.filter(
        pk=subject, controller=access.controller, notice_due_on__gt=on
    ).update(notice_due_on=on)


# Who is owed it


def owed() -> QuerySet[Any]:
    """Return the people who are owed the notice, soonest first, with the day as `tell_by`."""
    people: QuerySet[Any] = DataSubject.objects.filter(notice_due_on__isnull=False)
    dated: QuerySet[Any] = people.annotate(tell_by=notice_due_on())
    return dated.order_by("tell_by")
