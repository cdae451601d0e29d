"""What could become a violation, the soonest legal deadline first.

`collect` reads clear columns inside an open access of supervision; how they are put in order is
in `governance.portal.items`. What is due about the register itself is in `register_due`.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from audit import kits, status
from audit.actions import Action
from dsar.admin import OPEN, STATES
from dsar.case import address
from dsar.models import Correspondence, Erasure, Intake, RequestPause, SubjectRequest
from dsar.values import GROUNDS
from governance.crypto import rootkeys
from governance.policy.vocabulary import Right, SubjectStatus
from governance.portal import mails, register_due
from governance.portal.erasures import REASONS
from governance.portal.items import Item
from governance.templatetags.days import day
from registry import labels, notices
from registry.datamap import data_map
from registry.models import DataSource, EmergencyAccess, Finding, Staff, SubjectRow
from retention.models import LegalHold, Notification, RetentionRun

REVIEW_AHEAD = timedelta(days=30)
MOST_DAYS = 10  # on which people have to be told; the page of notices shows more
WEEK, MONTH = timedelta(days=7), timedelta(days=30)  # of the bar; the day is the law's
STUCK = Q(state="partial") | Q(state="planned", reason="plan_differs")


def collect(staff: Staff, *, now: datetime) -> list[Item]:
    """Return everything that is due; asked inside an open access of supervision."""
    today = timezone.localdate(now)
    found: list[Item] = []
    found += _log(now, today)
    found += _emergencies(today)
    found += _kit(now, today)
    found += _requests()
    found += mails.due(staff)
    found += _letters()
    found += _said()
    found += _erasures()
    found += _intakes(staff)
    found += register_due.collect(staff, now=now)
    found += _sources(staff)
    found += _runs(staff)
    found += _findings(staff)
    found += _holds(today)
    found += _notices(staff)
    found += _untold()
    return found


def _log(now: datetime, today: date) -> Iterator[Item]:
    """Yield what is wrong with the log: nothing may be shown that is not in it (Art. 5(2))."""
    # Not counted here, and read inside the access: the page of the log's state does the rest.
    for alarm in status.read(now=now, using="default", count=False).alarms:
        yield Item(
            kind=_("Audit log"),
            title=str(status.TEXTS[alarm]),
            detail=_("Until it is seen to, the log shows less than it should"),
            step=_("Look at it"),
            url=reverse("admin:audit_state"),
            due_on=today,
            aim_on=today,
            since_on=today,
        )


def _emergencies(today: date) -> Iterator[Item]:
    """Yield emergency accesses from their first moment until somebody else has reviewed them."""
    rows = EmergencyAccess.objects.filter(reviewed_at__isnull=True).select_related("staff")
    for row in rows.order_by("opened_at"):
        opened_on = timezone.localdate(row.opened_at)
        yield Item(
            kind=_("Emergency access"),
            title=_("%(login)s, %(day)s") % {"login": row.staff, "day": day(opened_on)},
            detail=_("One person's data was opened past the register"),
            step=_("Review"),
            url=reverse("admin:emergency_review", args=[row.pk]),
            due_on=opened_on + timedelta(days=1),
            aim_on=today,
            since_on=opened_on,
        )


def _kit(now: datetime, today: date) -> Iterator[Item]:
    """Yield that the recovery kit was not tried for a year (Art. 32(1)(c) and (d))."""
    proven = kits.proven_at() if rootkeys.FILE in settings.CUSTODE_ROOT_KEY else None
    if proven is None or now - proven <= kits.OVERDUE:
        return
    yield Item(
        kind=_("Recovery kit"),
        title=_("Not tried since %(day)s") % {"day": day(timezone.localdate(proven))},
        detail=_("Two people try their sheets: manage.py recovery_kit drill"),
        step=_("Look at it"),
        url=f"{reverse('admin:audit_search')}?action={Action.KIT_DRILLED}",
        due_on=today,
        aim_on=today,
        since_on=timezone.localdate(proven),
    )


def _requests() -> Iterator[Item]:
    """Yield open requests, and closed ones of which nobody said why they were late."""
    yield from _unexplained()
    stuck = Erasure.objects.filter(STUCK, request__isnull=False).values("request_id")
    jobs = dict(Erasure.objects.order_by("planned_at").values_list("request_id", "state"))
    for request in SubjectRequest.objects.filter(state__in=OPEN).exclude(pk__in=stuck):
        right = Right(request.right)
        yield Item(
            kind=_("Request"),
            title=f"{labels.text(Right, right)} · {request.reference}",
            detail=_standing(request),
            step=_next_step(request, erasure=jobs.get(request.pk, "")),
            url=reverse("admin:dsar_subjectrequest_change", args=[request.pk]),
            due_on=request.extended_to or request.due_on,
            aim_on=request.internal_on,
            since_on=request.received_on,
        )


def _unexplained() -> Iterator[Item]:
    late = SubjectRequest.objects.filter(late_since__isnull=False, late_ground="")
    for request in late.exclude(state__in=OPEN):
        yield Item(
            kind=_("Request"),
            title=f"{labels.text(Right, Right(request.right))} · {request.reference}",
            detail=_("Answered late, and it is not recorded why"),
            step=_("Say why it is late"),
            url=reverse("admin:dsar_subjectrequest_change", args=[request.pk]),
            due_on=request.extended_to or request.due_on,
            aim_on=request.internal_on,
            since_on=request.received_on,
        )


def _letters() -> Iterator[Item]:
    """Yield letters that a person has to print and post."""
    by_hand = Q(state="failed") | Q(state="waiting", not_before__isnull=True)
    for letter in Correspondence.objects.filter(by_hand).select_related("request"):
        yield Item(
            kind=_("Letter"),
            title=letter.request.reference,
            detail=_("No server took it"),
            step=_("Print it and post it"),
            url=reverse("admin:dsar_subjectrequest_change", args=[letter.request_id]),
            due_on=letter.request.extended_to or letter.request.due_on,
            aim_on=timezone.localdate(letter.written_at),
            since_on=timezone.localdate(letter.written_at),
        )


def _said() -> Iterator[Item]:
    """Yield open requests whose person has written since we last did (Art. 12(2))."""
    rows = Correspondence.objects.annotate(came_on=TruncDate("sent_at"))
    rows = rows.filter(direction="in", request__state__in=OPEN)
    later = Correspondence.objects.filter(
        request=OuterRef("request"), direction="out", written_at__gt=OuterRef("written_at")
    ).exclude(kind=address.KIND)
    noted = RequestPause.objects.filter(
        request=OuterRef("request"), answered_on__gte=OuterRef("came_on")
    )
    waiting = rows.exclude(Exists(later)).exclude(Exists(noted)).select_related("request")
    for letter in {row.request_id: row for row in waiting.order_by("sent_at")}.values():
        stands = letter.request.paused_since is not None
        came_on = timezone.localdate(letter.sent_at)
        yield Item(
            kind=_("Letter"),
            title=letter.request.reference,
            detail=_("The person wrote, and the clock stands") if stands else _("The person wrote"),
            step=_("Let the clock run, if it answers") if stands else _("Read it"),
            url=reverse("admin:dsar_subjectrequest_change", args=[letter.request_id]),
            due_on=letter.request.extended_to or letter.request.due_on,
            aim_on=came_on,
            since_on=came_on,
        )


def _erasures() -> Iterator[Item]:
    """Yield erasures that are done in part, and plans that the data has left behind."""
    for erasure in Erasure.objects.filter(STUCK).select_related("request"):
        if erasure.request is None:
            continue
        yield Item(
            kind=_("Erasure"),
            title=f"{labels.text(Right, Right.ERASURE)} · {erasure.request.reference}",
            detail=str(REASONS.get(erasure.reason, "")),
            step=_("Look at it"),
            url=reverse("admin:dsar_subjectrequest_change", args=[erasure.request.pk]),
            due_on=erasure.request.extended_to or erasure.request.due_on,
            aim_on=erasure.request.internal_on,
            since_on=erasure.request.received_on,
        )


def _standing(request: SubjectRequest) -> str:
    if request.late_since is None:
        return str(STATES[request.state])
    why = _("the reason is recorded") if request.late_ground else _("the reason is not recorded")
    return _("Late since %(day)s, %(why)s") % {"day": day(request.late_since), "why": why}


def _next_step(request: SubjectRequest, *, erasure: str) -> str:
    if request.state == "failed":
        return _("Look at it")
    if request.is_held and request.state == "received":
        return _("Confirm identity")
    if request.right == Right.ACCESS:
        return _("Make the copy")
    if request.right == Right.ERASURE:
        steps = {"": _("Plan the erasure"), "planned": _("Approve the erasure")}
        return steps.get(erasure, _("Look at it"))
    return pgettext("step", "Answer")


def _intakes(staff: Staff) -> Iterator[Item]:
    waiting = Intake.objects.filter(controller_id=staff.controller_id).count()
    if waiting:
        yield Item(
            kind=_("Request"),
            title=ngettext(
                "%(n)d request from the public page is not filed yet",
                "%(n)d requests from the public page are not filed yet",
                waiting,
            )
            % {"n": waiting},
            detail=_("They are filed by the background worker; the clock runs from their receipt."),
            step=_("Look"),
            url=reverse("admin:dsar_subjectrequest_changelist"),
        )


def _sources(staff: Staff) -> Iterator[Item]:
    sources = DataSource.objects.filter(
        controller_id=staff.controller_id, verified_at__isnull=True, from_subject=False
    )
    for source in sources.order_by("name"):
        people = quarantined(source)
        detail = ngettext("%(n)d person in quarantine", "%(n)d people in quarantine", people) % {
            "n": people
        }
        yield Item(
            kind=_("Source not verified"),
            title=source.name,
            detail=detail,
            step=_("Verify"),
            url=reverse("admin:registry_datasource_change", args=[source.pk]),
        )


def quarantined(source: DataSource) -> int:
    """Return how many people wait for a source to be verified; inside an open access."""
    people = set()
    for holding in data_map().answered():
        model = holding.model_class
        if issubclass(model, SubjectRow):
            rows = model._default_manager.filter(
                source=source, subject__status=SubjectStatus.QUARANTINED
            )
            people |= set(rows.values_list("subject_id", flat=True).distinct())
    return len(people)


RUN_STEPS = {
    "previewed": (gettext_lazy("Waits for approval"), gettext_lazy("Read the preview")),
    "waiting": (gettext_lazy("Waits for a second approval"), gettext_lazy("Look at it")),
    "failed": (gettext_lazy("The run failed"), gettext_lazy("Look at it")),
}


def _runs(staff: Staff) -> Iterator[Item]:
    runs = RetentionRun.objects.filter(controller_id=staff.controller_id, state__in=RUN_STEPS)
    for run in runs:
        detail, step = RUN_STEPS[run.state]
        yield Item(
            kind=_("Retention"),
            title=_("Data whose time is over, as of %(day)s") % {"day": day(run.today)},
            detail=str(detail),
            step=str(step),
            url=reverse("admin:retention_retentionrun_change", args=[run.pk]),
        )


def _findings(staff: Staff) -> Iterator[Item]:
    found = Finding.objects.filter(controller_id=staff.controller_id, answer="").aggregate(
        all=Count("pk"), places=Count("place", distinct=True)
    )
    if found["all"]:
        yield Item(
            kind=_("Findings"),
            title=ngettext("%(n)d open question", "%(n)d open questions", found["all"])
            % {"n": found["all"]},
            detail=ngettext("in %(n)d place", "in %(n)d places", found["places"])
            % {"n": found["places"]},
            step=pgettext("step", "Answer"),
            url=reverse("admin:finding_groups"),
        )


def _holds(today: date) -> Iterator[Item]:
    """Yield holds whose day of review comes, and those that one person alone has decided on."""
    standing = LegalHold.objects.filter(lifted_at__isnull=True).order_by("review_on", "pk")
    for hold in standing.filter(review_on__lte=today + REVIEW_AHEAD):
        yield Item(
            kind=_("Legal hold"),
            title=capfirst(str(GROUNDS.get(hold.ground, hold.ground))),
            detail=_("To be reviewed"),
            step=_("Review"),
            url=reverse("admin:holds"),
            due_on=hold.review_on,
            since_on=timezone.localdate(hold.placed_at),
        )
    unapproved = standing.filter(approved_at__isnull=True, placed_by__isnull=False)
    number = unapproved.count()
    if number:
        yield Item(
            kind=_("Legal hold"),
            title=ngettext("%(n)d hold", "%(n)d holds", number) % {"n": number},
            detail=_("Placed by one person; another approves it or lifts it"),
            step=_("Look at it"),
            url=reverse("admin:holds"),
        )


def _notices(staff: Staff) -> Iterator[Item]:
    """Yield recipients that a person has to tell of an erasure: without a day, and soon."""
    notices = Notification.objects.filter(controller_id=staff.controller_id, state="manual")
    for notice in notices.select_related("recipient").order_by("created_at"):
        yield Item(
            kind=_("Recipient to tell"),
            title=notice.recipient.name,
            detail=_("Data it received were erased, corrected or restricted (Art. 19)"),
            step=_("Read the letter"),
            url=reverse("admin:retention_notification_change", args=[notice.pk]),
        )


def _untold() -> Iterator[Item]:
    """Yield people whose data came from elsewhere and who were not told, soonest first."""
    groups = notices.owed().values("tell_by").annotate(n=Count("pk"))
    for group in groups[:MOST_DAYS]:
        yield Item(
            kind=_("Privacy notice"),
            title=ngettext("%(n)d person to tell", "%(n)d people to tell", group["n"])
            % {"n": group["n"]},
            detail=_("Their data came from elsewhere (Art. 14)"),
            step=_("Tell them"),
            url=reverse("admin:privacy_notices"),
            due_on=group["tell_by"],
            aim_on=group["tell_by"] - WEEK,
            since_on=group["tell_by"] - MONTH,
        )
