"""The words of the Regulation that the whole project shares, as closed enumerations.

A value here is what the database stores and what the API prints. Texts for people
are elsewhere (`registry/labels.py`), so that a change of wording makes no migration.
"""

from enum import StrEnum, unique


@unique
class LawfulBasis(StrEnum):
    """Art. 6(1): why processing is lawful."""

    CONSENT = "consent"  # 6(1)(a)
    CONTRACT = "contract"  # 6(1)(b)
    LEGAL_OBLIGATION = "legal_obligation"  # 6(1)(c)
    VITAL_INTEREST = "vital_interest"  # 6(1)(d)
    PUBLIC_TASK = "public_task"  # 6(1)(e)
    LEGITIMATE_INTEREST = "legitimate_interest"  # 6(1)(f)


@unique
class Role(StrEnum):
    """What a member of staff, or the system itself, acts as."""

    DPO = "dpo"
    LEGAL = "legal"
    AUDITOR = "auditor"
    AGENT = "agent"
    FIELD_AGENT = "field_agent"  # visits people, and sees what the visit needs
    MARKETING = "marketing"
    SALES = "sales"
    ANALYST = "analyst"  # works with figures, not with people
    MANAGER = "manager"
    PARTNER = "partner"  # of another company, which shares in the work
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"
    DATA_SUBJECT = "data_subject"


@unique
class Operation(StrEnum):
    """What is done to personal data under an access."""

    READ = "read"
    LIST = "list"
    SEARCH = "search"
    CREATE = "create"
    UPDATE = "update"
    EXPORT = "export"
    SEND = "send"
    IMPORT = "import"


@unique
class Duty(StrEnum):
    """Operations whose basis is the Regulation itself: the closed list of the design.

    They reach all that is held, also restricted, expired and uncovered data, and
    produce no business output.
    """

    ANSWERING = "answering"  # Art. 12, 15-22
    ERASING = "erasing"  # Art. 17
    RETENTION = "retention"  # Art. 5(1)(e)
    DISCOVERY = "discovery"  # Art. 5(2), 30
    SECURITY = "security"  # Art. 32-34: rotation, restore, maintenance
    SUPERVISION = "supervision"  # Art. 39, 58: DPO and authority look at how rules are kept


@unique
class RestrictionException(StrEnum):
    """Art. 18(2): what an activity may serve although processing is restricted."""

    LEGAL_CLAIMS = "legal_claims"
    RIGHTS_OF_OTHERS = "rights_of_others"
    PUBLIC_INTEREST = "public_interest"


@unique
class Right(StrEnum):
    """The rights a person can use."""

    ACCESS = "access"  # 15
    RECTIFICATION = "rectification"  # 16
    ERASURE = "erasure"  # 17
    RESTRICTION = "restriction"  # 18
    PORTABILITY = "portability"  # 20
    OBJECTION = "objection"  # 21
    HUMAN_REVIEW = "human_review"  # 22
    WITHDRAWAL = "withdrawal"  # 7(3)
    COMPLAINT = "complaint"  # 38(4): to us, before or instead of Art. 77
    QUESTION = "question"  # 12(2), 38(4): about the handling of data


@unique
class Channel(StrEnum):
    """How people are reached, and how they reach us."""

    EMAIL = "email"
    PHONE = "phone"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    CHAT = "chat"
    POST = "post"
    IN_PERSON = "in_person"
    SOCIAL = "social"
    WEB = "web"


@unique
class RecordClass(StrEnum):
    """Classes of records that share one retention reason; each row belongs to one."""

    MASTER_DATA = "master_data"  # who the person is, how to reach them
    CORRESPONDENCE = "correspondence"  # what was said
    PURCHASE_DETAIL = "purchase_detail"  # what was bought, line by line
    FISCAL_RECORD = "fiscal_record"  # invoices and their addressee
    CONSENT_EVIDENCE = "consent_evidence"  # what was agreed, when and how
    REQUEST_FILE = "request_file"  # requests of data subjects and the answers
    STAFF_RECORD = "staff_record"  # people who work with the system
    STAGING = "staging"  # rows waiting to be imported, rejected rows
    FINDING = "finding"  # questions raised by discovery
    SUPPRESSION = "suppression"  # keyed hashes of who was erased or objected
    ACCESS_LOG = "access_log"  # entries of the audit log about accesses and logins


@unique
class Scope(StrEnum):
    """Retention scopes: a subject has one root key for each (design, section 3)."""

    ORDINARY = "ordinary"
    FISCAL = "fiscal"
    REQUEST = "request"
    ARCHIVE = "archive"  # past its use, for duties alone, until the archive's own end
    KEPT = "kept"  # what a hold, or a duty without a scope of its own, keeps of an erased person
    AUDIT = "audit"  # seals nothing: the person's name in the log, destroyed with the last scope


DATA_SCOPES = (Scope.ORDINARY, Scope.FISCAL, Scope.REQUEST, Scope.KEPT, Scope.ARCHIVE)
"""Scopes under which rows are sealed."""

SCOPES_IN_USE = (Scope.ORDINARY, Scope.FISCAL, Scope.REQUEST, Scope.KEPT)
"""Scopes whose keys an access for a purpose is given; those of the archive, duties alone."""

WITHOUT_A_DUTY = frozenset({Scope.ORDINARY, Scope.KEPT, Scope.ARCHIVE})
"""Scopes of data that no duty of its own keeps."""

SCOPE_OF_CLASS: dict[RecordClass, Scope] = {
    RecordClass.FISCAL_RECORD: Scope.FISCAL,
    RecordClass.REQUEST_FILE: Scope.REQUEST,
}
"""Classes under a statutory duty or an accountability duty of their own; the rest is ordinary."""


def scope_of(record_class: RecordClass) -> Scope:
    """Return the key scope under which rows of a class are sealed from the first write."""
    return SCOPE_OF_CLASS.get(record_class, Scope.ORDINARY)


@unique
class Anchor(StrEnum):
    """Start events of retention periods."""

    COLLECTED = "collected"
    LAST_CONTACT = "last_contact"
    LAST_ORDER = "last_order"
    DOCUMENT_DATE = "document_date"  # the row's own date: an invoice, an order line
    REQUEST_CLOSED = "request_closed"
    EMPLOYMENT_END = "employment_end"
    CONTRACT_END = "contract_end"  # of the whole person: the last of their contracts
    CONSENT_WITHDRAWN = "consent_withdrawn"  # of the whole person: the last withdrawal
    CASE_CLOSED = "case_closed"  # of the case or conversation that the row belongs to
    LAST_ENTRY = "last_entry"  # art. 2220 c.c.: into the books


@unique
class RetentionAction(StrEnum):
    """What happens when a period ends."""

    ERASE = "erase"
    REVIEW = "review"
    ARCHIVE = "archive"  # restricted, for duties alone, and erased at the end of the archive
    ANONYMISE = "anonymise"  # counted into figures about nobody, and erased


@unique
class ActivityState(StrEnum):
    """The life of a version of a processing activity."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


@unique
class ConsentState(StrEnum):
    """What the ledger says about one purpose on one channel; the states of DPV 2.3."""

    UNKNOWN = "unknown"  # somebody says so, without proof
    REQUESTED = "requested"
    DEFERRED = "deferred"  # asked, and not answered yet
    GIVEN = "given"
    RENEWED = "renewed"  # given again before its end
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the person
    REVOKED = "revoked"  # by somebody else: a guardian, an authority
    INVALIDATED = "invalidated"  # found not to have been valid (Art. 7(2), 7(4))
    EXPIRED = "expired"


@unique
class SubjectStatus(StrEnum):
    """Where a data subject stands with a controller."""

    ACTIVE = "active"
    QUARANTINED = "quarantined"  # source not verified: the DPO alone may look
    ERASING = "erasing"
    ERASED = "erased"


@unique
class SubjectKind(StrEnum):
    """Categories of data subjects, Art. 30(1)(c)."""

    CUSTOMER = "customer"
    PROSPECT = "prospect"
    COMPANY_CONTACT = "company_contact"
    EMPLOYEE = "employee"
    ORGANISATION = "organisation"  # sealed alike: no import can tell a sole trader from a company
    REQUESTER = "requester"  # known only through a request of theirs


@unique
class Priority(StrEnum):
    """How soon somebody who asks for help is promised an answer."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"
