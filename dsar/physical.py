"""The physical end of keys: told by an entry of its own, when it is true and not before.

Follows docs/spec/erasure.md, section 8, and docs/spec/field-encryption.md, section 5. A certificate
promises a day; the step `physical` looks daily whether the bytes are gone, and the log says when
they were. The entry names the certificate, so the two are shown together without us.
"""

import math
from datetime import datetime

from audit import log
from audit.actions import Action
from dsar.certificate import Certificate
from dsar.models import Erasure
from registry.gate.access import Access


def record(access: Access, erasure: Erasure, *, gone_at: datetime) -> log.Receipt:
    """Append the entry that the last bytes of the keys of an erasure are gone.

    It is about the newest certificate.
    """
    stored = erasure.certificates.order_by("-round")[0]
    event = log.Event(
        action=Action.KEY_PHYSICALLY_DESTROYED,
        purpose="duty:erasing",
        subjects=(erasure.subject_id,),
        object_type="erasure",
        object_id=erasure.pk,
        reason=Certificate.of_stored(stored.body, stored.receipt).reason,
        # Whole seconds, and none too early.
        counts={"removed_at": math.ceil(gone_at.timestamp())},
    )
    return log.record(access.actor, event, now=access.now)
