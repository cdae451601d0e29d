"""The ledger of consent in the database: append-only, provable, and the standing a cache of it."""

from contextlib import AbstractContextManager
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import InsufficientPrivilege

from governance.policy import consents
from governance.policy.consents import IN_FORCE
from governance.policy.vocabulary import Channel, ConsentState, Duty, Role
from registry import consent
from registry.consent import (
    ConsentInFutureError,
    Evidence,
    GuardianMissingError,
    Said,
)
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import ConsentEvent, ConsentStanding
from registry.suppression import Door
from tests.builders import NOW, Company, a_consent, a_person
from tests.databases import superuser_connection


def answering(company: Company, subject: UUID) -> AbstractContextManager[Access]:
    return gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    )


def say(
    company: Company, access: Access, subject: UUID, state: ConsentState, how: Evidence
) -> ConsentEvent:
    said = Said(subject, company.purpose("newsletter"), Channel.EMAIL, state)
    return consent.record_all(access, [said], how)[0]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(ConsentState), st.integers(0, 3), st.none() | st.integers(0, 9)),
        min_size=1,
        max_size=6,
    )
)
def test_the_standing_is_what_the_lines_say(
    company: Company, said: list[tuple[ConsentState, int, int | None]]
) -> None:
    subject = a_person(company)
    with answering(company, subject) as access:
        for state, hours, days in said:
            until = None if days is None else NOW.date() + timedelta(days=days)
            at = NOW - timedelta(hours=hours)
            say(
                company,
                access,
                subject,
                state,
                Evidence(at, "form", door=Door.PERSON, expires_on=until),
            )
        stands = consents.standing(
            map(consent.line_of, ConsentEvent.objects.filter(subject=subject))
        )
        row = ConsentStanding.objects.get(subject=subject)
        assert stands is not None
        state = ConsentState.GIVEN if stands.state in IN_FORCE else stands.state
        assert (row.state, row.since, row.expires_on) == (state, stands.at, stands.expires_on)


def test_a_line_is_never_changed(company: Company) -> None:
    subject = a_person(company)
    a_consent(company, subject)
    with answering(company, subject):
        for change in ({"state": "withdrawn"}, {"at": NOW}, {"notice": "9/it"}):
            with pytest.raises(ProgrammingError), transaction.atomic():
                ConsentEvent.objects.update(**change)


A_LINE = """
INSERT INTO registry_consentevent (id, controller_id, subject_id, purpose_id, scope, sealed,
    channel, state, method, notice, at, collected_at)
SELECT gen_random_uuid(), s.controller_id, s.id, p.id, 'ordinary', '',
    'email', 'given', 'form', '', now(), now()
FROM registry_datasubject s JOIN registry_purpose p ON p.controller_id = s.controller_id LIMIT 1
"""


def test_not_even_a_superuser_changes_a_line(company: Company) -> None:
    with superuser_connection() as past_rules, past_rules.transaction(force_rollback=True):
        past_rules.execute(A_LINE)
        with pytest.raises(InsufficientPrivilege, match="append-only"), past_rules.transaction():
            past_rules.execute("UPDATE registry_consentevent SET state = 'withdrawn'")


def test_a_line_says_under_what_it_was_said(company: Company) -> None:
    subject = a_person(company)
    dpo = company.staff[Role.DPO]
    with answering(company, subject) as access:
        how = Evidence(
            NOW - timedelta(days=1), "phone", "Vuole ricevere novità?", proof="registrazione 4711"
        )
        first = say(company, access, subject, ConsentState.GIVEN, how)
        second = say(company, access, subject, ConsentState.WITHDRAWN, Evidence(NOW, "phone"))
        kept = ConsentEvent.objects.get(pk=first.pk)
        assert (kept.activity, kept.door, kept.recorded_by) == ("newsletter.v1", "staff", dpo.pk)
        assert (kept.statement, kept.proof) == ("Vuole ricevere novità?", "registrazione 4711")
        assert (kept.previous, second.previous) == (None, first.pk)


@pytest.mark.parametrize("door", [Door.IMPORT, Door.SYNC])
def test_a_yes_that_others_bring_without_proof_opens_nothing(company: Company, door: Door) -> None:
    subject = a_person(company)
    with answering(company, subject) as access:
        how = Evidence(NOW, "import", door=door)
        assert say(company, access, subject, ConsentState.GIVEN, how).state == "unknown"
        assert ConsentStanding.objects.get().state == "unknown"
        proven = Evidence(NOW, "import", door=door, proof="modulo 12/2026, archivio")
        assert say(company, access, subject, ConsentState.GIVEN, proven).state == "given"
        assert ConsentStanding.objects.get().state == "given"


def test_an_unproven_line_takes_no_consent_away(company: Company) -> None:
    subject = a_person(company)
    a_consent(company, subject, at=NOW - timedelta(days=1))
    with answering(company, subject) as access:
        say(company, access, subject, ConsentState.GIVEN, Evidence(NOW, "import", door=Door.IMPORT))
        assert ConsentStanding.objects.get().state == "given"


def test_a_child_consents_by_who_holds_parental_responsibility(company: Company) -> None:
    subject = a_person(company)
    thirteen, fourteen = date(2012, 11, 24), date(2012, 11, 23)
    with answering(company, subject) as access:
        alone = Evidence(NOW, "form", door=Door.PERSON, born_on=thirteen)
        with pytest.raises(GuardianMissingError):
            say(company, access, subject, ConsentState.GIVEN, alone)
        say(company, access, subject, ConsentState.WITHDRAWN, alone)  # a no needs nobody
        by = Evidence(
            NOW, "form", door=Door.PERSON, born_on=thirteen, guardian="Maria Bianchi, madre"
        )
        assert say(company, access, subject, ConsentState.GIVEN, by).guardian.startswith("Maria")
        grown = Evidence(NOW, "form", door=Door.PERSON, born_on=fourteen)
        assert say(company, access, subject, ConsentState.GIVEN, grown).state == "given"


def test_nobody_has_said_what_is_dated_tomorrow(company: Company) -> None:
    subject = a_person(company)
    with answering(company, subject) as access, pytest.raises(ConsentInFutureError):
        say(company, access, subject, ConsentState.GIVEN, Evidence(NOW + timedelta(1), "form"))


def test_a_line_that_is_kept_of_an_erased_person_can_be_sealed_anew(company: Company) -> None:
    subject = a_person(company)
    a_consent(company, subject)
    with answering(company, subject), connection.cursor() as cursor:
        cursor.execute("UPDATE registry_consentevent SET sealed = sealed, scope = scope")
        assert cursor.rowcount == 1
