"""Rows of the register, and the data subjects it is about."""

from registry.models.activities import (
    ActivityVersion,
    DataSource,
    ProcessingActivity,
    Purpose,
    Recipient,
    RetentionRule,
)
from registry.models.backups import Backup, OutboxLine
from registry.models.disclosures import Disclosure
from registry.models.findings import Finding, TextScan
from registry.models.parties import Controller
from registry.models.staff import Staff
from registry.models.standing import (
    ConsentEvent,
    ConsentStanding,
    Objection,
    QualifyingEvent,
    Restriction,
    Suppression,
)
from registry.models.stops import StopEntry
from registry.models.subjects import DataSubject, SearchToken, SubjectRow

__all__ = [
    "ActivityVersion",
    "Backup",
    "ConsentEvent",
    "ConsentStanding",
    "Controller",
    "DataSource",
    "DataSubject",
    "Disclosure",
    "Finding",
    "Objection",
    "OutboxLine",
    "ProcessingActivity",
    "Purpose",
    "QualifyingEvent",
    "Recipient",
    "Restriction",
    "RetentionRule",
    "SearchToken",
    "Staff",
    "StopEntry",
    "SubjectRow",
    "Suppression",
    "TextScan",
]
