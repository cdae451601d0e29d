"""How the portal lists retention runs. Preview and approval are pages of the portal."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from registry.columns import column, word_filter
from retention.models import Notification, RetentionRun

STATES = {
    "previewed": _("Waits for approval"),
    "approved": _("Approved"),
    "running": _("Running"),
    "waiting": _("Waits for a second approval"),
    "done": _("Done"),
    "failed": _("Failed"),
}
COLOURS = {
    "previewed": "warning",
    "approved": "info",
    "running": "info",
    "waiting": "warning",
    "done": "success",
    "failed": "danger",
}


NOTICE_STATES = {
    "queued": _("To be sent"),
    "acknowledged": _("Told"),
    "manual": _("To be told by hand"),
    "closed": _("Closed by hand"),
}
NOTICE_COLOURS = {
    "queued": "info",
    "acknowledged": "success",
    "manual": "warning",
    "closed": "success",
}


class RetentionRunAdmin(ModelAdmin):
    """Sweeps, newest first."""

    list_display = (
        "shown_day",
        "shown_state",
        column("approved_by", _("approved by")),
        column("rows_erased", _("rows erased")),
        column("rows_set_aside", _("rows set aside")),
        column("finished_at", _("finished at")),
    )
    list_filter = (word_filter("state", _("state"), STATES),)
    ordering = ("-created_at",)

    @display(description=_("as of"), ordering="today")
    def shown_day(self, run: RetentionRun) -> Any:
        """Return the legal day the run was made for."""
        return run.today

    @display(description=_("state"), ordering="state", label=COLOURS)
    def shown_state(self, run: RetentionRun) -> tuple[str, Any]:
        """Return the state as a word and a colour."""
        return run.state, STATES[run.state]


class NotificationAdmin(ModelAdmin):
    """Notices to recipients (Art. 19), newest first."""

    list_display = (
        column("recipient", _("recipient")),
        "shown_state",
        column("created_at", _("since")),
        column("attempts", _("attempts")),
        column("settled_at", _("settled at")),
    )
    list_filter = (word_filter("state", _("state"), NOTICE_STATES),)
    list_select_related = ("recipient",)
    ordering = ("-created_at",)

    @display(description=_("state"), ordering="state", label=NOTICE_COLOURS)
    def shown_state(self, notice: Notification) -> tuple[str, Any]:
        """Return the state as a word and a colour."""
        return notice.state, NOTICE_STATES[notice.state]
