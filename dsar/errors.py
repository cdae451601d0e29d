"""What can be wrong with a request of a data subject, and the way on."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class UnknownRightError(GovernanceError):
    """The right that was named is none of the Regulation."""

    code = "unknown_right"
    article = "12(1)"
    message = _("There is no such right.")
    advice = _(
        "Choose access, rectification, erasure, restriction, portability, objection,"
        " human review or withdrawal of consent."
    )


class UnknownChannelError(GovernanceError):
    """The channel that was named is not one on which people reach us."""

    code = "unknown_channel"
    message = _("There is no such channel.")
    advice = _("Name how the request came in: e-mail, phone, post, in person, web.")


class UnknownLanguageError(GovernanceError):
    """An answer can not be written in this language yet."""

    code = "unknown_language"
    article = "12(1)"
    message = _("Answers cannot be written in this language.")
    advice = _("Choose Italian or English.")


class ContactMissingError(GovernanceError):
    """Nobody can answer a request that says neither from whom nor how to reach them."""

    code = "contact_missing"
    article = "12(2)"
    message = _("The request does not say how to reach the person.")
    advice = _("Enter an e-mail address, or a phone number.")


class InvalidDateError(GovernanceError):
    """The text is not a day of the calendar."""

    code = "invalid_date"
    message = _("This day does not exist in the calendar.")
    advice = _("Write the day as day/month/year, for example 28/02/2026.")


class PauseOpenError(GovernanceError):
    """One question to the person waits for its answer already."""

    code = "pause_open"
    article = "12(6)"
    status = 409
    message = _("Another question waits for the person's answer.")
    advice = _("Record the answer first, or put both questions into one message.")


class HolidayRefusedError(GovernanceError):
    """A holiday cannot be entered or ended like this."""

    code = "holiday_refused"
    article = "12(3)"
    message = _("This holiday cannot be entered.")
    advice = _(
        "A DPO or a lawyer enters it once, with its name, day and source (Reg. 1182/71 Art. 2)."
    )


class RequestNotFoundError(GovernanceError):
    """There is no such request here."""

    code = "request_not_found"
    status = 404
    message = _("There is no request with this reference.")
    advice = _("Check the reference: four groups of four letters and digits.")


class RequestStateError(GovernanceError):
    """The request is not in a state in which this can be done."""

    code = "request_state"
    article = "12(3)"
    status = 409
    message = _("This cannot be done in the state the request is in.")
    advice = _("Read the request again: it was probably answered, or waits for another step.")


class NotIdentifiedError(GovernanceError):
    """Nothing is handed over or erased before we know that it is they (Art. 12(6))."""

    code = "not_identified"
    article = "12(6)"
    status = 409
    message = _("The identity of the person who asks has not been confirmed.")
    advice = _(
        "Confirm it first, in the lightest way that removes doubt: an answer from the address"
        " we hold. Do not ask for a copy of a document by default."
    )


class UnknownIdentityLevelError(GovernanceError):
    """The way of confirming an identity is none of the closed list."""

    code = "unknown_identity_level"
    article = "12(6)"
    message = _("There is no such way of confirming an identity.")
    advice = _(
        "Choose one of: known contact, account, called back, document seen, in person, decision."
    )


class SeveralPeopleError(GovernanceError):
    """More than one person has this address; a person must decide whose request it is."""

    code = "several_people"
    article = "12(6)"
    status = 409
    message = _("More than one person has this address.")
    advice = _("Ask the person for one more detail, then attach the request to the right one.")


class RefusalIncompleteError(GovernanceError):
    """A refusal needs a ground of the law and reasons in words (Art. 12(4))."""

    code = "refusal_incomplete"
    article = "12(4)"
    message = _("A refusal needs one of the grounds of the law, and reasons.")
    advice = _(
        "Choose the ground and write the reasons for the person. The ways to complain are"
        " added to the letter by themselves."
    )


class DraftNotFoundError(GovernanceError):
    """There is no such text for letters, or it waits for nobody."""

    code = "draft_not_found"
    status = 404
    message = _("There is no such text for letters that waits to be approved.")
    advice = _("Go back to the texts: a newer one is probably in force.")


class DraftFieldError(GovernanceError):
    """The fields in braces are not those that this text may and must have."""

    code = "draft_field"
    article = "12(4)"
    message = _("The fields in braces are not those of this text.")
    advice = _(
        "Use the fields that are listed beside it, and all the facts among them: the law wants them"
        " said. A text has words besides, and no lone brace."
    )


class DraftNamesSomebodyError(GovernanceError):
    """A text for everybody names somebody, or has an address, a number or a code of theirs."""

    code = "draft_names_somebody"
    article = "5(1)(c)"
    message = _("The text seems to name a person, or to hold an address or number of one.")
    advice = _("Write a field in braces in its place: the facts of a case are added in its letter.")


class DraftUnfinishedError(GovernanceError):
    """A gap of a drafted text is left in it, so that it says nothing of the case."""

    code = "draft_unfinished"
    article = "12(4)"
    message = _("A gap of the draft is still open.")
    advice = _("Write the facts in the place of the words in braces, then send it again.")


class LateWithoutReasonError(GovernanceError):
    """A late request is closed only once it is on record why it is late (Art. 5(2), 12(3))."""

    code = "late_without_reason"
    article = "12(3)"
    status = 409
    message = _("This request is late, and it is not recorded why.")
    advice = _("Say on the page of the request why it is late, then answer it.")


class ComplaintRefusedError(GovernanceError):
    """A complaint to the Garante is recorded once, with a day between receipt and today."""

    code = "complaint_refused"
    article = "77"
    message = _("This complaint cannot be recorded.")
    advice = _("Enter the day on which you learnt of it, not before the request and not in future.")


class LatenessError(GovernanceError):
    """Why a request is late needs a ground of the list and words, and a request that is late."""

    code = "lateness"
    article = "12(3)"
    message = _("This cannot be recorded as the reason of a delay.")
    advice = _("Choose a ground and say in words what happened. A request in time needs none.")


class PartOnlyError(GovernanceError):
    """What protects others is left out of an answer; it does not refuse all information."""

    code = "part_only"
    article = "15(4)"
    status = 409
    message = _("The rights of others do not refuse the whole request (recital 63).")
    advice = _("Leave out the records or fields that are theirs, and give the rest.")


class NothingToLeaveOutError(GovernanceError):
    """The right has no parts that could be left out, or something else decides them."""

    code = "nothing_to_leave_out"
    article = "12(4)"
    status = 409
    message = _("Nothing can be left out of the answer to this right.")
    advice = _(
        "What an erasure keeps is decided by its plan: place a hold, or refuse the request. A"
        " complaint, a question and a withdrawal are answered as a whole."
    )


class IntakeClosedError(GovernanceError):
    """The public page has no key to seal to, so it must not take anything."""

    code = "intake_closed"
    article = "32(1)(a)"
    status = 503
    retryable = True
    message = _("Requests cannot be taken on this page at the moment.")
    advice = _("Write to the address of the privacy notice; a request has no required form.")


class StateForgedError(GovernanceError):
    """The hidden state of the form is not what we signed, or it is too old."""

    code = "state_forged"
    message = _("The form could not be read.")
    advice = _("Start again from the first page. Nothing has been sent.")


class PackageExpiredError(GovernanceError):
    """The copy was removed, or waits to be: its time is over."""

    code = "package_expired"
    article = "5(1)(e)"
    status = 410
    message = _("The time to download this copy is over.")
    advice = _("Make a new copy of the data, as they are today.")


class PackageDamagedError(GovernanceError):
    """The stored copy is not the one that was made; it is not handed over."""

    code = "package_damaged"
    article = "32(1)(b)"
    status = 500
    message = _("The stored copy does not match its digest.")
    advice = _("Make a new copy, and tell the administrator.")


class ErasureStateError(GovernanceError):
    """The erasure is not in a state in which this can be done."""

    code = "erasure_state"
    article = "17(1)"
    status = 409
    message = _("This cannot be done in the state the erasure is in.")
    advice = _("A plan is shown, then approved by the DPO, then carried out once.")


class ApproverError(GovernanceError):
    """Only the DPO lets an erasure be carried out."""

    code = "approver_refused"
    article = "39(1)(b)"
    status = 403
    message = _("An erasure is approved by the DPO.")
    advice = _("Hand the plan to the DPO.")


class NotConfirmedError(GovernanceError):
    """What was typed to confirm is not the reference of the request."""

    code = "not_confirmed"
    status = 422
    message = _("The reference was not typed as shown. Nothing was erased.")


class PlanStaleError(GovernanceError):
    """Rows changed after the plan was shown, so it no longer says what will happen."""

    code = "plan_stale"
    article = "17(1)"
    status = 409
    message = _("The data changed after the plan was made.")
    advice = _("Make the plan anew, read it, and approve it again.")


class ErasureBusyError(GovernanceError):
    """Another worker is carrying out this erasure now."""

    code = "erasure_busy"
    status = 409
    retryable = True
    message = _("Another worker is carrying out this erasure.")
    advice = _("Wait until its lease ends; the work is then taken up where it stopped.")


class NoticeNotFoundError(GovernanceError):
    """No approved version of the privacy notice has this number and language."""

    code = "notice_not_found"
    article = "13"
    status = 404
    message = _("There is no such version of the privacy notice.")
    advice = _("Go back to the privacy notice: it lists every version.")


class LinkEndedError(GovernanceError):
    """A link of a person that does not work, or no longer does."""

    code = "link_ended"
    article = "7(3)"
    status = 404
    message = _("This link does not work any more.")
    advice = _("Ask us for a new one, or tell us what you want on the page about your data.")


class CaseNotFoundError(GovernanceError):
    """No document is found for this reference and this code; why is not told."""

    code = "case_not_found"
    article = "12(3)"
    status = 404
    message = _("We find no request with this reference and this code.")
    advice = _(
        "Check both as you noted them. If you sent the request a few minutes ago, try again"
        " later; if you lost the code, write to us."
    )


class DownloadEndedError(GovernanceError):
    """A copy that can not be downloaded; why is not told."""

    code = "download_ended"
    article = "15(3)"
    status = 404
    message = _("The copy can not be downloaded, or not any more.")
    advice = _("It can be for seven days, and three times. Ask us for it again: it costs nothing.")


class PreferencesChangedError(GovernanceError):
    """What was shown is not what would be recorded: the register changed in between."""

    code = "preferences_changed"
    article = "7(2)"
    status = 409
    message = _("The page has changed since you opened it. Nothing was saved.")
    advice = _("Open it again, read it, and save.")


class LetterNotFoundError(GovernanceError):
    """There is no such letter here."""

    code = "letter_not_found"
    status = 404
    message = _("There is no such letter.")
    advice = _("Go back to the request: it lists its letters.")


class LetterStateError(GovernanceError):
    """The letter has left, or a machine is about to send it."""

    code = "letter_state"
    article = "12(3)"
    status = 409
    message = _("This letter does not wait for a person to send it.")
    advice = _("Read the request again: the letter has probably left meanwhile.")


class LetterTimeError(GovernanceError):
    """No letter goes before it was written, and none comes later than now."""

    code = "letter_time"
    message = _("This day is not possible for this letter.")
    advice = _("Enter the day on which it was posted, or on which it came in.")


class SecondPersonError(GovernanceError):
    """A judgement about a person is not taken, nor confirmed, by one member of staff alone."""

    code = "second_person"
    article = "12(5)"
    status = 403
    message = _("Another person has to decide this.")
    advice = _("Ask a colleague who answers requests: data protection officer or legal office.")


class ProposalOpenError(GovernanceError):
    """The same proposal waits for a decision already."""

    code = "proposal_open"
    status = 409
    message = _("The same has been proposed already and waits for a decision.")
    advice = _("Ask a colleague to decide it.")


class ProposalNotFoundError(GovernanceError):
    """There is no such proposal that waits."""

    code = "proposal_not_found"
    status = 404
    message = _("There is no such proposal, or it has been decided.")
    advice = _("Read the request again.")


class GroundUnknownError(GovernanceError):
    """A restriction has one of the four grounds of Art. 18(1)."""

    code = "ground_unknown"
    article = "18(1)"
    message = _("There is no such ground for a restriction.")
    advice = _("Choose one of the letters a to d of Art. 18(1).")


class CorrectionRefusedError(GovernanceError):
    """The field is none that can be written over."""

    code = "correction_refused"
    article = "16"
    message = _("This value cannot be corrected here.")
    advice = _("Evidence of what was said or done is not rewritten: add a supplementary statement.")


class NothingSaidError(GovernanceError):
    """An answer needs words, and an act something to act on."""

    code = "nothing_said"
    article = "12(1)"
    message = _("There is nothing to do or to say here yet.")
    advice = _("Fill in what is asked, then send it again.")


class RightDoesNotReachError(GovernanceError):
    """The right does not reach this processing, by its basis, and no override was given."""

    code = "right_does_not_reach"
    article = "12(4)"
    status = 409
    message = _("This right does not reach processing on this basis.")
    advice = _(
        "Refuse with the ground “conditions not met”, or say why it reaches it all the same."
    )


class OthersWaitError(GovernanceError):
    """Texts of the copy may tell of other people, and nobody has read them yet."""

    code = "others_wait"
    article = "15(4)"
    status = 409
    message = _("Somebody has to read first what the copy says of other people.")
    advice = _("Open “Other people in the answer” on the page of the request and decide there.")


class TextChangedError(GovernanceError):
    """The text that was read is not part of the copy any more."""

    code = "text_changed"
    article = "15(4)"
    status = 409
    message = _("A text has changed since the page was opened. Nothing was kept.")
    advice = _("Read the page again: it shows the texts as they are now.")


class WordsNotFoundError(GovernanceError):
    """The words to hide do not stand in the text they were written under."""

    code = "words_not_found"
    article = "15(4)"
    message = _("These words do not stand in the text.")
    advice = _("Copy them from the text as they are written there.")
