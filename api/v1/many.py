"""Many contacts in one call: read by their ids, or changed together or not at all.

One access and one entry with the digest of all of them, as for a list.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from api import versions
from api.errors import NotHeldError
from api.purposes import asked
from api.v1 import documents, forms, shapes
from api.v1.base import ApiView, path_of, reading, taken
from api.v1.contacts import ask_memory, asking_the_dpo
from api.v1.schema import operation
from crm import operations as crm
from crm.models import Contact, ContactPoint
from governance.policy.decisions import Refusal
from governance.policy.vocabulary import Operation
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError
from registry.gate.reading import rows_of


class ContactsReadView(ApiView):
    """Some contacts, by their ids."""

    @operation(
        "contacts_by_id_list",
        "Read contacts by their ids",
        body=forms.ContactsForm,
        answer=documents.ContactsById,
    )
    def post(self, request: Request) -> Response:
        """Return those that the purpose may see, by id; the others are counted by reason."""
        question = asked(request)
        wanted = set(taken(forms.ContactsForm, request)["contacts"])
        with reading(question, Operation.LIST, subjects=wanted) as access:
            body = {
                "items": shapes.contacts(access),
                "excluded": {str(code): n for code, n in _not_shown(access, wanted).items()},
                "_withheld": shapes.withheld(access, shapes.CONTACT),
            }
        return Response(body)


class ContactsChangeView(ApiView):
    """Some contacts, changed together."""

    @operation(
        "contacts_together_update",
        "Change contacts together",
        body=forms.ContactChangesForm,
        answer=documents.ChangedContacts,
        is_conditional=True,
        names_version=False,
    )
    def post(self, request: Request) -> Response:
        """Change each in what the body names of it, all or none; each says its version."""
        question = asked(request)
        said = taken(forms.ContactChangesForm, request)["changes"]
        changes = {change.pop("contact"): change for change in said}
        with (
            asking_the_dpo(question),
            reading(question, Operation.UPDATE, subjects=set(changes)) as access,
        ):
            _require_all(access, changes)
            rows = {row.subject_id: row for row in access.rows(Contact).select_for_update()}
            _require_versions(access, changes)
            for subject, change in changes.items():
                ask_memory(access, rows[subject].source, change, [], subject=subject)
            ordered = [(rows[subject], changes[subject]) for subject in sorted(changes)]
            crm.update_contacts(access, ordered)
            items = [
                {"id": subject, "href": path_of("contacts", subject), "version": version}
                for subject, version in sorted(_versions(access).items())
            ]
        return Response({"items": items})


def _not_shown(access: Access, wanted: Collection[UUID]) -> Counter[Refusal]:
    """Return how many are not shown, by reason; who is not held is one of them."""
    unknown = len(wanted) - len(access.admitted or ()) - access.excluded.total()
    return access.excluded + Counter({Refusal.SUBJECT_UNKNOWN: unknown})


def _require_all(access: Access, wanted: Collection[UUID]) -> None:
    """Refuse all where one may not be changed.

    Raises
    ------
    GateRefusedError
        it is about somebody whose data may not be used for this purpose
    NotHeldError
        one is nobody's
    """
    for refusal in access.excluded:
        raise GateRefusedError(refusal)
    if len(access.admitted or ()) < len(wanted):
        raise NotHeldError


def _require_versions(access: Access, changes: Mapping[UUID, dict[str, Any]]) -> None:
    """Refuse all where one was changed since it was read; `about` says which.

    Raises
    ------
    NotHeldError
        one is the id of a person who is no contact
    VersionChangedError
    """
    now = _versions(access)
    for number, (subject, change) in enumerate(changes.items()):
        if subject not in now:
            raise NotHeldError
        if change.pop("version") not in {versions.WHATEVER, now[subject]}:
            raise versions.VersionChangedError(about=f"#/changes/{number}/version")


def _versions(access: Access) -> dict[UUID, str]:
    """Return the version of each contact that the access was opened for."""
    of_subject: dict[UUID, list[Any]] = defaultdict(list)
    held = rows_of(access, Contact)
    for row in [*held, *rows_of(access, ContactPoint)]:
        of_subject[row.subject_id].append(row)
    return {row.subject_id: versions.version_of(of_subject[row.subject_id]) for row in held}
