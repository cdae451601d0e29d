"""Privacy notices in the portal: versions, what the register says since, and who is owed one."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from dsar import notice
from dsar.notice import Block, Change
from governance.policy.notifications import Telling
from governance.policy.vocabulary import Duty
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from registry import labels, notices
from registry.models import Controller, PrivacyNotice, Staff
from registry.notices import Told
from registry.operations import MAY_APPROVE

HERE = "admin:privacy_notices"


@dataclass(frozen=True)
class Shown:
    """What the page says of one language.

    Attributes
    ----------
    changes : what the register says otherwise than the version in force
    """

    language: str
    version: PrivacyNotice | None
    draft: PrivacyNotice | None
    changes: list[Change]
    blocks: list[Block]


class ToldForm(forms.Form):
    """Which version the people of one day were given, when and how."""

    tell_by = forms.DateField(widget=forms.HiddenInput)
    version = forms.ModelChoiceField(PrivacyNotice.objects.none(), label=gettext_lazy("Version"))
    on = forms.DateField(
        label=gettext_lazy("Given on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    how = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=lambda: [(way.value, text) for way, text in labels.TELLING.items()],
    )

    def __init__(self, *args: Any, controller: Controller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version: Any = self.fields["version"]
        version.queryset = PrivacyNotice.objects.filter(
            controller=controller, approved_at__isnull=False
        ).order_by("-number", "language")

    def clean_on(self) -> date:
        """Refuse a day to come."""
        on: date = self.cleaned_data["on"]
        if on > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."), code="in_future")
        return on

    def told(self) -> Told:
        """Return what was said, as the register records it."""
        said = self.cleaned_data
        at = timezone.make_aware(datetime.combine(said["on"], time.min))
        return Told(said["version"], at, Telling(said["how"]))


@page(Page.REGISTER, duty=Duty.SUPERVISION)
def show(request: HttpRequest) -> HttpResponse:
    """Show the notice in every language: in force, drafted, and what the register says since."""
    staff, now = staff_of(request), timezone.now()
    controller = Controller.objects.get(pk=staff.controller_id)
    shown = _shown(controller, now)
    drafts = [one.draft for one in shown if one.draft]
    may_change = may(staff, Page.REGISTER) >= May.CHANGE
    context = {
        **portal.each_context(request),
        "title": _("Privacy notices"),
        "shown": shown,
        "company": controller,
        "draft": drafts[0] if drafts else None,
        "is_behind": any(one.changes for one in shown),
        "has_version": any(one.version for one in shown),
        "may_draft": may_change,
        "may_approve": bool(drafts) and may_change and _may_approve(staff, drafts[0]),
        "owed": list(notices.owed().values("tell_by").annotate(n=Count("pk"))[:30]),
        "form": ToldForm(controller=controller),
        "may_record": may_change,
    }
    return TemplateResponse(request, "portal/privacy_notices.html", context)


def _may_approve(staff: Staff, draft: PrivacyNotice) -> bool:
    return staff.role in MAY_APPROVE and draft.drafted_by_id != staff.pk


def _shown(controller: Controller, now: datetime) -> list[Shown]:
    newest = notices.newest(controller)
    drafts = {
        version.language: version
        for version in PrivacyNotice.objects.filter(
            controller=controller, number=newest or 0, approved_at__isnull=True
        )
    }
    shown = []
    for language, text in notice.texts(controller, now=now).items():
        version, waiting = notices.in_force(controller.pk, language), drafts.get(language)
        changes = notice.changes(version.text, text) if version else []
        read = waiting or version
        blocks = list(notice.blocks(read.text)) if read else []
        shown.append(Shown(language, version, waiting, changes, blocks))
    return shown


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def draft(request: HttpRequest) -> HttpResponse:
    """Draft the next version from the register."""
    staff = staff_of(request)
    notice.draft(staff.controller, by=staff, now=timezone.now())
    messages.success(request, _("Drafted from the register. Somebody else approves it."))
    return redirect(HERE)


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def approve(request: HttpRequest, number: int) -> HttpResponse:
    """Approve a draft in all its languages."""
    staff = staff_of(request)
    notice.approve(staff.controller, number, by=staff, now=timezone.now())
    messages.success(request, _("Approved: from now on people are given this version."))
    return redirect(HERE)


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def told(request: HttpRequest) -> HttpResponse:
    """Record that the people who were owed the notice by a day were given it."""
    staff = staff_of(request)
    form = ToldForm(request.POST, controller=staff.controller)
    if not form.is_valid():
        messages.error(
            request, _("Choose a version, a day that has come and a way. Nothing was recorded.")
        )
        return redirect(HERE)
    number = notices.give_owed(
        staff.actor(), tell_by=form.cleaned_data["tell_by"], told=form.told(), now=timezone.now()
    )
    said = ngettext("Recorded for %(n)d person.", "Recorded for %(n)d people.", number)
    messages.success(request, said % {"n": number})
    return redirect(HERE)
