"""The seven questions that every owner of a CRM has to answer, answered by the register in force.

In which context; who is the controller; what are other companies; where do data come from; for
which purposes; which law applies; for how long, the master data apart from the details of
purchases. Nothing here is written for the page: all of it is what the gate executes.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from governance.policy.provisions import Parameter
from governance.policy.register import PartyRole
from governance.policy.vocabulary import LawfulBasis, RecordClass
from registry import activities, labels, provision_labels, provisions
from registry.models import (
    ActivityVersion,
    Controller,
    DataSource,
    Recipient,
)

APART = (RecordClass.MASTER_DATA, RecordClass.PURCHASE_DETAIL)
"""The classes that the seventh question asks about by name."""


@dataclass(frozen=True)
class Use:
    """One purpose: its context, its basis and the law or interest relied on."""

    version: ActivityVersion
    title: str
    purpose: str
    basis: str
    law: str


@dataclass(frozen=True)
class Party:
    """Another company, what it is to us, and for which purposes it gets data."""

    recipient: Recipient
    role: str
    uses: list[str]


@dataclass(frozen=True)
class Origin:
    """A source of data, and for which purposes they are used."""

    source: DataSource
    uses: list[str]


@dataclass(frozen=True)
class Rule:
    """One provision in force, of the country or of the house, with its source."""

    about: str
    says: str
    source: str


@dataclass(frozen=True)
class Kept:
    """How long one purpose keeps a class of records."""

    use: str
    records: str
    period: str
    law: str
    is_duty: bool


@dataclass(frozen=True)
class Answers:
    """The seven answers, in the order of the questions.

    Attributes
    ----------
    principals : controllers we act for ourselves, and what is done for each
    rules : provisions in force in the country of the controller
    kept : rules by class; those of master data and of purchase details come first and apart
    """

    controller: Controller
    joint: list[Recipient]
    uses: list[Use]
    parties: list[Party]
    principals: list[tuple[str, str]]
    origins: list[Origin]
    rules: list[Rule]
    kept: list[tuple[str, list[Kept]]]


def answer(controller: Controller, *, now: datetime) -> Answers:
    """Return the answers as the register gives them at a moment, in the language of the page."""
    versions = activities.all_in_force(controller.pk, at=now)
    parties = _parties(versions)
    return Answers(
        controller=controller,
        joint=[p.recipient for p in parties if p.recipient.role == PartyRole.JOINT],
        uses=[_use(version) for version in versions],
        parties=parties,
        principals=[
            (row.principal, labels.titled(row.processing_it, row.processing_en))
            for row in controller.processing_on_behalf.order_by("principal")
        ],
        origins=_origins(versions),
        rules=_rules(controller, now),
        kept=_kept(versions),
    )


def _title(version: ActivityVersion) -> str:
    return labels.titled(version.title_it, version.title_en or version.title_it)


def _use(version: ActivityVersion) -> Use:
    purpose, basis = version.activity.purpose, LawfulBasis(version.basis)
    return Use(
        version=version,
        title=_title(version),
        purpose=purpose.text,
        basis=f"{labels.text(LawfulBasis, basis)} (art. {labels.BASIS_ARTICLE[basis]})",
        law=version.basis_reference,
    )


def _parties(versions: list[ActivityVersion]) -> list[Party]:
    found: dict[Recipient, list[str]] = {}
    for version in versions:
        for recipient in version.recipients.all():
            found.setdefault(recipient, []).append(_title(version))
    _add_further(found)
    ordered = sorted(found.items(), key=lambda pair: (pair[0].role, pair[0].name))
    return [Party(r, labels.text(PartyRole, r.role), uses) for r, uses in ordered]


def _add_further(found: dict[Recipient, list[str]]) -> None:
    """Add whom those who receive data have engaged: data goes to them as well (Art. 28(4))."""
    reached = list(found)
    while reached:
        engaged = Recipient.objects.filter(sub_processor_of__in=reached)
        reached = [further for further in engaged if further not in found]
        for further in reached:
            found[further] = found[next(r for r in found if r.pk == further.sub_processor_of_id)]


def _rules(controller: Controller, now: datetime) -> list[Rule]:
    said = provisions.in_force(controller.pk, on=timezone.localdate(now))
    known = [(Parameter(name), one) for name, one in said.items()]
    return [
        Rule(labels.text(Parameter, name), provision_labels.value(name, one.value), one.source)
        for name, one in sorted(known, key=lambda pair: list(Parameter).index(pair[0]))
    ]


def _origins(versions: list[ActivityVersion]) -> list[Origin]:
    found: dict[DataSource, list[str]] = {}
    for version in versions:
        for source in version.sources.all():
            found.setdefault(source, []).append(_title(version))
    return [Origin(source, uses) for source, uses in sorted(found.items(), key=lambda p: p[0].name)]


def _kept(versions: list[ActivityVersion]) -> list[tuple[str, list[Kept]]]:
    rows: dict[RecordClass, list[Kept]] = {record_class: [] for record_class in APART}
    for version in versions:
        for rule in version.retention_rules.all():
            kept = Kept(
                use=_title(version),
                records=labels.text(RecordClass, rule.record_class),
                period=labels.period_from(rule.period, rule.anchor),
                law=rule.legal_reference,
                is_duty=rule.statutory,
            )
            rows.setdefault(RecordClass(rule.record_class), []).append(kept)
    return [(labels.text(RecordClass, name), found) for name, found in rows.items()]
