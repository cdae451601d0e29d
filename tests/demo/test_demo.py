"""The demonstration: people who do not exist, with histories that make sense, loaded once."""

import re
import stat
from collections import Counter
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from stdnum.it import codicefiscale

from crm.models import Contact, ImportBatch, Interaction, Order, OrderLine
from dsar.models import Erasure, SubjectRequest
from governance.demo import codes, histories, people
from governance.demo.histories import Demo
from governance.demo.people import Story
from governance.policy.actors import system
from governance.policy.breaches import Step, next_step
from governance.policy.vocabulary import Duty, Role, SubjectStatus
from registry import breaches
from registry.gate import opening as gate
from registry.models import (
    ActivityVersion,
    Breach,
    ConsentEvent,
    Controller,
    DataSubject,
    Finding,
    ImpactAssessment,
    Objection,
    Restriction,
    Staff,
)
from retention.models import LegalHold, RetentionRun
from tests.builders import NOW

TODAY = date(2026, 11, 23)
RESERVED = re.compile(r"^[a-z0-9.]+@(example\.(com|org|net)|[a-z]+\.example)$")


@pytest.fixture(scope="module")
def town() -> Demo:
    return histories.demo(TODAY)


def test_two_thousand_people_in_their_stories(town: Demo) -> None:
    assert Counter(life.person.story for life in town.lives) == people.HOW_MANY
    assert len(town.lives) == 2000
    assert len({life.person.number for life in town.lives}) == 2000


def test_the_same_day_gives_the_same_town_and_another_day_the_same_people(town: Demo) -> None:
    assert histories.demo(TODAY) == town
    later = histories.demo(TODAY + timedelta(days=40))
    assert [life.person.email for life in later.lives] == [life.person.email for life in town.lives]


def test_addresses_are_nobodys_and_each_has_one_owner(town: Demo) -> None:
    emails = [life.person.email for life in town.lives if life.person.email]
    assert [email for email in emails if not RESERVED.match(email)] == []
    assert len(set(emails)) == len(emails)
    phones = [life.person.phone for life in town.lives]
    assert len(set(phones)) == 2000
    given = [life.person.fiscal_code for life in town.lives if life.person.fiscal_code]
    assert [code for code in given if not codicefiscale.is_valid(code)] == []
    assert len({company.name for company in town.companies}) == len(town.companies)


def test_a_fiscal_code_is_formed_as_the_decree_says() -> None:
    mario = codes.fiscal_code(
        "Mario", "Rossi", born_on=date(1980, 1, 1), is_woman=False, birthplace="H501"
    )
    assert mario == "RSSMRA80A01H501U"
    francesca = codes.fiscal_code(
        "Francesca", "Fo", born_on=date(1985, 12, 9), is_woman=True, birthplace="F205"
    )
    assert francesca[:15] == "FOXFNC85T49F205"


def test_the_forgotten_bought_nothing_for_ten_years_and_regulars_did(town: Demo) -> None:
    last = {
        story: max(p.ordered_on for life in town.lives if life.person.story is story
                   for p in life.purchases)
        for story in (Story.FORGOTTEN, Story.FORMER, Story.INACTIVE)
    }  # fmt: skip
    assert last[Story.FORGOTTEN] < TODAY.replace(year=TODAY.year - 10)
    assert last[Story.FORMER] < TODAY.replace(year=TODAY.year - 6)
    assert last[Story.INACTIVE] < TODAY.replace(year=TODAY.year - 3)
    recent = TODAY - timedelta(days=850)
    regulars = [life for life in town.lives if life.person.story is Story.REGULAR]
    assert [life for life in regulars if life.purchases[-1].ordered_on < recent] == []
    first = min(p.ordered_on for life in town.lives for p in life.purchases)
    assert TODAY.year - first.year in {11, 12}


def test_nothing_is_said_or_bought_tomorrow(town: Demo) -> None:
    assert max(e.at.date() for life in town.lives for e in life.exchanges) <= TODAY
    assert max(p.ordered_on for life in town.lives for p in life.purchases) <= TODAY
    numbers = [p.number for life in town.lives for p in life.purchases]
    assert len(set(numbers)) == len(numbers)


def test_every_letter_is_filled_in(town: Demo) -> None:
    bodies = [e.body for life in town.lives for e in life.exchanges]
    assert [body for body in bodies if "{" in body or "}" in body or "  " in body] == []


@pytest.fixture
def a_village(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred and some people instead of two thousand."""
    few = {story: 95 if story is Story.REGULAR else 6 for story in Story}
    monkeypatch.setattr(people, "HOW_MANY", few)
    monkeypatch.setattr(histories, "HOW_MANY", few)


def held() -> dict[str, Any]:
    controller = Controller.objects.get(slug="lumina-casa")
    counted = (
        DataSubject, Contact, Order, OrderLine, Interaction, ConsentEvent, Objection, Restriction,
        SubjectRequest, Erasure, LegalHold,
    )  # fmt: skip
    with gate.duty(system(controller.pk), Duty.DISCOVERY, now=NOW):
        isolated = {model.__name__: model.objects.count() for model in counted}
        quarantined = DataSubject.objects.filter(status=SubjectStatus.QUARANTINED).count()
        announced = Restriction.objects.filter(informed_at__isnull=False).count()
    return isolated | {
        "quarantined": quarantined,
        "announced": announced,
        "steps of breaches": [
            next_step(breaches.facts(breach))
            for breach in Breach.objects.filter(controller=controller).order_by("number")
        ],
        "assessments": ImpactAssessment.objects.filter(controller=controller).count(),
        "staff": Staff.objects.filter(controller=controller).count(),
        "runs": RetentionRun.objects.filter(controller=controller).count(),
        "imports": ImportBatch.objects.filter(controller=controller).count(),
        "questions": Finding.objects.filter(controller=controller).count(),
        "drafts": ActivityVersion.objects.filter(controller=controller, state="draft").count(),
    }


def load() -> str:
    said = StringIO()
    call_command("load_demo", stdout=said)
    return said.getvalue()


def test_it_is_loaded_once(db: None, a_village: None, settings: Any, tmp_path: Path) -> None:
    settings.STATE = tmp_path
    load()
    first = held()
    chosen = {
        name: first[name]
        for name in ("Contact", "Objection", "Restriction", "SubjectRequest", "Erasure",
                     "LegalHold", "quarantined", "staff", "runs", "imports", "drafts", "questions",
                     "announced", "steps of breaches", "assessments")
    }  # fmt: skip
    assert chosen == {
        "Contact": 95 + 6 * 6 + 60, "Objection": 24 + 1, "Restriction": 6, "SubjectRequest": 11,
        "Erasure": 1, "LegalHold": 3, "quarantined": 60, "staff": 11, "runs": 1, "imports": 1,
        "drafts": 1, "questions": 5, "announced": 1, "assessments": 2,
        "steps of breaches": [Step.NONE, Step.NOTIFY],
    }  # fmt: skip
    assert load() == "the demonstration is loaded; nothing to do\n"
    assert held() == first


def test_an_interrupted_load_goes_on(
    db: None, a_village: None, settings: Any, tmp_path: Path
) -> None:
    settings.STATE = tmp_path
    load()
    first, accounts = held(), tmp_path / "demo-accounts.txt"
    shown = accounts.read_text()
    accounts.unlink()  # what a load that was killed lacks: it is written last
    load()
    assert held() == first
    assert accounts.read_text() != shown


def test_the_accounts_are_for_the_owner_alone_and_open_the_door(
    db: None, a_village: None, settings: Any, tmp_path: Path
) -> None:
    settings.STATE = tmp_path
    load()
    file = tmp_path / "demo-accounts.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    password = re.search(r"password  (\S+)", text)
    assert password
    staff = Staff.objects.filter(controller__slug="lumina-casa")
    assert {s.username: s.role for s in staff} == {
        "dpo": Role.DPO, "legale": Role.LEGAL, "revisore": Role.AUDITOR, "assistenza": Role.AGENT,
        "marketing": Role.MARKETING, "vendite": Role.SALES, "amministratore": Role.ADMINISTRATOR,
        "tecnico": Role.FIELD_AGENT, "analista": Role.ANALYST, "direzione": Role.MANAGER,
        "partner": Role.PARTNER,
    }  # fmt: skip
    assert all(member.check_password(password[1]) for member in staff[:1])
    assert len(re.findall(r"cst_\S{43}", text)) == 3
