"""The end of an import: after thirty days its key is destroyed and its rejected rows go.

The key goes first, then the file, if it never landed. Whatever happens in between, nothing is
readable any more, and the next attempt removes what is left: the batch is called expired last.
"""

from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from audit import log
from audit.actions import Action
from crm.imports import rejects, staging
from crm.models import ImportBatch, RejectedRow
from governance.crypto import keystore
from governance.policy.actors import system
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate

EXPIRED = "expired"


def over(controller: UUID, *, today: date) -> QuerySet[ImportBatch]:
    """Return the imports of a controller whose last day has passed."""
    batches = ImportBatch.objects.filter(controller=controller, expires_on__lt=today)
    return batches.exclude(state=EXPIRED).order_by("created_at")


def expire(batch: ImportBatch, *, now: datetime) -> bool:
    """Destroy the key of a batch and remove its rejected rows. Repeating it is harmless.

    Returns
    -------
    bool
        Whether this call ended it; False where another one had done so.
    """
    actor = system(batch.controller_id)
    with gate.duty(actor, Duty.RETENTION, reference=batch.pk, now=now):
        held = ImportBatch.objects.select_for_update().exclude(state=EXPIRED)
        if held.filter(pk=batch.pk).first() is None:
            return False
        removed, _by_model = RejectedRow.objects.filter(batch=batch.pk).delete()
        event = log.Event(
            action=Action.KEY_DESTROYED,
            purpose="duty:retention",
            object_type="import",
            object_id=batch.pk,
            counts={"rows": removed},
        )
        log.record(actor, event, now=now)
        keystore.destroy_controller_key(batch.controller_id, rejects.key_use(batch))
        staging.remove(batch.pk)
        ImportBatch.objects.filter(pk=batch.pk).update(state=EXPIRED)
    return True
