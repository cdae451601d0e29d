"""Legal holds: place one, approve what somebody else placed, review it, lift it."""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from dsar.values import GROUNDS
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty, RecordClass
from governance.portal.breach_forms import words_field
from governance.portal.forms import day_field
from governance.portal.guard import page, under_duty
from governance.portal.people_forms import FindForm
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from registry import labels, search
from registry.gate.access import Access
from registry.models import Staff
from retention import holds
from retention.errors import SubjectNotHeldError
from retention.holds import HoldGround
from retention.models import LegalHold

HERE = "admin:holds"
MOST = 100  # holds of each kind on the page


class HoldForm(FindForm):
    """Whose data is held, what of it, why, and until when somebody asks again."""

    matter = forms.CharField(
        label=gettext_lazy("Matter"), max_length=200,
        help_text=gettext_lazy("The case or file it belongs to."),
    )  # fmt: skip
    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"), choices=lambda: [(g.value, GROUNDS[g]) for g in HoldGround]
    )
    reason = words_field(gettext_lazy("Reason"))
    review_on = day_field(gettext_lazy("Review on"))
    record_classes = forms.MultipleChoiceField(
        label=gettext_lazy("Records held"), required=False,
        choices=lambda: labels.choices(RecordClass), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all records of the person."),
    )  # fmt: skip
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Data categories held"), required=False,
        choices=lambda: labels.choices(Category), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all data in these records."),
    )  # fmt: skip


class ReviewForm(forms.Form):
    """The next day of review."""

    review_on = day_field(gettext_lazy("Review on"))


@page(Page.PEOPLE)
def index(request: HttpRequest) -> HttpResponse:
    """Show the holds that stand, the form to place one, and those that were lifted."""
    return _shown(request, HoldForm())


def _shown(request: HttpRequest, form: HoldForm) -> HttpResponse:
    staff = staff_of(request)

    def view(access: Access) -> HttpResponse:
        rows = access.rows(LegalHold).select_related("placed_by", "approved_by", "lifted_by")
        standing = rows.filter(lifted_at__isnull=True).order_by("review_on", "pk")[:MOST]
        lifted = rows.filter(lifted_at__isnull=False).order_by("-lifted_at", "pk")[:MOST]
        context = {
            **portal.each_context(request),
            "title": _("Legal holds"),
            "form": form,
            "holds": [_hold(row, staff) for row in standing],
            "lifted": [_hold(row, staff) for row in lifted],
            "may_change": may(request.user, Page.PEOPLE) >= May.CHANGE,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "portal/holds.html", context, status=status)

    return under_duty(request, view, duty=Duty.ANSWERING, reference=staff.controller_id)


def _hold(row: LegalHold, staff: Staff) -> dict[str, Any]:
    return {
        "row": row,
        "ground": GROUNDS.get(row.ground, row.ground),
        "records": labels.texts(RecordClass, row.record_classes),
        "categories": labels.texts(Category, row.categories),
        "is_own": row.placed_by_id == staff.pk,
    }


@require_POST
@page(Page.PEOPLE, level=May.CHANGE)
def place(request: HttpRequest) -> HttpResponse:
    """Place a hold on exactly one person; it keeps at once."""
    staff, now = staff_of(request), timezone.now()
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _shown(request, form)
    said = form.cleaned_data
    if said["review_on"] <= timezone.localdate(now):
        form.add_error("review_on", _("The day of review has to come yet."))
        return _shown(request, form)
    try:
        holds.place(
            staff, partial(_the_one, said["who"]), ground=HoldGround(said["ground"]),
            reason=said["reason"], review_on=said["review_on"], matter=said["matter"],
            record_classes=[RecordClass(name) for name in said["record_classes"]],
            categories=[Category(name) for name in said["categories"]], now=now,
        )  # fmt: skip
    except SubjectNotHeldError:
        form.add_error("who", _("Not exactly one person matches: type an address or a number."))
        return _shown(request, form)
    messages.success(request, _("Placed: it keeps from now on. Somebody else approves it."))
    return redirect(HERE)


def _the_one(text: str, access: Access) -> UUID | None:
    query = search.subjects_matching(access.controller, text.replace("\x00", ""))
    found: UUID | None = search.the_one(query.distinct())
    return found


@require_POST
@page(Page.PEOPLE, level=May.CHANGE)
def approve(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Approve a hold that somebody else has placed."""
    staff = staff_of(request)
    holds.approve(object_id, by=staff, now=timezone.now())
    messages.success(request, _("Approved: the hold stands."))
    return redirect(HERE)


@require_POST
@page(Page.PEOPLE, level=May.CHANGE)
def review(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Say that a hold is still needed, and when it is asked again."""
    staff = staff_of(request)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The day of review has to come yet."))
        return redirect(HERE)
    holds.review(object_id, by=staff, review_on=form.cleaned_data["review_on"], now=timezone.now())
    messages.success(request, _("Recorded: it is still needed."))
    return redirect(HERE)


@require_POST
@page(Page.PEOPLE, level=May.CHANGE)
def lift(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Lift a hold that somebody else has placed."""
    staff = staff_of(request)
    holds.lift(object_id, by=staff, now=timezone.now())
    messages.success(request, _("Lifted: what nothing else keeps goes with the next run."))
    return redirect(HERE)
