"""What the API needs from the clock: idempotency keys forgotten after a week."""

from celery import shared_task
from django.utils import timezone

from api import idempotency


@shared_task
def forget_idempotency_keys() -> int:
    """Remove the keys whose week is over; return how many."""
    return idempotency.forget(now=timezone.now())
