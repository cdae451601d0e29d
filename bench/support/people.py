"""A company with an approved register, and people in it who never lived."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AT_ONCE = 5_000


def company() -> Any:
    """Make a company whose register is approved; return an agent of it as an actor."""
    from governance.policy.vocabulary import Role
    from registry import operations, starter
    from registry.models import ActivityVersion, Controller

    controller = Controller.objects.create(
        slug="bench", name="Bench S.r.l.", email="privacy@bench.example", address="Via Roma 1"
    )
    dpo, lawyer, agent = (
        operations.hire(controller=controller, username=role, role=role, password=None, now=NOW)
        for role in (Role.DPO, Role.LEGAL, Role.AGENT)
    )
    starter.load(controller=controller, by=dpo, now=NOW)
    for version in ActivityVersion.objects.filter(controller=controller):
        operations.approve(version=version, by=lawyer, now=NOW)
    return agent.actor()


def customers(actor: Any, contacts: Sequence[dict[str, str]]) -> list[UUID]:
    """Make a customer with an order behind them for each set of values; return their ids.

    Arguments
    ---------
    contacts : the values of each contact by attribute
    """
    return [
        subject
        for start in range(0, len(contacts), AT_ONCE)
        for subject in _customers(actor, contacts[start : start + AT_ONCE])
    ]


def _customers(actor: Any, contacts: Sequence[dict[str, str]]) -> Iterator[UUID]:
    from crm.models import Contact
    from governance.policy.vocabulary import Operation, SubjectKind
    from registry.gate import opening as gate
    from registry.models import DataSource, QualifyingEvent

    source = DataSource.objects.get(controller=actor.controller, name="Interessato")
    with gate.open(actor, "order_management", Operation.CREATE, now=NOW) as access:
        subjects = access.new_subjects([SubjectKind.CUSTOMER] * len(contacts), source=source)
        base = [
            {"controller_id": actor.controller, "subject": s, "source": source, "collected_at": NOW}
            for s in subjects
        ]
        Contact.objects.bulk_create(
            [Contact(**b, **c) for b, c in zip(base, contacts, strict=True)]
        )
        QualifyingEvent.objects.bulk_create(
            [QualifyingEvent(**b, kind="order", at=NOW) for b in base]
        )
    return iter([s.pk for s in subjects])


def with_history(actor: Any, number: int) -> list[UUID]:
    """Make customers with ways to reach them and eight conversations each."""
    from crm.models import ContactPoint, Interaction
    from governance.policy.vocabulary import Operation
    from registry.gate import opening as gate

    names = [{"given_name": "Anna", "family_name": f"Bianchi{at}"} for at in range(number)]
    made = customers(actor, names)
    with gate.open(actor, "order_management", Operation.UPDATE, subjects=made, now=NOW):
        base = [
            {"controller_id": actor.controller, "subject_id": s, "collected_at": NOW} for s in made
        ]
        ContactPoint.objects.bulk_create(
            ContactPoint(**b, kind="email", email=f"anna.{at}@example.it", is_primary=True)
            for at, b in enumerate(base)
        )
        ContactPoint.objects.bulk_create(
            ContactPoint(**b, kind="phone", phone=f"+39 347 {at:07d}") for at, b in enumerate(base)
        )
        Interaction.objects.bulk_create(
            Interaction(
                **b, channel="email", direction="in", occurred_at=NOW,
                topic="Domanda", body=f"La lampada {turn} non si accende",
            )
            for b in base
            for turn in range(8)
        )  # fmt: skip
    return made
