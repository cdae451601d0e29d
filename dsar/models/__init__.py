"""Requests of people: intake, mail, identity, letters, files, readings, package, erasure."""

from dsar.models.attachments import Attachment, AttachmentPart
from dsar.models.cases import CaseDocument
from dsar.models.checks import AddressCheck, CasePackage
from dsar.models.clock import RequestPause
from dsar.models.connected import ConnectedRequest, StatusCallback
from dsar.models.correspondence import Correspondence
from dsar.models.drafts import LetterDraft
from dsar.models.erasures import Erasure, ErasureCertificate, ErasureStep
from dsar.models.identity import (
    IdentityCode,
    IdentityEvidence,
    IdentityProof,
    RefusedAttempt,
)
from dsar.models.intake import Intake, IntakeKey
from dsar.models.limits import PortalCount
from dsar.models.links import PreferenceLink
from dsar.models.mails import InboundMail, Mailbox, MailMark
from dsar.models.packages import AccessPackage
from dsar.models.proposals import Proposal
from dsar.models.readings import Reading
from dsar.models.representation import Death, PostMortemProhibition, Representation
from dsar.models.requests import SubjectRequest
from dsar.models.statements import Statement

__all__ = [
    "AccessPackage",
    "AddressCheck",
    "Attachment",
    "AttachmentPart",
    "CaseDocument",
    "CasePackage",
    "ConnectedRequest",
    "Correspondence",
    "Death",
    "Erasure",
    "ErasureCertificate",
    "ErasureStep",
    "IdentityCode",
    "IdentityEvidence",
    "IdentityProof",
    "InboundMail",
    "Intake",
    "IntakeKey",
    "LetterDraft",
    "MailMark",
    "Mailbox",
    "PortalCount",
    "PostMortemProhibition",
    "PreferenceLink",
    "Proposal",
    "Reading",
    "RefusedAttempt",
    "Representation",
    "RequestPause",
    "Statement",
    "StatusCallback",
    "SubjectRequest",
]
