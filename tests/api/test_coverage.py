"""Nothing about a person leaves or enters without exactly one committed entry (promise 1)."""

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import transaction
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from api.v1 import contacts, interactions, orders, subjects
from crm.conversations import outgoing
from crm.conversations.outgoing import Letter
from crm.models import Contact, Order
from governance.policy.vocabulary import Channel, Role
from registry.gate.access import Access
from tests.api.world import ACCESSES, SYSTEM_ROLES, World, a_world, days_ago
from tests.builders import a_consent

PURPOSES = ("order_management", "newsletter", "accounting", "rights_requests", "spying")
IDENTITY = {"identity_type": "email", "identity_format": "raw", "identity_value": "x@example.it"}
READS = ["contacts/", "contacts/{anna}/", "contacts/{anna}/orders/", "contacts/{anna}/interactions/",
         "contacts/{anna}/timeline/", "orders/{order}/"]  # fmt: skip


def bodies(anna: UUID) -> dict[str, dict[str, Any]]:
    now = timezone.now().isoformat()
    return {
        "post /api/v1/contacts/": {"kind": "customer", "source": "Interessato", "given_name": "Ugo"},
        "patch /api/v1/contacts/{contact}/": {"given_name": "Anna"},
        "post /api/v1/contacts/search/": {"q": "bianchi"},
        "post /api/v1/contacts/read/": {"contacts": [str(anna)]},
        "post /api/v1/contacts/change/": {
            "changes": [{"contact": str(anna), "version": "*", "given_name": "Anna"}],
        },
        "post /api/v1/merges/{merge}/": {
            "decision": "refuse", "decided_by": "acme-agent", "words": "Same person, by phone.",
        },
        "post /api/v1/orders/": {
            "contact": str(anna), "number": "9", "ordered_on": days_ago(1).isoformat(),
            "lines": [{"description": "x", "quantity": "1", "unit_price": "1"}],
        },
        "patch /api/v1/orders/{order}/": {"state": "confirmed"},
        "post /api/v1/orders/{order}/shipments/": {
            "shipped_on": days_ago(1).isoformat(), "carrier": "Corriere",
        },
        "post /api/v1/opportunities/": {"contact": str(anna), "title": "x", "amount": "9.00"},
        "patch /api/v1/opportunities/{opportunity}/": {"stage": "qualified"},
        "post /api/v1/tasks/": {
            "contact": str(anna), "title": "x", "do_by": days_ago(0).isoformat(),
        },
        "patch /api/v1/tasks/{task}/": {"is_done": True},
        "post /api/v1/interactions/": {
            "contact": str(anna), "channel": "email", "direction": "out", "occurred_at": now, "topic": "t", "body": "b",
        },
        "post /api/v1/cases/": {"contact": str(anna), "topic": "Lampada", "kind": "fault"},
        "patch /api/v1/cases/{case}/": {"priority": "high"},
        "post /api/v1/calls/": {
            "contact": str(anna), "direction": "in", "called_at": now, "disposition": "reached",
        },
        "post /api/v1/articles/": {
            "title": "Pulire il paralume", "body": "Usi un panno asciutto.", "language": "it",
            "written_by": "acme-agent",
        },
        "patch /api/v1/articles/{article}/": {"state": "review", "written_by": "acme-agent"},
        "patch /api/v1/conversations/{conversation}/": {"urgency": "high"},
        "post /api/v1/conversations/{conversation}/notes/": {"body": "n"},
        "post /api/v1/messages/": {"contact": str(anna), "channel": "email", "body": "b"},
        "post /api/v1/contacts/{contact}/consents/": {
            "channel": "email", "state": "refused", "at": now, "method": "phone",
        },
        "post /api/v1/contacts/{contact}/links/": {"channel": "email"},
        "post /api/v1/requests/": {
            "right": "access", "channel": "email", "received_at": now, "contact": str(anna),
        },
        "post /api/v1/opendsr/v2/requests": {
            "subject_request_id": str(uuid4()), "subject_request_type": "access",
            "submitted_time": now, "subject_identities": [IDENTITY],
        },
    }  # fmt: skip


def a_conversation(world: World, anna: UUID) -> str:
    letter = Letter(Channel.EMAIL, "Buongiorno")
    message = outgoing.write(
        world.company.actor(Role.AGENT), anna, letter, purpose="order_management",
        now=world.now,
    )  # fmt: skip
    return str(message.conversation_id)


def test_every_operation_and_role_leaves_one_committed_entry(
    fresh_database: None, superuser: psycopg.Connection[Any]
) -> None:
    world = a_world()
    anna = world.person(orders=[days_ago(9)])
    a_consent(world.company, anna, at=world.now)
    order = world.call("GET", f"contacts/{anna}/orders/").body["items"][0]["id"]
    request = world.call(
        "POST",
        "requests/",
        role=Role.DPO,
        purpose="rights_requests",
        body=bodies(anna)["post /api/v1/requests/"],
    ).body["id"]
    number = bodies(anna)["post /api/v1/opendsr/v2/requests"]
    world.call("POST", "opendsr/v2/requests", role=Role.DPO, purpose="rights_requests", body=number)
    world.person(orders=[days_ago(9)])
    (merge,) = world.call("POST", f"contacts/{anna}/duplicates/").body["proposed"]
    sale, task, case = (
        world.call("POST", f"{name}/", body=bodies(anna)[f"post /api/v1/{name}/"]).body["id"]
        for name in ("opportunities", "tasks", "cases")
    )
    (line,) = world.call("GET", f"orders/{order}/").body["lines"]
    some = {"lines": [{"line": line["id"], "quantity": "0.001"}]}
    ids = {"contact": str(anna), "order": order, "request_id": request, "merge": merge,
           "conversation": a_conversation(world, anna), "opportunity": sale, "task": task, "case": case, "number": number["subject_request_id"]}  # fmt: skip
    described = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    of_nobody = ("/audit/", "/discovery", "/articles/")
    paths = {path: m for path, m in described.items() if not any(w in path for w in of_nobody)}
    seen, succeeded = 0, Counter()
    for path, methods in paths.items():
        for method in methods:
            for role in SYSTEM_ROLES:
                for purpose in PURPOSES:
                    body = bodies(anna).get(f"{method} {path}")
                    if path.endswith("/shipments/"):
                        body = {**(body or {}), **some}
                    before = _committed(superuser)
                    answer = world.call(
                        method.upper(), path.format(**ids), role=role, purpose=purpose,
                        body=body,
                    )  # fmt: skip
                    what = (method, path, role, purpose, answer.status)
                    is_anothers = answer.status == 404 and "{number}" in path
                    assert answer.status in {200, 201, 202, 403} or is_anothers, what
                    (entry,) = _committed(superuser, after=len(before))
                    assert entry[1] == (
                        "done"
                        if answer.status < 300
                        else "failed"
                        if entry[0] != "access.refused"
                        else "refused"
                    ), what
                    if answer.status < 300:
                        succeeded[f"{method} {path}"] += 1
                        assert answer.headers["X-Audit-Receipt"].startswith(entry[2]), what
                    seen += 1
    assert set(succeeded) == {f"{m} {path}" for path, methods in paths.items() for m in methods}
    assert seen == 45 * len(SYSTEM_ROLES) * len(PURPOSES)


def _committed(superuser: psycopg.Connection[Any], after: int = 0) -> list[tuple[str, str, str]]:
    """Entries of accesses as another connection sees them: committed."""
    rows = superuser.execute(
        "SELECT action, outcome, id::text FROM audit.entry ORDER BY at"
    ).fetchall()
    found = [row for row in rows if row[0].startswith(ACCESSES)]
    return found[after:]


@pytest.mark.parametrize("path", [*READS, "contacts/search/"])
def test_a_query_without_the_gate_raises_and_shows_nothing(
    world: World, anna: UUID, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Take the gate away from every view: row-level security answers, not the data."""
    from contextlib import contextmanager

    @contextmanager
    def ungated(asked: Any, _operation: Any, *, subjects: Any) -> Any:
        from governance.policy.categories import Category

        yield Access(
            actor=asked.actor, categories=frozenset(Category), admitted=None, now=asked.now
        )

    order = world.call("GET", f"contacts/{anna}/orders/").body["items"][0]["id"]
    for module in (contacts, orders, interactions):
        monkeypatch.setattr(module, "reading", ungated)
    monkeypatch.setattr(orders, "require_one", lambda _access: None)
    is_search = path == "contacts/search/"
    with transaction.atomic():
        answer = world.call(
            "POST" if is_search else "GET", path.format(anna=anna, order=order),
            body={"q": "bianchi"} if is_search else None,
        )  # fmt: skip
        transaction.set_rollback(True)
    assert (answer.status, answer.code) == (500, "internal_error")
    assert "Bianchi" not in answer.raw.decode()


def test_querysets_of_subjects_raise_outside_an_access(world: World, anna: UUID) -> None:
    from django.db import ProgrammingError

    from api.pagination import Page

    page = Page(10, (), "x")
    for people in (
        subjects.after(page), subjects.of_row(Order, uuid4()),
        subjects.meant_by(world.company.controller.pk, "bianchi", page),
        subjects.alike(uuid4()), subjects.of_pair(uuid4()), subjects.proposed(page),
    ):  # fmt: skip
        with pytest.raises(ProgrammingError, match="gate closed"), transaction.atomic():
            list(people)
    with pytest.raises(ProgrammingError, match="gate closed"), transaction.atomic():
        list(Contact.objects.all())
