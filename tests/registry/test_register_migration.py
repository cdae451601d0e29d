"""The register of before: its text of safeguards becomes transfers, its drafter one of several."""

from typing import Any

import psycopg

from registry import validator
from registry.models import ActivityVersion, Recipient
from tests.builders import a_company
from tests.crypto.test_epochs import as_owner

ABROAD = "UPDATE registry_recipient SET country = 'US', safeguard = 'SCC 2021/914' WHERE id = %s"

# What releases after it brought: parameters of service, and roles.
LATER = (
    "DELETE FROM registry_provision WHERE parameter ~ '^(hours.service|service|warranty|figures)'",
    "UPDATE registry_staff SET role = 'agent' WHERE role ~ '^(field_agent|analyst|manager|partner)$'",
)


def as_owner_did(*words: str) -> None:
    done = as_owner("manage.py", *words)
    assert done.returncode == 0, done.stderr


def test_nothing_of_an_earlier_register_is_lost(
    fresh_database: None, superuser: psycopg.Connection[Any]
) -> None:
    company = a_company()
    provider = Recipient.objects.get(
        controller=company.controller, name="Fornitore di servizi informatici"
    )
    for statement in LATER:
        superuser.execute(statement)
    as_owner_did("migrate", "registry", "0009")
    # There were none before.
    superuser.execute("DROP FUNCTION custode.keep_history CASCADE")
    superuser.execute("DROP TRIGGER kept ON registry_activityversion")
    superuser.execute(ABROAD, [provider.pk])
    as_owner_did("prepare")
    provider = Recipient.objects.get(pk=provider.pk)
    (transfer,) = provider.transfers.all()
    assert (transfer.country, transfer.document, transfer.mechanism) == ("US", "SCC 2021/914", "")
    assert not validator.says_transfers(provider), "the mechanism is asked for"
    for version in ActivityVersion.objects.filter(controller=company.controller):
        assert version.drafters == [version.drafted_by_id]
        approved_on = version.approved_at.date()
        assert version.activity.reviewed_on == approved_on
        assert version.activity.review_on == approved_on.replace(year=approved_on.year + 1)
