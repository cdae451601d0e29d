"""The words of the register: what Art. 26, 28, 30, 32, 35 and 44-49 let an entry say.

Values are stored and exported; texts for people are in `registry/register_labels.py`.
"""

from enum import StrEnum, unique

EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: E501, SIM905 - thirty codes read best in one line
)  # fmt: skip
"""Member States and the EEA: not third countries in the sense of Chapter V."""


@unique
class PartyRole(StrEnum):
    """What another company is to us when it receives data."""

    PROCESSOR = "processor"  # 4(8), 28
    SUB_PROCESSOR = "sub_processor"  # 28(2), 28(4)
    JOINT = "joint"  # 26
    INDEPENDENT = "independent"  # 4(9)


UNDER_AGREEMENT = frozenset({PartyRole.PROCESSOR, PartyRole.SUB_PROCESSOR})
"""Roles that need a contract of Art. 28(3) or 28(4)."""


@unique
class Clause(StrEnum):
    """What the contract with a processor must say: Art. 28(3), letters (a) to (h), in order."""

    INSTRUCTIONS = "instructions"
    CONFIDENTIALITY = "confidentiality"
    SECURITY = "security"
    SUB_PROCESSORS = "sub_processors"
    RIGHTS = "rights"
    ASSISTANCE = "assistance"
    END = "end"
    AUDITS = "audits"


@unique
class SubProcessing(StrEnum):
    """Whether a processor may engage another one (Art. 28(2))."""

    NONE = "none"
    SPECIFIC = "specific"
    GENERAL = "general"


@unique
class AtEnd(StrEnum):
    """What a processor does with the data when the service ends (Art. 28(3)(g)): our choice."""

    ERASE = "erase"
    RETURN = "return"


@unique
class Mechanism(StrEnum):
    """What makes a transfer to a third country or international organisation lawful."""

    ADEQUACY = "adequacy"
    PUBLIC_INSTRUMENT = "public_instrument"
    BINDING_RULES = "binding_rules"
    STANDARD_CLAUSES = "standard_clauses"
    AUTHORITY_CLAUSES = "authority_clauses"
    CODE_OF_CONDUCT = "code_of_conduct"
    CERTIFICATION = "certification"
    AD_HOC_CLAUSES = "ad_hoc_clauses"
    ADMINISTRATIVE = "administrative"
    EXPLICIT_CONSENT = "explicit_consent"
    CONTRACT = "contract"
    CONTRACT_FOR_SUBJECT = "contract_for_subject"
    PUBLIC_INTEREST = "public_interest"
    LEGAL_CLAIMS = "legal_claims"
    VITAL_INTEREST = "vital_interest"
    PUBLIC_REGISTER = "public_register"
    COMPELLING_INTEREST = "compelling_interest"


MECHANISM_ARTICLE: dict[Mechanism, str] = {
    Mechanism.ADEQUACY: "45(3)",
    Mechanism.PUBLIC_INSTRUMENT: "46(2)(a)",
    Mechanism.BINDING_RULES: "46(2)(b), 47",
    Mechanism.STANDARD_CLAUSES: "46(2)(c)",
    Mechanism.AUTHORITY_CLAUSES: "46(2)(d)",
    Mechanism.CODE_OF_CONDUCT: "46(2)(e)",
    Mechanism.CERTIFICATION: "46(2)(f)",
    Mechanism.AD_HOC_CLAUSES: "46(3)(a)",
    Mechanism.ADMINISTRATIVE: "46(3)(b)",
    Mechanism.EXPLICIT_CONSENT: "49(1)(a)",
    Mechanism.CONTRACT: "49(1)(b)",
    Mechanism.CONTRACT_FOR_SUBJECT: "49(1)(c)",
    Mechanism.PUBLIC_INTEREST: "49(1)(d)",
    Mechanism.LEGAL_CLAIMS: "49(1)(e)",
    Mechanism.VITAL_INTEREST: "49(1)(f)",
    Mechanism.PUBLIC_REGISTER: "49(1)(g)",
    Mechanism.COMPELLING_INTEREST: "49(1), second subparagraph",
}

NEEDS_SAFEGUARDS = frozenset(
    m for m, article in MECHANISM_ARTICLE.items() if article.startswith("46")
) | {Mechanism.COMPELLING_INTEREST}
"""Those that ask for a document with the safeguards (13(1)(f), 30(1)(e)), and for an assessment
of the law of the country (CJEU C-311/18) or of all circumstances (49(1))."""


@unique
class Measure(StrEnum):
    """Security measures, by the letters of Art. 32(1) and (4)."""

    PSEUDONYMISATION = "pseudonymisation"  # 32(1)(a)
    ENCRYPTION_AT_REST = "encryption_at_rest"  # 32(1)(a)
    ENCRYPTION_IN_TRANSIT = "encryption_in_transit"  # 32(1)(a)
    ACCESS_CONTROL = "access_control"  # 32(1)(b)
    STRONG_AUTHENTICATION = "strong_authentication"  # 32(1)(b)
    ACCESS_LOGGING = "access_logging"  # 32(1)(b)
    NETWORK_SECURITY = "network_security"  # 32(1)(b)
    MALWARE_PROTECTION = "malware_protection"  # 32(1)(b)
    PHYSICAL_SECURITY = "physical_security"  # 32(1)(b)
    BACKUPS = "backups"  # 32(1)(c)
    RECOVERY_PLAN = "recovery_plan"  # 32(1)(c)
    REGULAR_TESTING = "regular_testing"  # 32(1)(d)
    STAFF_TRAINING = "staff_training"  # 32(4)
    CONFIDENTIALITY_DUTY = "confidentiality_duty"  # 32(4)
    SECURE_DISPOSAL = "secure_disposal"  # 5(1)(f)


@unique
class Balance(StrEnum):
    """How the weighing of a legitimate interest came out (Art. 6(1)(f))."""

    PREVAILS = "prevails"
    PREVAILS_WITH_SAFEGUARDS = "prevails_with_safeguards"
    OVERRIDDEN = "overridden"


@unique
class Risk(StrEnum):
    """How high a risk to rights and freedoms is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
