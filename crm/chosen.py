"""People chosen by rows about them, as querysets that nobody has evaluated.

The gate evaluates them inside the transaction of an access; anywhere else they raise `gate closed`.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from registry.models import DataSubject


def people_of(rows: QuerySet[Any, Any]) -> QuerySet[DataSubject, UUID]:
    """Return the ids of the people whom rows are about, each once."""
    found = DataSubject.objects.filter(pk__in=rows.values("subject"))
    return found.values_list("pk", flat=True)
