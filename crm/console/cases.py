"""Cases at the desk: the list by what is due first, and one case with what may help.

A case is reached through its person, so that the access is for that person alone.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from crm.console.desk import Desk, page
from crm.conversations import outgoing
from crm.help import finding, trails
from crm.help import operations as articles
from crm.models import Article, Case, ComplaintTheme, Conversation, Order
from crm.service import operations, queries, survey, words
from crm.service.errors import CaseNotFoundError
from crm.service.operations import NewCase
from governance.policy import cases as policy
from governance.policy.cases import CaseAct, CaseKind, SurveyAsks, SurveyMode
from governance.policy.vocabulary import Channel, Operation, Priority
from registry import labels
from registry.gate.disclosing import To
from registry.gate.opening import Subjects
from registry.models import Staff

MOST = 100


class CaseForm(forms.Form):
    """What somebody asks."""

    topic = forms.CharField(label=_("Topic"), max_length=200)
    description = forms.CharField(
        label=_("What happens"), widget=forms.Textarea, max_length=4000, required=False
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=words.KIND.items)
    theme = forms.ChoiceField(
        label=_("What a complaint is about"), required=False,
        help_text=_("Only for a complaint; themes are added on the page of service."),
    )  # fmt: skip
    priority = forms.ChoiceField(
        label=_("Priority"), choices=lambda: labels.choices(Priority), initial=Priority.NORMAL
    )
    order = forms.UUIDField(label=_("Order"), required=False)
    conversation = forms.UUIDField(required=False)
    code = forms.CharField(
        label=_("Code of the help centre"), max_length=12, required=False,
        help_text=_("If the caller has one: you see the pages they tried."),
    )  # fmt: skip


class SolutionForm(forms.Form):
    """What helped."""

    solution = forms.CharField(label=_("Solution"), widget=forms.Textarea, max_length=4000)
    article = forms.UUIDField(required=False)


def _people(desk: Desk) -> Subjects:
    return queries.people(desk.purpose.key if desk.purpose else "")


@page(Operation.LIST, people=_people)
def cases(desk: Desk) -> HttpResponse:
    """List open cases, what is due first before the rest, and how old they are."""
    purpose = desk.purpose.key if desk.purpose else ""
    rows = list(queries.open_cases(desk.access, purpose)[:MOST])
    staff = Staff.objects.filter(pk__in={case.assigned_to_id for case in rows})
    names = dict(staff.values_list("pk", "username"))
    context = {
        "title": _("Cases"),
        "cases": [{**_line(case), "whose": names.get(case.assigned_to_id) or ""} for case in rows],
        "ages": queries.ageing(desk.access, purpose, now=desk.now),
    }
    return desk.render("console/cases.html", context)


@page(Operation.CREATE, about="person")
def new(desk: Desk, person: UUID) -> HttpResponse:
    """Open a case about a person, with the order it is about and the conversation it came up in."""
    orders = desk.access.rows(Order).filter(subject=person).order_by("-ordered_on")[:20]
    chosen = [(str(order.pk), f"{order.number}, {order.ordered_on:%d/%m/%Y}") for order in orders]
    of_thread = {"conversation": desk.request.GET.get("conversation", "")}
    form = CaseForm(desk.request.POST or None, initial=of_thread)
    form.fields["theme"].choices = _themes(desk)  # type: ignore[attr-defined]
    if desk.request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        tried = trails.take(desk.access.controller, said.pop("code"), now=desk.now)
        case = operations.open_case(
            desk.access,
            NewCase(**said, pages_tried="\n".join(tried)),
            subject=person,
            purpose=desk.purpose.key if desk.purpose else "",
        )
        return redirect("desk:case", person=person, case=case.pk)
    context = {"title": _("New case"), "form": form, "orders": chosen, "person": person}
    return desk.render("console/case_new.html", context, status=422 if form.errors else 200)


@page(Operation.READ, about="person")
def case(desk: Desk, person: UUID, case: UUID) -> HttpResponse:
    """Show one case, what can be done with it, and what may help."""
    return _shown(desk, _case(desk, person, case), SolutionForm())


@page(Operation.UPDATE, about="person")
def act(desk: Desk, person: UUID, case: UUID) -> HttpResponse:
    """Do something with a case: take it, note an answer, ask, go on, solve it, take it up again."""
    said = desk.request.POST.get("do", "")
    simple = {
        "answer": operations.answer, CaseAct.ASK: operations.ask,
        CaseAct.RESUME: operations.resume, CaseAct.REOPEN: operations.reopen,
    }  # fmt: skip
    if said == CaseAct.TAKE:
        operations.take(desk.access, case, by=desk.staff.pk)
    elif said == CaseAct.SOLVE:
        form = SolutionForm(desk.request.POST)
        if not form.is_valid():
            return _shown(desk, _case(desk, person, case), form, status=422)
        article = _article(desk, form.cleaned_data["article"])
        operations.solve(desk.access, case, solution=form.cleaned_data["solution"], article=article)
    elif said in simple:
        simple[said](desk.access, case)
    return redirect("desk:case", person=person, case=case)


@page(Operation.UPDATE, about="person")
def pages(desk: Desk, person: UUID, case: UUID) -> HttpResponse:
    """Note the pages behind the code that the caller read out."""
    tried = trails.take(desk.access.controller, desk.request.POST.get("code", ""), now=desk.now)
    if tried:
        operations.change(desk.access, case, {"pages_tried": "\n".join(tried)})
    else:
        messages.warning(desk.request, _("There is nothing behind this code, or its day is over."))
    return redirect("desk:case", person=person, case=case)


@page()
def ask_satisfaction(desk: Desk, person: UUID, case: UUID) -> HttpResponse:
    """Ask by e-mail, kept as was chosen; without an address the link is shown, to hand over."""
    chosen, about = desk.request.POST.get("mode", ""), desk.request.POST.get("asks", "csat")
    if chosen not in list(SurveyMode) or about not in list(SurveyAsks):
        return redirect("desk:case", person=person, case=case)
    to = {"channel": Channel.EMAIL, "recipient": To.THE_PERSON}
    with desk.open(Operation.SEND, subjects=person, **to) as desk.access:
        mode, asks = SurveyMode(chosen), SurveyAsks(about)
        sent = survey.send(desk.access, _case(desk, person, case).pk, mode=mode, asks=asks)
    if sent is None:
        said = _("No e-mail address is held: hand the link over in another way.")
        messages.warning(desk.request, said)
    else:
        messages.success(desk.request, _("The question is on its way by e-mail."))
    return redirect("desk:case", person=person, case=case)


@page(Operation.UPDATE, about="person")
def article(desk: Desk, person: UUID, case: UUID) -> HttpResponse:
    """Begin an article from a solved case; nothing of the case is copied."""
    said = desk.request.POST
    text = articles.Text(said.get("title", "").strip()[:200], said.get("body", "").strip()[:20000])
    if not text.title or not text.body:
        messages.warning(desk.request, _("An article has a title and a text."))
        return redirect("desk:case", person=person, case=case)
    made = articles.from_case(desk.access, case, text, labels.language(), by=desk.staff)
    return redirect("desk:article", article=made)


def _themes(desk: Desk) -> list[tuple[str, str]]:
    """Return the themes that a complaint may be about, and none."""
    rows = ComplaintTheme.objects.filter(controller=desk.staff.controller_id).order_by("key")
    return [("", "–"), *((row.key, labels.titled(row.title_it, row.title_en)) for row in rows)]


def _case(desk: Desk, person: UUID, case: UUID) -> Case:
    found = desk.access.rows(Case).filter(pk=case, subject=person).first()
    if found is None:
        raise CaseNotFoundError
    return found


def _article(desk: Desk, article: UUID | None) -> Article | None:
    if article is None:
        return None
    return Article.objects.filter(controller=desk.access.controller, pk=article).first()


def _shown(desk: Desk, case: Case, form: SolutionForm, *, status: int = 200) -> HttpResponse:
    text = f"{case.topic or ''} {case.description or ''}"
    helpful = finding.suggestions(
        case.controller_id, text, labels.language(), kind=case.kind, product=case.product_id
    )
    can = {str(one) for one in policy.possible(case.state)}
    context = {
        "title": _("Case %(number)s") % {"number": case.number},
        "case": case,
        "line": _line(case),
        "kind": words.KIND[CaseKind(case.kind)],
        "link": _link(desk, case),
        "thread": _thread(desk, case),
        "tried": (case.pages_tried or "").splitlines() if _sees_behaviour(desk) else [],
        "suggestions": helpful,
        "form": form,
        "can": can,
    }
    return desk.render("console/case.html", context, status=status)


def _link(desk: Desk, case: Case) -> str:
    """Return the address of the question about satisfaction, where a person has to hand it over."""
    if not case.survey_mode or case.survey_is_answered:
        return ""
    is_sent = outgoing.can_reach(desk.access, case.subject_id, Channel.EMAIL)
    return "" if is_sent else survey.address_of(case)


def _thread(desk: Desk, case: Case) -> Conversation | None:
    """Return the conversation of a case, as long as it is there."""
    if case.conversation_id is None:
        return None
    rows = desk.access.rows(Conversation).filter(subject=case.subject_id)
    return rows.filter(pk=case.conversation_id).first()


def _sees_behaviour(desk: Desk) -> bool:
    return "behaviour" in desk.access.categories


def _line(case: Case) -> dict[str, Any]:
    late = case.first_response_escalated_at or case.resolution_escalated_at
    due = case.resolution_due_at if case.first_response_at else case.first_response_due_at
    return {
        "case": case,
        "state": words.STATE[case.state],
        "priority": labels.text(Priority, case.priority),
        "due_at": None if case.solved_at else due,
        "is_late": bool(late) and case.solved_at is None,
    }
