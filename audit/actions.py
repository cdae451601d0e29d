"""Everything the log can say happened. `noun.past_participle`, closed."""

from enum import StrEnum, unique


@unique
class Action(StrEnum):
    """What an entry records."""

    DATA_READ = "data.read"
    DATA_LISTED = "data.listed"
    DATA_SEARCHED = "data.searched"
    DATA_CREATED = "data.created"
    DATA_UPDATED = "data.updated"
    DATA_EXPORTED = "data.exported"
    DATA_SENT = "data.sent"
    DATA_IMPORTED = "data.imported"
    DUTY_PERFORMED = "duty.performed"
    ACCESS_REFUSED = "access.refused"
    LOGIN_SUCCEEDED = "login.succeeded"
    LOGIN_FAILED = "login.failed"
    LOGOUT_DONE = "logout.done"
    TOKEN_ISSUED = "token.issued"  # noqa: S105 - a word, no secret
    TOKEN_RENEWED = "token.renewed"  # noqa: S105 - a word, no secret
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - a word, no secret
    STAFF_CHANGED = "staff.changed"
    ACTIVITY_DRAFTED = "activity.drafted"
    ACTIVITY_APPROVED = "activity.approved"
    ACTIVITY_RETIRED = "activity.retired"
    ACTIVITY_DISCARDED = "activity.discarded"
    ACTIVITY_REVIEWED = "activity.reviewed"
    ASSESSMENT_DRAFTED = "assessment.drafted"
    ASSESSMENT_ADVISED = "assessment.advised"
    ASSESSMENT_CONCLUDED = "assessment.concluded"
    BREACH_RECORDED = "breach.recorded"
    BREACH_REPORTED = "breach.reported"
    BREACH_NOTIFIED = "breach.notified"
    BREACH_DECIDED = "breach.decided"
    REGISTER_CHANGED = "register.changed"
    REGISTER_EXPORTED = "register.exported"
    RULE_DRAFTED = "rule.drafted"  # a workflow, a web form, a text for messages
    RULE_APPROVED = "rule.approved"
    RULE_STOPPED = "rule.stopped"  # a campaign, workflow or form, by a person
    VALUE_CHOSEN = "value.chosen"  # of two sources, by rule
    GOAL_SET = "goal.set"
    IMPROVEMENT_OPENED = "improvement.opened"
    IMPROVEMENT_CLOSED = "improvement.closed"
    SOURCE_VERIFIED = "source.verified"
    PRIVACY_NOTICE_DRAFTED = "privacy_notice.drafted"
    PRIVACY_NOTICE_APPROVED = "privacy_notice.approved"
    PRIVACY_NOTICE_GIVEN = "privacy_notice.given"
    PEOPLE_MERGED = "people.merged"
    PEOPLE_PARTED = "people.parted"
    CONSENT_RECORDED = "consent.recorded"
    OBJECTION_RECORDED = "objection.recorded"
    RESTRICTION_PLACED = "restriction.placed"
    RESTRICTION_ANNOUNCED = "restriction.announced"
    RESTRICTION_LIFTED = "restriction.lifted"
    DECISION_EXPLAINED = "decision.explained"
    PROVISION_ENTERED = "provision.entered"
    HOLIDAY_ENTERED = "holiday.entered"
    HOLIDAY_ENDED = "holiday.ended"
    OPPOSITIONS_CHECKED = "oppositions.checked"
    EMERGENCY_OPENED = "emergency.opened"
    EMERGENCY_REVIEWED = "emergency.reviewed"
    HOLD_PLACED = "hold.placed"
    HOLD_APPROVED = "hold.approved"
    HOLD_REVIEWED = "hold.reviewed"
    HOLD_LIFTED = "hold.lifted"
    MEMORY_ENDED = "memory.ended"
    HOLD_RESEALED = "hold.resealed"
    FINDING_RAISED = "finding.raised"
    FINDING_ANSWERED = "finding.answered"
    TEXT_RULE_ENTERED = "text_rule.entered"
    TEXT_RULE_ENDED = "text_rule.ended"
    IMPORT_STARTED = "import.started"
    IMPORT_FINISHED = "import.finished"
    REQUEST_RECEIVED = "request.received"
    REQUEST_IDENTIFIED = "request.identified"
    REQUEST_PAUSED = "request.paused"
    REQUEST_RESUMED = "request.resumed"
    REQUEST_EXTENDED = "request.extended"
    REQUEST_CORRECTED = "request.corrected"
    REQUEST_DELAYED = "request.delayed"
    REQUEST_ESCALATED = "request.escalated"
    REQUEST_EXPLAINED = "request.explained"
    REQUEST_CONTESTED = "request.contested"
    REQUEST_ANSWERED = "request.answered"
    REQUEST_REFUSED = "request.refused"
    REQUEST_WITHDRAWN = "request.withdrawn"
    REFUSAL_PROPOSED = "refusal.proposed"
    REFUSAL_DECIDED = "refusal.decided"
    OTHERS_REVIEWED = "others.reviewed"
    LETTER_DRAFTED = "letter.drafted"
    LETTER_APPROVED = "letter.approved"
    ARTICLE_WRITTEN = "article.written"
    ARTICLE_PUBLISHED = "article.published"
    ARTICLE_WITHDRAWN = "article.withdrawn"
    LETTER_SENT = "letter.sent"
    LETTER_NOT_SENT = "letter.not_sent"
    LETTER_HANDED = "letter.handed"
    LETTER_RECEIVED = "letter.received"
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_SENT = "message.sent"
    MESSAGE_NOT_SENT = "message.not_sent"
    MESSAGE_HANDED = "message.handed"
    CONVERSATION_UNTAKEN = "conversation.untaken"
    MAIL_RECEIVED = "mail.received"
    MAIL_ACCEPTED = "mail.accepted"
    MAIL_DECLINED = "mail.declined"
    FILE_ADDED = "file.added"
    FILE_OPENED = "file.opened"
    FILE_DESTROYED = "file.destroyed"
    PACKAGE_DISCLOSED = "package.disclosed"
    ERASURE_PLANNED = "erasure.planned"
    ERASURE_APPROVED = "erasure.approved"
    SUBJECT_ERASED = "subject.erased"
    KEY_DESTROYED = "key.destroyed"
    KEY_PHYSICALLY_DESTROYED = "key.physically_destroyed"
    KEY_ROTATED = "key.rotated"
    KIT_MADE = "kit.made"
    KIT_DRILLED = "kit.drilled"
    KIT_RESTORED = "kit.restored"
    NOTICE_QUEUED = "notice.queued"
    NOTICE_SENT = "notice.sent"
    NOTICE_ACKNOWLEDGED = "notice.acknowledged"
    NOTICE_MANUAL = "notice.manual"
    NOTICE_CLOSED = "notice.closed"
    ERASURE_VERIFIED = "erasure.verified"
    RETENTION_PREVIEWED = "retention.previewed"
    RETENTION_APPROVED = "retention.approved"
    RETENTION_SWEPT = "retention.swept"
    RETENTION_ARCHIVED = "retention.archived"
    RETENTION_ANONYMISED = "retention.anonymised"
    PAGE_VIEWED = "page.viewed"
    LOG_EXPORTED = "log.exported"
    LOG_VERIFIED = "log.verified"
    LOG_COUNTED = "log.counted"
    LOG_PRUNED = "log.pruned"
    LOG_RESTORED = "log.restored"
    LOG_GAP = "log.gap"
    RESTORE_RECONCILED = "restore.reconciled"


@unique
class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


READS = frozenset(
    {
        Action.DATA_READ,
        Action.DATA_LISTED,
        Action.DATA_SEARCHED,
        Action.DATA_EXPORTED,
        Action.DUTY_PERFORMED,
        Action.DECISION_EXPLAINED,
        Action.ACCESS_REFUSED,
        Action.LOGIN_SUCCEEDED,
        Action.LOGIN_FAILED,
        Action.LOGOUT_DONE,
        Action.REGISTER_EXPORTED,
        Action.PAGE_VIEWED,
        Action.LOG_EXPORTED,
        Action.LOG_VERIFIED,
    }
)
"""What changes no record; everything else that names one is linked to the change before it."""
