"""What free text loses before it is kept: the rules, and how often they masked something."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from governance.policy.categories import Category
from governance.policy.vocabulary import Channel
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from registry import labels, screening
from registry.datamap import data_map
from registry.models import Finding, TextRule
from registry.texts import Texts, all_texts


def place_text(texts: Texts) -> str:
    """Return what a kind of row is called."""
    holding = data_map()[texts.model]
    return labels.titled(holding.title_it, holding.title_en) or texts.place


class TextRuleForm(forms.Form):
    """One more thing to mask."""

    place = forms.ChoiceField(
        label=_("Where people write"),
        choices=lambda: sorted(
            ((one.place, place_text(one)) for one in all_texts()), key=lambda one: one[1]
        ),
    )
    channel = forms.ChoiceField(
        label=_("Channel"),
        required=False,
        choices=lambda: [("", gettext("All channels")), *labels.choices(Channel)],
        help_text=_("Only where messages are kept; elsewhere there are no channels."),
    )
    category = forms.ChoiceField(
        label=_("What is masked"),
        choices=lambda: [(one.value, labels.text(Category, one)) for one in screening.MASKABLE],
    )


@page(Page.FINDINGS)
def index(request: HttpRequest) -> HttpResponse:
    """Show the rules that stand, and those of before."""
    return _index(request, TextRuleForm())


def _index(request: HttpRequest, form: TextRuleForm) -> HttpResponse:
    controller = staff_of(request).controller_id
    by_place = {one.place: one for one in all_texts()}
    rules = TextRule.objects.filter(controller=controller).select_related("entered_by")
    context = {
        **portal.each_context(request),
        "title": _("Masking of free text"),
        "rules": [
            {
                "rule": rule,
                "place": place_text(by_place[rule.place]) if rule.place in by_place else rule.place,
                "channel": labels.text(Channel, rule.channel) if rule.channel else "",
                "category": labels.text(Category, rule.category),
            }
            for rule in rules.order_by("ended_at", "place", "category")
        ],
        "masked": _masked(controller),
        "form": form,
        "may_enter": may(request.user, Page.FINDINGS) >= May.CHANGE,
    }
    return TemplateResponse(request, "portal/text_rules.html", context)


def _masked(controller: UUID) -> list[dict[str, Any]]:
    """Return how often each category was masked as it was written."""
    rows = Finding.objects.filter(controller=controller, answer="masked", answered_by=None)
    counted = rows.values("category").annotate(texts=Count("pk"), times=Sum("count"))
    return [
        {**one, "category": labels.text(Category, one["category"])}
        for one in counted.order_by("-times")
    ]


@require_POST
@page(Page.FINDINGS, level=May.CHANGE)
def enter(request: HttpRequest) -> HttpResponse:
    """Add a rule."""
    form = TextRuleForm(request.POST)
    if not form.is_valid():
        return _index(request, form)
    said = form.cleaned_data
    screening.enter(
        place=said["place"], channel=said["channel"], category=Category(said["category"]),
        by=staff_of(request), now=timezone.now(),
    )  # fmt: skip
    messages.success(request, gettext("Entered. It holds for what is written from now on."))
    return redirect("admin:text_rules")


@require_POST
@page(Page.FINDINGS, level=May.CHANGE)
def end(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """End a rule."""
    staff = staff_of(request)
    rule = get_object_or_404(TextRule, pk=object_id, controller_id=staff.controller_id)
    screening.end(rule, by=staff, now=timezone.now())
    messages.success(request, gettext("Ended. What was masked stays masked."))
    return redirect("admin:text_rules")
