"""Every field of every model of ours with a value of its type, for forms that did not ask for it."""

from typing import Any

from django.apps import apps
from django.db import models

OURS = ("api", "audit", "crm", "crypto", "dsar", "registry", "retention")
MARKER = "zqx-not-asked-for"
ID = "deadbeef-dead-4bee-8fde-adbeefdeadbe"
NUMBER = 987_654_321
DAY, MOMENT = "1907-02-03", "1907-02-03T04:05:06Z"
SEEN = (MARKER, ID.replace("-", ""), ID, str(NUMBER), "1907-02-03")
"""By which a value is found again in a statement."""
WORDS = {"role": "administrator", "state": "approved", "status": "erased", "password": MARKER}


def fields() -> dict[str, Any]:
    """A value by each name: of a field, and of the column of a relation."""
    found: dict[str, Any] = {"pk": ID, "_state": {"adding": False}, "__class__": MARKER}
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, models.Field):
                value = WORDS.get(field.name, _value(field))
                found |= {field.name: value, getattr(field, "attname", field.name): value}
    return found


def _value(field: "models.Field[Any, Any]") -> Any:
    if field.is_relation or isinstance(field, models.UUIDField):
        return ID
    if isinstance(field, models.BooleanField):
        return True
    if isinstance(field, models.IntegerField | models.DecimalField):
        return NUMBER
    if isinstance(field, models.DateTimeField):
        return MOMENT
    return DAY if isinstance(field, models.DateField) else MARKER
