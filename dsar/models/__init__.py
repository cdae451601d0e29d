"""Requests of data subjects: intake, request, identity, letters, readings, package, erasure."""

from dsar.models.cases import CaseDocument
from dsar.models.checks import AddressCheck, CasePackage
from dsar.models.clock import RequestPause
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
from dsar.models.packages import AccessPackage
from dsar.models.proposals import Proposal
from dsar.models.readings import Reading
from dsar.models.representation import Death, PostMortemProhibition, Representation
from dsar.models.requests import SubjectRequest
from dsar.models.statements import Statement

__all__ = [
    "AccessPackage",
    "AddressCheck",
    "CaseDocument",
    "CasePackage",
    "Correspondence",
    "Death",
    "Erasure",
    "ErasureCertificate",
    "ErasureStep",
    "IdentityCode",
    "IdentityEvidence",
    "IdentityProof",
    "Intake",
    "IntakeKey",
    "LetterDraft",
    "PortalCount",
    "PostMortemProhibition",
    "PreferenceLink",
    "Proposal",
    "Reading",
    "RefusedAttempt",
    "Representation",
    "RequestPause",
    "Statement",
    "SubjectRequest",
]
