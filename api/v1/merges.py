"""Records that may be one person's: search, proposals, and what somebody decided about them."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import pagination
from api.errors import BadInputError
from api.pagination import Page
from api.purposes import Asked, asked
from api.v1 import documents, forms, shapes, subjects
from api.v1.base import ApiView, listed, path_of, reading, require_one, taken
from api.v1.schema import operation
from governance.policy.decisions import Refusal
from governance.policy.vocabulary import Operation
from registry import activities, merging
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError
from registry.models import Merge, Staff


class DuplicatesView(ApiView):
    """Who may be the same person as a contact."""

    @operation(
        "contacts_duplicates_create",
        "Search for duplicates of a contact",
        answer=documents.Duplicates,
    )
    def post(self, request: Request, contact: UUID) -> Response:
        """Compare a contact with who shares something, and propose what is worth asking about."""
        question = asked(request)
        with reading(question, Operation.UPDATE, subjects=subjects.alike(contact)) as access:
            if contact not in (access.admitted or ()):
                access.admitted = set()
                require_one(access)
            found = merging.propose(access, contact)
            body = {
                "proposed": list(found.proposed),
                "compared": found.compared,
                "is_all": found.is_all,
                "excluded": {str(reason): n for reason, n in access.excluded.items()},
            }
        return Response(body)


class MergesView(ApiView):
    """Proposals that nobody has decided about."""

    @operation(
        "merges_list",
        "List open proposals of duplicates",
        answer=documents.MergePage,
        parameters=pagination.PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """Return one page of pairs, oldest first; people who may not be used are counted."""
        question = asked(request, *pagination.PARAMETERS)
        page = self.page(request, question, parts=1)
        with reading(question, Operation.LIST, subjects=subjects.proposed(page)) as access:
            items, last = _page_of(access, page)
            body = listed(
                items,
                next_link=page.link(path_of("merges"), question.purpose, last) if last else None,
                excluded=access.excluded,
                withheld=shapes.withheld(access, (Merge,)),
            )
        return Response(body)


class MergeView(ApiView):
    """One proposal."""

    @operation(
        "merges_decide",
        "Decide whether two records are one person's",
        body=forms.MergeDecisionForm,
        answer=documents.Merge,
    )
    def post(self, request: Request, merge: UUID) -> Response:
        """Merge, tell apart, or undo a merge; saying the same again changes nothing."""
        question = asked(request)
        said = taken(forms.MergeDecisionForm, request)
        body: dict[str, Any] = {"id": merge, "leading": None, "since_merged": {}}
        with reading(question, Operation.UPDATE, subjects=subjects.of_pair(merge)) as access:
            require_one(access)
            how = {"by": _who_decided(question, said["decided_by"]), "words": said["words"]}
            match said["decision"]:
                case "merge":
                    leading = merging.merge(access, merge, purpose=question.purpose, **how)
                    body |= {"state": "merged", "leading": leading}
                case "refuse":
                    merging.refuse(access, merge, **how)
                    body["state"] = "refused"
                case _:
                    since = merging.undo(access, merge, purpose=question.purpose, **how)
                    body |= {
                        "state": "undone",
                        "since_merged": {str(f): n for f, n in since.items()},
                    }
        return Response(body)


def _page_of(access: Access, page: Page) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Return the pairs of a page of which both people may be seen, and the position after it."""
    rows = access.rows(Merge).filter(state="proposed")
    if page.after:
        rows = rows.filter(pair__gt=UUID(page.after[0]))
    pairs: dict[UUID, list[Merge]] = defaultdict(list)
    for row in rows.order_by("pair", "-is_leading"):
        pairs[row.pair].append(row)
    shown = list(pairs)[: page.size]
    items = [
        {
            "id": pair,
            "contacts": [row.subject_id for row in pairs[pair]],
            "proposed_at": pairs[pair][0].collected_at,
            **_why(access, pairs[pair][0]),
        }
        for pair in shown
        if len(pairs[pair]) > 1
    ]
    return items, (str(shown[-1]),) if len(pairs) > page.size else ()


def _why(access: Access, row: Merge) -> dict[str, Any]:
    values = access.values(row)
    return {name: values[name] for name in ("likeness", "reasons") if name in values}


def _who_decided(question: Asked, name: str) -> Staff:
    """Return the member of staff who decided: one whom the purpose is for, and who is still here.

    Raises
    ------
    BadInputError
    GateRefusedError
        their role may not act for the purpose
    """
    terms = activities.in_force(question.actor.controller, question.purpose, at=question.now)
    staff: Staff | None = Staff.objects.filter(
        controller=question.actor.controller, username=name
    ).first()
    if staff is None or not staff.is_active:
        raise BadInputError(
            "#/decided_by", "unknown_staff", _("There is no member of staff with this login name.")
        )
    if not terms or staff.role not in terms.terms.roles:
        raise GateRefusedError(Refusal.ROLE_NOT_ALLOWED)
    return staff
