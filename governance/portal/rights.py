"""What each right needs next, on the page of a request: the forms, and the acts behind them.

`context` reads inside the access of the page; `act` makes one call of `dsar` for one button.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dsar import (
    activities,
    answers,
    clock,
    codes,
    complaints,
    correspondence,
    human_review_right,
    lateness,
    letter_drafts,
    objection_right,
    portability_right,
    rectification_right,
    replies,
    restriction_right,
    second_person,
    withdrawal_right,
)
from dsar import labels as dsar_labels
from dsar.case import address
from dsar.errors import OthersWaitError
from dsar.models import AccessPackage, Correspondence, Proposal, SubjectRequest
from dsar.rectification_right import Correction
from governance.policy import rights
from governance.policy.actors import Actor
from governance.policy.rights import Override
from governance.policy.vocabulary import LawfulBasis, Right
from governance.portal.guard import page
from governance.portal.roles import May, Page, staff_of
from registry import labels
from registry.gate.access import Access
from registry.models import Recipient

CHANGE = "admin:dsar_subjectrequest_change"
LETTER_STATES = {
    "waiting": _("To be sent"),
    "sent": _("Sent"),
    "failed": _("Not sent: print it and post it"),
    "handed": _("Posted or handed over"),
    "received": _("Received"),
}
KINDS = {
    "answer": _("Answer"),
    "refusal": _("Refusal"),
    "restriction_lifting": _("End of a restriction"),
    "extension": _("Extension of the time limit"),
    "incoming": _("Letter of the person"),
    "question_identity": _("Question about identity"),
    "question_scope": _("Question about what is meant"),
    codes.KIND: _("Code to an address on file"),
    address.KIND: _("Code to the address that was given"),
}
SECRET = frozenset({codes.KIND, address.KIND})
"""What they hold is for the person alone: nobody here can be talked into entering it."""
OVERRIDES = {
    Override.UNLAWFUL: _("The processing is unlawful (Art. 17(1)(d))"),
    Override.NO_LAW: _("The basis in the register does not hold here"),
}
ACTS_SAID = {
    "refuse": _("Refuse the whole request"),
    "refuse_part": _("Leave a part out"),
}


@dataclass(frozen=True)
class Reached:
    """One activity, and whether the right reaches it."""

    key: str
    text: str
    basis: str
    reaches: bool
    article: str


@dataclass(frozen=True)
class Post:
    """One letter as it is listed; by hand means that a person has to send it."""

    row: Correspondence
    kind: str
    state: str
    by_hand: bool
    body: str


def context(access: Access, row: SubjectRequest, *, sees_person: bool) -> dict[str, Any]:
    """Return what the page shows of the right of a request."""
    right = Right(row.right)
    family = access.rows(SubjectRequest).filter(family=row.family, family__isnull=False)
    is_rectification = right is Right.RECTIFICATION and row.state == "identified"
    return {
        "reached": _reached(access, row, right),
        "letters": _letters(access, row) if sees_person else [],
        "proposals": _proposals(access, row) if sees_person else [],
        "family": [(one, labels.text(Right, one.right)) for one in family if one != row],
        "restrictions": restriction_right.standing(access, row.subject_id) if sees_person else [],
        "fields": (
            rectification_right.fields(access, row.subject_id)
            if is_rectification and sees_person else []
        ),
        "overrides": [(o, OVERRIDES[o]) for o in rights.OVERRIDDEN.get(right, ())],
        "in_words": right in replies.IN_WORDS,
        **(_transfers(access, row) if right is Right.PORTABILITY and sees_person else {}),
    }  # fmt: skip


def _transfers(access: Access, row: SubjectRequest) -> dict[str, Any]:
    """Return what is shown of handing the file to another company (Art. 20(2))."""
    copy = access.rows(AccessPackage).filter(request=row).order_by("-made_at").first()
    return {
        "portable": copy,
        "companies": Recipient.objects.filter(controller=access.controller).order_by("name"),
        "transferred": portability_right.transfers(access, row.subject_id),
    }


def _reached(access: Access, row: SubjectRequest, right: Right) -> list[Reached]:
    if not row.is_held:
        return []
    found = []
    for one in activities.concerning(access.controller, row.subject_id, now=access.now):
        version = one.version
        basis = LawfulBasis(version.basis)
        reach = rights.reach(
            right, basis, is_marketing=version.activity.purpose.is_marketing,
            decides_alone=version.automated_decisions,
        )  # fmt: skip
        found.append(
            Reached(version.activity.purpose.key, one.purpose_text,
                    dsar_labels.word(dsar_labels.BASES, basis), reach.reaches, reach.article)
        )  # fmt: skip
    return found


def _letters(access: Access, row: SubjectRequest) -> list[Post]:
    rows = access.rows(Correspondence).filter(request=row).order_by("written_at")
    return [
        Post(one, str(KINDS.get(one.kind, one.kind)), str(LETTER_STATES[one.state]),
             one.state == "failed" or (one.state == "waiting" and one.not_before is None),
             "" if one.kind in SECRET else one.body or "")
        for one in rows
    ]  # fmt: skip


def _proposals(access: Access, row: SubjectRequest) -> list[dict[str, Any]]:
    rows = access.rows(Proposal).filter(request=row).select_related("proposed_by", "decided_by")
    return [
        {
            "row": one,
            "act": ACTS_SAID[one.act],
            "record": _place(one),
            "ground": dsar_labels.word(dsar_labels.GROUNDS, one.ground),
        }
        for one in rows.order_by("proposed_at")
    ]


def _place(one: Proposal) -> str:
    if not one.record:
        return ""
    title = answers.title_of(one.record)
    return f"{title}, {dsar_labels.word(dsar_labels.FIELDS, one.field)}" if one.field else title


# Acts, by the name of the button


def _correct(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    said = []
    for name, value in post.POST.items():
        record, _bar, rest = name.partition("|")
        place, _bar, field = rest.partition("|")
        if field and str(value).strip():
            said.append(Correction(record, _uuid(place), field, str(value)))
    statement = post.POST.get("statement", "")
    rectification_right.correct(row, said, statement=statement, by=by, now=now)


def _stop(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    objection_right.stop(
        row, post.POST.getlist("purpose"), grounds=post.POST.get("grounds", ""),
        override=post.POST.get("override", ""), by=by, now=now,
    )  # fmt: skip


def _part(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    record, _bar, field = post.POST.get("record", "").partition("|")
    said = {name: post.POST.get(name, "") for name in ("ground", "reasons")}
    said["draft"] = letter_drafts.named(post.POST.get("draft", ""), "refusal")
    second_person.propose_part(row, record=record, field=field, **said, by=by, now=now)


def _decide(post: HttpRequest, _row: UUID, by: Actor, now: datetime) -> None:
    accept = post.POST.get("accept") == "1"
    second_person.decide(_uuid(post.POST.get("proposal", "")), accept=accept, by=by, now=now)


def _explain(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    said = {name: post.POST.get(name, "") for name in ("ground", "words")}
    lateness.explain(row, **said, by=by, now=now)


def _contest(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    complaints.note(row, clock.parse_day(post.POST.get("on", "")), by=by, now=now)


def _transfer(post: HttpRequest, _row: UUID, by: Actor, now: datetime) -> None:
    recipient = get_object_or_404(
        Recipient, pk=_uuid(post.POST.get("recipient", "")), controller=by.controller
    )
    copy = _uuid(post.POST.get("package", ""))
    portability_right.note_transfer(copy, recipient, by=by, now=now)


def _handed(post: HttpRequest, _row: UUID, by: Actor, now: datetime) -> None:
    correspondence.hand_over(_uuid(post.POST.get("letter", "")), by=by, at=now, now=now)


def _review(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    said = {name: post.POST.get(name, "") for name in ("verdict", "reasons")}
    human_review_right.review(row, **said, by=by, now=now)


def _grant(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    restriction_right.grant(row, post.POST.get("ground", ""), by=by, now=now)


def _reply(post: HttpRequest, row: UUID, by: Actor, now: datetime) -> None:
    replies.reply(row, post.POST.get("words", ""), by=by, now=now)


ACTS: dict[str, Callable[[HttpRequest, UUID, Actor, datetime], object]] = {
    "correct": _correct,
    "dispute": lambda _post, row, by, now: rectification_right.dispute(row, by=by, now=now),
    "grant": _grant,
    "announce": lambda _post, row, by, now: restriction_right.announce(row, by=by, now=now),
    "lift": lambda _post, row, by, now: restriction_right.lift(row, by=by, now=now),
    "port": lambda _post, row, by, now: portability_right.fulfil(row, by=by, now=now),
    "stop": _stop,
    "uphold": lambda _post, row, by, now: objection_right.uphold(row, by=by, now=now),
    "review": _review,
    "confirm": lambda _post, row, by, now: withdrawal_right.confirm(row, by=by, now=now),
    "reply": _reply,
    "part": _part,
    "decide": _decide,
    "handed": _handed,
    "explain": _explain,
    "contest": _contest,
    "transfer": _transfer,
}


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def act(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Do what one button of the page says."""
    do = ACTS.get(request.POST.get("act", ""))
    if do is None:
        raise Http404
    try:
        do(request, object_id, staff_of(request).actor(), timezone.now())
    except OthersWaitError as error:
        messages.warning(request, str(error.message))
        return redirect("admin:request_others", object_id)
    messages.success(request, _("Done. What was written and sent is on the page."))
    return redirect(CHANGE, object_id)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
