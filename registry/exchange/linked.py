"""The document as linked data: JSON-LD 1.1 in the terms of W3C DPV 2.3 and its GDPR extension.

The document stays as it is; a context says what its names mean, so that nothing can be lost on the
way there and back. What DPV has no term for is named in a vocabulary of ours.
"""

from enum import StrEnum
from typing import Any

from governance.policy.categories import TERMS, Category
from governance.policy.impact import Criterion
from governance.policy.register import Balance, Clause, Measure, Mechanism, PartyRole, Risk
from governance.policy.vocabulary import (
    Anchor,
    LawfulBasis,
    Operation,
    RecordClass,
    RetentionAction,
    Role,
    SubjectKind,
)
from registry.exchange.document import Facts

OWN = "urn:custode:terms:"
PREFIXES = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "own": OWN,
}
BASES = {basis: f"gdpr:A6-1-{letter}" for basis, letter in zip(LawfulBasis, "abcdef", strict=True)}
KINDS = {
    SubjectKind.CUSTOMER: "dpv:Customer", SubjectKind.EMPLOYEE: "dpv:Employee",
}  # fmt: skip
OPERATIONS = {
    Operation.READ: "dpv:Consult", Operation.LIST: "dpv:Retrieve", Operation.SEARCH: "dpv:Query",
    Operation.CREATE: "dpv:Record", Operation.UPDATE: "dpv:Alter",
    Operation.EXPORT: "dpv:DiscloseByTransmission", Operation.SEND: "dpv:Use",
    Operation.IMPORT: "dpv:Obtain",
}  # fmt: skip
MECHANISMS = {
    Mechanism.ADEQUACY: "gdpr:A45-3", Mechanism.PUBLIC_INSTRUMENT: "gdpr:A46-2-a",
    Mechanism.BINDING_RULES: "gdpr:A46-2-b", Mechanism.STANDARD_CLAUSES: "gdpr:A46-2-c",
    Mechanism.AUTHORITY_CLAUSES: "gdpr:A46-2-d", Mechanism.CODE_OF_CONDUCT: "gdpr:A46-2-e",
    Mechanism.CERTIFICATION: "gdpr:A46-2-f", Mechanism.AD_HOC_CLAUSES: "gdpr:A46-3-a",
    Mechanism.ADMINISTRATIVE: "gdpr:A46-3-b", Mechanism.EXPLICIT_CONSENT: "gdpr:A49-1-a",
    Mechanism.CONTRACT: "gdpr:A49-1-b", Mechanism.CONTRACT_FOR_SUBJECT: "gdpr:A49-1-c",
    Mechanism.PUBLIC_INTEREST: "gdpr:A49-1-d", Mechanism.LEGAL_CLAIMS: "gdpr:A49-1-e",
    Mechanism.VITAL_INTEREST: "gdpr:A49-1-f", Mechanism.PUBLIC_REGISTER: "gdpr:A49-1-g",
    Mechanism.COMPELLING_INTEREST: "gdpr:A49-2",
}  # fmt: skip
MEASURES = {
    Measure.PSEUDONYMISATION: "dpv:Pseudonymisation",
    Measure.ENCRYPTION_AT_REST: "dpv:EncryptionAtRest",
    Measure.ENCRYPTION_IN_TRANSIT: "dpv:EncryptionInTransfer",
    Measure.ACCESS_CONTROL: "dpv:AccessControlMethod",
    Measure.STRONG_AUTHENTICATION: "dpv:MultiFactorAuthentication",
    Measure.ACCESS_LOGGING: "dpv:LoggingPolicy",
    Measure.NETWORK_SECURITY: "dpv:NetworkSecurityProtocols",
    Measure.PHYSICAL_SECURITY: "dpv:PhysicalAccessControlMethod",
    Measure.BACKUPS: "dpv:DataBackupProtocols",
    Measure.RECOVERY_PLAN: "dpv:DisasterRecoveryProcedures",
    Measure.REGULAR_TESTING: "dpv:EffectivenessDeterminationProcedures",
    Measure.STAFF_TRAINING: "dpv:StaffTraining",
    Measure.CONFIDENTIALITY_DUTY: "dpv:ConfidentialityAgreement",
    Measure.SECURE_DISPOSAL: "dpv:DataErasurePolicy",
}  # fmt: skip
PARTIES = {
    PartyRole.PROCESSOR: "dpv:DataProcessor", PartyRole.SUB_PROCESSOR: "dpv:DataSubProcessor",
    PartyRole.JOINT: "dpv:JointDataControllers", PartyRole.INDEPENDENT: "dpv:ThirdParty",
}  # fmt: skip
TERM = {
    "controller": "dpv:hasDataController",
    "sources": "dpv:hasDataSource",
    "recipients": "dpv:hasRecipient",
    "on_behalf": "own:processingOnBehalf",
    "activities": "dpv:hasProcess",
    "made_on": "dct:created",
    "first_recorded_on": "dct:created",
    "updated_on": "dct:modified",
    "name": "dpv:hasName",
    "address": "dpv:hasAddress",
    "email": "dpv:hasContact",
    "contact": "dpv:hasContact",
    "principal_contact": "dpv:hasContact",
    "dpo_contact": "dpv:hasDataProtectionOfficer",
    "representative": "dpv:hasRepresentative",
    "country": "dpv:hasCountry",
    "law": "dpv:hasApplicableLaw",
    "purpose": "dpv:hasPurpose",
    "key": "dct:identifier",
    "version": "dct:hasVersion",
    "title_it": "dct:title",
    "title_en": "dct:title",
    "text_it": "dct:description",
    "text_en": "dct:description",
    "basis_reference": "dct:references",
    "special_ground": "dpv:hasLegalBasis",
    "measures": "dpv:hasTechnicalOrganisationalMeasure",
    "retention": "dpv:hasStorageCondition",
    "period": "dpv:hasDuration",
    "transfers": "own:transfer",
    "assessment": "dpv:hasImpactAssessment",
    "decision_logic": "dpv:hasAlgorithmicLogic",
    "decision_significance": "dpv:hasConsequence",
    "document": "dct:source",
    "arrangement": "own:arrangement",
}
"""Terms of names with a meaning in DPV or Dublin Core; every other one is in our vocabulary."""

LANGUAGES = ("it", "en")
DATES = frozenset({
    "made_on", "first_recorded_on", "updated_on", "agreement_on", "agreement_until", "assessed_on",
    "review_on", "consulted_on",
})  # fmt: skip
VALUES: dict[str, tuple[str, type[StrEnum], dict[Any, str]]] = {
    "basis": ("dpv:hasLegalBasis", LawfulBasis, BASES),
    "categories": (
        "dpv:hasPersonalData",
        Category,
        {c: t.dpv for c, t in TERMS.items()},
    ),
    "subject_kinds": ("dpv:hasDataSubject", SubjectKind, KINDS),
    "operations": ("dpv:hasProcessing", Operation, OPERATIONS),
    "roles": ("own:role", Role, {}),
    "measure_kinds": ("dpv:hasTechnicalOrganisationalMeasure", Measure, MEASURES),
    "mechanism": ("dpv:hasLegalBasis", Mechanism, MECHANISMS),
    "role": ("own:partyRole", PartyRole, PARTIES),
    "clauses": ("own:clause", Clause, {}),
    "balance": ("own:balance", Balance, {}),
    "risk_criteria": ("own:riskCriterion", Criterion, {}),
    "residual_risk": ("dpv:hasResidualRisk", Risk, {}),
    "record_class": ("own:records", RecordClass, {}),
    "anchor": ("own:startsWith", Anchor, {}),
    "action": ("own:thenDo", RetentionAction, {}),
}
"""Names whose values are words: the property, the vocabulary, and what DPV calls its words."""


def to_linked(document: Facts) -> Facts:
    """Return the document with its context in front: JSON-LD that says the same to everybody."""
    return {"@context": context(), "@type": "ROPA", **document}


def from_linked(said: Facts) -> Facts:
    """Return the document of `to_linked`; what it means to others is not needed to take it in."""
    return {name: value for name, value in said.items() if not name.startswith("@")}


def context() -> Facts:
    """Return the context: what each name and each word means."""
    terms: Facts = {
        "@version": 1.1, **PREFIXES, "@vocab": OWN, "ROPA": "dpv:ROPA", "format": "dct:conformsTo",
    }  # fmt: skip
    for name, term in TERM.items():
        terms[name] = _literal(name, term)
    for name in DATES:
        terms[name] = {"@id": TERM.get(name, f"own:{name}"), "@type": "xsd:date"}
    for name, (term, words, meant) in VALUES.items():
        # Words count within their property: `contract` is a basis, and a mechanism.
        named = {word.value: meant.get(word, f"own:{name}/{word.value}") for word in words}
        terms[name] = {"@id": term, "@type": "@vocab", "@context": named}
    return terms


def _literal(name: str, term: str) -> str | Facts:
    language = name.rpartition("_")[2]
    return {"@id": term, "@language": language} if language in LANGUAGES else term
