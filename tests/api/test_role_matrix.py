"""Role by operation by field: the committed document, and the API itself, which must agree."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from api import role_matrix
from crm.models import Contact, ContactPoint, Order, OrderLine
from crm.people.timeline import KINDS
from governance.policy.categories import Category
from governance.policy.vocabulary import Operation, Role
from registry.datamap import data_map
from registry.gate import opening as gate
from tests.api.world import SYSTEM_ROLES, World, days_ago
from tests.builders import a_consent

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "role-matrix.md"
CALLS: dict[str, tuple[str, str, Operation, Any]] = {
    "contact": ("GET", "contacts/{}/", Operation.READ, None),
    "contacts": ("GET", "contacts/", Operation.LIST, None),
    "search": ("POST", "contacts/search/", Operation.SEARCH, {"q": "Bianchi"}),
    "orders": ("GET", "contacts/{}/orders/", Operation.LIST, None),
    "timeline": ("GET", "contacts/{}/timeline/", Operation.LIST, None),
}
SHOWN = {"contact": (Contact, ContactPoint), "contacts": (Contact, ContactPoint),
         "search": (Contact, ContactPoint), "orders": (Order, OrderLine),
         "timeline": (OrderLine, *(kind.model for kind in KINDS))}  # fmt: skip


def test_the_committed_matrix_is_what_register_and_schema_say() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == role_matrix.text(), (
        "run `manage.py export_role_matrix`, and read the difference before you commit it"
    )


@pytest.fixture
def full(world: World) -> UUID:
    """A customer of whom everything is held that the purposes of the API could show."""
    anna = world.person(phone="+39 02 1234567", orders=[days_ago(40)])
    a_consent(world.company, anna, at=world.now)
    with gate.open(
        world.company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna,
        now=world.now,
    ) as access:  # fmt: skip
        contact = access.rows(Contact).get()
        contact.fiscal_code, contact.job_title, contact.note = "BNCNNA80A41F205X", "Sarta", "Nota"
        contact.save(update_fields=["fiscal_code", "job_title", "note"])
    return anna


WHEN = {"at"}  # of a timeline: in which order its entries stand, whatever they are


def names_in(body: Any) -> set[str]:
    """Every name of a field in an answer, at whatever depth."""
    if isinstance(body, list):
        return set().union(*map(names_in, body)) if body else set()
    if isinstance(body, dict):
        return set(body).union(*map(names_in, body.values()))
    return set()


def expected(role: Role, purpose: str, does: Operation, models: Any) -> set[str]:
    """The personal fields that the matrix gives a role for a purpose."""
    among = [terms for terms in role_matrix.activities() if terms.purpose == purpose]
    return {
        name
        for model in models
        for name, declared in data_map()[model].personal().items()
        if role_matrix.purposes_for(role, does, declared.category, among)
    }


@pytest.mark.parametrize("role", SYSTEM_ROLES)
def test_f3_role_by_endpoint_by_field(world: World, full: UUID, role: Role) -> None:
    for terms in role_matrix.activities():
        if terms.purpose in {"profiling", "birthday", "call_recording"}:  # each on its own
            a_consent(world.company, full, purpose=terms.purpose, at=world.now)
        for name, (method, path, does, body) in CALLS.items():
            answer = world.call(
                method, path.format(full), role=role, purpose=terms.purpose, body=body
            )
            may = role in terms.roles and does in terms.operations
            where = (role, terms.purpose, name, answer.body)
            if not may:
                assert answer.status == 403, where
            elif answer.status == 200:
                personal = {n for m in SHOWN[name] for n in data_map()[m].personal()}
                allowed = expected(role, terms.purpose, does, SHOWN[name])
                assert (names_in(answer.body) & personal) - WHEN <= allowed, where
            else:
                assert answer.code in {"subject_not_covered", "category_not_granted"}, where


def test_f3_a_field_agent_gets_no_birth_date_and_no_orders(world: World, full: UUID) -> None:
    field_agent = {"role": Role.FIELD_AGENT, "purpose": "customer_care"}
    body = world.call("GET", f"contacts/{full}/", **field_agent).body
    assert (body["given_name"], body["note"]) == ("Anna", "Nota")
    assert not {"birth_date", "fiscal_code", "external_id", "email"} & names_in(body)
    assert {"birth", "national_id", "customer_number", "email"} <= set(body["_withheld"])
    orders = world.call("GET", f"contacts/{full}/orders/", **field_agent)
    assert not {"number", "total", "description"} & names_in(orders.body)
    assert b"Lampada" not in orders.raw
    seen = world.call("GET", f"contacts/{full}/timeline/", **field_agent)
    assert b"Lampada" not in seen.raw
    assert b"Bianchi-1" not in seen.raw
    agent = world.call("GET", f"contacts/{full}/orders/", purpose="customer_care")
    assert b"Bianchi-1" in agent.raw, "whom the role narrows less"


def test_f3_a_field_agent_gets_no_order_they_do_not_serve_and_no_address(
    world: World, full: UUID
) -> None:
    """A connected system stands for nobody: it serves nothing, whatever its role."""
    seen = world.call("GET", f"contacts/{full}/orders/", purpose="order_management")
    order = seen.body["items"][0]["id"]
    field_agent = {"role": Role.FIELD_AGENT, "purpose": "field_service"}
    listed = world.call("GET", f"contacts/{full}/orders/", **field_agent)
    assert (listed.status, listed.body["items"]) == (200, [])
    assert world.call("GET", f"orders/{order}/", **field_agent).status == 404
    changed = world.call("PATCH", f"orders/{order}/", body={"state": "closed"}, **field_agent)
    assert changed.status == 404
    contact = world.call("GET", f"contacts/{full}/", **field_agent).body
    assert not {"birth_date", "street", "city"} & names_in(contact)
    assert "postal_address" in contact["_withheld"]


def test_f3_what_a_role_does_not_see_it_does_not_search_by(world: World, full: UUID) -> None:
    asked = {"role": Role.FIELD_AGENT, "purpose": "customer_care"}
    by_mail = world.call("POST", "contacts/search/", body={"q": "anna.bianchi@example.it"}, **asked)
    assert (by_mail.status, by_mail.code) == (403, "category_not_granted")
    by_name = world.call("POST", "contacts/search/", body={"q": "Anna Bianchi"}, **asked)
    assert [found["id"] for found in by_name.body["items"]] == [str(full)]


def test_f3_a_category_added_later_is_not_seen_by_a_narrowed_role() -> None:
    (care,) = [t for t in role_matrix.activities() if t.purpose == "customer_care"]
    assert Category.PURCHASES in care.usable_by(Role.AGENT)
    assert Category.PURCHASES not in care.usable_by(Role.FIELD_AGENT)
    assert care.usable_by(Role.FIELD_AGENT) < care.usable
