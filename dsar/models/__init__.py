"""Requests of data subjects: intake, request, case, letters, readings, package, erasure, links."""

from dsar.models.cases import CaseDocument
from dsar.models.checks import AddressCheck, CasePackage
from dsar.models.clock import RequestPause
from dsar.models.correspondence import Correspondence
from dsar.models.drafts import LetterDraft
from dsar.models.erasures import Erasure, ErasureCertificate, ErasureStep
from dsar.models.intake import Intake, IntakeKey
from dsar.models.limits import PortalCount
from dsar.models.links import PreferenceLink
from dsar.models.packages import AccessPackage
from dsar.models.proposals import Proposal
from dsar.models.readings import Reading
from dsar.models.requests import SubjectRequest
from dsar.models.statements import Statement

__all__ = [
    "AccessPackage",
    "AddressCheck",
    "CaseDocument",
    "CasePackage",
    "Correspondence",
    "Erasure",
    "ErasureCertificate",
    "ErasureStep",
    "Intake",
    "IntakeKey",
    "LetterDraft",
    "PortalCount",
    "PreferenceLink",
    "Proposal",
    "Reading",
    "RequestPause",
    "Statement",
    "SubjectRequest",
]
