"""Links by which people bring others (O26): the friend comes by themselves, or not at all.

Nobody writes a friend's address here. The link leads to a public form; whoever uses it is told and
asked like anybody else. How many came by it is counted; who came is not tied to who sent it.
"""

import secrets
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from django.db.models import F

from crm.models import ReferralLink, WebForm
from governance.policy.actors import system
from governance.policy.vocabulary import Operation
from registry.gate import opening as gate
from registry.gate.access import Access

LONGEST = 64  # of a token; ours have 43 characters


def issue(access: Access, subject: UUID, form: WebForm, *, until: date) -> str:
    """Make a link for a person to pass on, and return its token, which is not kept."""
    token = secrets.token_urlsafe(32)
    ReferralLink(
        controller_id=access.controller,
        subject_id=subject,
        form=form,
        digest=_digest(token),
        expires_on=until,
        collected_at=access.now,
    ).save()
    return token


def arrived(form: WebForm, token: str, *, now: datetime, today: date) -> bool:
    """Count that somebody came by a link; say whether there was one that still counts."""
    if not token or len(token) > LONGEST:
        return False
    links = ReferralLink.objects.filter(  # a link outlives the version it was made for
        form__slug=form.slug, digest=_digest(token), expires_on__gte=today
    )
    with gate.open(
        system(form.controller_id), form.purpose.key, Operation.UPDATE,
        subjects=links.values_list("subject", flat=True), now=now,
    ) as access:  # fmt: skip
        mine = links.filter(subject__in=access.admitted or set())
        return bool(mine.update(arrivals=F("arrivals") + 1))


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
