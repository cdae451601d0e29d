"""Texts for messages: words of the house, looked into before they are kept.

A text belongs to one purpose, and goes for no other. A text of service offers nothing.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from crm.console.desk import Desk, page
from crm.console.workflows import DRAFT, KEY, SEE
from crm.models import MessageTemplate
from crm.trade import templates
from crm.trade.errors import (
    OfferInServiceMessageError,
    TemplateInvalidError,
    TemplateNamesSomebodyError,
)
from crm.trade.templates import Text
from governance.policy.errors import GovernanceError
from registry.labels import titled
from registry.models import Purpose

BODY, TOPIC = 5000, 200
KIND: dict[str, Promise] = {
    templates.SERVICE: _("Of service: it offers nothing"), templates.MARKETING: _("Of marketing"),
}  # fmt: skip


class TextForm(forms.Form):
    """A text in both languages."""

    purpose: "forms.ModelChoiceField[Purpose]" = forms.ModelChoiceField(
        label=_("Purpose"), queryset=None, to_field_name="key"
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=KIND.items)
    topic_it = forms.CharField(label=_("Subject line in Italian"), max_length=TOPIC)
    body_it = forms.CharField(
        label=_("Text in Italian"), widget=forms.Textarea, max_length=BODY,
        help_text=_(
            "{name}, {number} and {day} stand for the person, the order and its day; {page} for the"
            " address of people's own page."
        ),
    )  # fmt: skip
    topic_en = forms.CharField(label=_("Subject line in English"), max_length=TOPIC)
    body_en = forms.CharField(label=_("Text in English"), widget=forms.Textarea, max_length=BODY)

    def __init__(self, *args: Any, controller: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        purposes = Purpose.objects.filter(controller=controller).order_by("key")
        field: Any = self.fields["purpose"]
        field.queryset = purposes
        field.label_from_instance = lambda purpose: purpose.text


@page(roles=SEE)
def texts(desk: Desk) -> HttpResponse:
    """List the texts."""
    rows = MessageTemplate.objects.filter(controller=desk.staff.controller_id)
    lines = [
        (row, titled(row.topic_it, row.topic_en), KIND[row.kind])
        for row in rows.select_related("purpose").order_by("key")
    ]
    context = {"title": _("Texts of messages"), "texts": lines, "may_draft": desk.role in DRAFT}
    return desk.render("console/texts.html", context)


@page(roles=DRAFT)
def text(desk: Desk, key: str = "") -> HttpResponse:
    """Write a text, or change the one of a key; it is looked into first."""
    rows = MessageTemplate.objects.filter(controller=desk.staff.controller_id, key=key)
    row = rows.select_related("purpose").first() if key else None
    form = TextForm(
        desk.request.POST or None, initial=_typed(row), controller=desk.staff.controller_id
    )
    error: GovernanceError | None = None
    if desk.request.method == "POST" and form.is_valid():
        try:
            _keep(desk, row, form.cleaned_data)
        except (
            OfferInServiceMessageError, TemplateInvalidError, TemplateNamesSomebodyError,
        ) as found:  # fmt: skip
            error = found
        else:
            messages.success(desk.request, _("Kept: messages are written with it from now on."))
            return redirect("desk:texts")
    context = {
        "title": _("Text of a message"), "form": form, "error": error,
        "places": getattr(error, "places", ()),
        "offers": error.details.get("words", ()) if error else (),
    }  # fmt: skip
    return desk.render("console/text.html", context, status=422 if form.errors or error else 200)


def _typed(row: MessageTemplate | None) -> dict[str, Any]:
    if row is None:
        return {}
    plain = ("kind", "topic_it", "topic_en", "body_it", "body_en")
    return {"purpose": row.purpose.key, **{name: getattr(row, name) for name in plain}}


def _keep(desk: Desk, row: MessageTemplate | None, said: dict[str, Any]) -> None:
    parts = {name: said[name] for name in ("topic_it", "topic_en", "body_it", "body_en")}
    templates.keep(
        row.key if row else slugify(said["topic_it"])[:KEY], Text(**parts), kind=said["kind"],
        purpose=said["purpose"], by=desk.staff, now=desk.now,
    )  # fmt: skip
