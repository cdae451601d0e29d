"""Trails: the pages that a visitor of the help centre chose to show to whoever answers.

Nothing is kept of a visitor who does not ask for it. Whoever does carries the pages in a signed
cookie of their own; only when they press the button for a code are the pages stored, for a day,
under a keyed hash of the code. Whoever knows the code, read out on the phone, sees them once.

    code   := 3 letters or digits - 3 letters or digits (of 31 that are not mistaken on the phone)
    digest := HMAC-SHA256(CUSTODE_SECRET_KEY, company | code)
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from crm.models import ArticleVersion, HelpTrail

SALT = "custode/help-trail/v1"
COOKIE = "help_trail"
VALID_FOR = timedelta(days=1)
MOST = 20  # pages; the oldest go
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def read(cookie: str) -> list[str]:
    """Return the pages in a cookie; none where it is not ours, or is too old."""
    try:
        said = signing.loads(cookie, salt=SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return []
    return [str(page) for page in said][:MOST] if isinstance(said, list) else []


def written(pages: Iterable[str]) -> str:
    """Return pages as the cookie holds them."""
    return signing.dumps(list(pages)[-MOST:], salt=SALT, compress=True)


def keep(controller: UUID, pages: Sequence[str], *, now: datetime) -> str:
    """Store the pages under a new code, which is returned and is in no table."""
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(6))
        try:
            with transaction.atomic():
                HelpTrail.objects.create(
                    controller_id=controller,
                    digest=_digest(controller, code),
                    pages=list(pages)[-MOST:],
                    expires_at=now + VALID_FOR,
                )
        except IntegrityError:  # somebody else has this code today
            continue
        return f"{code[:3]}-{code[3:]}"


def take(controller: UUID, code: str, *, now: datetime) -> list[str]:
    """Return the titles of the pages under a code, and end it; none where there is no such code."""
    with transaction.atomic():
        rows = HelpTrail.objects.select_for_update().filter(
            controller=controller, digest=_digest(controller, code), expires_at__gt=now
        )
        trail = rows.first()
        if trail is None:
            return []
        pages = [str(page) for page in trail.pages]
        trail.delete()
    return _titles(controller, pages)


def forget(*, now: datetime) -> int:
    """Remove trails whose day is over; return how many."""
    return HelpTrail.objects.filter(expires_at__lte=now).delete()[0]


def _titles(controller: UUID, pages: Sequence[str]) -> list[str]:
    """Return the titles of pages, in the order in which they were looked at."""
    rows = ArticleVersion.objects.filter(
        controller=controller, state="published", article__in=[UUID(page) for page in pages]
    )
    titles = {str(article): title for article, title in rows.values_list("article", "title")}
    return [titles[page] for page in pages if page in titles]


def _digest(controller: UUID, code: str) -> bytes:
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return salted_hmac(SALT, f"{controller}|{plain}", algorithm="sha256").digest()
