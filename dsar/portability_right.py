"""Art. 20: what the person gave, or what was observed of them, for another company to read.

Only where processing rests on consent or contract (`governance.policy.rights`). Inferred values
are left out, and values that came from somebody else. Nothing is erased by it (Art. 20(3)). The
file is kept, handed over and removed as the copy of Art. 15 is.
"""

import json
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone, translation

from audit.actions import Action
from dsar import access_right, activities, answers, ladder, package, proposals, withholding
from dsar.activities import Concerns
from dsar.errors import RightDoesNotReachError
from dsar.gathering import Gathered, Group, gather
from dsar.models import AccessPackage, SubjectRequest
from dsar.redaction import copy as redaction
from dsar.redaction.copy import Redacted
from dsar.sheets import sheet
from dsar.withholding import Withheld
from governance.crypto.ids import uuid7
from governance.policy import rights
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.decisions import Refusal
from governance.policy.vocabulary import Duty, LawfulBasis, RecordClass, Right
from registry.datamap import Origin, data_map
from registry.discovery.mentions import Kind
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Disclosure, Recipient

FORMAT = "custode-portability/1"
LAW = "20(4)"  # why something is hidden
TRANSFER = "portability"
GIVEN = frozenset({Origin.PROVIDED, Origin.OBSERVED})
# A use that is stopped for now ends no right. The gate asks it before the basis, so where there is
# no basis besides, the person gets more of their own data rather than less.
STOPPED = frozenset({Refusal.RESTRICTED, Refusal.OBJECTED, Refusal.NOTICE_OVERDUE})
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": FORMAT,
    "type": "object",
    "required": ["format", "generated_at", "groups", "withheld", "hidden"],
    "properties": {
        "format": {"const": FORMAT},
        "generated_at": {"type": "string", "format": "date-time"},
        "withheld": package.SCHEMA_OF_WITHHELD,
        "hidden": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["record", "field", "kind", "count", "law"],
                "properties": {
                    "record": {"type": "string"},
                    "field": {"type": "string"},
                    "kind": {"enum": [kind.value for kind in Kind]},
                    "count": {"type": "integer", "minimum": 1},
                    "law": {"const": LAW},
                },
            },
        },
        "groups": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["record", "title", "rows"],
                "properties": {
                    "record": {"type": "string"},
                    "title": {"type": "string"},
                    "rows": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["id", "fields"],
                            "properties": {
                                "id": {"type": "string", "format": "uuid"},
                                "fields": {
                                    "type": "object",
                                    "additionalProperties": {
                                        "type": "object",
                                        "required": ["value", "category", "origin"],
                                        "properties": {
                                            "value": {"type": ["string", "number", "boolean"]},
                                            "category": {"enum": [c.value for c in Category]},
                                            "origin": {"enum": sorted(GIVEN)},
                                            "hidden": {"type": "integer", "minimum": 1},
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def fulfil(request_id: UUID, *, by: Actor, now: datetime) -> AccessPackage:
    """Make the file, and answer.

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    RightDoesNotReachError
        nothing of the person is used on consent or contract
    OthersWaitError
        somebody has to read first what it says of other people
    """
    with (
        ladder.pressing(request_id, by=by, now=now),
        gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access,
    ):
        request = answers.taken_up(access, request_id, Right.PORTABILITY)
        with translation.override(request.language):
            held, groups = copied(access, request)
            redacted = redaction.redact(access, request, held, groups)
            content = _packed(redacted, _left_out(access, request, held), now)
        copy = _stored(access, request, content)
        facts = {"groups": [g.title for g in groups], "copy": copy, "redacted": redacted}
        answers.give(access, request, lambda: facts, counts=redacted.counts)
    return copy


def copied(access: Access, request: SubjectRequest) -> tuple[Gathered, list[Group]]:
    """Return what is held of a person, and what of it goes into the file.

    Raises
    ------
    RightDoesNotReachError
        nothing of the person is used on consent or contract
    """
    categories = _reached(access, request.subject_id)
    if not categories:
        raise RightDoesNotReachError
    held = gather(access, request.subject_id)
    shown = withholding.shown(held, proposals.refused_parts(access, request))
    return held, portable(shown, categories)


def _left_out(access: Access, request: SubjectRequest, held: Gathered) -> list[Withheld]:
    categories = _reached(access, request.subject_id)
    parts = proposals.refused_parts(access, request)
    return withholding.of(parts, portable(held, categories))


def _reached(access: Access, subject: UUID) -> frozenset[Category]:
    """Return the categories of activities that rest on consent or contract with this person."""
    concerns = activities.concerning(access.controller, subject, now=access.now)
    return frozenset(c for one in concerns if _reaches(one) for c in one.categories)


def _reaches(one: Concerns) -> bool:
    is_on_basis = one.is_used or one.refusal in STOPPED
    return is_on_basis and rights.reach(Right.PORTABILITY, LawfulBasis(one.version.basis)).reaches


def portable(gathered: Gathered, categories: frozenset[Category]) -> list[Group]:
    """Return what is portable of what is held: from the person, and not inferred."""
    found = []
    for group in gathered.groups:
        if group.record_class is RecordClass.REQUEST_FILE:
            continue  # our answers are none of their data's use
        rows = [
            replace(row, cells=cells)
            for row in group.rows
            if (row.from_subject or not row.source)
            and (
                cells := tuple(
                    cell
                    for cell in row.cells
                    if cell.category in categories and _origin(group, cell.name) in GIVEN
                )
            )
        ]
        if rows:
            found.append(replace(group, rows=tuple(rows)))
    return found


def _origin(group: Group, name: str) -> Origin:
    holding = next(h for h in data_map().answered() if h.model == group.record)
    return holding.personal()[name].origin


def _packed(redacted: Redacted, left_out: list[Withheld], now: datetime) -> bytes:
    groups = redacted.groups
    data = {
        "format": FORMAT,
        "generated_at": now.isoformat(),
        "hidden": package.hidden_data(redacted, law=LAW),
        "groups": [
            {
                "record": group.record,
                "title": group.title,
                "rows": [
                    {
                        "id": str(row.id),
                        "fields": {
                            cell.name: {"value": cell.value, "category": cell.category,
                                        "origin": _origin(group, cell.name),
                                        **package.hidden_in(cell)}
                            for cell in row.cells
                        },
                    }
                    for row in group.rows
                ],
            }
            for group in groups
        ],
        "withheld": [package.left_out(one) for one in left_out],
    }  # fmt: skip
    files = {
        "README.txt": render_to_string(
            "dsar/portability_readme.txt", {"redacted": redacted}
        ).encode(),
        "data.json": json.dumps(data, ensure_ascii=False, indent=2).encode(),
        "schema.json": json.dumps(SCHEMA, indent=2).encode(),
        "csv/hidden.csv": package.hidden_sheet(redacted, law=LAW),
        **{f"csv/{group.record}.csv": _sheet(group) for group in groups},
    }
    return package.zipped(files, now)


def _sheet(group: Group) -> bytes:
    names = list(dict.fromkeys(cell.name for row in group.rows for cell in row.cells))
    lines = []
    for row in group.rows:
        values = {cell.name: cell.value for cell in row.cells}
        lines.append([str(row.id), *(values.get(name) for name in names)])
    return sheet(["id", *names], lines)


def _stored(access: Access, request: SubjectRequest, content: bytes) -> AccessPackage:
    copy = AccessPackage(
        id=uuid7(), controller_id=access.controller, subject_id=request.subject_id,
        request=request, made_at=access.now, collected_at=access.now,
        expires_on=timezone.localdate(access.now + access_right.KEPT_FOR),
        digest=sha256(content).hexdigest(),
    )  # fmt: skip
    copy.content = package.sealed_copy(access, request.subject_id, copy.pk, content)
    copy.save()
    return copy


def note_transfer(package_id: UUID, recipient: Recipient, *, by: Actor, now: datetime) -> None:
    """Record that the file was sent to another controller at the person's wish (Art. 20(2)).

    A person sends it, in the way the other company takes it: there is no interface in common that
    a machine could send it to. Their next access tells it, as of every recipient.

    Raises
    ------
    RightDoesNotReachError
        there is no such file of a request for portability, or the recipient is none of ours
    """
    with gate.duty(by, Duty.ANSWERING, reference=package_id, now=now) as access:
        rows = access.rows(AccessPackage).select_related("request")
        copy = rows.filter(pk=package_id, request__right=Right.PORTABILITY).first()
        if copy is None or recipient.controller_id != access.controller:
            raise RightDoesNotReachError
        Disclosure(
            controller_id=access.controller, subject_id=copy.subject_id, recipient=recipient,
            activity=TRANSFER, at=now, collected_at=now,
            categories=sorted(_reached(access, copy.subject_id)),
        ).save()  # fmt: skip
        access_right.record(access, Action.PACKAGE_DISCLOSED, copy, reason="transferred")


def transfers(access: Access, subject: UUID) -> list[Disclosure]:
    """Return to whom files of this person were sent at their wish, the newest first."""
    rows = access.rows(Disclosure).filter(subject=subject, activity=TRANSFER)
    return list(rows.select_related("recipient").order_by("-at"))
