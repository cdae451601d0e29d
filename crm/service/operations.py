"""What is done with a case. One verb, one function; the access is open, and decides first.

Each function locks the case, asks the state machine (`governance.policy.cases`), and sets what is
promised anew. Somebody who is restricted or erased has no access, and so nothing is done here.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F

from crm.models import (
    Article,
    ArticleUse,
    Case,
    CaseBook,
    CasePause,
    Conversation,
    OrderLine,
)
from crm.models import Order as Order_
from crm.service import clock
from crm.service.errors import CaseLinkError, CaseNotFoundError, VisitOpenError
from governance.policy import cases as policy
from governance.policy.cases import CaseAct, CaseKind
from governance.policy.visits import VisitState
from governance.policy.vocabulary import Priority
from registry.gate.access import Access


@dataclass(frozen=True)
class NewCase:
    """What somebody asks, and what it is about."""

    topic: str
    description: str = ""
    kind: CaseKind = CaseKind.QUESTION
    priority: Priority = Priority.NORMAL
    order: UUID | None = None
    order_line: UUID | None = None
    conversation: UUID | None = None
    pages_tried: str = ""
    theme: str = ""


def open_case(access: Access, new: NewCase, *, subject: UUID, purpose: str) -> Case:
    """Open a case; one about an order line carries the order, the product and the warranty.

    Raises
    ------
    CaseLinkError
        the order, its line or the conversation is not the person's
    """
    about = _about(access, new, subject)
    if new.conversation is not None:
        mine = access.rows(Conversation).filter(subject=subject, pk=new.conversation)
        if not mine.exists():
            raise CaseLinkError
    case = Case(
        controller_id=access.controller,
        subject_id=subject,
        collected_at=access.now,
        number=_next_number(access.controller),
        kind=new.kind,
        priority=new.priority,
        purpose=purpose,
        theme=new.theme,
        conversation_id=new.conversation,
        opened_at=access.now,
        **about,
    )
    case.topic, case.description = new.topic, new.description
    if new.pages_tried:
        case.pages_tried = new.pages_tried
    _save(case, [], now=access.now)
    return case


def take(access: Access, case_id: UUID, *, by: UUID) -> Case:
    """Give a case to a member of staff, who goes on with it."""
    case = locked(access, case_id)
    case.state = policy.after(case.state, CaseAct.TAKE)
    case.assigned_to_id = by
    return _save(case, _pauses(access, case), now=access.now)


def answer(access: Access, case_id: UUID) -> Case:
    """Note that the person was answered; the first time keeps what was promised."""
    case = locked(access, case_id)
    case.first_response_at = case.first_response_at or access.now
    return _save(case, _pauses(access, case), now=access.now)


def ask(access: Access, case_id: UUID) -> Case:
    """Wait for the customer: the clock stands still, and asking is an answer."""
    case = locked(access, case_id)
    case.state = policy.after(case.state, CaseAct.ASK)
    case.first_response_at = case.first_response_at or access.now
    _pause(access, case, began_at=access.now)
    return _save(case, _pauses(access, case), now=access.now)


def resume(access: Access, case_id: UUID) -> Case:
    """Go on after the customer has answered."""
    case = locked(access, case_id)
    case.state = policy.after(case.state, CaseAct.RESUME)
    _end_pause(access, case, at=access.now)
    return _save(case, _pauses(access, case), now=access.now)


def solve(access: Access, case_id: UUID, *, solution: str, article: Article | None = None) -> Case:
    """Solve a case; the article that helped is counted for the next who ask the same.

    Raises
    ------
    VisitOpenError
        a visit is planned for it
    """
    case = locked(access, case_id)
    if case.visits.filter(state=VisitState.PLANNED).exists():
        raise VisitOpenError
    case.state = policy.after(case.state, CaseAct.SOLVE)
    case.first_response_at = case.first_response_at or access.now
    case.solved_at = access.now
    case.solution = solution
    _end_pause(access, case, at=access.now)
    if article is not None:
        case.article = article
        _count_use(case, article)
    return _save(case, _pauses(access, case), now=access.now)


def reopen(access: Access, case_id: UUID) -> Case:
    """Take a solved case up again; the time since it was solved does not count."""
    case = locked(access, case_id)
    case.state = policy.after(case.state, CaseAct.REOPEN)
    began = case.solved_at or access.now
    case.solved_at = case.resolution_escalated_at = None
    case.times_reopened += 1
    case.survey_mode, case.survey_expires_on, case.survey_is_answered = "", None, False
    case.score = None
    _pause(access, case, began_at=began, ended_at=access.now)
    return _save(case, _pauses(access, case), now=access.now)


def change(access: Access, case_id: UUID, fields: dict[str, Any]) -> Case:
    """Change what a case says, or its priority; another priority promises another time."""
    case = locked(access, case_id)
    for name, value in fields.items():
        setattr(case, name, value)
    return _save(case, _pauses(access, case), now=access.now)


def locked(access: Access, case_id: UUID) -> Case:
    """Return a case for a change, locked until the access ends.

    Raises
    ------
    CaseNotFoundError
        it is not of whom the access was opened for
    """
    case = access.rows(Case).select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise CaseNotFoundError
    return case


def _about(access: Access, new: NewCase, subject: UUID) -> dict[str, Any]:
    """Return order, line, product and warranty of what a case is about."""
    if new.order_line is not None:
        lines = access.rows(OrderLine).filter(subject=subject, pk=new.order_line)
        line = lines.first()
        if line is None or new.order not in {None, line.order_id}:
            raise CaseLinkError
        return {
            "order_id": line.order_id,
            "order_line": line,
            "product_id": line.product_id,
            "warranty_ends_on": _warranty(access, line),
        }
    if new.order is None:
        return {}
    order = access.rows(Order_).filter(subject=subject, pk=new.order).first()
    if order is None:
        raise CaseLinkError
    return {"order": order, **_only_line(access, order)}


def _only_line(access: Access, order: Order_) -> dict[str, Any]:
    """Return line, product and warranty of an order that has one line alone."""
    lines = list(access.rows(OrderLine).filter(order=order)[:2])
    if len(lines) != 1:
        return {"warranty_ends_on": clock.warranty_end(access.controller, order.ordered_on)}
    (line,) = lines
    return {
        "order_line": line,
        "product_id": line.product_id,
        "warranty_ends_on": _warranty(access, line),
    }


def _warranty(access: Access, line: OrderLine) -> date | None:
    """Return what the house granted for a line, or else what the law grants."""
    return line.warranty_until or clock.warranty_end(access.controller, line.bought_on)


def _next_number(controller: UUID) -> int:
    """Return the next number of a company; whoever opens a case at the same time waits."""
    CaseBook.objects.get_or_create(controller_id=controller)
    book = CaseBook.objects.select_for_update().get(controller_id=controller)
    book.last_number += 1
    book.save(update_fields=["last_number"])
    return book.last_number


def _pauses(access: Access, case: Case) -> list[CasePause]:
    return list(access.rows(CasePause).filter(case=case).order_by("began_at"))


def _pause(
    access: Access, case: Case, *, began_at: datetime, ended_at: datetime | None = None
) -> None:
    CasePause(
        controller_id=case.controller_id,
        subject_id=case.subject_id,
        collected_at=access.now,
        case=case,
        began_at=began_at,
        ended_at=ended_at,
    ).save()


def _end_pause(access: Access, case: Case, *, at: datetime) -> None:
    for pause in access.rows(CasePause).filter(case=case, ended_at__isnull=True):
        pause.ended_at = max(at, pause.began_at)
        pause.save(update_fields=["ended_at"])


def _count_use(case: Case, article: Article) -> None:
    about: dict[str, Any] = {"kind": case.kind, "product_id": case.product_id}
    use, _made = ArticleUse.objects.get_or_create(
        controller_id=case.controller_id, article=article, **about
    )
    ArticleUse.objects.filter(pk=use.pk).update(solved=F("solved") + 1)


def _save(case: Case, pauses: list[CasePause], *, now: datetime) -> Case:
    clock.CaseClock(case).set_due(pauses, now=now)
    case.save()
    _watch(case)
    return case


def _watch(case: Case) -> None:
    """Have the book know the earliest moment at which a promise of this case may be broken."""
    due = [
        moment
        for moment, done in (
            (case.first_response_due_at, case.first_response_at),
            (case.resolution_due_at, case.solved_at),
        )
        if moment is not None and done is None
    ]
    if due:
        books = CaseBook.objects.filter(controller=case.controller_id)
        books.filter(
            models.Q(next_due_at__isnull=True) | models.Q(next_due_at__gt=min(due))
        ).update(next_due_at=min(due))
