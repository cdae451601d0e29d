"""Promise 16 of docs/spec/erasure.md: what an erasure would not reach stops the process."""

from typing import Any

import pytest
from django.db import models
from django.test import override_settings
from django.test.utils import isolate_apps

from registry import stores

DEFAULT = "default"


def found() -> list[str]:
    return [str(problem.id) for problem in stores.nothing_is_kept_beside_the_tables(None)]


def test_this_installation_keeps_nothing_beside_its_tables() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("settings", "number"),
    [
        ({"CACHES": {DEFAULT: {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}}, "E002"),
        ({"CACHES": {DEFAULT: {"BACKEND": "django.core.cache.backends.db.DatabaseCache"}}}, "E002"),
        ({"SESSION_ENGINE": "django.contrib.sessions.backends.file"}, "E003"),
        ({"SESSION_ENGINE": "django.contrib.sessions.backends.cached_db"}, "E003"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}, "E004"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "E004"),
        ({"CELERY_RESULT_BACKEND": "redis://127.0.0.1/1"}, "E005"),
        ({"CELERY_TASK_IGNORE_RESULT": False}, "E005"),
    ],
)
def test_a_store_that_no_erasure_reaches_is_refused(settings: dict[str, Any], number: str) -> None:
    with override_settings(**settings):
        assert found() == [f"stores.{number}"]


@isolate_apps("crm")
def test_a_field_with_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Letter(models.Model):
        scan = models.FileField()

        class Meta:
            app_label = "crm"

        def __str__(self) -> str:
            return "letter"

    monkeypatch.setattr(stores.apps, "get_models", lambda **_: [Letter])
    assert found() == ["stores.E001"]
