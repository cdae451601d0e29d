"""The API does what its document says, whatever is sent (Schemathesis).

All its checks but one: it expects a 2xx for every call that the document allows, and ours refuses
lawfully what no document can say: a purpose the register does not have, a record about nobody.
"""

from typing import Any

from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy, one_of
from schemathesis import Case, GenerationMode, openapi
from schemathesis.specs.openapi.checks import positive_data_acceptance

from governance.policy.vocabulary import Role
from tests.api.world import a_world, days_ago

FEW, MANY = 6, 200


def sent(operation: Any, ids: dict[str, str]) -> SearchStrategy[Case]:
    """What the document allows, the same about records that exist, and what it does not allow."""

    def real(case: Case) -> Case:
        if "purpose" in (case.query or {}):
            case.query["purpose"] = "order_management"
        case.path_parameters |= {name: ids[name] for name in case.path_parameters if name in ids}
        return case

    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    forbidden = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return one_of(allowed, allowed.map(real), forbidden)


def test_every_operation_keeps_to_its_document(fresh_database: None, is_long: bool) -> None:
    world = a_world()
    subject = world.person(orders=[days_ago(9)])
    order = world.call("GET", f"contacts/{subject}/orders/").body["items"][0]["id"]
    ids = {"contact": str(subject), "order": order}
    token = world.token(Role.AGENT)
    api = openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())
    seen, broken, statuses = set(), [], set()
    for result in api.get_all_operations():
        operation = result.ok()

        @given(case=sent(operation, ids))
        @settings(
            max_examples=MANY if is_long else FEW, deadline=None, database=None,
            derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def attack(case: Case) -> None:
            cache.clear()  # the budget of calls is another test's
            seen.add(case.operation.label)
            answer = case.call_and_validate(
                headers={"Authorization": f"Bearer {token}"},
                excluded_checks=[positive_data_acceptance],
            )
            statuses.add(answer.status_code)

        try:
            attack()
        except BaseExceptionGroup as failures:
            broken += [f"{operation.label}: {said.message}" for said in failures.exceptions]
    assert broken == []
    assert len(seen) == 53
    assert {200, 400, 403, 404} <= statuses
