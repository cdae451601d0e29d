"""Is the register complete? One function per letter of Art. 30(1), and what else a version needs.

A letter is complete, not possible "because" (which the article allows for (f) and (g) alone: they
are owed "where possible"), or missing. The lawful basis is no letter of Art. 30(1): the gate
needs it, the record does not. Questions about the register as a whole are in `registry.gaps`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

from governance.policy.categories import SPECIAL, Category
from governance.policy.register import EEA, NEEDS_SAFEGUARDS, Balance, Mechanism
from governance.policy.vocabulary import LawfulBasis
from registry.models import ActivityVersion, Controller, ProcessingOnBehalf, Recipient, Transfer


@unique
class Status(StrEnum):
    """How a letter stands."""

    COMPLETE = "complete"
    NOT_POSSIBLE = "not_possible"
    MISSING = "missing"


@dataclass(frozen=True)
class Letter:
    """One letter of Art. 30(1) for one activity.

    Attributes
    ----------
    missing : names of the fields that are missing
    because : why it can not be stated, where that is said
    """

    letter: str
    missing: tuple[str, ...] = ()
    because: str = ""

    @property
    def status(self) -> Status:
        """Complete, not possible, or missing."""
        if self.missing:
            return Status.MISSING
        return Status.NOT_POSSIBLE if self.because else Status.COMPLETE


def letter_a(controller: Controller) -> Letter:
    """Name and contacts: the company, its DPO, its representative where it has no seat here.

    Joint controllers are rows of their own: `registry.gaps` asks each for its contact.
    """
    wanted = {
        "address": controller.address,
        "email": controller.email,
        "dpo_contact": controller.dpo_contact,
        "representative": controller.representative or controller.country in EEA,  # Art. 27(1)
    }
    return Letter("a", _lacking(wanted))


def letter_b(version: ActivityVersion) -> Letter:
    """The purposes, in the languages of the register."""
    purpose = version.activity.purpose
    wanted = {"title_it": version.title_it, "purpose": purpose.text_it and purpose.text_en}
    return Letter("b", _lacking(wanted))


def letter_c(version: ActivityVersion) -> Letter:
    """Categories of data subjects and of personal data."""
    wanted = {"categories": version.categories, "subject_kinds": version.subject_kinds}
    return Letter("c", _lacking(wanted))


def letter_d(version: ActivityVersion) -> Letter:
    """Categories of recipients; an activity may have none."""
    recipients = version.recipients.all()
    return Letter("d", _lacking({"recipients": all(r.category_it for r in recipients)}))


def letter_e(version: ActivityVersion) -> Letter:
    """Transfers: each recipient outside the EEA says where to, by what, on which document."""
    outside = [r for r in version.recipients.all() if r.is_outside]
    return Letter("e", _lacking({"transfers": all(map(says_transfers, outside))}))


def says_transfers(recipient: Recipient) -> bool:
    """Whether a recipient outside the EEA says all of its transfers."""
    transfers = list(recipient.transfers.all())
    return bool(transfers) and all(map(is_safe, transfers))


def is_safe(transfer: Transfer) -> bool:
    """Whether a transfer says all that its mechanism asks for (Art. 44-49, 30(1)(e))."""
    if not transfer.mechanism:
        return False
    if Mechanism(transfer.mechanism) not in NEEDS_SAFEGUARDS:
        return True
    return bool(transfer.document and transfer.assessment and transfer.assessed_on)


def letter_f(version: ActivityVersion) -> Letter:
    """Time limits for erasure, or why they can not be stated."""
    if version.retention_rules.all():
        return Letter("f")
    if version.no_time_limits_because:
        return Letter("f", because=version.no_time_limits_because)
    return Letter("f", ("retention_rules",))


def letter_g(version: ActivityVersion) -> Letter:
    """A general description of the security measures, or why there can be none."""
    if version.measures or version.measure_kinds:
        return Letter("g")
    if version.no_measures_because:
        return Letter("g", because=version.no_measures_because)
    return Letter("g", ("measures",))


def on_behalf(row: ProcessingOnBehalf) -> list[Letter]:
    """Return letters (a), (b) and (d) of Art. 30(2) for one controller we act for."""
    contacts = {"principal": row.principal, "principal_contact": row.principal_contact}
    processing = {"processing_it": row.processing_it, "processing_en": row.processing_en}
    return [
        Letter("a", _lacking(contacts)),
        Letter("b", _lacking(processing)),
        Letter("d", _lacking({"measure_kinds": row.measure_kinds or row.measures})),
    ]


LETTERS: tuple[Callable[[ActivityVersion], Letter], ...] = (
    letter_b, letter_c, letter_d, letter_e, letter_f, letter_g,
)  # fmt: skip


def letters(version: ActivityVersion) -> list[Letter]:
    """Return letters (a) to (g) of Art. 30(1) for a version."""
    return [letter_a(version.controller), *(ask(version) for ask in LETTERS)]


def missing_parts(version: ActivityVersion) -> list[str]:
    """Return the names of what a version needs before it may be approved.

    The letters of its own content, and what the gate, Art. 6(1)(f), 9 and 22 need beside them.
    Letter (a) is the company's and is asked of it apart.
    """
    missing = [name for ask in LETTERS for name in ask(version).missing]
    wanted = {
        "roles": version.roles,
        "operations": version.operations,
        "basis_reference": version.basis_reference,
        "context": version.context,
        "sources": version.sources.exists(),
    }
    missing += _lacking(wanted)
    missing += _interest(version)
    if SPECIAL & {Category(word) for word in version.categories} and not version.special_ground:
        missing.append("special_ground")
    if version.automated_decisions:  # Art. 13(2)(f), 15(1)(h)
        logic = {
            "decision_logic": version.decision_logic,
            "decision_significance": version.decision_significance,
        }
        missing += _lacking(logic)
    return missing


def _interest(version: ActivityVersion) -> list[str]:
    """Art. 6(1)(f): the interest, its necessity, and a weighing that it does not lose."""
    if version.basis != LawfulBasis.LEGITIMATE_INTEREST:
        return []
    is_kept = version.balance not in {"", Balance.OVERRIDDEN}
    wanted = {
        "interest": version.interest,
        "necessity": version.necessity,
        "balancing": version.balancing,
        "balance": is_kept,
    }
    return list(_lacking(wanted))


def _lacking(wanted: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name, value in wanted.items() if not value)
