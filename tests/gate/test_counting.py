"""Counting people without opening them is the decision of an access, with an entry and no member."""

from collections import Counter
from datetime import timedelta

import pytest

from governance.policy.vocabulary import Channel, Duty, Operation, Role
from registry import consent
from registry.gate import counting
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import DataSubject
from tests.builders import NOW, Company, a_consent, a_person
from tests.crm.console.entries import newest

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])


def test_it_counts_what_an_access_would_admit(company: Company) -> None:
    people = [a_person(company, given=name) for name in ("Ada", "Bea", "Carla", "Dora")]
    for one in people[:3]:
        a_consent(company, one, at=NOW - timedelta(days=1))
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=people[0], reference=people[0], now=NOW
    ) as access:
        consent.object_to(access, subject=people[0], at=NOW)
    chosen = DataSubject.objects.filter(pk__in=people).values_list("pk", flat=True)
    asked = {"subjects": chosen, "channel": Channel.EMAIL, "now": NOW}
    actor = company.actor(Role.MARKETING)
    counted = counting.count(actor, "newsletter", Operation.LIST, **asked)
    with gate.open(actor, "newsletter", Operation.LIST, **asked) as access:
        assert (counted.admitted, counted.excluded) == (len(access.admitted or ()), access.excluded)
    assert (counted.admitted, counted.chosen) == (2, 4)
    assert counted.excluded == Counter({"objected": 1, "no_consent": 1})


def test_it_leaves_an_entry_with_the_counts_and_nobody_in_it(company: Company) -> None:
    someone = a_person(company)
    chosen = DataSubject.objects.filter(pk=someone).values_list("pk", flat=True)
    counting.count(
        company.actor(Role.MARKETING), "newsletter", Operation.LIST, subjects=chosen, now=NOW
    )
    entry = newest(company)
    assert (entry["act"], entry["purpose"]) == ("data.listed", "newsletter")
    assert entry["counts"] == {"no_consent": 1}
    assert str(someone) not in str(entry)
    assert "subjects" not in entry


def test_what_refuses_everybody_is_a_refusal(company: Company) -> None:
    chosen = DataSubject.objects.values_list("pk", flat=True)
    for role, purpose in ((Role.AGENT, "newsletter"), (Role.MARKETING, "spying")):
        with pytest.raises(GateRefusedError):
            counting.count(company.actor(role), purpose, Operation.LIST, subjects=chosen, now=NOW)
