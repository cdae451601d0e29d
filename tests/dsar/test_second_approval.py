"""Many people are not erased on one person's word, one after the other either."""

from uuid import UUID

import pytest

from dsar import erasure_right
from dsar.errors import ApproverError
from dsar.models import Erasure
from governance.crypto import destruction, keystore
from governance.policy.vocabulary import Role
from tests.builders import NOW, Company, a_company, a_person
from tests.databases import Run
from tests.dsar.erasing import approved, carried_out
from tests.dsar.erasing import erase as erased


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Where three are many, so that it takes less time."""
    with Run.current.server.connect(Run.current.names.keys) as keys:
        keys.execute("UPDATE crypto_rule SET bulk_from = 3")
    return a_company()


def somebody(company: Company, number: int) -> UUID:
    return a_person(company, given=f"Persona{number}", family="Molti", email=f"p{number}@x.example")


def again(company: Company, erasure: Erasure, role: Role) -> Erasure:
    actor = company.actor(role)
    return erasure_right.approve_again(erasure.pk, actor, shown=erasure.plan_hash, now=NOW)


def test_the_last_of_many_in_a_day_waits_for_somebody_else(company: Company) -> None:
    few = destruction.bulk_from()
    for number in range(few - 1):
        one = somebody(company, number)
        done = erased(company, subject=one, email=f"p{number}@x.example")
        assert done.state == "certified"
    last = somebody(company, few)
    erasure = approved(company, subject=last, email=f"p{few}@x.example")
    waits = carried_out(company, erasure.pk)
    assert (waits.state, waits.reason, waits.not_before) == ("partial", "second_approval", None)
    assert "ordinary" in keystore.surviving_scopes(company.controller.pk, last)
    for role in (Role.DPO, Role.AGENT, Role.SALES):
        with pytest.raises(ApproverError):
            again(company, waits, role)

    again(company, waits, Role.LEGAL)
    assert carried_out(company, erasure.pk).state == "certified"
    assert "ordinary" not in keystore.surviving_scopes(company.controller.pk, last)
