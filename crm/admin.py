"""How the portal lists imports. There is no list of customers here, by design.

Operational data is used through the API, under a purpose; the portal supervises.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from crm.models import ImportBatch

STATES = {
    "proposed": _("Proposed"),
    "running": _("Running"),
    "done": _("Done"),
    "failed": _("Failed"),
    "expired": _("Staging removed"),
}
COLOURS = {
    "proposed": "warning",
    "running": "info",
    "done": "success",
    "failed": "danger",
    "expired": "default",
}


class ImportBatchAdmin(ModelAdmin):
    """Imports with their counts."""

    list_display = (
        "entity", "source", "shown_state", "rows_read", "rows_created", "rows_updated",
        "rows_rejected", "created_at",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("source",)
    ordering = ("-created_at",)

    @display(description=_("state"), ordering="state", label=COLOURS)
    def shown_state(self, batch: ImportBatch) -> tuple[str, Any]:
        """Return the state as a word and a colour."""
        return batch.state, STATES[batch.state]
