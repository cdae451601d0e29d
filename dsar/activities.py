"""Which processing activities concern one person, and until when they let each row be kept.

Read from the register as it is in force: the same versions, and the same decision, by which
the gate lets anybody read. So the answer of Art. 15(1)(a) is what the system would do now.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language

from governance.policy.categories import Category
from governance.policy.decisions import Refusal, decide_subject
from governance.policy.vocabulary import Anchor, RecordClass
from registry import activities
from registry.gate.facts import Question, facts_of, with_facts
from registry.models import ActivityVersion, DataSubject
from retention import people, rules, schedule

NOT_CONCERNED = frozenset({Refusal.SUBJECT_NOT_COVERED})


@dataclass(frozen=True)
class Concerns:
    """One activity in force, for one person.

    Attributes
    ----------
    refusal : why the person's data is not used for it now; "" when it is
    """

    version: ActivityVersion
    refusal: str

    @property
    def is_used(self) -> bool:
        """Whether data may be used for it now."""
        return not self.refusal

    @property
    def purpose_text(self) -> str:
        """The purpose in the words of the register, in the language of the answer."""
        purpose = self.version.activity.purpose
        return purpose.text_it if _is_italian() else purpose.text_en

    @property
    def categories(self) -> list[Category]:
        """The categories it may use."""
        return [c for c in Category if c in set(self.version.categories)]


@dataclass(frozen=True)
class End:
    """The last day of keeping of a row, and why; `until` is None when it cannot be computed."""

    until: date | None
    reference: str


NO_END = End(None, "")


def concerning(controller: UUID, subject: UUID, *, now: datetime) -> list[Concerns]:
    """Return the activities for people of this kind, each with the decision of the gate."""
    found = []
    for version in activities.all_in_force(controller, at=now):
        refusal = _refusal(version, subject, now)
        if refusal not in NOT_CONCERNED:
            found.append(Concerns(version, refusal.value if refusal else ""))
    return found


def _refusal(version: ActivityVersion, subject: UUID, now: datetime) -> Refusal | None:
    terms = activities.terms_of(version)
    rules = tuple(
        (Anchor(rule.anchor), rule.period)
        for rule in version.retention_rules.all()
        if rule.record_class == RecordClass.MASTER_DATA
    )
    question = Question(
        activity=terms,
        purpose_id=version.activity.purpose_id,
        master_rules=rules,
        channel=None,
        now=now,
    )
    row = with_facts(DataSubject.objects.filter(pk=subject), question).get()
    return decide_subject(facts_of(row), activity=terms, today=timezone.localdate(now))


def ends(controller: UUID, subject: UUID, *, now: datetime) -> dict[UUID, End]:
    """Return the end of keeping of every row about a person, by its id.

    Retention decides, by the same rules by which it will erase. That the request which is
    being answered freezes everything meanwhile is not told as an end.
    """
    today = timezone.localdate(now)
    book = rules.in_force(controller, at=now)
    return {
        decided.row.id: End(decided.until, decided.rule.legal_reference if decided.rule else "")
        for person in people.load(book, [subject], today=today, now=now)
        for decided in schedule.decide_person(person, book, today=today)
    }


def _is_italian() -> bool:
    return (get_language() or "it").startswith("it")
