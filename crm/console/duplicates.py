"""Records that may be one person's: what speaks for it, side by side, and the decision of somebody.

A merge is a decision about people: it is made by whoever looked at both records, with a reason, and
can be undone on the same page.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.console import masks, words
from crm.console.desk import Desk, page
from crm.models import Contact, ContactPoint
from governance.policy.matching import Reason
from governance.policy.vocabulary import Operation
from registry import merging, resembling
from registry.gate.access import Access
from registry.gate.errors import SubjectNotAdmittedError
from registry.models import Merge

MOST = 50
REASONS: dict[str, Promise] = {
    Reason.SAME_CODE: _("same tax code"),
    Reason.SAME_EMAIL: _("same e-mail address"),
    Reason.SAME_PHONE: _("same phone number"),
    Reason.SAME_NAME: _("same name"),
    Reason.TRANSPOSED_NAME: _("same name, in another order"),
    Reason.LONGER_NAME: _("same name, one with a further name"),
    Reason.NICKNAME: _("a short form of the same name"),
    Reason.SIMILAR_NAME: _("names that differ by one letter"),
    Reason.SAME_BIRTH: _("same date of birth"),
    Reason.SAME_ADDRESS: _("same postal address"),
    Reason.PART_OF_NAME: _("only part of the name is the same"),
    Reason.OTHER_NAME: _("another name"),
    Reason.OTHER_BIRTH: _("another date of birth"),
    Reason.OTHER_CODE: _("another tax code"),
}
AGAINST = {Reason.PART_OF_NAME, Reason.OTHER_NAME, Reason.OTHER_BIRTH, Reason.OTHER_CODE}


@dataclass(frozen=True)
class Record:
    """One of the two, as far as the purpose shows it."""

    id: UUID
    name: str
    facts: list[tuple[str | Promise, Any]]


@dataclass(frozen=True)
class Pair:
    """A proposal; `records` are those that may be seen for the purpose."""

    id: UUID
    state: str
    records: list[Record]
    speaks_for: list[str | Promise]
    speaks_against: list[str | Promise]

    @property
    def title(self) -> str:
        """The two names."""
        return " · ".join(record.name or str(record.id) for record in self.records)


class DecisionForm(forms.Form):
    """What was decided, and why."""

    decision = forms.ChoiceField(choices=[(d, d) for d in ("merge", "refuse", "undo")])
    words = forms.CharField(label=_("Why: what you compared, or whom you asked"), max_length=2000)


def _open(_desk: Desk) -> QuerySet[Any, Any]:
    pairs = Merge.objects.filter(state="proposed", is_leading=True).order_by("pair")
    chosen = Merge.objects.filter(pair__in=pairs.values("pair")[:MOST])
    return chosen.order_by().values_list("subject_id", flat=True)


@page(Operation.LIST, people=_open)
def duplicates(desk: Desk) -> HttpResponse:
    """Show the proposals that nobody has decided about, the oldest first."""
    desk.access.forgo(masks.COVERED)
    rows = desk.access.rows(Merge).filter(state="proposed").order_by("pair", "-is_leading")
    found = [pair for pair in _pairs(desk.access, list(rows)) if len(pair.records) > 1]
    closed = desk.access.excluded.total()
    context = {"title": _("Duplicates"), "pairs": found[:MOST], "closed": closed}
    return desk.render("console/duplicates.html", context)


@page()
def seek(desk: Desk, person: UUID) -> HttpResponse:
    """Search for the duplicates of one person; GET asks first, for it reads other people too."""
    context: dict[str, Any] = {"title": _("Search for duplicates"), "person": person}
    if desk.request.method != "POST":
        return desk.render("console/seek_duplicates.html", context)
    alike = resembling.candidates(person)
    with desk.open(Operation.UPDATE, subjects=alike) as desk.access:
        try:
            context["found"] = merging.propose(desk.access, person)
        except SubjectNotAdmittedError as error:
            raise Http404 from error
        return desk.render("console/seek_duplicates.html", context)


@page()
def duplicate(desk: Desk, merge: UUID) -> HttpResponse:
    """Show two records side by side, and take the decision."""
    form = DecisionForm(desk.request.POST or None)
    people = merging.of_pair(merge)
    if desk.request.method == "POST" and form.is_valid():
        with desk.open(Operation.UPDATE, subjects=people) as desk.access:
            _decide(desk, merge, form.cleaned_data)
        return redirect("desk:duplicate", merge=merge)
    with desk.open(Operation.READ, subjects=people) as desk.access:
        desk.access.forgo(masks.COVERED)
        rows = desk.access.rows(Merge).filter(pair=merge).order_by("-is_leading")
        found = _pairs(desk.access, list(rows))
        if not found:
            raise Http404
        context = {"title": found[0].title or _("Duplicates"), "pair": found[0], "form": form}
        return desk.render("console/duplicate.html", context, status=422 if form.errors else 200)


def _decide(desk: Desk, pair: UUID, said: dict[str, str]) -> None:
    purpose = desk.purpose.key if desk.purpose else ""
    how: dict[str, Any] = {"by": desk.staff, "words": said["words"]}
    match said["decision"]:
        case "merge":
            merging.merge(desk.access, pair, purpose=purpose, **how)
        case "refuse":
            merging.refuse(desk.access, pair, **how)
        case _:
            merging.undo(desk.access, pair, purpose=purpose, **how)


def _pairs(access: Access, rows: list[Merge]) -> list[Pair]:
    """Return pairs with their records, in the order of the rows."""
    together: dict[UUID, list[Merge]] = defaultdict(list)
    for row in rows:
        together[row.pair].append(row)
    records = _records(access, {row.subject_id for row in rows})
    return [_pair(access, mine, records) for mine in together.values()]


def _pair(access: Access, rows: list[Merge], records: dict[UUID, Record]) -> Pair:
    first = rows[0]
    reasons = access.values(first).get("reasons") or []
    return Pair(
        first.pair,
        first.state,
        [records[row.subject_id] for row in rows if row.subject_id in records],
        [words.said(REASONS, reason) for reason in reasons if reason not in AGAINST],
        [words.said(REASONS, reason) for reason in reasons if reason in AGAINST],
    )


def _records(access: Access, subjects: set[UUID]) -> dict[UUID, Record]:
    """Return what is compared of people, as far as the purpose shows it."""
    facts: dict[UUID, list[tuple[str | Promise, Any]]] = defaultdict(list)
    names: dict[UUID, str] = {}
    for contact in access.rows(Contact).filter(subject__in=subjects):
        values = access.values(contact)
        written = (values.get(n) for n in ("given_name", "middle_name", "family_name"))
        names[contact.subject_id] = " ".join(part for part in written if part)
        if values.get("birth_date"):
            facts[contact.subject_id].append((_("Date of birth"), values["birth_date"]))
        facts[contact.subject_id].append(
            (_("On file since"), timezone.localdate(contact.collected_at))
        )
    for point in access.rows(ContactPoint).filter(subject__in=subjects).order_by("kind", "id"):
        values = access.values(point)
        parts = ("email", "phone", "handle", "street", "postal_code", "city")
        if told := ", ".join(str(values[part]) for part in parts if values.get(part)):
            facts[point.subject_id].append((words.said(KINDS, point.kind), told))
    return {subject: Record(subject, names[subject], facts[subject]) for subject in names}


KINDS: dict[str, Promise] = {
    "email": _("E-mail"), "phone": _("Phone"), "fax": _("Fax"), "post": _("Address"),
    "social": _("Social network"), "web": _("Website"),
}  # fmt: skip
