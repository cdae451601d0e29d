"""The page that says why the gate opens for one person or does not, question by question."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.policy.decisions import Asks
from governance.policy.vocabulary import Channel, Operation, Role
from governance.portal.guard import page
from governance.portal.roles import Page, staff_of, supervises
from governance.portal.site import portal
from registry import labels, search
from registry.gate import explaining
from registry.gate.errors import GateRefusedError
from registry.gate.explaining import Asked, Explanation
from registry.models import Purpose, Staff

WHO_ACT = (Role.AGENT, Role.MARKETING, Role.SALES, Role.MANAGER, Role.LEGAL, Role.SYSTEM)


class WhyForm(forms.Form):
    """What would be done, to whom, as whom; sent in the body, for addresses end up in logs."""

    who = forms.CharField(
        label=_("Person"),
        max_length=200,
        help_text=_("E-mail address, phone, customer number, name, or the id of the contact."),
    )
    purpose = forms.ChoiceField(label=_("Purpose"))
    operation = forms.ChoiceField(label=_("Operation"), choices=lambda: labels.choices(Operation))
    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=lambda: [("", "—"), *labels.choices(Channel)],
        required=False,
    )
    role = forms.ChoiceField(
        label=_("Asked as"),
        choices=lambda: [(role.value, labels.text(Role, role)) for role in WHO_ACT],
    )

    def __init__(self, staff: Staff, *args: Any) -> None:
        super().__init__(*args)
        purposes = Purpose.objects.filter(controller_id=staff.controller_id).order_by("key")
        self.fields["purpose"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (one.key, one.text) for one in purposes
        ]
        if not supervises(staff):
            del self.fields["role"]

    def asked(self, staff: Staff) -> Asked:
        """Return the question as the gate takes it."""
        said = self.cleaned_data
        text = said["who"].replace("\x00", "").strip()
        subject = _id(text)
        found = search.subjects_matching(staff.controller_id, text)
        return Asked(
            who=subject or found,
            searched_by=None if subject else search.category_of(text),
            purpose=said["purpose"],
            operation=Operation(said["operation"]),
            channel=Channel(said["channel"]) if said["channel"] else None,
            role=Role(said["role"]) if "role" in said else None,
        )


@dataclass(frozen=True)
class Shown:
    """One answer in words."""

    question: str
    is_passed: bool
    message: str
    article: str
    advice: str
    evidence: tuple[str, ...]


@page(Page.WHY)
def why(request: HttpRequest) -> HttpResponse:
    """Ask, and show each question with its answer; asking is in the log."""
    staff = staff_of(request)
    form = WhyForm(staff, request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {**portal.each_context(request), "title": _("Why?"), "form": form}
    if request.method == "POST" and form.is_valid():
        told = explaining.explain(staff.actor(), form.asked(staff), now=timezone.now())
        context |= _shown(told)
    response = TemplateResponse(request, "portal/why.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _shown(told: Explanation) -> dict[str, Any]:
    return {
        "told": told,
        "role_text": labels.text(Role, told.role),
        "decision": GateRefusedError(told.refusal) if told.refusal else None,
        "answers": [_in_words(answer) for answer in told.answers],
    }


def _in_words(answer: explaining.Answer) -> Shown:
    refused = GateRefusedError(answer.refusal) if answer.refusal else None
    return Shown(
        question=labels.text(Asks, answer.asks),
        is_passed=refused is None,
        message=str(refused.message) if refused else "",
        article=refused.article if refused else "",
        advice=str(refused.advice) if refused else "",
        evidence=tuple(str(row) for row in answer.evidence),
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
