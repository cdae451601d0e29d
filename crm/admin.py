"""How the portal lists imports. There is no list of customers here, by design.

Operational data is used through the API, under a purpose; the portal supervises.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from crm.models import ImportBatch
from registry.columns import column, word_filter

STATES = {
    "proposed": _("Proposed"),
    "running": _("Running"),
    "done": _("Done"),
    "failed": _("Failed"),
    "expired": _("Staging removed"),
}
ENTITIES = {
    "contact": _("Contacts"),
    "employee": _("Employees"),
    "account": _("Accounts"),
    "order": _("Orders"),
    "order_line": _("Order lines"),
    "line": _("Order lines"),
    "product": _("Products"),
    "interaction": _("Interactions"),
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
        "shown_entity", column("source", _("source")), "shown_state",
        column("rows_read", _("rows read")), column("rows_created", _("created")),
        column("rows_updated", _("updated")), column("rows_rejected", _("rejected")),
        column("created_at", _("made at")),
    )  # fmt: skip
    list_filter = (word_filter("state", _("state"), STATES),)
    list_select_related = ("source",)
    ordering = ("-created_at",)

    @display(description=_("kind of records"), ordering="entity")
    def shown_entity(self, batch: ImportBatch) -> str:
        """Return what the rows are about."""
        return str(ENTITIES.get(batch.entity, batch.entity))

    @display(description=_("state"), ordering="state", label=COLOURS)
    def shown_state(self, batch: ImportBatch) -> tuple[str, Any]:
        """Return the state as a word and a colour."""
        return batch.state, STATES[batch.state]
