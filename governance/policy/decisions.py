"""The decision of the gate, as pure functions over values.

Follows docs/spec/gate.md, section 2: first what does not depend on the person, then what
does; the first question that fails is the answer. `registry/gate/sql.py` says
`decide_subject` as SQL, and a property test compares the two.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, unique

from governance.policy.categories import SPECIAL, Category
from governance.policy.vocabulary import (
    Channel,
    Duty,
    LawfulBasis,
    Operation,
    Role,
    SubjectKind,
    SubjectStatus,
)


@unique
class Refusal(StrEnum):
    """Why the gate does not open, in the order of the questions."""

    UNKNOWN_PURPOSE = "unknown_purpose"
    ROLE_NOT_ALLOWED = "role_not_allowed"
    NO_ACTIVE_ACTIVITY = "no_active_activity"
    CATEGORY_NOT_COVERED = "category_not_covered"
    CHANNEL_MISSING = "channel_missing"
    RECIPIENT_MISSING = "recipient_missing"
    RECIPIENT_NOT_DECLARED = "recipient_not_declared"
    SUBJECT_UNKNOWN = "subject_unknown"
    SUBJECT_ERASED = "subject_erased"
    SOURCE_UNVERIFIED = "source_unverified"
    RESTRICTED = "restricted"
    OBJECTED = "objected"
    SUBJECT_NOT_COVERED = "subject_not_covered"
    NO_CONSENT = "no_consent"
    NO_CONTRACT = "no_contract"
    RETENTION_OVER = "retention_over"


@dataclass(frozen=True)
class ActivityTerms:
    """What an activity version in force says, as far as the gate asks.

    Arguments
    ---------
    reference : `purpose.vN`, for the audit entry
    is_marketing : direct marketing, to which any marketing objection applies (Art. 21(2)-(3))
    has_special_ground : a ground of Art. 9(2) or 10 is named and approved
    """

    reference: str
    purpose: str
    basis: LawfulBasis
    is_marketing: bool
    categories: frozenset[Category]
    subject_kinds: frozenset[SubjectKind]
    roles: frozenset[Role]
    operations: frozenset[Operation]
    has_special_ground: bool = False

    @property
    def usable(self) -> frozenset[Category]:
        """The categories it may use: special ones only with a ground of their own."""
        return self.categories if self.has_special_ground else self.categories - SPECIAL


@dataclass(frozen=True)
class SubjectFacts:
    """What is known of one person, for one activity, on one channel, at one moment.

    Arguments
    ---------
    restricted_at : start of the latest restriction that stands, or None
    objected_at : latest standing objection to this purpose
    marketing_objected_at : latest standing objection to direct marketing
    consented_at : since when consent to the purpose, on the channel, has been in force (given
        and not expired); without a channel, the latest over all channels
    has_contract : a qualifying event exists (Art. 6(1)(b))
    retained_until : latest end over the activity's rules for master data; None when no
        such rule exists or its start event is unknown, which never refuses
    """

    status: SubjectStatus
    kind: SubjectKind
    restricted_at: datetime | None = None
    objected_at: datetime | None = None
    marketing_objected_at: datetime | None = None
    consented_at: datetime | None = None
    has_contract: bool = False
    retained_until: date | None = None


def decide_request(  # noqa: PLR0911 - one return per question of the law
    *,
    role: Role,
    allowed_purposes: Collection[str] | None,
    purpose: str,
    purpose_exists: bool,
    activity: ActivityTerms | None,
    operation: Operation,
    categories: frozenset[Category] | None,
    channel: Channel | None,
) -> Refusal | None:
    """Return why the request fails whoever it is about, or None.

    A token is limited to `allowed_purposes` besides its role; `categories` None asks for
    whatever the activity declares.
    """
    if not purpose_exists:
        return Refusal.UNKNOWN_PURPOSE
    if allowed_purposes is not None and purpose not in allowed_purposes:
        return Refusal.ROLE_NOT_ALLOWED
    if activity is None:
        return Refusal.NO_ACTIVE_ACTIVITY
    if role not in activity.roles:
        return Refusal.ROLE_NOT_ALLOWED
    if operation not in activity.operations:
        return Refusal.NO_ACTIVE_ACTIVITY
    if categories is not None and not categories <= activity.usable:
        return Refusal.CATEGORY_NOT_COVERED
    if operation is Operation.SEND and channel is None:
        return Refusal.CHANNEL_MISSING
    return None


def decide_subject(  # noqa: PLR0911 - one return per question of the law
    facts: SubjectFacts, *, activity: ActivityTerms, today: date, importing: bool = False
) -> Refusal | None:
    """Return why this person's data may not be used under `activity`, or None.

    `importing` lets more of the same unverified source join what is already quarantined.
    """
    consented_at = facts.consented_at
    by_law = activity.basis is LawfulBasis.LEGAL_OBLIGATION
    if facts.status in {SubjectStatus.ERASING, SubjectStatus.ERASED} and not by_law:
        return Refusal.SUBJECT_ERASED  # what a law keeps stays usable for that law alone
    if facts.status is SubjectStatus.QUARANTINED and not importing:
        return Refusal.SOURCE_UNVERIFIED
    if facts.restricted_at and not (
        activity.basis is LawfulBasis.CONSENT and _after(consented_at, facts.restricted_at)
    ):
        return Refusal.RESTRICTED  # Art. 18(2): later consent alone lifts it for its purpose
    if _objected(facts, activity):
        return Refusal.OBJECTED
    if facts.kind not in activity.subject_kinds:
        return Refusal.SUBJECT_NOT_COVERED
    if activity.basis is LawfulBasis.CONSENT and consented_at is None:
        return Refusal.NO_CONSENT
    if activity.basis is LawfulBasis.CONTRACT and not facts.has_contract:
        return Refusal.NO_CONTRACT
    if facts.retained_until is not None and facts.retained_until < today:
        return Refusal.RETENTION_OVER
    return None


def _after(consented_at: datetime | None, event: datetime) -> bool:
    return consented_at is not None and consented_at > event


def _objected(facts: SubjectFacts, activity: ActivityTerms) -> bool:
    """Art. 21(1) reaches bases (e) and (f); 21(2)-(3) direct marketing whatever the basis.

    Consent given after the objection closes it for its purpose and channel.
    """
    by_interest = activity.basis in {LawfulBasis.LEGITIMATE_INTEREST, LawfulBasis.PUBLIC_TASK}
    standing = []
    if facts.objected_at and (by_interest or activity.is_marketing):
        standing.append(facts.objected_at)
    if facts.marketing_objected_at and activity.is_marketing:
        standing.append(facts.marketing_objected_at)
    renewed = activity.basis is LawfulBasis.CONSENT
    return any(not (renewed and _after(facts.consented_at, at)) for at in standing)


DUTY_ROLES: dict[Duty, frozenset[Role]] = {
    Duty.ANSWERING: frozenset({Role.DPO, Role.LEGAL, Role.SYSTEM}),
    Duty.ERASING: frozenset({Role.DPO, Role.SYSTEM}),
    Duty.RETENTION: frozenset({Role.DPO, Role.SYSTEM}),
    Duty.DISCOVERY: frozenset({Role.DPO, Role.SYSTEM}),
    Duty.SECURITY: frozenset({Role.SYSTEM}),
    Duty.SUPERVISION: frozenset({Role.DPO, Role.LEGAL, Role.AUDITOR, Role.SYSTEM}),
}
"""Who may perform a duty. An administrator performs none: they can not read customers."""

DUTY_CATEGORIES: dict[Duty, frozenset[Category]] = {
    Duty.SUPERVISION: frozenset(),  # lists of clear columns: what is due, what was refused
    Duty.RETENTION: frozenset(),  # destroys without reading
    Duty.ERASING: frozenset(),  # destroys without reading
}
"""What a duty may open; a duty that is not listed opens every category."""


def duty_allows(role: Role, duty: Duty) -> bool:
    """Whether `role` may perform `duty`."""
    return role in DUTY_ROLES[duty]
