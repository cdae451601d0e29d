"""Notices to recipients in the portal: what was told, what a person has to tell, and its letter.

Also the public keys by which recipients check what they are sent (docs/spec/erasure.md, §11).
"""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from dsar import receipts
from dsar.opendsr import signing
from dsar.opendsr.errors import OpenDsrClosedError
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty
from governance.portal.guard import page, under_duty
from governance.portal.roles import May, Page, answers, may, staff_of
from governance.portal.site import portal
from registry import labels
from registry.gate.access import Access
from registry.models import Controller
from retention import recipients, webhooks
from retention.admin import NOTICE_COLOURS, NOTICE_STATES
from retention.models import Notification
from retention.recipients import Outcome

CHANGE = "admin:retention_notification_change"
OUTCOMES: dict[Outcome, Promise] = {
    Outcome.DONE: _("Told by letter, mail or phone"),
    Outcome.IMPOSSIBLE: _("Proves impossible"),
    Outcome.DISPROPORTIONATE: _("Involves disproportionate effort"),
}


class CloseForm(forms.Form):
    """How a notice ended, and why."""

    outcome = forms.ChoiceField(
        label=_("How did it end?"),
        choices=lambda: [(outcome.value, text) for outcome, text in OUTCOMES.items()],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("When and how, or why not"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def notice_page(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show one notice; what names the person is shown to those who answer people alone."""
    notice = _notice(request, object_id)
    staff = staff_of(request)
    if not answers(staff):
        return _shown(request, notice, known_as=[], reason="")

    def view(_access: Access) -> HttpResponse:
        reason = recipients.opened(notice, "reason").decode() if notice.reason else ""
        return _shown(request, notice, known_as=recipients.known_as(notice), reason=reason)

    return under_duty(request, view, duty=Duty.ANSWERING, reference=notice.pk)


def _shown(
    request: HttpRequest, notice: Notification, *, known_as: list[str], reason: str
) -> HttpResponse:
    context = {
        **portal.each_context(request),
        "title": gettext("Notice to %(recipient)s") % {"recipient": notice.recipient.name},
        "notice": notice,
        "state_text": NOTICE_STATES[notice.state],
        "colour": NOTICE_COLOURS[notice.state],
        "categories": [labels.text(Category, Category(name)) for name in notice.categories],
        "known_as": known_as,
        "outcome_text": OUTCOMES[Outcome(notice.outcome)] if notice.outcome else "",
        "reason": reason,
        "close_form": CloseForm(),
        "may_close": notice.state == "manual"
        and answers(staff_of(request))
        and may(request.user, Page.RECIPIENTS) >= May.CHANGE,
    }
    return TemplateResponse(request, "portal/notice.html", context)


@require_POST
@page(Page.RECIPIENTS, level=May.CHANGE)
def close(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """End a notice by hand."""
    notice, form = _notice(request, object_id), CloseForm(request.POST)
    if not answers(staff_of(request)):
        raise PermissionDenied
    if not form.is_valid():
        messages.error(request, gettext("Choose how it ended, and say why. Nothing was closed."))
        return redirect(CHANGE, object_id)
    recipients.close(
        notice.pk,
        by=staff_of(request),
        outcome=Outcome(form.cleaned_data["outcome"]),
        reason=form.cleaned_data["reason"],
        now=timezone.now(),
    )
    messages.success(request, gettext("Closed. The reason is kept with the notice."))
    return redirect(CHANGE, object_id)


@require_GET
def public_keys(_request: HttpRequest, company: str) -> HttpResponse:
    """Return the keys by which a company's notices and receipts of consent are checked."""
    controller = get_object_or_404(Controller, slug=company)
    keys = {
        "keys": [webhooks.public_key(controller.pk)],
        "receipts": [receipts.public_key(controller.pk)],
    }
    return JsonResponse(keys)


@require_GET
def opendsr_certificate(_request: HttpRequest) -> HttpResponse:
    """Return the certificate by which answers of OpenDSR are checked (section 6.3)."""
    try:
        pem = signing.certificate()
    except OpenDsrClosedError:
        raise Http404 from None
    return HttpResponse(pem, content_type="application/x-pem-file")


def _notice(request: HttpRequest, object_id: UUID) -> Notification:
    rows = Notification.objects.select_related("recipient", "controller", "closed_by")
    return get_object_or_404(rows, pk=object_id, controller_id=staff_of(request).controller_id)
