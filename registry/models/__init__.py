"""Rows of the register, and the data subjects it is about."""

from registry.models.activities import (
    ActivityVersion,
    DataSource,
    ProcessingActivity,
    Purpose,
    RetentionRule,
)
from registry.models.backups import Backup, OutboxLine
from registry.models.breaches import Breach, BreachDecision, BreachNotification, BreachReport
from registry.models.consents import ConsentEvent, ConsentStanding
from registry.models.disclosures import Disclosure
from registry.models.emergencies import EmergencyAccess
from registry.models.findings import Finding, TextScan
from registry.models.history import PartVersion
from registry.models.holidays import HouseHoliday
from registry.models.impact import ImpactAssessment
from registry.models.merging import Merge
from registry.models.notices import NoticeGiven, PrivacyNotice
from registry.models.parties import Controller
from registry.models.provisions import Provision
from registry.models.reaching import OppositionCheck, OppositionList, Sending
from registry.models.recipients import ProcessingOnBehalf, Recipient, Transfer
from registry.models.staff import Staff
from registry.models.standing import (
    Objection,
    QualifyingEvent,
    Restriction,
    Suppression,
)
from registry.models.stops import StopEntry
from registry.models.subjects import DataSubject, SearchToken, SubjectRow
from registry.models.texts import TextRule, WaitingText

__all__ = [
    "ActivityVersion",
    "Backup",
    "Breach",
    "BreachDecision",
    "BreachNotification",
    "BreachReport",
    "ConsentEvent",
    "ConsentStanding",
    "Controller",
    "DataSource",
    "DataSubject",
    "Disclosure",
    "EmergencyAccess",
    "Finding",
    "HouseHoliday",
    "ImpactAssessment",
    "Merge",
    "NoticeGiven",
    "Objection",
    "OppositionCheck",
    "OppositionList",
    "OutboxLine",
    "PartVersion",
    "PrivacyNotice",
    "ProcessingActivity",
    "ProcessingOnBehalf",
    "Provision",
    "Purpose",
    "QualifyingEvent",
    "Recipient",
    "Restriction",
    "RetentionRule",
    "SearchToken",
    "Sending",
    "Staff",
    "StopEntry",
    "SubjectRow",
    "Suppression",
    "TextRule",
    "TextScan",
    "Transfer",
    "WaitingText",
]
