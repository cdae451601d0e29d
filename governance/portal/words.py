"""What the portal says for the words of the log, and entries made readable."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from audit.actions import Action, Outcome
from audit.models import Entry
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty, Operation, Role
from governance.portal.guard import ACCESS_LOGGING
from governance.templatetags.days import day
from registry import labels, returns
from registry.models import Finding
from registry.operations import KEEPING
from registry.suppression import Reason

ACTIONS: dict[Action, Promise] = {
    Action.DATA_READ: _("Data read"),
    Action.DATA_LISTED: _("Data listed"),
    Action.DATA_SEARCHED: _("Data looked up"),
    Action.DATA_CREATED: _("Data recorded"),
    Action.DATA_UPDATED: _("Data corrected"),
    Action.DATA_EXPORTED: _("Data exported"),
    Action.DATA_SENT: _("Message sent"),
    Action.DATA_IMPORTED: _("Data imported"),
    Action.DUTY_PERFORMED: _("Duty performed"),
    Action.PAGE_VIEWED: _("Page opened"),
    Action.ACCESS_REFUSED: _("Access refused"),
    Action.LOGIN_SUCCEEDED: _("Logged in"),
    Action.LOGIN_FAILED: _("Login failed"),
    Action.LOGOUT_DONE: _("Logged out"),
    Action.TOKEN_ISSUED: _("Token issued"),
    Action.TOKEN_RENEWED: _("Secret of an OAuth client renewed"),
    Action.TOKEN_REVOKED: _("Token revoked"),
    Action.STAFF_CHANGED: _("Staff changed"),
    Action.ACTIVITY_DRAFTED: _("Activity drafted"),
    Action.ACTIVITY_APPROVED: _("Activity approved"),
    Action.ACTIVITY_RETIRED: _("Activity retired"),
    Action.ACTIVITY_DISCARDED: _("Draft of an activity discarded"),
    Action.ACTIVITY_REVIEWED: _("Activity reviewed"),
    Action.ASSESSMENT_DRAFTED: _("Impact assessment drafted"),
    Action.ASSESSMENT_ADVISED: _("Advice given on an impact assessment"),
    Action.ASSESSMENT_CONCLUDED: _("Impact assessment concluded"),
    Action.BREACH_RECORDED: _("Breach recorded"),
    Action.BREACH_REPORTED: _("Breach described"),
    Action.BREACH_NOTIFIED: _("Breach notified"),
    Action.BREACH_DECIDED: _("Decided about telling people of a breach"),
    Action.REGISTER_CHANGED: _("Register changed"),
    Action.REGISTER_EXPORTED: _("Record exported"),
    Action.VALUE_CHOSEN: _("Two sources differed, and one was believed"),
    Action.GOAL_SET: _("Goal set"),
    Action.IMPROVEMENT_OPENED: _("Improvement begun"),
    Action.IMPROVEMENT_CLOSED: _("Improvement closed"),
    Action.RULE_DRAFTED: _("Workflow, form or text drafted"),
    Action.RULE_APPROVED: _("Workflow, form, segment or campaign approved"),
    Action.RULE_STOPPED: _("Plan or rule stopped"),
    Action.SOURCE_VERIFIED: _("Source verified"),
    Action.PRIVACY_NOTICE_DRAFTED: _("Privacy notice drafted"),
    Action.PRIVACY_NOTICE_APPROVED: _("Privacy notice approved"),
    Action.PRIVACY_NOTICE_GIVEN: _("Privacy notice given"),
    Action.PEOPLE_MERGED: _("Two records merged"),
    Action.PEOPLE_PARTED: _("Two records parted again"),
    Action.CONSENT_RECORDED: _("Consent recorded"),
    Action.OBJECTION_RECORDED: _("Objection recorded"),
    Action.RESTRICTION_PLACED: _("Restriction placed"),
    Action.RESTRICTION_ANNOUNCED: _("End of a restriction announced"),
    Action.RESTRICTION_LIFTED: _("Restriction lifted"),
    Action.DECISION_EXPLAINED: _("Decision explained"),
    Action.PROVISION_ENTERED: _("Provision entered"),
    Action.HOLIDAY_ENTERED: _("Holiday entered"),
    Action.HOLIDAY_ENDED: _("Holiday ended"),
    Action.OPPOSITIONS_CHECKED: _("Register of oppositions checked"),
    Action.EMERGENCY_OPENED: _("Emergency access opened"),
    Action.EMERGENCY_REVIEWED: _("Emergency access reviewed"),
    Action.HOLD_PLACED: _("Legal hold placed"),
    Action.HOLD_APPROVED: _("Legal hold approved"),
    Action.HOLD_REVIEWED: _("Legal hold reviewed"),
    Action.HOLD_LIFTED: _("Legal hold lifted"),
    Action.MEMORY_ENDED: _("Memory of a deletion ended"),
    Action.HOLD_RESEALED: _("What a legal hold keeps sealed anew"),
    Action.FINDING_RAISED: _("Finding raised"),
    Action.FINDING_ANSWERED: _("Finding answered"),
    Action.TEXT_RULE_ENTERED: _("Masking of free text begun"),
    Action.TEXT_RULE_ENDED: _("Masking of free text ended"),
    Action.IMPORT_STARTED: _("Import started"),
    Action.IMPORT_FINISHED: _("Import finished"),
    Action.REQUEST_RECEIVED: _("Request received"),
    Action.REQUEST_IDENTIFIED: _("Requester identified"),
    Action.REQUEST_PAUSED: _("Person asked, clock stopped"),
    Action.REQUEST_RESUMED: _("Answer arrived, clock running"),
    Action.REQUEST_EXTENDED: _("Time limit extended"),
    Action.REQUEST_CORRECTED: _("Day of receipt corrected"),
    Action.REQUEST_DELAYED: _("Request became late, or is in time again"),
    Action.REQUEST_ESCALATED: _("Late request brought to the DPO"),
    Action.REQUEST_EXPLAINED: _("Reason of a delay recorded"),
    Action.REQUEST_CONTESTED: _("Complaint to the Garante recorded"),
    Action.REQUEST_ANSWERED: _("Request answered"),
    Action.REQUEST_REFUSED: _("Request refused"),
    Action.REQUEST_WITHDRAWN: _("Request taken back by the person"),
    Action.REFUSAL_PROPOSED: _("Refusal proposed"),
    Action.REFUSAL_DECIDED: _("Proposed refusal decided by another person"),
    Action.OTHERS_REVIEWED: _("Other people in an answer reviewed"),
    Action.LETTER_DRAFTED: _("Text for letters written"),
    Action.LETTER_APPROVED: _("Text for letters approved"),
    Action.ARTICLE_WRITTEN: _("Article of the help centre written"),
    Action.ARTICLE_PUBLISHED: _("Article of the help centre published"),
    Action.ARTICLE_WITHDRAWN: _("Article of the help centre withdrawn"),
    Action.LETTER_SENT: _("Letter sent"),
    Action.LETTER_NOT_SENT: _("Letter not sent"),
    Action.LETTER_HANDED: _("Letter posted or handed over"),
    Action.LETTER_RECEIVED: _("Letter received"),
    Action.MESSAGE_RECEIVED: _("Message of a person received"),
    Action.MESSAGE_SENT: _("Message to a person sent"),
    Action.MESSAGE_NOT_SENT: _("Message to a person not sent"),
    Action.MESSAGE_HANDED: _("Message delivered by hand"),
    Action.CONVERSATION_UNTAKEN: _("Conversations that nobody took"),
    Action.MAIL_RECEIVED: _("E-mail received"),
    Action.MAIL_ACCEPTED: _("E-mail taken as a request"),
    Action.MAIL_DECLINED: _("E-mail found to be no request"),
    Action.FILE_ADDED: _("File added to a request"),
    Action.FILE_OPENED: _("File of a request opened"),
    Action.FILE_DESTROYED: _("File of a request destroyed"),
    Action.PACKAGE_DISCLOSED: _("Copy handed over"),
    Action.ERASURE_PLANNED: _("Erasure planned"),
    Action.ERASURE_APPROVED: _("Erasure approved"),
    Action.SUBJECT_ERASED: _("Person erased"),
    Action.KEY_DESTROYED: _("Key destroyed"),
    Action.KEY_PHYSICALLY_DESTROYED: _("Last bytes of a key gone"),
    Action.KEY_ROTATED: _("Keys renewed"),
    Action.KIT_MADE: _("Recovery kit made"),
    Action.KIT_DRILLED: _("Recovery kit tried"),
    Action.KIT_RESTORED: _("Root key restored"),
    Action.NOTICE_QUEUED: _("Recipients to be told"),
    Action.NOTICE_SENT: _("Recipient not reached"),
    Action.NOTICE_ACKNOWLEDGED: _("Recipient told"),
    Action.NOTICE_MANUAL: _("Recipient to be told by hand"),
    Action.NOTICE_CLOSED: _("Notice to recipient closed"),
    Action.ERASURE_VERIFIED: _("Erasure verified"),
    Action.RETENTION_PREVIEWED: _("Retention previewed"),
    Action.RETENTION_APPROVED: _("Retention approved"),
    Action.RETENTION_SWEPT: _("Retention carried out"),
    Action.RETENTION_ARCHIVED: _("Rows put into the archive"),
    Action.RETENTION_ANONYMISED: _("Rows counted into anonymous figures"),
    Action.LOG_EXPORTED: _("Log exported"),
    Action.LOG_VERIFIED: _("Log verified"),
    Action.LOG_COUNTED: _("Log counted"),
    Action.LOG_PRUNED: _("Log entries removed at the end of their period"),
    Action.LOG_RESTORED: _("Log restored"),
    Action.LOG_GAP: _("Gap in the log declared"),
    Action.RESTORE_RECONCILED: _("Restore reconciled"),
}
OUTCOMES: dict[Outcome, Promise] = {
    Outcome.DONE: _("Done"),
    Outcome.REFUSED: pgettext_lazy("outcome", "Refused"),
    Outcome.FAILED: _("Failed"),
}
OWN_PURPOSES = {
    KEEPING: _("Keeping the register"),
    ACCESS_LOGGING: _("Security of access"),
}
OUTCOME_COLOURS = {"done": "good", "refused": "warn", "failed": "bad"}
SAID = {
    "basis": _("Basis"),
    "activity": _("Activity"),
    "operation": _("Operation"),
    "reason": _("Reason"),
}


# Texts of the theme and of Django that their own Italian catalogues lack.
OF_OTHERS = (
    _("Type to search"),
    _("Select value"),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
)

# Django's own Italian writes months with a capital; our catalogue corrects it.
MONTHS = (
    _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"),
    _("August"), _("September"), _("October"), _("November"), _("December"),
)  # fmt: skip


@dataclass(frozen=True)
class Read:
    """An entry of the log as the page shows it.

    Attributes
    ----------
    who : login name where the key exists, else a pseudonym or the kind of actor
    pairs : what else it says, as label and text
    fields : names of fields, never values
    """

    id: str
    at: datetime
    action: str
    outcome: str
    colour: str
    who: str
    role: str
    purpose: str
    members: int
    pairs: list[tuple[str, str]]
    fields: list[str]


def entry(row: Entry, body: dict[str, Any], people: dict[str, str]) -> Read:
    """Return an entry in words.

    Arguments
    ---------
    people : login names by pseudonym
    """
    actor = body["actor"]
    pseudonym = actor.get("p", "")
    return Read(
        id=str(row.pk),
        at=row.at,
        action=action(row.action),
        outcome=str(OUTCOMES.get(Outcome(row.outcome), row.outcome)),
        colour=OUTCOME_COLOURS.get(row.outcome, "plain"),
        who=people.get(pseudonym) or (f"{pseudonym[:8]}…" if pseudonym else _kind(actor["k"])),
        role=labels.text(Role, actor["role"]),
        purpose=purpose(body["purpose"]),
        members=body.get("members", {}).get("n", 0),
        pairs=_pairs(body),
        fields=body.get("fields", []),
    )


def _pairs(body: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = [
        (str(label), _said(name, str(body[name]))) for name, label in SAID.items() if body.get(name)
    ]
    if record := body.get("obj"):
        pairs.append((gettext("Record"), f"{record['t']} {record.get('id', '')}".strip()))
    if counts := body.get("counts"):
        said = ", ".join(f"{name}: {n}" for name, n in sorted(counts.items()))
        pairs.append((gettext("Counts"), said))
    if members := body.get("members"):
        pairs.append((gettext("Digest of the people"), members["digest"]))
    return pairs


def _said(name: str, word: str) -> str:
    return labels.text(Operation, word) if name == "operation" else word


def _kind(kind: str) -> str:
    kinds = {
        "system": gettext("The system itself"),
        "token": gettext("Connected system"),
        "person": gettext("The person"),
        "staff": gettext("Staff"),
    }
    return kinds.get(kind, kind)


def action(word: str) -> str:
    """Return an action of the log in words."""
    try:
        return str(ACTIONS[Action(word)])
    except ValueError:
        return word


def sorted_actions() -> list[tuple[str, str]]:
    """Return (word, text) of all actions, by text."""
    return sorted(((a.value, str(text)) for a, text in ACTIONS.items()), key=lambda p: p[1])


def purpose(word: str) -> str:
    """Return a purpose of the log in words: a duty by its name, a purpose by its key."""
    if word.startswith("duty:"):
        return labels.text(Duty, word.removeprefix("duty:"))
    return str(OWN_PURPOSES.get(word, word))


def category(word: str) -> str:
    """Return a data category in words."""
    return labels.text(Category, word)


def remembered(finding: Finding) -> str:
    """Return why an address is remembered, and where it came in again."""
    reason, on, line = returns.why(finding)
    said = {
        Reason.ERASED: gettext("Erased on %(day)s"),
        Reason.OBJECTED: gettext("Objected to direct marketing on %(day)s"),
    }[reason] % {"day": day(on)}
    return said if not line else gettext("%(why)s; line %(line)s of the file") % {
        "why": said, "line": line,
    }  # fmt: skip
