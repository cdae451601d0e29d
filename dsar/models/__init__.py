"""Requests of data subjects: intake, request, case document, letters, package, erasure, links."""

from dsar.models.cases import CaseDocument
from dsar.models.clock import RequestPause
from dsar.models.correspondence import Correspondence
from dsar.models.erasures import Erasure, ErasureCertificate, ErasureStep
from dsar.models.intake import Intake, IntakeKey
from dsar.models.links import PreferenceLink
from dsar.models.packages import AccessPackage
from dsar.models.requests import SubjectRequest

__all__ = [
    "AccessPackage",
    "CaseDocument",
    "Correspondence",
    "Erasure",
    "ErasureCertificate",
    "ErasureStep",
    "Intake",
    "IntakeKey",
    "PreferenceLink",
    "RequestPause",
    "SubjectRequest",
]
