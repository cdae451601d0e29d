"""What people decided about texts of a copy: places and verdicts, no words."""

import json
from collections.abc import Sequence

from dsar.models import Reading, SubjectRequest
from dsar.redaction.passages import Passage, Verdict
from dsar.redaction.texts import Text
from governance.crypto.ids import uuid7
from registry.discovery.mentions import Kind
from registry.gate.access import Access


def of(access: Access, request: SubjectRequest) -> dict[str, list[Passage]]:
    """Return the decided passages by the key of their text; what was decided last counts."""
    rows = access.rows(Reading).filter(request=request).order_by("read_at", "pk")
    return dict(_decoded(row.said or "{}") for row in rows)


def keep(
    access: Access, request: SubjectRequest, text: Text, passages: Sequence[Passage]
) -> Reading:
    """Write down that a text was read, and what becomes of its passages."""
    reading = Reading(
        id=uuid7(), controller_id=access.controller, subject_id=request.subject_id,
        request=request, read_by_id=access.actor.staff, read_at=access.now,
        collected_at=access.now,
    )  # fmt: skip
    said = [[p.start, p.end, p.kind, p.verdict] for p in sorted(passages)]
    reading.said = json.dumps({"text": text.key, "passages": said})
    reading.save()
    return reading


def _decoded(said: str) -> tuple[str, list[Passage]]:
    found = json.loads(said)
    passages = [
        Passage(start, end, Kind(kind), Verdict(verdict))
        for start, end, kind, verdict in found.get("passages", [])
    ]
    return found.get("text", ""), passages
