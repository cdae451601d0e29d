"""What waits for somebody on the first page: conversations, notes, tasks, cases of service."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.console import words
from crm.console.desk import Desk
from crm.console.inbox import STATE
from crm.console.work import MOST, SECTIONS, Line, Section
from crm.conversations import queries
from crm.models import Case, Contact, Conversation, Task
from crm.sales import queries as sales
from governance.policy.cases import CaseState
from governance.policy.categories import Category
from registry.gate.access import Access

NEEDS = frozenset({Category.COMMUNICATIONS})


def names(access: Access, subjects: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of people of the access, as far as it may see them."""
    if Category.NAME not in access.categories:
        return {}
    rows = access.rows(Contact).filter(subject__in=set(subjects))
    return {contact.subject_id: contact.full_name for contact in rows}


def _mine_or_free(desk: Desk) -> QuerySet[Conversation]:
    rows = Conversation.objects.filter(controller=desk.staff.controller_id, state="open")
    return rows.filter(Q(assignee=desk.staff.pk) | Q(assignee__isnull=True))


def _conversing(desk: Desk) -> QuerySet[Any, Any]:
    return _mine_or_free(desk).order_by().values_list("subject_id", flat=True)


def _conversations(desk: Desk) -> list[Line]:
    """Return who waits for an answer of mine, or of anybody, the longest first."""
    mine = desk.access.rows(Conversation).filter(pk__in=_mine_or_free(desk).values("pk"))
    rows = list(mine.order_by("priority", "waiting_since", "pk")[:MOST])
    who = names(desk.access, (row.subject_id for row in rows))
    return [
        Line(
            _said(who.get(row.subject_id, ""), row.topic or row.reference),
            reverse("desk:conversation", args=[row.pk]),
            None if row.first_answered_at else row.first_response_due_at,
            _("nobody's") if row.assignee_id is None else words.said(STATE, row.state),
        )
        for row in rows
    ]


def _asked(desk: Desk) -> list[Line]:
    """Return the notes in which a colleague asks me."""
    found = queries.asked_of(desk.access)[:MOST]
    who = names(desk.access, (row.subject_id for row in found))
    return [
        Line(
            _said(who.get(row.subject_id, ""), row.interaction.body or ""),
            reverse("desk:conversation", args=[row.interaction.conversation_id]),
        )
        for row in found
        if row.interaction.conversation_id
    ]


def _with_tasks(desk: Desk) -> QuerySet[Any, Any]:
    mine = Q(assignee=desk.staff.pk) | Q(assignee__isnull=True, role__in=["", desk.role])
    rows = Task.objects.filter(mine, controller=desk.staff.controller_id, done_at__isnull=True)
    return rows.order_by().values_list("subject_id", flat=True)


def _tasks(desk: Desk) -> list[Line]:
    """Return what I have to do, or whoever has my role."""
    found = sales.to_do(desk.access, staff=desk.staff.pk, role=desk.role)[:MOST]
    who = names(desk.access, (row.subject_id for row in found))
    return [
        Line(
            _said(who.get(row.subject_id, ""), row.title or ""),
            reverse("desk:person", args=[row.subject_id]),
            _end_of(row.do_by),
        )
        for row in found
    ]


def _open_cases(desk: Desk) -> QuerySet[Case]:
    rows = Case.objects.filter(controller=desk.staff.controller_id).exclude(state=CaseState.SOLVED)
    return rows.filter(Q(assigned_to=desk.staff.pk) | Q(assigned_to__isnull=True))


def _with_cases(desk: Desk) -> QuerySet[Any, Any]:
    return _open_cases(desk).order_by().values_list("subject_id", flat=True)


def _cases(desk: Desk) -> list[Line]:
    """Return the open cases that are mine, or nobody's, whose promise ends first."""
    mine = desk.access.rows(Case).filter(pk__in=_open_cases(desk).values("pk"))
    rows = list(mine.order_by("resolution_due_at", "number")[:MOST])
    who = names(desk.access, (row.subject_id for row in rows))
    return [
        Line(
            _said(who.get(row.subject_id, ""), row.topic or ""),
            reverse("desk:case", args=[row.subject_id, row.pk]),
            row.resolution_due_at,
            _("nobody's") if row.assigned_to_id is None else f"#{row.number}",
        )
        for row in rows
    ]


def _said(name: str, text: str) -> str | Promise:
    return " · ".join(part for part in (name, text[:120]) if part) or "—"


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


SECTIONS += [
    Section(
        _("Waiting for an answer"), _("Nobody waits for you."),
        NEEDS, _conversing, _conversations, "desk:inbox",
    ),
    Section(
        _("Colleagues ask you"), _("No note asks you."), NEEDS,
        lambda desk: queries.people_asked_of(desk.staff.controller_id, desk.staff.pk), _asked,
    ),
    Section(_("To do"), _("Nothing is to be done."), NEEDS, _with_tasks, _tasks),
    Section(_("Open cases"), _("No case is open."), NEEDS, _with_cases, _cases, "desk:cases"),
]  # fmt: skip
