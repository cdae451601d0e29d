"""Believable companies and people for tests; nothing here is a mock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from crm import operations as crm
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Role, SubjectKind
from registry import consent, operations, starter
from registry.gate import opening as gate
from registry.models import ActivityVersion, Controller, DataSource, Purpose, Staff
from registry.suppression import Door

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def amend(
    company: "Company",
    purpose: str,
    change: Callable[[ActivityVersion], object] = lambda _draft: None,
    *,
    now: datetime = NOW,
    **fields: object,
) -> ActivityVersion:
    """Put a new version of an activity in force, drafted by the DPO and approved by the lawyer.

    `fields` are those of the version, `change` does what they do not: its rules and links.
    """
    versions = ActivityVersion.objects.filter(
        controller=company.controller, activity__purpose__key=purpose
    )
    dpo = company.staff[Role.DPO]
    draft = operations.redraft(version=versions.latest("number"), by=dpo, now=now)
    for name, value in fields.items():
        setattr(draft, name, value)
    operations.draft(version=draft, by=dpo, now=now)
    change(draft)
    return operations.approve(version=draft, by=company.staff[Role.LEGAL], now=now)


@dataclass(frozen=True)
class Company:
    controller: Controller
    staff: dict[Role, Staff]
    source: DataSource

    def actor(self, role: Role):
        return self.staff[role].actor()

    def purpose(self, key: str) -> Purpose:
        return Purpose.objects.get(controller=self.controller, key=key)


def a_company(slug: str = "acme", *, approved: bool = True, now: datetime = NOW) -> Company:
    """A company with one member of staff per role and the starter register, approved or in draft.

    The template database holds an approved `acme` already, since making one takes its time.
    """
    if approved and (made := Controller.objects.filter(slug=slug).first()):
        return _as_company(made)
    if not approved:
        slug = f"{slug}-draft"
    controller = Controller.objects.create(
        slug=slug,
        name=f"{slug.title()} S.r.l.",
        email=f"privacy@{slug}.example",
        address="Via Roma 1, Milano",
    )
    roles = [r for r in Role if r not in {Role.SYSTEM, Role.DATA_SUBJECT}]
    staff = {
        role: operations.hire(
            controller=controller, username=f"{slug}-{role}", role=role, password=None, now=now
        )
        for role in roles
    }
    starter.load(controller=controller, by=staff[Role.DPO], now=now)
    if approved:
        for version in ActivityVersion.objects.filter(controller=controller):
            operations.approve(version=version, by=staff[Role.LEGAL], now=now)
    return _as_company(controller)


def _as_company(controller: Controller) -> Company:
    staff = {Role(person.role): person for person in Staff.objects.filter(controller=controller)}
    source = DataSource.objects.get(controller=controller, name="Interessato")
    return Company(controller, staff, source)


def a_person(
    company: Company,
    *,
    given: str = "Anna",
    family: str = "Bianchi",
    email: str | None = None,
    phone: str | None = None,
    orders: Sequence[date] = (),
    kind: SubjectKind = SubjectKind.CUSTOMER,
    purpose: str = "order_management",
    role: Role = Role.AGENT,
    source: DataSource | None = None,
    now: datetime = NOW,
) -> UUID:
    """A person with an e-mail, perhaps a phone and orders; returns the subject's id."""
    address = email or f"{given}.{family}@example.it".lower()
    points: list[dict[str, object]] = [{"kind": "email", "email": address, "is_primary": True}]
    if phone:
        points.append({"kind": "phone", "phone": phone})
    with gate.open(company.actor(role), purpose, Operation.CREATE, now=now) as access:
        contact = crm.create_contact(
            access,
            crm.NewContact({"given_name": given, "family_name": family}, points, kind),
            source=source or company.source,
        )
        for number, day in enumerate(orders, 1):
            crm.place_order(
                access,
                subject=contact.subject_id,
                number=f"{family}-{number}",
                ordered_on=day,
                lines=[crm.Line("Lampada da tavolo", Decimal(1), Decimal("39.90"))],
                billing={"billing_name": f"{given} {family}", "billing_city": "Torino"},
            )
        subject: UUID = contact.subject_id
    return subject


def an_interaction(
    company: Company, subject: UUID, *, body: str, at: datetime = NOW, direction: str = "in"
) -> None:
    """One e-mail from or to a person who has a contract."""
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=subject,
        now=max(at, NOW),
    ) as access:  # fmt: skip
        crm.record_interaction(
            access,
            subject=subject,
            channel=Channel.EMAIL,
            direction=direction,
            occurred_at=at,
            topic="Domanda",
            body=body,
        )


def a_consent(
    company: Company,
    subject: UUID,
    *,
    state: ConsentState = ConsentState.GIVEN,
    channel: Channel = Channel.EMAIL,
    at: datetime = NOW,
    purpose: str = "newsletter",
    expires_on: date | None = None,
) -> None:
    """One line in the consent ledger, said by the person themselves."""
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject,
        now=max(at, NOW),
    ) as access:  # fmt: skip
        consent.record(
            access,
            subject=subject,
            purpose=company.purpose(purpose),
            channel=channel,
            state=state,
            at=at,
            method="form",
            expires_on=expires_on,
            door=Door.PERSON,
        )
