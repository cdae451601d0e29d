"""Celery is a wake-up call: every job is a row, arguments are ids only.

Data map and root key are checked before a worker takes its first task.
"""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
app = Celery("custode")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def check(**_kwargs: Any) -> None:
    """Stop the worker when a field is undeclared, or the root key can not be used."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError, call_command

    from governance.crypto import rootkeys

    try:
        call_command("check", tags=["data_map", "root_key"], fail_level="WARNING", verbosity=0)
        rootkeys.held()
    except (CommandError, ImproperlyConfigured) as error:
        # Celery logs what a receiver raises, and goes on; not so an exit.
        sys.exit(str(error))
