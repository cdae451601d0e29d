"""What people are shown for the words of the register: roles, contracts, transfers, risks.

Texts of the vocabulary at large are in `registry.labels`, which takes these in.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from governance.policy.breaches import BreachRisk, Cause, Exception34, Nature, Step, Told
from governance.policy.impact import Criterion, Standing
from governance.policy.register import (
    MECHANISM_ARTICLE,
    AtEnd,
    Balance,
    Clause,
    Measure,
    Mechanism,
    PartyRole,
    Risk,
    SubProcessing,
)

if TYPE_CHECKING:
    from registry.models import Transfer

PARTY_ROLE: dict[PartyRole, Promise] = {
    PartyRole.PROCESSOR: _("Processor (Art. 28)"),
    PartyRole.SUB_PROCESSOR: _("Sub-processor (Art. 28(4))"),
    PartyRole.JOINT: _("Joint controller (Art. 26)"),
    PartyRole.INDEPENDENT: _("Independent recipient"),
}
CLAUSE: dict[Clause, Promise] = {
    Clause.INSTRUCTIONS: _("(a) act only on documented instructions"),
    Clause.CONFIDENTIALITY: _("(b) bind their people to confidentiality"),
    Clause.SECURITY: _("(c) take the security measures of Art. 32"),
    Clause.SUB_PROCESSORS: _("(d) engage others only as agreed"),
    Clause.RIGHTS: _("(e) help to answer data subjects"),
    Clause.ASSISTANCE: _("(f) help with security, breaches and impact assessments"),
    Clause.END: _("(g) erase or return the data at the end"),
    Clause.AUDITS: _("(h) show compliance and allow audits"),
}
SUB_PROCESSING: dict[SubProcessing, Promise] = {
    SubProcessing.NONE: _("Not allowed"),
    SubProcessing.SPECIFIC: _("Each one is authorised"),
    SubProcessing.GENERAL: _("Authorised in general, changes are told"),
}
AT_END: dict[AtEnd, Promise] = {
    AtEnd.ERASE: _("They erase the data"),
    AtEnd.RETURN: _("They return the data"),
}
MECHANISM: dict[Mechanism, Promise] = {
    Mechanism.ADEQUACY: _("Adequacy decision"),
    Mechanism.PUBLIC_INSTRUMENT: _("Binding instrument between public authorities"),
    Mechanism.BINDING_RULES: _("Binding corporate rules"),
    Mechanism.STANDARD_CLAUSES: _("Standard clauses of the Commission"),
    Mechanism.AUTHORITY_CLAUSES: _("Standard clauses of an authority"),
    Mechanism.CODE_OF_CONDUCT: _("Code of conduct"),
    Mechanism.CERTIFICATION: _("Certification"),
    Mechanism.AD_HOC_CLAUSES: _("Clauses authorised by the authority"),
    Mechanism.ADMINISTRATIVE: _("Administrative arrangement, authorised"),
    Mechanism.EXPLICIT_CONSENT: _("Explicit consent to the transfer"),
    Mechanism.CONTRACT: _("Needed for a contract with the person"),
    Mechanism.CONTRACT_FOR_SUBJECT: _("Needed for a contract in the person's interest"),
    Mechanism.PUBLIC_INTEREST: _("Important public interest"),
    Mechanism.LEGAL_CLAIMS: _("Legal claims"),
    Mechanism.VITAL_INTEREST: _("Vital interests"),
    Mechanism.PUBLIC_REGISTER: _("From a public register"),
    Mechanism.COMPELLING_INTEREST: _("Compelling legitimate interest, once, for few people"),
}
MEASURE: dict[Measure, Promise] = {
    Measure.PSEUDONYMISATION: _("Pseudonymisation"),
    Measure.ENCRYPTION_AT_REST: _("Encryption of stored data"),
    Measure.ENCRYPTION_IN_TRANSIT: _("Encryption in transit"),
    Measure.ACCESS_CONTROL: _("Access by role and purpose"),
    Measure.STRONG_AUTHENTICATION: _("Authentication with a second factor"),
    Measure.ACCESS_LOGGING: _("Log of accesses"),
    Measure.NETWORK_SECURITY: _("Network security"),
    Measure.MALWARE_PROTECTION: _("Protection against malware"),
    Measure.PHYSICAL_SECURITY: _("Physical security"),
    Measure.BACKUPS: _("Encrypted backups"),
    Measure.RECOVERY_PLAN: _("Plan for recovery"),
    Measure.REGULAR_TESTING: _("Regular tests of the measures"),
    Measure.STAFF_TRAINING: _("Training of staff"),
    Measure.CONFIDENTIALITY_DUTY: _("Duty of confidentiality of staff"),
    Measure.SECURE_DISPOSAL: _("Secure disposal"),
}
BALANCE: dict[Balance, Promise] = {
    Balance.PREVAILS: _("The interest prevails"),
    Balance.PREVAILS_WITH_SAFEGUARDS: _("It prevails with the safeguards described"),
    Balance.OVERRIDDEN: _("People's interests override it"),
}
RISK: dict[Risk, Promise] = {
    Risk.LOW: pgettext_lazy("risk", "Low"),
    Risk.MEDIUM: pgettext_lazy("risk", "Medium"),
    Risk.HIGH: pgettext_lazy("risk", "High"),
}
CRITERION: dict[Criterion, Promise] = {
    Criterion.EVALUATION: _("Evaluation or scoring of people"),
    Criterion.AUTOMATED_DECISION: _("Automated decisions with legal or similar effect"),
    Criterion.SYSTEMATIC_MONITORING: _("Systematic monitoring"),
    Criterion.SENSITIVE_DATA: _("Sensitive or highly personal data"),
    Criterion.LARGE_SCALE: _("Large scale"),
    Criterion.COMBINING: _("Matching or combining of datasets"),
    Criterion.VULNERABLE_PEOPLE: _("Vulnerable people, employees included"),
    Criterion.INNOVATIVE_USE: _("New technology, or a new use of it"),
    Criterion.EXCLUSION: _("It keeps people from a right, a service or a contract"),
}
STANDING: dict[Standing, Promise] = {
    Standing.NOT_NEEDED: _("No impact assessment is needed"),
    Standing.MISSING: _("An impact assessment is needed and there is none"),
    Standing.CONSULTATION_MISSING: _("The authority has to be consulted first (Art. 36)"),
    Standing.REVIEW_OVERDUE: _("The impact assessment is to be reviewed"),
    Standing.IN_ORDER: _("The impact assessment is in order"),
}
NATURE: dict[Nature, Promise] = {
    Nature.CONFIDENTIALITY: _("Confidentiality: seen by somebody who may not"),
    Nature.INTEGRITY: _("Integrity: changed"),
    Nature.AVAILABILITY: _("Availability: lost or out of reach"),
}
CAUSE: dict[Cause, Promise] = {
    Cause.EXTERNAL_ATTACK: _("Attack from outside"),
    Cause.INTERNAL_ABUSE: _("Abuse from inside"),
    Cause.EXTERNAL_ACCIDENT: _("Accident outside"),
    Cause.INTERNAL_MISTAKE: _("Mistake inside"),
    Cause.UNKNOWN: _("Not known yet"),
}
BREACH_RISK: dict[BreachRisk, Promise] = {
    BreachRisk.UNLIKELY: _("A risk is unlikely: the authority is not notified (Art. 33(1))"),
    BreachRisk.RISK: _("A risk: the authority is notified (Art. 33(1))"),
    BreachRisk.HIGH: _("A high risk: people are told too (Art. 34(1))"),
}
TOLD: dict[Told, Promise] = {
    Told.AUTHORITY: _("The authority"),
    Told.CONTROLLER: _("The controller we act for (Art. 33(2))"),
    Told.PEOPLE: _("The people concerned"),
}
EXCEPTION: dict[Exception34, Promise] = {
    Exception34.UNINTELLIGIBLE: _("(a) the data can not be read by anybody, being encrypted"),
    Exception34.RISK_ENDED: _("(b) measures taken since make a high risk unlikely"),
    Exception34.DISPROPORTIONATE: _("(c) disproportionate effort: a public communication instead"),
}
STEP: dict[Step, Promise] = {
    Step.ASSESS: _("Assess the risk"),
    Step.TELL_CONTROLLER: _("Tell the controller we act for"),
    Step.NOTIFY: _("Notify the authority"),
    Step.DECIDE: _("Decide whether people are told"),
    Step.TELL: _("Tell the people concerned"),
    Step.SUPPLEMENT: _("Send the authority what is known now"),
    Step.COMPLETE: _("Find out the rest, and report it"),
    Step.NONE: _("Nothing is left to do"),
}
TEXTS: dict[type[StrEnum], Mapping[Any, Promise]] = {
    PartyRole: PARTY_ROLE,
    Clause: CLAUSE,
    SubProcessing: SUB_PROCESSING,
    AtEnd: AT_END,
    Mechanism: MECHANISM,
    Measure: MEASURE,
    Balance: BALANCE,
    Risk: RISK,
    Criterion: CRITERION,
    Standing: STANDING,
    Nature: NATURE,
    Cause: CAUSE,
    BreachRisk: BREACH_RISK,
    Told: TOLD,
    Exception34: EXCEPTION,
    Step: STEP,
}


def mechanism(value: str) -> str:
    """Return a mechanism of transfer with its article."""
    if not value:
        return gettext("no mechanism stated")
    known = Mechanism(value)
    return f"{MECHANISM[known]} (art. {MECHANISM_ARTICLE[known]})"


def transfer(row: "Transfer") -> str:
    """Return a transfer in one line: where to, by what, on which document."""
    where = row.organisation or row.country
    said = f"{where}: {mechanism(row.mechanism)}"
    return f"{said}, {row.document}" if row.document else said
