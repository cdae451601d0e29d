"""The data map of what was said."""

from crm.personal_data.common import ORIGIN_KEY
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

ID = NotPersonal(because="random identifier")
STAFF = NotPersonal(because="link to a member of staff, by random identifier")
CONTROLLER = NotPersonal(because="whose desk")
DESK = NotPersonal(because="how the house shares its work out")
CHANNEL = NotPersonal(because="how it was said: a word of a closed list")
NETWORK = NotPersonal(because="which social network: a word of a closed list")
PURPOSE = NotPersonal(because="key of a purpose of the register")
DECISION = NotPersonal(because="what the gate decided by: a version of an activity and its basis")
OUTBOX = NotPersonal(because="how far a message of ours has got")
DUE = NotPersonal(because="by when the house has to act")
READ = NotPersonal(because="how far a mailbox was read")
SCRIPT = NotPersonal(because="words of the house, about nobody")


def _when(why: str) -> Personal:
    return Personal(Category.COMMUNICATIONS, clear=why, origin=Origin.OBSERVED)


DATA_MAP = [
    Holding(
        model="crm.Queue",
        subject="",
        isolated=False,
        open_because="a desk of the house, about nobody",
        fields={
            "id": ID,
            "controller": CONTROLLER,
            "key": DESK,
            "name": DESK,
            "purpose": PURPOSE,
            "channels": DESK,
            "unassigned_after": DESK,
            "turns": DESK,
        },
    ),
    Holding(
        model="crm.QueueMember",
        subject="",
        isolated=False,
        open_because="duty roster, by random identifiers of staff",
        fields={
            "id": ID,
            "controller": CONTROLLER,
            "queue": DESK,
            "staff": STAFF,
            "languages": DESK,
            "skills": DESK,
            "is_present": DESK,
            "turn": DESK,
        },
    ),
    Holding(
        model="crm.Conversation",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Pratiche di conversazione",
        title_en="Conversation threads",
        anchors={Anchor.DOCUMENT_DATE: "closed_on", Anchor.CASE_CLOSED: "closed_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "reference": NotPersonal(because="random number that a person can quote"),
            "channel": CHANNEL,
            "network": NETWORK,
            "state": NotPersonal(because="whose turn it is: a word of a closed list"),
            "purpose": PURPOSE,
            "language": Personal(Category.LANGUAGE, clear="routed by SQL", origin=Origin.OBSERVED),
            "skill": DESK,
            "priority": DESK,
            "queue": DESK,
            "assignee": STAFF,
            "opened_at": _when("sorted and swept by SQL"),
            "waiting_since": _when("sorted by SQL"),
            "first_response_due_at": DUE,
            "first_answered_at": _when("counted by SQL"),
            "resolution_due_at": DUE,
            "snoozed_until": DUE,
            "alarmed_at": DUE,
            "closed_at": _when("sorted and counted by SQL"),
            "closed_on": _when("start of retention: the end of the conversation"),
            "topic": Personal(Category.COMMUNICATIONS, free_text=True),
        },
    ),
    Holding(
        model="crm.Interaction",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Conversazioni",
        title_en="Conversations",
        anchors={
            Anchor.LAST_CONTACT: "contacted_on",
            Anchor.DOCUMENT_DATE: "occurred_at",
            Anchor.CASE_CLOSED: "conversation__closed_on",
        },
        fields={
            "origin_key": ORIGIN_KEY,
            "conversation": NotPersonal(because="link to the conversation's row"),
            "kind": NotPersonal(because="which kind of contact: a word of a closed list"),
            "channel": CHANNEL,
            "network": NETWORK,
            "direction": NotPersonal(because="in, out, or among ourselves"),
            "occurred_at": _when("sorted and swept by SQL"),
            "contacted_on": _when("start of retention: the last contact from the person"),
            "purpose": PURPOSE,
            "activity": DECISION,
            "basis": DECISION,
            "campaign": NotPersonal(because="key of a campaign, printed alike for everybody"),
            "handled_by": STAFF,
            "is_private": NotPersonal(because="whether it is an internal note"),
            "state": OUTBOX,
            "not_before": OUTBOX,
            "attempts": OUTBOX,
            "sent_at": OUTBOX,
            "topic": Personal(Category.COMMUNICATIONS, free_text=True),
            "body": Personal(Category.COMMUNICATIONS, free_text=True),
            "address": Personal(Category.COMMUNICATIONS),
        },
    ),
    Holding(
        model="crm.Mention",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Colleghi interpellati in una nota",
        title_en="Colleagues asked by a note",
        anchors={
            Anchor.DOCUMENT_DATE: "mentioned_at",
            Anchor.CASE_CLOSED: "interaction__conversation__closed_on",
        },
        fields={
            "origin_key": ORIGIN_KEY,
            "interaction": NotPersonal(because="link to the note's row"),
            "staff": STAFF,
            "mentioned_at": _when("sorted and swept by SQL"),
            "seen_at": NotPersonal(because="when a colleague looked"),
        },
    ),
    Holding(
        model="crm.CareMailbox",
        subject="",
        isolated=False,
        open_because="how far a mailbox of the house was read, about nobody",
        fields={
            "id": ID,
            "controller": CONTROLLER,
            "validity": READ,
            "last_uid": READ,
            "read_at": READ,
            "not_taken": READ,
            "trouble": READ,
        },
    ),
    Holding(
        model="crm.SavedView",
        subject="",
        isolated=False,
        open_because="what a member of staff calls a list of the desk, about nobody",
        fields={
            "id": ID,
            "controller": CONTROLLER,
            "staff": STAFF,
            "name": NotPersonal(because="name of a list; one that is about somebody is refused"),
            "view": NotPersonal(because="a word of a closed list"),
            "channel": NotPersonal(because="a word of a closed list"),
        },
    ),
    Holding(
        model="crm.CallScript",
        subject="",
        isolated=False,
        open_because="words of the house, about nobody",
        fields={
            "id": ID,
            "controller": CONTROLLER,
            "key": SCRIPT,
            "version": SCRIPT,
            "language": SCRIPT,
            "title": SCRIPT,
            "body": SCRIPT,
            "made_at": SCRIPT,
        },
    ),
    Holding(
        model="crm.Call",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Telefonate",
        title_en="Phone calls",
        anchors={
            Anchor.DOCUMENT_DATE: "called_at",
            Anchor.CASE_CLOSED: "interaction__conversation__closed_on",
        },
        fields={
            "origin_key": ORIGIN_KEY,
            "interaction": NotPersonal(because="link to the interaction's row"),
            "script": NotPersonal(because="link to the words of the house"),
            "disposition": Personal(
                Category.COMMUNICATIONS, clear="counted by SQL", origin=Origin.OBSERVED
            ),
            "called_at": _when("sorted and swept by SQL"),
            "seconds": _when("summed by SQL"),
        },
    ),
    Holding(
        model="crm.CallRecording",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Registrazioni di telefonate",
        title_en="Recordings of calls",
        anchors={Anchor.DOCUMENT_DATE: "recorded_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "call": NotPersonal(because="link to the call's row"),
            "purpose": NotPersonal(because="key of a purpose of the register"),
            "announced_at": _when("shown beside the recording"),
            "recorded_at": _when("sorted and swept by SQL"),
            "media_type": NotPersonal(because="kind of the file"),
            "announcement": Personal(Category.COMMUNICATIONS, origin=Origin.OBSERVED),
            "sound": Personal(Category.VOICE, origin=Origin.OBSERVED),
        },
    ),
]
