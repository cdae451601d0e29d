"""What is due about the register: breaches, drafts, reviews, assessments, agreements, consents."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.policy.impact import Standing
from governance.policy.register import UNDER_AGREEMENT
from governance.policy.vocabulary import ActivityState, ConsentState
from governance.portal.items import Item
from governance.templatetags.days import moment
from registry import activities, breaches, impact, labels, validator
from registry.admin import title_of
from registry.models import (
    ActivityVersion,
    Breach,
    ConsentStanding,
    ImpactAssessment,
    Recipient,
    Staff,
)

LOOK_AHEAD = timedelta(days=60)
REVIEW_AHEAD = timedelta(days=30)
CONSENT_AHEAD = timedelta(days=30)  # time to ask again: once it is over nothing may be sent
VERSION = "admin:registry_activityversion_change"


def collect(staff: Staff, *, now: datetime) -> Iterator[Item]:
    """Yield what is due about the register of a company."""
    today = timezone.localdate(now)
    yield from _breaches(staff, now)
    yield from _drafts(staff)
    yield from _reviews(staff, now)
    yield from _assessments(staff)
    yield from _agreements(staff, today)
    yield from _consents(staff, now)


def _breaches(staff: Staff, now: datetime) -> Iterator[Item]:
    """Yield breaches that ask for something: the 72 hours first (Art. 33(1))."""
    for breach in Breach.objects.filter(controller_id=staff.controller_id).order_by("aware_at"):
        if not breaches.is_open(breach):
            continue
        due = breaches.due_at(breach)
        detail = _("Nothing has a fixed hour any more: without undue delay")
        if due is not None:
            detail = f"{moment(due)}: {labels.hours_left(due - now)}"
        yield Item(
            kind=_("Breach"),
            title=str(breach),
            detail=detail,
            step=breaches.step_in_words(breach),
            url=reverse("admin:registry_breach_change", args=[breach.pk]),
            due_on=timezone.localdate(due) if due else None,
            aim_on=timezone.localdate(now) if due else None,
            since_on=timezone.localdate(breach.aware_at),
            is_over=due is not None and now > due,
        )


def _drafts(staff: Staff) -> Iterator[Item]:
    drafts = ActivityVersion.objects.filter(
        controller_id=staff.controller_id, state=ActivityState.DRAFT
    ).select_related("activity__purpose")
    for version in drafts:
        missing = len(validator.missing_parts(version))
        if missing:
            step = _("Complete")
            detail = ngettext("%(n)d part is missing", "%(n)d parts are missing", missing)
            detail %= {"n": missing}
        elif staff.pk in version.drafters:
            step, detail = _("Read"), _("Drafted by you: somebody else approves it")
        else:
            step, detail = _("Read and approve"), _("Drafted, waits for approval")
        yield Item(
            kind=_("Draft"),
            title=f"{title_of(version)} · v{version.number}",
            detail=detail,
            step=step,
            url=reverse("admin:registry_activityversion_change", args=[version.pk]),
        )


def _reviews(staff: Staff, now: datetime) -> Iterator[Item]:
    """Yield activities in force that are to be looked at again, and assessments (Art. 35(11))."""
    today = timezone.localdate(now)
    for version in activities.all_in_force(staff.controller_id, at=now):
        activity = version.activity
        if activity.review_on and activity.review_on <= today + REVIEW_AHEAD:
            yield Item(
                kind=_("Activity"),
                title=title_of(version),
                detail=_("To be reviewed"),
                step=_("Review"),
                url=reverse(VERSION, args=[version.pk]),
                due_on=activity.review_on,
                since_on=activity.reviewed_on,
            )
        standing = impact.standing_of(version, today=today)
        if standing not in {Standing.NOT_NEEDED, Standing.IN_ORDER}:
            yield Item(
                kind=_("Impact assessment"),
                title=title_of(version),
                detail=labels.text(Standing, standing),
                step=_("Look at it"),
                url=reverse(VERSION, args=[version.pk]),
            )


def _assessments(staff: Staff) -> Iterator[Item]:
    """Yield assessments that wait for advice or for a conclusion."""
    rows = ImpactAssessment.objects.filter(
        controller_id=staff.controller_id, concluded_at__isnull=True
    )
    for row in rows.select_related("activity__purpose").order_by("drafted_at"):
        is_advised = row.advised_at is not None
        yield Item(
            kind=_("Impact assessment"),
            title=row.activity.purpose.text,
            detail=_("Waits for its conclusion") if is_advised else _("Waits for the DPO's advice"),
            step=_("Read and conclude") if is_advised else _("Read and advise"),
            url=reverse("admin:registry_impactassessment_change", args=[row.pk]),
        )


def _agreements(staff: Staff, today: date) -> Iterator[Item]:
    processors = Recipient.objects.filter(
        controller_id=staff.controller_id, role__in=UNDER_AGREEMENT
    )
    ending = Q(agreement_until__lte=today + LOOK_AHEAD) | Q(agreement_on__isnull=True)
    for recipient in processors.filter(ending).order_by("name"):
        no_agreement = recipient.agreement_on is None
        yield Item(
            kind=_("Processor agreement"),
            title=recipient.name,
            detail=_("No agreement on record (Art. 28(3))") if no_agreement else _("Ends"),
            step=_("Record it") if no_agreement else _("Renew"),
            url=reverse("admin:registry_recipient_change", args=[recipient.pk]),
            due_on=None if no_agreement else recipient.agreement_until,
            aim_on=today,
            since_on=recipient.agreement_on,
        )


def _consents(staff: Staff, now: datetime) -> Iterator[Item]:
    """Yield purposes for which consents end soon: the person is asked again while they stand."""
    today = timezone.localdate(now)
    ending = ConsentStanding.objects.filter(
        state=ConsentState.GIVEN, expires_on__range=(today, today + CONSENT_AHEAD)
    )
    counted = ending.values("purpose").annotate(
        people=Count("subject", distinct=True), first=Min("expires_on")
    )
    by_purpose = {row["purpose"]: row for row in counted}
    for version in activities.all_in_force(staff.controller_id, at=now):
        row = by_purpose.get(version.activity.purpose_id)
        if row is not None:
            yield Item(
                kind=_("Consent"),
                title=title_of(version),
                detail=ngettext(
                    "The consent of %(n)d person ends: ask again while it stands",
                    "The consents of %(n)d people end: ask again while they stand",
                    row["people"],
                )
                % {"n": row["people"]},
                step=_("Look at it"),
                url=reverse(VERSION, args=[version.pk]),
                due_on=row["first"],
                aim_on=today,
                since_on=row["first"] - CONSENT_AHEAD,
            )
