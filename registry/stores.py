"""Where personal data could rest besides the tables of the data map: nowhere, and it is checked.

An erasure deletes rows and destroys keys (docs/spec/erasure.md, section 6). A file, a cache that
outlives its process, a session in a file, a mail in a spool or a kept task result would be beyond
its reach, so a setting or a field that brings one stops the process until an erasure can reach it.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import models

CACHES = frozenset(
    {
        "django.core.cache.backends.locmem.LocMemCache",
        "django.core.cache.backends.dummy.DummyCache",
    }
)
SESSIONS = frozenset({"django.contrib.sessions.backends.db"})  # a table of the data map
MAIL = frozenset(
    {
        "django.core.mail.backends.smtp.EmailBackend",
        "django.core.mail.backends.locmem.EmailBackend",
        "django.core.mail.backends.dummy.EmailBackend",
    }
)
HINT = "No erasure reaches what is kept there: docs/spec/erasure.md, section 6."


@register("stores")
def nothing_is_kept_beside_the_tables(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[CheckMessage]:
    """Refuse every store that no erasure would reach."""
    del app_configs  # asked of the whole installation
    return [*_files(), *_backends()]


def _files() -> list[CheckMessage]:
    return [
        Error(f"{model._meta.label}.{field.name} keeps files.", hint=HINT, id="stores.E001")
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, models.FileField | models.FilePathField)
    ]


def _backends() -> list[CheckMessage]:
    found = [
        (f"The cache {name} outlives its process", cache["BACKEND"] in CACHES, "E002")
        for name, cache in settings.CACHES.items()
    ]
    found += [
        ("Sessions are kept outside the database", settings.SESSION_ENGINE in SESSIONS, "E003"),
        ("Mail is kept where it is sent from", settings.EMAIL_BACKEND in MAIL, "E004"),
        ("Results of tasks are kept", not _keeps_results(), "E005"),
    ]
    return [
        Error(f"{what}.", hint=HINT, id=f"stores.{number}")
        for what, is_right, number in found
        if not is_right
    ]


def _keeps_results() -> bool:
    return bool(
        getattr(settings, "CELERY_RESULT_BACKEND", None)
        or not getattr(settings, "CELERY_TASK_IGNORE_RESULT", False)
    )
