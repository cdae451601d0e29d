"""The one taxonomy of personal data, each term mapped to W3C DPV 2.3.

A data category joins the two declarations of the design: the data map says which
column holds it, the register says which activity may use it. Terms are named
`pd:` as in the DPV Personal Data extension.
"""

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Category(StrEnum):
    """Categories of personal data, Art. 30(1)(c)."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    POSTAL_ADDRESS = "postal_address"
    ONLINE_IDENTIFIER = "online_identifier"
    NATIONAL_ID = "national_id"
    IDENTITY_DOCUMENT = "identity_document"
    CUSTOMER_NUMBER = "customer_number"
    BIRTH = "birth"
    GENDER = "gender"
    FAMILY = "family"
    OCCUPATION = "occupation"
    EDUCATION = "education"
    INCOME = "income"
    BANK_ACCOUNT = "bank_account"
    PAYMENT_CARD = "payment_card"
    CREDENTIALS = "credentials"
    PURCHASES = "purchases"
    COMMUNICATIONS = "communications"
    VOICE = "voice"
    PREFERENCES = "preferences"
    LANGUAGE = "language"
    CONSENT = "consent"
    PROPERTY = "property"
    BEHAVIOUR = "behaviour"
    RIGHTS_REQUESTS = "rights_requests"
    SYSTEM_USE = "system_use"
    HEALTH = "health"
    ETHNIC_ORIGIN = "ethnic_origin"
    POLITICAL_OPINION = "political_opinion"
    RELIGIOUS_BELIEF = "religious_belief"
    TRADE_UNION = "trade_union"
    GENETIC = "genetic"
    BIOMETRIC = "biometric"
    SEXUAL_LIFE = "sexual_life"
    CRIMINAL_OFFENCE = "criminal_offence"


@dataclass(frozen=True)
class Term:
    """What is known about one category: its DPV term, and the article that protects it more."""

    dpv: str
    special: bool = False  # Art. 9(1)
    criminal: bool = False  # Art. 10
    never_stored: bool = False  # secrets a CRM has no reason to hold


TERMS: dict[Category, Term] = {
    Category.NAME: Term("pd:Name"),
    Category.EMAIL: Term("pd:EmailAddress"),
    Category.PHONE: Term("pd:TelephoneNumber"),
    Category.POSTAL_ADDRESS: Term("pd:PhysicalAddress"),
    Category.ONLINE_IDENTIFIER: Term("pd:Username"),
    Category.NATIONAL_ID: Term("pd:OfficialID"),
    Category.IDENTITY_DOCUMENT: Term("pd:PersonalDocuments"),
    Category.CUSTOMER_NUMBER: Term("pd:UID"),
    Category.BIRTH: Term("pd:BirthDate"),
    Category.GENDER: Term("pd:Gender"),
    Category.FAMILY: Term("pd:Family"),
    Category.OCCUPATION: Term("pd:Professional"),
    Category.EDUCATION: Term("pd:Education"),
    Category.INCOME: Term("pd:Income"),
    Category.BANK_ACCOUNT: Term("pd:BankAccount"),
    Category.PAYMENT_CARD: Term("pd:PaymentCard", never_stored=True),
    Category.CREDENTIALS: Term("pd:Password", never_stored=True),
    Category.PURCHASES: Term("pd:Purchase"),
    Category.COMMUNICATIONS: Term("pd:Communication"),
    Category.VOICE: Term("pd:VoiceCommunicationRecording"),
    Category.PREFERENCES: Term("pd:Preference"),
    Category.LANGUAGE: Term("pd:Language"),
    Category.CONSENT: Term("pd:PrivacyPreference"),
    Category.PROPERTY: Term("pd:Ownership"),
    Category.BEHAVIOUR: Term("pd:ServiceConsumptionBehaviour"),
    Category.RIGHTS_REQUESTS: Term("pd:Interaction"),
    Category.SYSTEM_USE: Term("pd:AuthenticationHistory"),
    Category.HEALTH: Term("pd:Health", special=True),
    Category.ETHNIC_ORIGIN: Term("pd:EthnicOrigin", special=True),
    Category.POLITICAL_OPINION: Term("pd:PoliticalOpinion", special=True),
    Category.RELIGIOUS_BELIEF: Term("pd:ReligiousBelief", special=True),
    Category.TRADE_UNION: Term("pd:TradeUnionMembership", special=True),
    Category.GENETIC: Term("pd:Genetic", special=True),
    Category.BIOMETRIC: Term("pd:Biometric", special=True),
    Category.SEXUAL_LIFE: Term("pd:Sexual", special=True),
    Category.CRIMINAL_OFFENCE: Term("pd:Criminal", criminal=True),
}
"""One term for each category; a test fails when one is missing or unknown to DPV 2.3."""

SPECIAL: frozenset[Category] = frozenset(c for c, t in TERMS.items() if t.special or t.criminal)
"""Categories of Art. 9 and 10: never imported into ordinary fields, never by default."""

NEVER_STORED: frozenset[Category] = frozenset(c for c, t in TERMS.items() if t.never_stored)
"""Secrets: refused on import before anything is written."""
