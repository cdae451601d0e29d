"""Celery is a wake-up call: every job is a row, arguments are ids only.

The data map is checked before a worker takes its first task.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
app = Celery("custode")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def check_data_map(**_kwargs: Any) -> None:
    """Stop the worker when a field is undeclared."""
    from django.core.management import call_command

    call_command("check", tags=["data_map"], fail_level="WARNING", verbosity=0)
