"""The privacy notice of Art. 13 and 14, as the register in force says it.

Only approved activities that concern people outside the company are told here; those about
staff are told to staff.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from dsar import labels
from governance.policy.categories import Category
from governance.policy.periods import Period
from governance.policy.vocabulary import Anchor, LawfulBasis, SubjectKind
from registry import activities
from registry.models import ActivityVersion, Controller, Recipient, RetentionRule

OUTSIDERS = frozenset(
    {
        SubjectKind.CUSTOMER,
        SubjectKind.PROSPECT,
        SubjectKind.COMPANY_CONTACT,
        SubjectKind.REQUESTER,
    }
)
FROM: dict[str, Promise] = {
    Anchor.COLLECTED: _("from the day they were collected"),
    Anchor.LAST_CONTACT: _("from your last contact"),
    Anchor.LAST_ORDER: _("from your last order"),
    Anchor.DOCUMENT_DATE: _("from the date of the document"),
    Anchor.REQUEST_CLOSED: _("from our answer"),
    Anchor.EMPLOYMENT_END: _("from the end of the employment"),
}


@dataclass(frozen=True)
class Use:
    """One purpose (Art. 13(1)(c)-(f), 13(2)(a), 14(1)(d))."""

    purpose: str
    basis: str
    reference: str
    categories: list[str]
    recipients: list[str]
    transfers: list[str]
    periods: list[str]
    sources: list[str]
    is_consent: bool
    is_interest: bool
    is_profiling: bool


@dataclass(frozen=True)
class Notice:
    """The notice of one company at one moment, in the active language."""

    controller: Controller
    uses: list[Use]
    since: datetime | None


def notice(controller: Controller, *, now: datetime) -> Notice:
    """Return the privacy notice, derived from the approved activities."""
    versions = [
        version
        for version in activities.all_in_force(controller.pk, at=now)
        if OUTSIDERS & set(version.subject_kinds)
    ]
    started = [version.active_from for version in versions if version.active_from]
    return Notice(controller, [_use(version) for version in versions], max(started, default=None))


def _use(version: ActivityVersion) -> Use:
    purpose = version.activity.purpose
    recipients = list(version.recipients.all())
    return Use(
        purpose=purpose.text_it if _is_italian() else purpose.text_en,
        basis=labels.word(labels.BASES, version.basis),
        reference=version.basis_reference,
        categories=[
            labels.word(labels.CATEGORIES, c) for c in Category if c in set(version.categories)
        ],
        recipients=[_recipient(recipient) for recipient in recipients],
        transfers=[
            *([version.transfers] if version.transfers else []),
            *(f"{r.name} ({r.country}): {r.safeguard}" for r in recipients if r.is_outside),
        ],
        periods=[_period(rule) for rule in version.retention_rules.all()],
        sources=[source.name for source in version.sources.all() if not source.from_subject],
        is_consent=version.basis == LawfulBasis.CONSENT,
        is_interest=version.basis == LawfulBasis.LEGITIMATE_INTEREST,
        is_profiling=version.profiling,
    )


def _recipient(recipient: Recipient) -> str:
    return recipient.category_it if _is_italian() else recipient.category_en


def _period(rule: RetentionRule) -> str:
    """Return a rule in words: which records, how long, from when, and why."""
    records = labels.word(labels.RECORDS, rule.record_class)
    since = labels.word(FROM, rule.anchor)
    return f"{records}: {length(Period.parse(rule.period))} {since} – {rule.legal_reference}"


def length(period: Period) -> str:
    """Return a period in words: twenty-four months are two years."""
    years, months = divmod(period.total_months, 12)
    parts = [
        ngettext("%(n)d year", "%(n)d years", years) % {"n": years} if years else "",
        ngettext("%(n)d month", "%(n)d months", months) % {"n": months} if months else "",
        ngettext("%(n)d day", "%(n)d days", period.total_days) % {"n": period.total_days}
        if period.total_days
        else "",
    ]
    return " ".join(part for part in parts if part)


def _is_italian() -> bool:
    return (get_language() or "it").startswith("it")
