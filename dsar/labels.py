"""The words of closed lists as a person reads them. Stored values never change with a wording."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.policy.categories import Category
from governance.policy.consents import Mechanism
from governance.policy.lateness import LateGround
from governance.policy.vocabulary import (
    ConsentState,
    LawfulBasis,
    RecordClass,
    Right,
    Role,
    Scope,
)

CATEGORIES: dict[str, Promise] = {
    Category.NAME: _("name"),
    Category.EMAIL: _("e-mail address"),
    Category.PHONE: _("phone number"),
    Category.POSTAL_ADDRESS: _("postal address"),
    Category.ONLINE_IDENTIFIER: _("online identifier"),
    Category.NATIONAL_ID: _("tax code and VAT number"),
    Category.IDENTITY_DOCUMENT: _("identity document"),
    Category.CUSTOMER_NUMBER: _("customer number"),
    Category.BIRTH: _("date of birth"),
    Category.GENDER: _("gender"),
    Category.FAMILY: _("family situation"),
    Category.OCCUPATION: _("work"),
    Category.EDUCATION: _("education"),
    Category.INCOME: _("income"),
    Category.BANK_ACCOUNT: _("bank account"),
    Category.PAYMENT_CARD: _("payment card"),
    Category.CREDENTIALS: _("login credentials"),
    Category.PURCHASES: _("orders and purchases"),
    Category.COMMUNICATIONS: _("conversations with us"),
    Category.PREFERENCES: _("preferences"),
    Category.LANGUAGE: _("language"),
    Category.CONSENT: _("consents and objections"),
    Category.PROPERTY: _("property"),
    Category.BEHAVIOUR: _("use of our services"),
    Category.RIGHTS_REQUESTS: _("requests about your data"),
    Category.SYSTEM_USE: _("use of the company's systems"),
    Category.HEALTH: _("health"),
    Category.ETHNIC_ORIGIN: _("ethnic origin"),
    Category.POLITICAL_OPINION: _("political opinion"),
    Category.RELIGIOUS_BELIEF: _("religious belief"),
    Category.TRADE_UNION: _("trade union membership"),
    Category.GENETIC: _("genetic data"),
    Category.BIOMETRIC: _("biometric data"),
    Category.SEXUAL_LIFE: _("sexual life"),
    Category.CRIMINAL_OFFENCE: _("criminal offences"),
}

BASES: dict[str, Promise] = {
    LawfulBasis.CONSENT: _("your consent, Art. 6(1)(a)"),
    LawfulBasis.CONTRACT: _("a contract with you, Art. 6(1)(b)"),
    LawfulBasis.LEGAL_OBLIGATION: _("a duty by law, Art. 6(1)(c)"),
    LawfulBasis.VITAL_INTEREST: _("vital interests, Art. 6(1)(d)"),
    LawfulBasis.PUBLIC_TASK: _("a public task, Art. 6(1)(e)"),
    LawfulBasis.LEGITIMATE_INTEREST: _("a legitimate interest of ours, Art. 6(1)(f)"),
}

RIGHTS: dict[str, Promise] = {
    Right.ACCESS: _("See and download your data"),
    Right.RECTIFICATION: _("Correct your data"),
    Right.ERASURE: _("Erase your data"),
    Right.RESTRICTION: _("Restrict the use of your data"),
    Right.PORTABILITY: _("Take your data with you"),
    Right.OBJECTION: _("Object to the use of your data"),
    Right.HUMAN_REVIEW: _("Ask a person to review an automated decision"),
    Right.WITHDRAWAL: _("Withdraw your consents"),
    Right.COMPLAINT: _("Complain to us"),
    Right.QUESTION: _("Ask about your privacy"),
}

ROLES: dict[str, Promise] = {
    Role.DPO: _("data protection officer"),
    Role.LEGAL: _("legal office"),
    Role.AUDITOR: _("auditor"),
    Role.AGENT: _("customer service"),
    Role.MARKETING: _("marketing"),
    Role.SALES: _("sales"),
    Role.ADMINISTRATOR: _("system administrator"),
    Role.SYSTEM: _("the system itself"),
    Role.DATA_SUBJECT: _("yourself"),
}

RECORDS: dict[str, Promise] = {
    RecordClass.MASTER_DATA: _("who you are and how to reach you"),
    RecordClass.CORRESPONDENCE: _("conversations"),
    RecordClass.PURCHASE_DETAIL: _("purchases in detail"),
    RecordClass.FISCAL_RECORD: _("orders and invoices"),
    RecordClass.CONSENT_EVIDENCE: _("evidence of consents and objections"),
    RecordClass.REQUEST_FILE: _("files of requests"),
    RecordClass.STAFF_RECORD: _("staff records"),
    RecordClass.STAGING: _("data waiting to be imported"),
    RecordClass.SUPPRESSION: _("memory of deletions and objections"),
    RecordClass.ACCESS_LOG: _("log of accesses"),
    RecordClass.FINDING: _("questions from discovery"),
}

DUTIES: dict[str, Promise] = {
    "duty:answering": _("to answer a request about your data"),
    "duty:erasing": _("to erase data"),
    "duty:retention": _("to check retention periods"),
    "duty:discovery": _("to keep the inventory of data correct"),
    "duty:security": _("to keep data secure"),
    "duty:supervision": _("to supervise how the rules are kept"),
}

NOT_USED: dict[str, Promise] = {
    "subject_erased": _("you were erased"),
    "source_unverified": _("the source of your data is still being verified"),
    "restricted": _("the use of your data is restricted"),
    "objected": _("you objected"),
    "no_consent": _("you have not consented"),
    "no_contract": _("there is no contract with you"),
    "notice_overdue": _("you have not been told yet where your data came from"),
    "retention_over": _("the time to use your data for it is over"),
}

GROUNDS: dict[str, Promise] = {
    "manifestly_unfounded": _("the request is manifestly unfounded (Art. 12(5))"),
    "excessive": _("the request is excessive, in particular because it is repeated (Art. 12(5))"),
    "not_identifiable": _("we are not able to tell which data are yours (Art. 11(2))"),
    "identity_not_proven": _("a reasonable doubt about your identity remains (Art. 12(6))"),
    "conditions_not_met": _("the conditions under which the law gives this right are not met"),
    "freedom_of_expression": _("freedom of expression and information prevails (Art. 17(3)(a))"),
    "legal_obligation": _("the law obliges us to keep these data (Art. 17(3)(b))"),
    "public_health": _("public health requires these data (Art. 17(3)(c))"),
    "archiving_or_research": _(
        "archiving, research or statistics in the public interest require them (Art. 17(3)(d))"
    ),
    "legal_claims": _("the data are needed for legal claims (Art. 17(3)(e))"),
    "rights_of_others": _("it would harm the rights of other people (Art. 15(4), 20(4))"),
    "trade_secret": _("it would disclose a trade secret (Art. 15(4), recital 63)"),
    "defence_in_court": _(
        "it would harm a defence or a claim in court (art. 2-undecies(1)(e) D.Lgs. 196/2003)"
    ),
    "limited_by_law": _("the law limits this right in this case (Art. 23)"),
    "compelling_grounds": _(
        "compelling legitimate grounds for the use of the data override your interests (Art. 21(1))"
    ),
}

LATE: dict[str, Promise] = {
    LateGround.OVERLOOKED: _("it was not recognised as a request, or went to the wrong desk"),
    LateGround.TOO_FEW_PEOPLE: _("too few people for the number of requests"),
    LateGround.HARD_TO_FIND: _("the data were in many places"),
    LateGround.WAITED_FOR_OTHERS: _("somebody else answered us late"),
    LateGround.IDENTITY_CLEARED_LATE: _("a doubt about the identity was cleared late"),
    LateGround.TECHNICAL_FAILURE: _("a technical failure"),
}

KEPT_BECAUSE: dict[str, Promise] = {
    "17(3)(b)": _("the law obliges us to keep it"),
    "17(3)(e)": _("it is needed for legal claims"),
    "5(2)": _("we must be able to show how we answered"),
    "18": _("its use is restricted, and nothing may be erased meanwhile"),
}

KEYS: dict[str, Promise] = {
    Scope.ORDINARY: _("ordinary data"),
    Scope.FISCAL: _("orders and invoices"),
    Scope.REQUEST: _("files of requests"),
    Scope.AUDIT: _("the name in the log of accesses"),
    "kept": _("what is kept for a legal reason"),
}

LIMITS: dict[str, Promise] = {
    "outside": _(
        "Printouts, screens and what people remember; what recipients hold is theirs to erase."
    ),
    "clear_columns": _(
        "Dates, amounts and states without a name may be in backups until these are replaced."
    ),
    "log": _("The log keeps that something happened, under pseudonyms and without the data."),
    "limited_by_law": _(
        "Where the law limits or delays what may be told (Art. 23; art. 2-undecies D.Lgs. "
        "196/2003), something kept for that reason is not named here until it may be."
    ),
}
"""What an erasure does not reach, by the words in a certificate."""

FIELDS: dict[str, Promise] = {
    "account": _("record of the company or household"),
    "active_from": _("from"),
    "active_to": _("until"),
    "added_at": _("added on"),
    "address": _("address"),
    "answered_on": _("answered on"),
    "approved_at": _("approved on"),
    "asked_at": _("asked on"),
    "at": _("date and time"),
    "billing_city": _("billing city"),
    "billing_country": _("billing country"),
    "billing_name": _("billed to"),
    "billing_postal_code": _("billing postcode"),
    "billing_region": _("billing province or region"),
    "billing_street": _("billing street"),
    "birth_date": _("date of birth"),
    "body": _("text"),
    "bought_on": _("bought on"),
    "bounced_at": _("returned undelivered on"),
    "cancelled_at": _("taken back on"),
    "certified_at": _("certified on"),
    "channel": _("channel"),
    "checked_on": _("checked on"),
    "children": _("children"),
    "city": _("city"),
    "closed_at": _("closed at"),
    "closed_on": _("closed on"),
    "company_name": _("company"),
    "complained_on": _("complaint to the Garante known since"),
    "confirmed_at": _("confirmed on"),
    "contacted_on": _("day of the contact"),
    "content": _("content"),
    "country": _("country"),
    "created_at": _("recorded on"),
    "currency": _("currency"),
    "decided_at": _("decided on"),
    "decision": _("our decision"),
    "description": _("description"),
    "details": _("what you asked for"),
    "direction": _("direction"),
    "draft": _("text it was made of"),
    "due_on": _("answer due on"),
    "education": _("education"),
    "email": _("e-mail address"),
    "ended_on": _("ended on"),
    "ends_at": _("ends at"),
    "enrolled_at": _("enrolled until the end of"),
    "escalated_at": _("told to the data protection officer on"),
    "evidence": _("evidence"),
    "expires_at": _("expires at"),
    "expires_on": _("expires on"),
    "extended_to": _("extended to"),
    "extension_reasons": _("reasons of the extension"),
    "external_id": _("number in the earlier system"),
    "act": _("what was proposed"),
    "door": _("how it came to us"),
    "extension_ground": _("why the time was extended"),
    "family_name": _("family name"),
    "field": _("field"),
    "how": _("how you were told"),
    "is_accepted": _("accepted"),
    "record": _("kind of record"),
    "fiscal_code": _("tax code"),
    "gender": _("gender"),
    "given_name": _("given name"),
    "ground": _("ground"),
    "grounds": _("grounds"),
    "guardian": _("who said it for a child"),
    "handle": _("online name"),
    "hire_date": _("hired on"),
    "home_owner": _("home owner"),
    "iban": _("IBAN"),
    "identified_at": _("identity confirmed on"),
    "identity": _("how your identity was confirmed"),
    "income": _("income"),
    "informed_at": _("you were told on"),
    "interests": _("interests"),
    "internal_on": _("our own target"),
    "is_held": _("whether data was found"),
    "is_primary": _("main address"),
    "is_private": _("internal note"),
    "job_title": _("job title"),
    "joined_at": _("joined on"),
    "kind": _("kind"),
    "label": _("label"),
    "language": _("language"),
    "late_ground": _("why the answer is late"),
    "late_reasons": _("why the answer is late, in words"),
    "late_since": _("late since"),
    "last_contact_on": _("last contact on"),
    "last_login": _("last login"),
    "last_order_on": _("last order on"),
    "left_on": _("left on"),
    "lifted_at": _("lifted on"),
    "logical_at": _("unreadable since"),
    "made_at": _("made on"),
    "marital_status": _("marital status"),
    "message_id": _("number of the message"),
    "method": _("how it was given"),
    "middle_name": _("middle name"),
    "name": _("name"),
    "note": _("note"),
    "notice": _("notice shown"),
    "number": _("number"),
    "objects_to": _("what you objected to"),
    "occurred_at": _("date and time"),
    "opened_at": _("opened at"),
    "order": _("record of the order"),
    "ordered_on": _("date of the order"),
    "overruled_at": _("overruled on"),
    "paused_days": _("days the time limit stood"),
    "paused_since": _("time limit stands since"),
    "phone": _("phone number"),
    "physical_at": _("keys overwritten on"),
    "placed_at": _("placed on"),
    "planned_at": _("planned on"),
    "postal_code": _("postcode"),
    "proposed_at": _("proposed on"),
    "purpose": _("purpose"),
    "quantity": _("quantity"),
    "question": _("question"),
    "read_at": _("read on"),
    "reason": _("reason"),
    "received_at": _("received at"),
    "received_on": _("received on"),
    "reference": _("reference"),
    "refusal_ground": _("ground of the refusal"),
    "region": _("province or region"),
    "request": _("record of the request"),
    "requester_email": _("your e-mail address"),
    "requester_name": _("your name"),
    "requester_phone": _("your phone number"),
    "review_on": _("to be reviewed on"),
    "right": _("right"),
    "role": _("role"),
    "second_at": _("approved again on"),
    "review": _("review"),
    "reviewed_at": _("reviewed at"),
    "said": _("what was decided"),
    "sender_address": _("sender's address"),
    "sender_name": _("sender's name"),
    "sent_at": _("sent on"),
    "sent_on": _("sent on"),
    "since": _("since"),
    "stage": _("stage"),
    "size": _("size in bytes"),
    "soft_opt_in_at": _("address given for similar products on"),
    "state": _("state"),
    "proof": _("where the evidence is"),
    "statement": _("what was agreed"),
    "street": _("street"),
    "subject_line": _("subject line"),
    "title": _("title"),
    "told": _("told last"),
    "to_marketing": _("to all direct marketing"),
    "topic": _("subject line"),
    "total": _("total"),
    "unit_price": _("unit price"),
    "username": _("user name"),
    "vat_number": _("VAT number"),
    "verified_at": _("verified at"),
    "verdict": _("verdict"),
    "website": _("website"),
    "words": _("in words"),
    "written_at": _("written on"),
    "answer_to": _("other address for the answer"),
    "means": _("how it was shown"),
    "behalf": _("for whom"),
    "relation": _("what you are to one another"),
    "was_asked": _("we asked for it"),
    "seen_at": _("seen on"),
    "destroy_on": _("to be destroyed by"),
    "destroyed_at": _("destroyed on"),
    "valid_until": _("valid until"),
    "died_on": _("day of death"),
    "recorded_at": _("noted on"),
    "rights": _("rights"),
    "said_on": _("said on"),
    "revoked_on": _("revoked on"),
    "taken_at": _("confirmed on"),
    "changed_at": _("address changed on"),
    "called_at": _("called at"),
    "disposition": _("how the call ended"),
    "first_answered_at": _("first answered at"),
    "mentioned_at": _("asked at"),
    "seconds": _("length in seconds"),
    "waiting_since": _("waiting for us since"),
}
"""Names of fields for people; a field that is not here is shown by its own name."""


CONSENT_STATES: dict[str, Promise] = {
    ConsentState.UNKNOWN: _("somebody told us without proof, so we do not use it:"),
    ConsentState.REQUESTED: _("we asked you"),
    ConsentState.DEFERRED: _("you put it off"),
    ConsentState.GIVEN: _("you agreed"),
    ConsentState.RENEWED: _("you agreed again"),
    ConsentState.REFUSED: _("you refused"),
    ConsentState.WITHDRAWN: _("you withdrew it"),
    ConsentState.REVOKED: _("somebody withdrew it for you"),
    ConsentState.INVALIDATED: _("it was found not to be valid; you had said it"),
    ConsentState.EXPIRED: _("it has run out; you had agreed"),
}
"""What became of a consent, as its person reads it before the day."""

MECHANISMS: dict[str, Promise] = {
    Mechanism.FORM: _("on a form"),
    Mechanism.PHONE: _("by phone"),
    Mechanism.PAPER: _("on paper"),
    Mechanism.IN_PERSON: _("in person"),
    Mechanism.IMPORT: _("in data we took over"),
    Mechanism.REQUEST: _("by a request to us"),
    Mechanism.DOUBLE_OPT_IN: _("confirmed by a link in a message"),
    Mechanism.PREFERENCES: _("on the page of your preferences"),
    Mechanism.ONE_CLICK: _("with one click in a message"),
}


# Kinds of addresses, and why one is remembered after a deletion or an objection
ADDRESSES: dict[str, Promise] = {
    "email": _("e-mail address"),
    "phone": _("phone number"),
    "fiscal_code": _("tax code"),
}
REMEMBERED: dict[str, Promise] = {
    "erased": _("your data were erased, and are not to be collected again"),
    "objected": _("you objected to direct marketing, and are not to be written to"),
}


def word(labels: dict[str, Promise], value: str) -> str:
    """Return the label of a stored word, or the word itself where there is none."""
    return str(labels.get(value, value.replace("_", " ")))
