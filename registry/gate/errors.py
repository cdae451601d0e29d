"""What the gate answers when it does not open. Each refusal names the lawful way on."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.policy.decisions import Refusal
from governance.policy.errors import GovernanceError
from registry.setting_up_steps import MISSING, Step


class GateClosedError(GovernanceError):
    """Personal data was touched without an open access."""

    code = "gate_closed"
    article = "5(1)(b)"
    status = 403
    message = _("Personal data can only be used through an access with a purpose.")
    advice = _("Open an access first, with the purpose you act for.")


class GateFoundOpenError(GovernanceError):
    """The connection was open before anybody had opened an access: whoever did left no entry."""

    code = "gate_found_open"
    article = "32(1)(b)"
    status = 500
    message = _("The database connection was already open for personal data.")
    advice = _("Nothing was read. Try again; if it comes back, whoever runs the system looks why.")


class CategoryNotGrantedError(GovernanceError):
    """The open access holds no key for this category of data."""

    code = "category_not_granted"
    article = "5(1)(c)"
    status = 403
    message = _("This purpose may not use this category of data.")
    advice = _("Use a purpose whose activity declares the category, or ask the DPO to add it.")


class RowNotServedError(GovernanceError):
    """The row is of somebody else's work: the role sees what it serves, and this is not."""

    code = "row_not_served"
    article = "5(1)(c)"
    status = 403
    message = _("This belongs to somebody else's work.")
    advice = _("Ask the office to plan the work for you, or whoever it is planned for.")


class WordsOfSQLError(GovernanceError):
    """A query holds words of SQL, of which nobody can say what they read."""

    code = "words_of_sql"
    article = "5(1)(c)"
    status = 403
    message = _("This query can not be checked: it holds words of SQL.")
    advice = _("Write it in the terms of the models, so that its columns can be seen.")


class SubjectNotAdmittedError(GovernanceError):
    """The row belongs to a person this access was not opened for."""

    code = "subject_not_admitted"
    article = "5(1)(b)"
    status = 403
    message = _("The access was not opened for this person.")
    advice = _("Open an access for the person you need.")


class AccessReadsOnlyError(GovernanceError):
    """The access was opened to read, and something was to be written."""

    code = "access_reads_only"
    article = "5(1)(b)"
    status = 403
    message = _("This access may read and not write.")
    advice = _("Open an access for a purpose whose activity allows the change.")


class SubjectErasingError(GovernanceError):
    """The person is being erased, or was: nothing may be written any more."""

    code = "subject_erased"
    article = "17(1)"
    status = 409
    message = _("This person was erased or is being erased; nothing can be added.")
    advice = _("If the person comes back of their own will, record them as a new contact.")


class GateRefusedError(GovernanceError):
    """A decision against an access: code, article, and the way on."""

    status = 403

    def __init__(self, refusal: Refusal, **details: object) -> None:
        text, advice, article = REFUSALS[refusal]
        self.refusal = refusal
        self.code = refusal.value
        self.article = article
        if refusal is Refusal.SUBJECT_UNKNOWN:
            self.status = 404
        super().__init__(message=text, advice=advice, **details)


class SetUpMissingError(GateRefusedError):
    """Nothing was approved yet: the company comes before the people (F11); `step` is missing."""

    def __init__(self, step: Step) -> None:
        super().__init__(Refusal.NO_ACTIVE_ACTIVITY, step=step.value)
        self.step = step
        self.message = _("Nothing can be held about people yet: the set-up is not finished.")
        self.advice = MISSING[step]


class EmergencyRefusedError(GovernanceError):
    """An emergency access cannot be opened, used or reviewed; `because` says why."""

    code = "emergency_refused"
    article = "32(4)"
    status = 403
    message = _("Emergency access is not possible here.")
    advice = _(
        "It is for one person at a time, with a reason, for roles the DPO has named, and ends by"
        " itself; erased, quarantined and restricted people stay closed. Otherwise ask the DPO."
    )


REFUSALS: dict[Refusal, tuple[Promise, Promise, str]] = {
    Refusal.UNKNOWN_PURPOSE: (
        _("There is no such purpose in the register."),
        _("Choose one of the purposes of the register, or ask the DPO to add it."),
        "5(1)(b)",
    ),
    Refusal.ROLE_NOT_ALLOWED: (
        _("Your role may not act for this purpose."),
        _("Choose a purpose of your role, or hand the matter to a colleague who has it."),
        "32(4)",
    ),
    Refusal.NO_ACTIVE_ACTIVITY: (
        _("No approved processing activity covers this purpose and operation."),
        _("Ask the DPO to complete the draft in the register and a second person to approve it."),
        "30(1)",
    ),
    Refusal.CATEGORY_NOT_COVERED: (
        _("The activity does not declare one of the categories you ask for."),
        _("Ask for fewer fields, or ask the DPO to draft a new version of the activity."),
        "5(1)(c)",
    ),
    Refusal.SUBJECT_UNKNOWN: (
        _("We hold nothing about this person."),
        _("Check the reference. A person we do not hold can be answered so."),
        "12(3)",
    ),
    Refusal.SUBJECT_ERASED: (
        _("This person was erased or is being erased."),
        _("The erasure certificate says what was kept. New contact makes a new record."),
        "17(1)",
    ),
    Refusal.SOURCE_UNVERIFIED: (
        _("The source of this data has not been verified."),
        _("Ask the DPO to verify the source; until then only the DPO may look."),
        "5(1)(d)",
    ),
    Refusal.RESTRICTED: (
        _("Processing of this person's data is restricted."),
        _("It is stored and not used. Use it with consent given from now on, or ask the DPO."),
        "18(2)",
    ),
    Refusal.OBJECTED: (
        _("The person has objected to this purpose."),
        _("Do not use their data for it. Messages about a running order remain possible."),
        "21",
    ),
    Refusal.SUBJECT_NOT_COVERED: (
        _("The activity does not cover this category of persons."),
        _("Choose another purpose, or ask the DPO to draft a new version of the activity."),
        "30(1)(c)",
    ),
    Refusal.NO_CONSENT: (
        _("The person has not consented to this purpose on this channel."),
        _("Ask for consent where the person is, or use a channel they agreed to."),
        "6(1)(a)",
    ),
    Refusal.NO_CONTRACT: (
        _("There is no contract with this person, and no request of theirs to prepare one."),
        _("Record the order or the request first, or choose another purpose."),
        "6(1)(b)",
    ),
    Refusal.RETENTION_OVER: (
        _("The time for which this purpose may keep the data is over."),
        _("The data waits for erasure. A new contact by the person starts a new period."),
        "5(1)(e)",
    ),
    Refusal.CHANNEL_MISSING: (
        _("A message, or an export for marketing, needs a channel."),
        _("Name the channel: e-mail, phone, SMS, post."),
        "7(1)",
    ),
    Refusal.RECIPIENT_MISSING: (
        _("What is sent or exported needs a recipient."),
        _("Name the recipient, or say that it goes to the person or to our own staff."),
        "15(1)(c)",
    ),
    Refusal.RECIPIENT_NOT_DECLARED: (
        _("The activity does not name this recipient."),
        _("Ask the DPO to add the recipient to a new version of the activity."),
        "30(1)(d)",
    ),
    Refusal.AGREEMENT_ENDED: (
        _("The agreement with this processor has ended."),
        _("Ask the DPO to renew the agreement and record it, or choose another recipient."),
        "28(3)",
    ),
    Refusal.LAW_UNKNOWN: (
        _("The provisions that decide about this channel are not in the register."),
        _("Ask the DPO to load them; nothing is sent by guess."),
        "5(2)",
    ),
    Refusal.OUTSIDE_HOURS: (
        _("People are not reached for marketing by this channel at this hour."),
        _("Wait for the hours of the channel, on a day that is no public holiday."),
        "5(1)(a)",
    ),
    Refusal.OPT_OUT_MISSING: (
        _("A message without consent has to let the person refuse further ones."),
        _("Add an easy and free way to refuse to the message, and say so when sending."),
        "130(4) D.Lgs. 196/2003",
    ),
    Refusal.CONSENT_NEEDED: (
        _("Marketing by this channel needs the person's consent."),
        _("Ask for consent where the person is, or write by post after checking the register."),
        "130(1)-(2) D.Lgs. 196/2003",
    ),
    Refusal.NO_SOFT_OPT_IN: (
        _("The address was not given with a sale, or the person was not told of this use then."),
        _("Ask for consent; or say with the next order what the address is used for."),
        "130(4) D.Lgs. 196/2003",
    ),
    Refusal.OPPOSITION_UNCHECKED: (
        _("A number of this person was not checked against the register of oppositions."),
        _("Ask the register about the number and import its answer, then try again."),
        "130(3-bis) D.Lgs. 196/2003",
    ),
    Refusal.OPPOSITION_OUTDATED: (
        _("The check of the register of oppositions is too old."),
        _("Check again: ask the register and import its answer, then try again."),
        "130(3-bis) D.Lgs. 196/2003",
    ),
    Refusal.OPPOSITION_REGISTERED: (
        _("The person is enrolled in the register of oppositions."),
        _("Do not call or write to them. A consent given after the enrolment would allow it."),
        "130(3-bis) D.Lgs. 196/2003",
    ),
    Refusal.TOO_OFTEN: (
        _("The person has received as many marketing messages by this channel as may be sent."),
        _("Wait until the oldest of them is out of the period, or use another channel."),
        "5(1)(a)",
    ),
    Refusal.NOTICE_OVERDUE: (
        _("The person was not told in time where we have their data from."),
        _("Give them the notice and record it; the DPO's list of what is due says how."),
        "14(3)",
    ),
}
