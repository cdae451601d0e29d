"""The decision of the gate, as pure functions over values.

Follows docs/spec/gate.md, section 2: a closed list of questions, first those that do not
depend on the person, then those that do; the first that fails is the answer.
`registry/gate/facts.py` says `decide_subject` as SQL, and a property test compares the two.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum, unique

from governance.policy.categories import SPECIAL, Category
from governance.policy.provisions import ChannelRules
from governance.policy.vocabulary import (
    Channel,
    Duty,
    LawfulBasis,
    Operation,
    RestrictionException,
    Role,
    SubjectKind,
    SubjectStatus,
)

NEVER_CHECKED = date.min
RUNS_ON = date.max


@unique
class Refusal(StrEnum):
    """Why the gate does not open, in the order of the questions."""

    UNKNOWN_PURPOSE = "unknown_purpose"
    ROLE_NOT_ALLOWED = "role_not_allowed"
    NO_ACTIVE_ACTIVITY = "no_active_activity"
    CATEGORY_NOT_COVERED = "category_not_covered"
    CHANNEL_MISSING = "channel_missing"
    LAW_UNKNOWN = "law_unknown"
    OUTSIDE_HOURS = "outside_hours"
    OPT_OUT_MISSING = "opt_out_missing"
    RECIPIENT_MISSING = "recipient_missing"
    RECIPIENT_NOT_DECLARED = "recipient_not_declared"
    AGREEMENT_ENDED = "agreement_ended"
    SUBJECT_UNKNOWN = "subject_unknown"
    SUBJECT_ERASED = "subject_erased"
    SOURCE_UNVERIFIED = "source_unverified"
    RESTRICTED = "restricted"
    OBJECTED = "objected"
    SUBJECT_NOT_COVERED = "subject_not_covered"
    NO_CONSENT = "no_consent"
    NO_CONTRACT = "no_contract"
    CONSENT_NEEDED = "consent_needed"
    NO_SOFT_OPT_IN = "no_soft_opt_in"
    OPPOSITION_UNCHECKED = "opposition_unchecked"
    OPPOSITION_OUTDATED = "opposition_outdated"
    OPPOSITION_REGISTERED = "opposition_registered"
    TOO_OFTEN = "too_often"
    NOTICE_OVERDUE = "notice_overdue"
    RETENTION_OVER = "retention_over"


@unique
class Asks(StrEnum):
    """The questions, in order."""

    PURPOSE = "purpose"
    ROLE = "role"
    ACTIVITY = "activity"
    CATEGORIES = "categories"
    CHANNEL = "channel"
    LAW = "law"
    HOUR = "hour"
    OPT_OUT = "opt_out"
    RECIPIENT = "recipient"
    HELD = "held"
    SOURCE = "source"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    KIND = "kind"
    BASIS = "basis"
    ELECTRONIC = "electronic"
    REGISTER = "register"
    FREQUENCY = "frequency"
    NOTICE = "notice"
    RETENTION = "retention"


Answers = Iterator[tuple[Asks, Refusal | None]]


@dataclass(frozen=True)
class ActivityTerms:
    """What an activity version in force says, as far as the gate asks.

    Arguments
    ---------
    reference : `purpose.vN`, for the audit entry
    is_marketing : direct marketing, to which any marketing objection applies (Art. 21(2)-(3))
    has_special_ground : a ground of Art. 9(2) or 10 is named and approved
    despite_restriction : what it serves, for which a restriction does not stop it (Art. 18(2))
    soft_opt_in : advertises own products similar to those sold (art. 130(4) Codice)
    seen_by : what a role sees of the categories, for roles that do not see them all
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
    despite_restriction: RestrictionException | None = None
    soft_opt_in: bool = False
    seen_by: Mapping[Role, frozenset[Category]] = field(default_factory=dict, hash=False)

    @property
    def usable(self) -> frozenset[Category]:
        """The categories it may use: special ones only with a ground of their own."""
        return self.categories if self.has_special_ground else self.categories - SPECIAL

    def usable_by(self, role: Role) -> frozenset[Category]:
        """Return the categories that a role may use of it (Art. 25(2), 29)."""
        return self.usable & self.seen_by.get(role, self.usable)

    @property
    def is_by_interest(self) -> bool:
        """Whether its basis is one that Art. 21(1) lets the person object to."""
        return self.basis in {LawfulBasis.LEGITIMATE_INTEREST, LawfulBasis.PUBLIC_TASK}


@dataclass(frozen=True)
class SubjectFacts:
    """What is known of one person, for one activity, on one channel, at one moment.

    The facts from `soft_opt_in_at` to `sent` are known where marketing by a channel is asked about.

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
    soft_opt_in_at : latest order with which the address was given for own similar products
    contract_until : latest end of a contract, RUNS_ON for one that runs; None without one
    checked_on : day of the register's answer, the oldest over the person's numbers; NEVER_CHECKED
        where one was not checked, None where the person has none
    enrolled_at : end of the day of the latest enrolment of a number, as last answered
    sent : marketing messages by the channel within the period of its frequency
    notice_due_on : last day to tell the person where the data came from; None where nothing is owed
    """

    status: SubjectStatus
    kind: SubjectKind
    restricted_at: datetime | None = None
    objected_at: datetime | None = None
    marketing_objected_at: datetime | None = None
    consented_at: datetime | None = None
    has_contract: bool = False
    retained_until: date | None = None
    soft_opt_in_at: datetime | None = None
    contract_until: date | None = None
    checked_on: date | None = None
    enrolled_at: datetime | None = None
    sent: int = 0
    notice_due_on: date | None = None


@dataclass(frozen=True)
class Request:
    """What is asked of the gate, whoever it is about.

    Arguments
    ---------
    allowed_purposes : what a token is limited to besides its role; None for no limit
    categories : what is wanted; None asks for whatever the activity declares
    rules : for marketing by a channel, what is in force for it
    local : the moment, in local time
    """

    role: Role
    allowed_purposes: Collection[str] | None
    purpose: str
    operation: Operation
    categories: frozenset[Category] | None = None
    channel: Channel | None = None
    offers_opt_out: bool = False
    rules: ChannelRules | None = None
    local: datetime | None = None
    is_holiday: bool = False


def decide_request(
    request: Request, *, purpose_exists: bool, activity: ActivityTerms | None
) -> Refusal | None:
    """Return why the request fails whoever it is about, or None."""
    return _first(request_answers(request, purpose_exists=purpose_exists, activity=activity))


def request_answers(
    request: Request, *, purpose_exists: bool, activity: ActivityTerms | None
) -> Answers:
    """Answer the questions that do not depend on the person; nothing is asked of no activity."""
    yield Asks.PURPOSE, None if purpose_exists else Refusal.UNKNOWN_PURPOSE
    limit = request.allowed_purposes
    is_limited = limit is not None and request.purpose not in limit
    has_role = activity is None or request.role in activity.roles
    yield Asks.ROLE, Refusal.ROLE_NOT_ALLOWED if is_limited or not has_role else None
    if activity is None:
        yield Asks.ACTIVITY, Refusal.NO_ACTIVE_ACTIVITY
        return
    does = request.operation in activity.operations
    yield Asks.ACTIVITY, None if does else Refusal.NO_ACTIVE_ACTIVITY
    covered = request.categories is None or request.categories <= activity.usable_by(request.role)
    yield Asks.CATEGORIES, None if covered else Refusal.CATEGORY_NOT_COVERED
    yield Asks.CHANNEL, _channel(request, activity)
    if not (activity.is_marketing and request.channel):
        return
    yield Asks.LAW, None if request.rules else Refusal.LAW_UNKNOWN
    if request.rules and request.operation is Operation.SEND:
        yield Asks.HOUR, _hour(request, request.rules)
        yield Asks.OPT_OUT, _opt_out(request, activity, request.rules)


def _channel(request: Request, activity: ActivityTerms) -> Refusal | None:
    leaves = request.operation is Operation.SEND or (
        request.operation is Operation.EXPORT and activity.is_marketing
    )
    return Refusal.CHANNEL_MISSING if leaves and request.channel is None else None


def _hour(request: Request, rules: ChannelRules) -> Refusal | None:
    if rules.hours is None or request.local is None:
        return None
    allowed = rules.hours.allow(request.local, is_holiday=request.is_holiday)
    return None if allowed else Refusal.OUTSIDE_HOURS


def _opt_out(request: Request, activity: ActivityTerms, rules: ChannelRules) -> Refusal | None:
    """Art. 130(4) Codice: each message lets the person refuse, easily and free of charge."""
    is_soft = rules.soft_opt_in and activity.soft_opt_in
    return Refusal.OPT_OUT_MISSING if is_soft and not request.offers_opt_out else None


def decide_subject(
    facts: SubjectFacts,
    *,
    activity: ActivityTerms,
    today: date,
    importing: bool = False,
    rules: ChannelRules | None = None,
) -> Refusal | None:
    """Return why this person's data may not be used under `activity`, or None.

    `importing` lets more of the same unverified source join what is already quarantined;
    `rules` are given where marketing by a channel is asked about.
    """
    return _first(
        subject_answers(facts, activity=activity, today=today, importing=importing, rules=rules)
    )


def subject_answers(
    facts: SubjectFacts,
    *,
    activity: ActivityTerms,
    today: date,
    importing: bool = False,
    rules: ChannelRules | None = None,
) -> Answers:
    """Answer the questions about the person; see `decide_subject`."""
    yield Asks.HELD, _held(facts, activity)
    waits = facts.status is SubjectStatus.QUARANTINED and not importing
    yield Asks.SOURCE, Refusal.SOURCE_UNVERIFIED if waits else None
    yield Asks.RESTRICTION, _restriction(facts, activity)
    yield Asks.OBJECTION, Refusal.OBJECTED if _objected(facts, activity) else None
    covered = facts.kind in activity.subject_kinds
    yield Asks.KIND, None if covered else Refusal.SUBJECT_NOT_COVERED
    yield Asks.BASIS, _basis(facts, activity)
    if rules is not None and activity.is_marketing:
        yield Asks.ELECTRONIC, _electronic(facts, activity, rules)
        yield Asks.REGISTER, _register(facts, rules, today)
        full = rules.frequency is not None and facts.sent >= rules.frequency.most
        yield Asks.FREQUENCY, Refusal.TOO_OFTEN if full else None
    owed = facts.notice_due_on is not None and facts.notice_due_on < today
    yield Asks.NOTICE, Refusal.NOTICE_OVERDUE if owed and activity.is_marketing else None
    over = facts.retained_until is not None and facts.retained_until < today
    yield Asks.RETENTION, Refusal.RETENTION_OVER if over else None


def _first(answers: Answers) -> Refusal | None:
    return next((refusal for _asks, refusal in answers if refusal), None)


def _held(facts: SubjectFacts, activity: ActivityTerms) -> Refusal | None:
    """What a law keeps of an erased person stays usable for that law alone."""
    gone = facts.status in {SubjectStatus.ERASING, SubjectStatus.ERASED}
    by_law = activity.basis is LawfulBasis.LEGAL_OBLIGATION
    return Refusal.SUBJECT_ERASED if gone and not by_law else None


def _restriction(facts: SubjectFacts, activity: ActivityTerms) -> Refusal | None:
    """Art. 18(2): later consent lifts it for its purpose, and what the activity serves may."""
    if facts.restricted_at is None or activity.despite_restriction is not None:
        return None
    return None if _after(facts.consented_at, facts.restricted_at) else Refusal.RESTRICTED


def _after(consented_at: datetime | None, event: datetime) -> bool:
    return consented_at is not None and consented_at > event


def _objected(facts: SubjectFacts, activity: ActivityTerms) -> bool:
    """Art. 21(1) reaches bases (e) and (f); 21(2)-(3) direct marketing whatever the basis.

    Consent given after the objection closes it for its purpose and channel.
    """
    standing = []
    if facts.objected_at and (activity.is_by_interest or activity.is_marketing):
        standing.append(facts.objected_at)
    if facts.marketing_objected_at and activity.is_marketing:
        standing.append(facts.marketing_objected_at)
    renewed = activity.basis is LawfulBasis.CONSENT
    return any(not (renewed and _after(facts.consented_at, at)) for at in standing)


def _basis(facts: SubjectFacts, activity: ActivityTerms) -> Refusal | None:
    if activity.basis is LawfulBasis.CONSENT and facts.consented_at is None:
        return Refusal.NO_CONSENT
    if activity.basis is LawfulBasis.CONTRACT and not facts.has_contract:
        return Refusal.NO_CONTRACT
    return None


def _electronic(
    facts: SubjectFacts, activity: ActivityTerms, rules: ChannelRules
) -> Refusal | None:
    """Art. 130(1)-(2) Codice: consent first; (4): or the address of a sale."""
    if not rules.needs_consent or facts.consented_at is not None:
        return None
    if not (rules.soft_opt_in and activity.soft_opt_in):
        return Refusal.CONSENT_NEEDED
    return None if facts.soft_opt_in_at is not None else Refusal.NO_SOFT_OPT_IN


def _register(facts: SubjectFacts, rules: ChannelRules, today: date) -> Refusal | None:
    """Art. 130(3-bis) Codice, D.P.R. 26/2022: enrolment ends consents that were given before."""
    if rules.check_valid_for is None:
        return None
    if facts.contract_until is not None and facts.contract_until >= rules.grace.before(today):
        return None
    if facts.checked_on is None or facts.checked_on == NEVER_CHECKED:
        return Refusal.OPPOSITION_UNCHECKED
    if facts.checked_on < rules.check_valid_for.before(today):
        return Refusal.OPPOSITION_OUTDATED
    if facts.enrolled_at is None or _after(facts.consented_at, facts.enrolled_at):
        return None
    return Refusal.OPPOSITION_REGISTERED


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
