"""Provisions of the law and of the house, and the checks of the register of oppositions."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from governance.policy import provisions as law
from governance.policy.periods import PeriodError
from governance.policy.provisions import Parameter
from governance.policy.vocabulary import Channel
from governance.portal.forms import day_field
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from registry import labels, opposition, provision_labels, provisions
from registry.gate.facts import NUMBER_CHECKED
from registry.models import OppositionList, Provision

LARGEST = 10 * 1024 * 1024  # bytes of an answer of the register


class ProvisionForm(forms.Form):
    """A new row: rows are never changed."""

    parameter = forms.ChoiceField(label=_("Parameter"), choices=lambda: labels.choices(Parameter))
    value = forms.CharField(
        label=_("Value"),
        required=False,
        max_length=200,
        help_text=_(
            "Written as in the list, under the words; channels and roles separated by spaces."
        ),
    )
    valid_from = day_field(_("Valid from"))
    valid_to = day_field(_("Valid to"), required=False)
    source = forms.CharField(
        label=_("Source"), max_length=300, help_text=_("Law, decision or reason of the house.")
    )

    def clean(self) -> dict[str, Any]:
        """Say at the field that a value cannot be read."""
        said: dict[str, Any] = super().clean() or {}
        if {"parameter", "value"} <= said.keys():
            try:
                law.check(Parameter(said["parameter"]), said["value"])
            except (law.ProvisionInvalidError, PeriodError) as error:
                self.add_error("value", f"{error.message} {error.advice}")
        begins, ends = said.get("valid_from"), said.get("valid_to")
        if begins and ends and ends < begins:
            self.add_error("valid_to", gettext("A provision begins before it ends."))
        return said


class AnswerForm(forms.Form):
    """An answer of the register of oppositions."""

    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=lambda: [(one.value, labels.text(Channel, one)) for one in NUMBER_CHECKED],
    )
    checked_on = day_field(_("Answered on"))
    file = forms.FileField(
        label=_("File of the answer"),
        help_text=_("CSV with the columns numero, iscritto (si or no), iscritto_dal. It is not"
                    " kept: its hash is the proof."),
    )  # fmt: skip

    def clean_file(self) -> Any:
        """Refuse what is too large to be read at once."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(gettext("The file is larger than 10 MB: divide it."))
        return file


@page(Page.PROVISIONS)
def index(request: HttpRequest) -> HttpResponse:
    """Show what is in force today, every row there was, and the checks."""
    return _index(request, ProvisionForm(), AnswerForm())


def _index(request: HttpRequest, form: ProvisionForm, answer_form: AnswerForm) -> HttpResponse:
    controller, now = staff_of(request).controller_id, timezone.now()
    held = provisions.in_force(controller, on=timezone.localdate(now))
    rows = Provision.objects.filter(controller=controller).select_related("entered_by")
    context = {
        **portal.each_context(request),
        "title": _("Law and house rules"),
        "rows": [
            {
                "text": labels.text(Parameter, row.parameter),
                "value": provision_labels.value(row.parameter, row.value),
                "row": row,
                "is_in_force": row.parameter in held and held[row.parameter].row == row.pk,
            }
            for row in rows.order_by("parameter", "-valid_from", "-entered_at")
        ],
        "missing": [labels.text(Parameter, one) for one in Parameter if one not in held],
        "lists": [
            (labels.text(Channel, one.channel), one)
            for one in OppositionList.objects.filter(controller=controller)
            .select_related("imported_by")
            .order_by("-checked_on", "-imported_at")[:50]
        ],
        "form": form,
        "answer_form": answer_form,
        "may_enter": may(request.user, Page.PROVISIONS) >= May.CHANGE,
    }
    return TemplateResponse(request, "portal/provisions.html", context)


@require_POST
@page(Page.PROVISIONS, level=May.CHANGE)
def enter(request: HttpRequest) -> HttpResponse:
    """Add a provision."""
    staff, form = staff_of(request), ProvisionForm(request.POST)
    if not form.is_valid():
        return _index(request, form, AnswerForm())
    said = form.cleaned_data
    provisions.enter(
        controller=staff.controller, parameter=Parameter(said["parameter"]), value=said["value"],
        valid_from=said["valid_from"], valid_to=said["valid_to"], source=said["source"],
        by=staff, now=timezone.now(),
    )  # fmt: skip
    messages.success(request, gettext("Entered. It counts from its day."))
    return redirect("admin:provisions")


@require_POST
@page(Page.PROVISIONS, level=May.CHANGE)
def take_answer(request: HttpRequest) -> HttpResponse:
    """Import an answer of the register of oppositions."""
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _index(request, ProvisionForm(), form)
    said = form.cleaned_data
    taken = opposition.take(
        channel=Channel(said["channel"]), content=said["file"].read(),
        checked_on=said["checked_on"], by=staff_of(request), now=timezone.now(),
    )  # fmt: skip
    text = gettext("Lines read: %(lines)d. People of ours checked: %(people)d.")
    messages.success(request, text % {"lines": taken.lines, "people": taken.matched})
    return redirect("admin:provisions")
