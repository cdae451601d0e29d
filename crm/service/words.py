"""What staff read for the words of service; the database keeps the words themselves."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.policy.cases import CaseKind, CaseState

KIND: dict[str, Promise] = {
    CaseKind.QUESTION: _("Question"),
    CaseKind.SERVICE_REQUEST: _("Service request"),
    CaseKind.FAULT: _("Fault"),
    CaseKind.WARRANTY: _("Warranty"),
    CaseKind.COMPLAINT: _("Complaint from a customer"),
}
STATE: dict[str, Promise] = {
    CaseState.NEW: _("New case"),
    CaseState.OPEN: _("Being worked on"),
    CaseState.WAITING: _("Waiting for the customer"),
    CaseState.SOLVED: _("Solved"),
}
ARTICLE: dict[str, Promise] = {
    "draft": _("Draft of an article"),
    "review": _("Being read by somebody else"),
    "published": _("Published"),
    "superseded": _("Superseded"),
    "withdrawn": _("Withdrawn"),
}
AUDIENCE: dict[str, Promise] = {"public": _("For everybody"), "internal": _("For the house")}
LANGUAGE: dict[str, str] = {"it": "Italiano", "en": "English"}
