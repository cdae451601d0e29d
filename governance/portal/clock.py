"""The clock of a request in the portal, and the holidays of the house that move every clock."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dsar import holidays, lateness, letter_drafts, timekeeping
from dsar import labels as dsar_labels
from dsar.models import Correspondence, RequestPause, SubjectRequest
from governance.policy.deadlines import PauseGround
from governance.portal.forms import BY_LETTER, day_field
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from registry.calendars import calendar_of
from registry.gate.access import Access
from registry.models import HouseHoliday

CHANGE = "admin:dsar_subjectrequest_change"
GROUNDS = {
    PauseGround.IDENTITY_DOUBT: _("There is a reasonable doubt about who asks (Art. 12(6))"),
    PauseGround.SPECIFICATION_ASKED: _("Much data is held, and they are asked what they mean"),
}


class AskForm(forms.Form):
    """A question that was sent to the person."""

    ground = forms.ChoiceField(
        label=_("Why they are asked"),
        choices=lambda: [(ground.value, text) for ground, text in GROUNDS.items()],
        widget=forms.RadioSelect,
    )
    question = forms.CharField(
        label=_("The question, as it was sent"), widget=forms.Textarea(attrs={"rows": 3})
    )
    sent_on = day_field(_("Sent on"), required=False, help_text=BY_LETTER)


class LateForm(forms.Form):
    """Why a request is late."""

    ground = forms.ChoiceField(
        label=_("Why it is late"),
        choices=lambda: list(dsar_labels.LATE.items()),
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What happened"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays in the file of the request."),
    )


class AnsweredForm(forms.Form):
    """The answer to it."""

    answered_on = day_field(_("Answer arrived on"))


class ReceiptForm(forms.Form):
    """An earlier day of receipt."""

    received_on = day_field(_("It really arrived on"))
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=300,
        help_text=_("Postmark, message number, note of a call."),
    )

    def received_at(self) -> datetime:
        """Return noon of that day."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["received_on"], time(12)))


class HolidayForm(forms.Form):
    """A holiday of the house."""

    name = forms.CharField(label=_("Name"), max_length=120)
    first_on = day_field(_("Day"))
    is_yearly = forms.BooleanField(label=_("Every year from then on"), required=False)
    source = forms.CharField(
        label=_("Source"),
        max_length=300,
        help_text=_("Law, decree or decision of the municipality."),
    )


def context(access: Access, row: SubjectRequest, *, sees_person: bool) -> dict[str, Any]:
    """Return what the page of a request shows of its clock, inside the access it is shown in."""
    pauses = access.rows(RequestPause).filter(request=row).order_by("sent_on")
    answered_on = _arrived(access, row.pk, pauses)
    is_late = lateness.late_since(row, timezone.localdate(access.now)) is not None
    return {
        "is_late": is_late,
        "late_why": dsar_labels.word(dsar_labels.LATE, row.late_ground) if row.late_ground else "",
        "late_words": row.late_reasons if row.late_ground and sees_person else "",
        "late_form": LateForm(auto_id="late_%s") if is_late and not row.late_ground else None,
        "pauses": [
            {"row": row, "ground": GROUNDS[PauseGround(row.ground)]} for row in pauses
        ],
        "answered_form": AnsweredForm(
            auto_id="answered_%s", initial={"answered_on": answered_on}
        ),
        "receipt_form": ReceiptForm(auto_id="receipt_%s"),
    }  # fmt: skip


def _arrived(access: Access, request_id: UUID, pauses: Iterable[RequestPause]) -> date | None:
    """Return the day of the first letter of the person since the question that waits, if any."""
    asked = next((row for row in pauses if row.answered_on is None), None)
    if asked is None:
        return None
    letters = access.rows(Correspondence).filter(request=request_id, direction="in")
    days = (timezone.localdate(letter.sent_at) for letter in letters.order_by("sent_at"))
    return next((day for day in days if day >= asked.sent_on), None)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def ask(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Record a question to the person."""
    form = AskForm(request.POST)
    said: dict[str, Any] = form.cleaned_data if form.is_valid() else {"ground": "", "question": ""}
    about: dict[str, Any] = {"by": staff_of(request).actor(), "now": timezone.now()}
    if said.get("sent_on"):
        timekeeping.ask(object_id, **said, **about)
        messages.success(request, gettext("Recorded. The clock stands until the answer arrives."))
    else:
        said.pop("sent_on", None)
        draft = letter_drafts.named(request.POST.get("draft", ""), "question")
        timekeeping.write_question(object_id, **said, **about, draft=draft)
        messages.success(request, gettext("Written. The clock stands as soon as it has left."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def answered(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Record the answer."""
    form = AnsweredForm(request.POST)
    # A day that cannot be read is one that has not come: the operation says so.
    answered_on = form.cleaned_data["answered_on"] if form.is_valid() else date.max
    timekeeping.answered(
        object_id, answered_on=answered_on, by=staff_of(request).actor(), now=timezone.now()
    )
    messages.success(request, gettext("Recorded. The clock runs again."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def correct(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Correct the day of receipt backwards."""
    form, now = ReceiptForm(request.POST), timezone.now()
    is_read = form.is_valid()
    timekeeping.correct_receipt(
        object_id,
        received_at=form.received_at() if is_read else now,
        evidence=form.cleaned_data.get("evidence", "") if is_read else "",
        by=staff_of(request).actor(),
        now=now,
    )
    messages.success(request, gettext("Corrected. The dates were computed again."))
    return redirect(CHANGE, object_id)


@page(Page.PROVISIONS)
def calendar(request: HttpRequest) -> HttpResponse:
    """Show the holidays by which time limits are computed."""
    return _calendar(request, HolidayForm())


def _calendar(request: HttpRequest, form: HolidayForm) -> HttpResponse:
    controller, today = staff_of(request).controller, timezone.localdate()
    found = calendar_of(controller, today)
    names = {day: h.name for h in found.holidays for day in found.in_year(today.year)
             if h.falls_on(day)}  # fmt: skip
    own = HouseHoliday.objects.filter(controller=controller).select_related("entered_by")
    shown = {
        **portal.each_context(request),
        "title": gettext("Holidays"),
        "version": found.version,
        "year": today.year,
        "days": sorted(names.items()),
        "own": own.order_by("first_on"),
        "form": form,
        "may_enter": may(request.user, Page.PROVISIONS) >= May.CHANGE,
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "portal/holidays.html", shown, status=status)


@require_POST
@page(Page.PROVISIONS, level=May.CHANGE)
def enter_holiday(request: HttpRequest) -> HttpResponse:
    """Add a holiday of the house."""
    form = HolidayForm(request.POST)
    if not form.is_valid():
        return _calendar(request, form)
    done = holidays.enter(**form.cleaned_data, by=staff_of(request), now=timezone.now())
    _tell(request, done)
    return redirect("admin:holidays")


@require_POST
@page(Page.PROVISIONS, level=May.CHANGE)
def end_holiday(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """End a yearly holiday of the house with this year."""
    staff, now = staff_of(request), timezone.now()
    row = HouseHoliday.objects.filter(pk=object_id, controller=staff.controller_id).first()
    if row is None:
        raise Http404
    last_year = max(timezone.localdate(now).year, row.first_on.year)
    _tell(request, holidays.end(row, last_year=last_year, by=staff, now=now))
    return redirect("admin:holidays")


def _tell(request: HttpRequest, done: holidays.Recomputed) -> None:
    said = ngettext(
        "%(n)d open request has another date now.", "%(n)d open requests have another date now.",
        done.moved,
    )  # fmt: skip
    messages.success(request, said % {"n": done.moved})
