"""How the portal lists requests: by deadline, from clear columns, late ones marked with a word.

Whoever opens the list is under the duty of supervision, which opens no sealed value. The page of
one request is made by the portal (`governance.portal.requests`).
"""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from dsar.models import SubjectRequest
from governance.policy.vocabulary import Channel, Right
from registry import labels
from registry.columns import column

OPEN = ("received", "identified", "failed")
STATES = {
    "received": _("Received"),
    "identified": _("Identity confirmed"),
    "fulfilled": _("Answered"),
    "refused": _("Refused"),
    "withdrawn": _("Taken back by the person"),
    "failed": _("To be looked at"),
}
COLOURS = {
    "received": "warning",
    "identified": "info",
    "fulfilled": "success",
    "refused": "default",
    "withdrawn": "default",
    "failed": "danger",
}


class OpenFilter(SimpleListFilter):
    """Open requests unless asked otherwise."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        del request, model_admin
        return [("all", _("All")), *STATES.items()]

    def choices(self, changelist: Any) -> Any:
        """Name the default choice "Open" in the place of "All"."""
        shown = list(super().choices(changelist))
        shown[0]["display"] = _("Open")
        return iter(shown)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter by state."""
        del request
        if self.value() is None:
            return queryset.filter(state__in=OPEN)
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


class RightFilter(SimpleListFilter):
    """By right."""

    title = _("right")
    parameter_name = "right"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        del request, model_admin
        return labels.choices(Right)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter by right."""
        del request
        return queryset.filter(right=self.value()) if self.value() else queryset


class SubjectRequestAdmin(ModelAdmin):
    """Requests, the soonest deadline first."""

    list_display = (
        column("reference", _("reference")), "shown_right", "shown_state",
        column("received_on", _("received on")), "binding_on", "shown_time_left",
        "shown_channel",
    )  # fmt: skip
    list_filter = (OpenFilter, RightFilter)
    search_fields = ("reference",)
    search_help_text = _("Reference of the request")
    list_filter_sheet = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[SubjectRequest]:
        """Return requests with the date that binds."""
        rows: QuerySet[SubjectRequest] = super().get_queryset(request)
        return rows.annotate(binding=Coalesce(F("extended_to"), F("due_on"))).order_by(
            "binding", "received_at"
        )

    @display(description=_("right"), ordering="right")
    def shown_right(self, request: SubjectRequest) -> str:
        """Return the right with its article."""
        right = Right(request.right)
        return f"{labels.text(Right, right)} (art. {labels.ARTICLE_OF_RIGHT[right]})"

    @display(description=_("state"), ordering="state", label=COLOURS)
    def shown_state(self, request: SubjectRequest) -> tuple[str, Any]:
        """Return the state as a word and a colour."""
        return request.state, STATES[request.state]

    @display(description=_("due on"), ordering="binding")
    def binding_on(self, request: Any) -> Any:
        """Return the last lawful day."""
        return request.binding

    @display(
        description=_("time left"),
        label={"late": "danger", "soon": "warning", "fine": "success", "closed": "default"},
    )
    def shown_time_left(self, request: Any) -> tuple[str, str]:
        """Return the days left in words, and how urgent they are."""
        if request.state not in OPEN:
            return "closed", str(_("Closed"))
        today = timezone.localdate()
        left = (request.binding - today).days
        if left < 0:
            return "late", labels.days_left(left)
        return ("soon" if today >= request.internal_on else "fine"), labels.days_left(left)

    @display(description=_("channel"), ordering="channel")
    def shown_channel(self, request: SubjectRequest) -> str:
        """Return the channel in words."""
        return labels.text(Channel, request.channel)
