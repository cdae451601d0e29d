"""What can be wrong with a conversation, and the way on."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class ConversationNotFoundError(GovernanceError):
    """There is no such conversation with this person."""

    code = "conversation_not_found"
    status = 404
    message = _("There is no such conversation.")
    advice = _("Look for it in the queue.")


class ConversationStateError(GovernanceError):
    """What is asked for does not fit the state of the conversation."""

    code = "conversation_state"
    status = 409
    message = _("This can not be done with the conversation as it stands.")
    advice = _("Open it again first, or begin a new one.")


class MessageNotFoundError(GovernanceError):
    """There is no such message."""

    code = "message_not_found"
    status = 404
    message = _("There is no such message.")
    advice = _("Look for it in its conversation.")


class MessageStateError(GovernanceError):
    """A message has gone already, or is on its way."""

    code = "message_state"
    status = 409
    message = _("This message has gone, or a machine sends it.")
    advice = _("Only what waits for a person, or was not sent, is done by hand.")


class MessageTimeError(GovernanceError):
    """Something is said to have happened later than now."""

    code = "message_time"
    message = _("This is dated in the future.")
    advice = _("Say when it happened.")


class WordsMissingError(GovernanceError):
    """A message without words."""

    code = "words_missing"
    message = _("There is nothing to send.")
    advice = _("Write something first.")


class AddressMissingError(GovernanceError):
    """No address of the person is known for the channel."""

    code = "address_missing"
    status = 409
    message = _("We hold no address of this person for this channel.")
    advice = _("Choose another channel, or add the address that they gave you.")


class InteractionMissingError(GovernanceError):
    """An adapter was used without the interaction that says so."""

    code = "interaction_missing"
    article = "5(2)"
    status = 500
    message = _("Nothing goes out or comes in without its interaction.")
    advice = _("Write the interaction first; the adapter takes it.")


class ArrivalInvalidError(GovernanceError):
    """What a channel handed over can not be read."""

    code = "arrival_invalid"
    message = _("This message can not be read.")
    advice = _("Send sender, text, moment and the message's own id, as the documentation says.")


class DeskMissingError(GovernanceError):
    """No activity in force lets anybody answer people."""

    code = "desk_missing"
    article = "5(1)(b)"
    status = 409
    message = _("No purpose of the register is there to answer people for.")
    advice = _("Approve an activity such as customer care, or name a desk and its purpose.")


class RecordingUnannouncedError(GovernanceError):
    """A call was recorded whose purpose nobody announced."""

    code = "recording_unannounced"
    article = "13(1)(c)"
    status = 409
    message = _("The person was not told that the call is recorded, and what for.")
    advice = _("A recording that was not announced is not kept: delete it where it is.")


class RecordingKnownError(GovernanceError):
    """The call has a recording already."""

    code = "recording_known"
    status = 409
    message = _("The recording of this call is kept already.")
    advice = _("Listen to the one that is kept.")


class SoundRefusedError(GovernanceError):
    """A file that is no sound, or is too large."""

    code = "sound_refused"
    status = 422
    message = _("This file is not a recording that can be kept.")
    advice = _("Send WAV, Ogg or MP3 of at most 8 MB.")
