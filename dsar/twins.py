"""A request of somebody who has several files: one request in each, which is answered for itself.

Follows docs/spec/merging.md, section 4. Each has its identity to prove, its plan and its
certificate, for a merge that was a mistake must not hand one person's data to another.
"""

from collections.abc import Iterator
from uuid import UUID

from dsar import signs
from dsar.models import Representation, SubjectRequest
from governance.crypto.ids import uuid7
from registry import one_person
from registry.gate.access import Access
from registry.models import SubjectRow
from registry.sealed import sealed_attributes

COPIED = (
    "controller_id", "right", "objects_to", "channel", "language", "received_at", "received_on",
    "due_on", "internal_on", "collected_at", "is_held",
)  # fmt: skip


def make(access: Access, request: SubjectRequest) -> Iterator[SubjectRequest]:
    """Make the same request for the other files of its person, in the family of the first."""
    files = one_person.reach(access, [request.subject_id]).get(request.subject_id, [])
    if files and request.family is None:
        request.family = request.pk
        request.save(update_fields=["family"])
    for file in files:
        yield _twin(request, file)


def _twin(request: SubjectRequest, file: UUID) -> SubjectRequest:
    twin = SubjectRequest(
        id=uuid7(), subject_id=file, reference=signs.at_random(16), family=request.family,
        **{name: getattr(request, name) for name in COPIED},
    )  # fmt: skip
    _copy_sealed(request, twin)
    for claim in Representation.objects.filter(request=request):
        said = Representation(
            controller_id=twin.controller_id, subject_id=file, request=twin, behalf=claim.behalf,
            collected_at=twin.collected_at,
        )  # fmt: skip
        _copy_sealed(claim, said)
    return twin


def _copy_sealed(one: SubjectRow, other: SubjectRow) -> None:
    for name in sealed_attributes(type(one)):
        if (value := getattr(one, name)) is not None:
            setattr(other, name, value)
    other.save()
