"""Art. 16: what is wrong is corrected, what is missing is completed, recipients are told (Art. 19).

Corrected is every copy that is held, also what a law keeps. Evidence is not rewritten, neither of
consents nor of requests: it shows what was said, and a supplementary statement stands beside it.
Which value a field had before is nowhere kept; the log names the fields.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from dsar import answers, labels, ladder
from dsar.errors import CorrectionRefusedError, NothingSaidError
from dsar.models import Statement, SubjectRequest
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.identity import Act
from governance.policy.vocabulary import Duty, RecordClass, Right
from registry import restriction
from registry.datamap import Holding, Lookup, Origin, Sign, data_map
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Restriction, SubjectRow
from registry.sealed import SealedDate, SealedText, sealed_attributes
from retention import recipients

EVIDENCE = frozenset({RecordClass.CONSENT_EVIDENCE, RecordClass.REQUEST_FILE})
DISPUTED = "a"  # Art. 18(1)(a)


@dataclass(frozen=True)
class Correction:
    """One value to be put right: the model of the row, its id, the field, the new value."""

    record: str
    row: UUID
    field: str
    value: str


@dataclass(frozen=True)
class Field:
    """A field that can be corrected, with the value it has now."""

    record: str
    title: str
    row: UUID
    name: str
    label: str
    value: str


def correct(
    request_id: UUID,
    corrections: Sequence[Correction],
    *,
    statement: str = "",
    by: Actor,
    now: datetime,
) -> SubjectRequest:
    """Put values right, add what the person states, tell recipients, and answer.

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    NothingSaidError
    CorrectionRefusedError
        the row is not theirs, or the field is evidence or none that people give
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = answers.taken_up(access, request_id, Right.RECTIFICATION)
        if not corrections and not statement.strip():
            raise NothingSaidError
        if any(_is_contact(one) for one in corrections):
            ladder.require(access, request, Act.RECTIFY_CONTACT)
        changed = [_apply(access, request, one) for one in corrections]
        if statement.strip():
            _state(access, request, statement.strip())
        told = recipients.queue_change(
            access, recipients.RECTIFIED, job=request.pk, subject=request.subject_id,
            categories={category for _holding, _name, category in changed},
        )  # fmt: skip
        counts = Counter((h.model, name) for h, name, _category in changed)
        answers.give(
            access, request,
            lambda: {
                "fields": [
                    (answers.title_of(model), labels.word(labels.FIELDS, name))
                    for model, name in counts
                ],
                "has_statement": bool(statement.strip()), "told": told,
            },
        )  # fmt: skip
    return request


def dispute(request_id: UUID, *, by: Actor, now: datetime) -> Restriction:
    """Restrict the use of the data while their accuracy is verified (Art. 18(1)(a)).

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = answers.taken_up(access, request_id, Right.RECTIFICATION)
        return restriction.place(
            access, subject=request.subject_id, ground=DISPUTED, at=request.received_at
        )


def fields(access: Access, subject: UUID) -> list[Field]:
    """Return what can be corrected of a person, row by row, with the values as they are."""
    found = []
    for holding in data_map().answered():
        names = _correctable(holding)
        if not names:
            continue
        model: Any = holding.model_class
        for row in access.rows(model).filter(subject=subject).order_by("collected_at", "pk"):
            values = access.values(row)
            title = answers.title_of(holding.model)
            found += [
                Field(holding.model, title, row.pk, name, labels.word(labels.FIELDS, name),
                      str(values[name]))
                for name in names
                if values.get(name) not in (None, "")
            ]  # fmt: skip
    return found


def _correctable(holding: Holding) -> list[str]:
    model = holding.model_class
    if holding.record_class in EVIDENCE or not issubclass(model, SubjectRow):
        return []
    kinds = sealed_attributes(model)
    return [
        name
        for name, said in holding.sealed().items()
        if said.origin is Origin.PROVIDED and isinstance(kinds[name], SealedText | SealedDate)
    ]


def _apply(
    access: Access, request: SubjectRequest, one: Correction
) -> tuple[Holding, str, Category]:
    holding = next((h for h in data_map().answered() if h.model == one.record), None)
    if holding is None or one.field not in _correctable(holding) or not one.value.strip():
        raise CorrectionRefusedError
    model: Any = holding.model_class
    row = access.rows(model).select_for_update(of=("self",)).filter(pk=one.row).first()
    if row is None or row.subject_id != request.subject_id:
        raise CorrectionRefusedError
    setattr(row, one.field, _value(sealed_attributes(model)[one.field], one.value.strip()))
    if _is_contact(one) and (column := holding.signs.get(Sign.CHANGED)):
        setattr(row, column, access.now)
    row.save()
    return holding, one.field, holding.sealed()[one.field].category


def _is_contact(one: Correction) -> bool:
    """Whether it changes where the next answer would go."""
    holding = next((h for h in data_map().answered() if h.model == one.record), None)
    said = holding.personal().get(one.field) if holding else None
    return said is not None and said.lookup in {Lookup.EMAIL, Lookup.PHONE}


def _value(kind: object, text: str) -> object:
    if not isinstance(kind, SealedDate):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CorrectionRefusedError from None


def _state(access: Access, request: SubjectRequest, words: str) -> None:
    statement = Statement(
        controller_id=access.controller, subject_id=request.subject_id, request=request.pk,
        collected_at=access.now,
    )  # fmt: skip
    statement.statement = words
    statement.save()
