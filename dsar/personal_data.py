"""The data map of requests."""

from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Declaration, Holding, NotPersonal, Origin, Personal

WORD = NotPersonal(because="a word of a closed list")
STAFF_LINK = NotPersonal(because="link to a member of staff, by random identifier")
SWEPT = Personal(Category.RIGHTS_REQUESTS, clear="sorted and swept by SQL", origin=Origin.OBSERVED)
LOGGED = NotPersonal(because="id of an entry of the audit log")
WRITTEN = Personal(Category.RIGHTS_REQUESTS, free_text=True, origin=Origin.OBSERVED)
SAID = Personal(Category.RIGHTS_REQUESTS, free_text=True, exchanged=True)
SENT = Personal(Category.RIGHTS_REQUESTS, free_text=True, exchanged=True, origin=Origin.OBSERVED)
DRAFT = NotPersonal(because="names of the texts of the house it was made of")

REQUEST: dict[str, Declaration] = {
    "reference": Personal(
        Category.RIGHTS_REQUESTS, clear="random reference, searched by SQL", origin=Origin.OBSERVED
    ),
    "family": NotPersonal(because="link to the request it was asked for together with"),
    "right": Personal(Category.RIGHTS_REQUESTS, clear="listed by SQL"),
    "objects_to": Personal(Category.RIGHTS_REQUESTS, clear="a word that decides what stops"),
    "state": SWEPT,
    "channel": WORD,
    "language": Personal(Category.LANGUAGE, clear="language of the answer"),
    "received_at": SWEPT,
    "received_on": SWEPT,
    "due_on": SWEPT,
    "internal_on": SWEPT,
    "extended_to": SWEPT,
    "extension_ground": WORD,
    "paused_days": SWEPT,
    "paused_since": SWEPT,
    "is_held": WORD,
    "identity": WORD,
    "identified_at": SWEPT,
    "handled_by": STAFF_LINK,
    "refusal_ground": WORD,
    "closed_at": SWEPT,
    "closed_on": SWEPT,
    **dict.fromkeys(("late_since", "escalated_at", "complained_on"), SWEPT),
    "late_ground": WORD,
    "requester_name": Personal(Category.NAME),
    "requester_email": Personal(Category.EMAIL),
    "requester_phone": Personal(Category.PHONE),
    "details": SAID,
    "decision": SAID,
    "evidence": Personal(Category.RIGHTS_REQUESTS, free_text=True),
    "extension_reasons": SAID,
    "late_reasons": WRITTEN,
}
LETTER: dict[str, Declaration] = {
    "request": NotPersonal(because="link to the request"),
    **dict.fromkeys(("direction", "kind", "channel", "language"), WORD),
    "state": SWEPT,
    **dict.fromkeys(
        ("attempts", "not_before"), NotPersonal(because="how far the sending is, and when next")
    ),
    "written_at": SWEPT,
    "written_by": STAFF_LINK,
    "sent_at": SWEPT,
    "draft": DRAFT,
    "closed_on": SWEPT,
    "subject_line": SENT,
    "body": SENT,
    "address": Personal(Category.RIGHTS_REQUESTS, origin=Origin.OBSERVED),  # an e-mail, a street
}

DATA_MAP = [
    Holding(
        model="dsar.SubjectRequest",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Richieste sui propri dati",
        title_en="Requests about own data",
        anchors={Anchor.REQUEST_CLOSED: "closed_on"},
        fields=REQUEST,
    ),
    Holding(
        model="dsar.RequestPause",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Domande alla persona",
        title_en="Questions to the person",
        anchors={Anchor.REQUEST_CLOSED: "closed_on"},
        fields={
            "request": NotPersonal(because="link to the request"),
            "ground": WORD,
            "sent_on": SWEPT,
            "answered_on": SWEPT,
            "closed_on": SWEPT,
            "question": SAID,
        },
    ),
    Holding(
        model="dsar.Reading",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Letture prima della consegna",
        title_en="Readings before a copy",
        anchors={Anchor.REQUEST_CLOSED: "closed_on"},
        derived=True,
        fields={
            "request": NotPersonal(because="link to the request"),
            "read_by": STAFF_LINK,
            "read_at": SWEPT,
            "closed_on": SWEPT,
            "said": Personal(Category.RIGHTS_REQUESTS, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="dsar.AccessPackage",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Copie consegnate",
        title_en="Copies handed over",
        anchors={Anchor.REQUEST_CLOSED: "expires_on"},
        derived=True,
        fields={
            "request": NotPersonal(because="link to the request"),
            "made_at": SWEPT,
            "expires_on": SWEPT,
            "digest": NotPersonal(because="hash of the sealed package"),
            "content": Personal(Category.RIGHTS_REQUESTS, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="dsar.Correspondence",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Lettere sulle richieste",
        title_en="Letters about requests",
        anchors={Anchor.REQUEST_CLOSED: "closed_on"},
        fields=LETTER,
    ),
    Holding(
        model="dsar.Proposal",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Decisioni su richieste prese in due",
        title_en="Decisions about requests taken by two",
        anchors={Anchor.REQUEST_CLOSED: "closed_on"},
        fields={
            "request": NotPersonal(because="link to the request"),
            **dict.fromkeys(("act", "ground", "record", "field", "is_accepted"), WORD),
            **dict.fromkeys(("proposed_by", "decided_by"), STAFF_LINK),
            **dict.fromkeys(("proposed_at", "decided_at", "closed_on"), SWEPT),
            "draft": DRAFT,
            "words": WRITTEN,
        },
    ),
    Holding(
        model="dsar.Statement",
        record_class=RecordClass.MASTER_DATA,
        title_it="Dichiarazioni integrative",
        title_en="Supplementary statements",
        anchors={Anchor.COLLECTED: "collected_at"},
        fields={
            "request": NotPersonal(because="link to the request"),
            "record": WORD,
            "row": NotPersonal(because="random identifier of the record it completes"),
            "statement": Personal(Category.COMMUNICATIONS, free_text=True, exchanged=True),
        },
    ),
    Holding(
        model="dsar.Erasure",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Cancellazioni eseguite",
        title_en="Erasures",
        anchors={Anchor.REQUEST_CLOSED: "certified_at"},
        fields={
            "request": NotPersonal(because="link to the request"),
            "state": WORD,
            "plan": NotPersonal(because="names of tables, counts and random identifiers"),
            "plan_hash": NotPersonal(because="hash of the plan"),
            "planned_at": SWEPT,
            "approved_by": STAFF_LINK,
            "approved_at": SWEPT,
            **dict.fromkeys(("approval", "second_approval"), LOGGED),
            "second_by": STAFF_LINK,
            "second_at": SWEPT,
            "certified_at": SWEPT,
            "logical_at": SWEPT,
            "physical_at": SWEPT,
            "physical_receipt": NotPersonal(because="receipt of an entry of the log"),
            "r": NotPersonal(because="random bytes, sealed under a key of the controller"),
            **dict.fromkeys(
                ("round", "pass_no", "fence", "lease_until", "not_before", "attempts"),
                NotPersonal(because="how far the job is, and who holds it"),
            ),
            "reason": WORD,
            "difference": NotPersonal(because="names of tables and counts"),
        },
    ),
    Holding(
        model="dsar.ErasureStep",
        subject="",
        fields=dict.fromkeys(
            ("id", "controller", "erasure", "round", "pass_no", "step", "at", "fence", "result"),
            NotPersonal(because="steps of a job with times, counts and names of fields"),
        ),
    ),
    Holding(
        model="dsar.ErasureCertificate",
        subject="",
        fields=dict.fromkeys(
            ("id", "controller", "erasure", "round", "body", "receipt"),
            NotPersonal(because="counts, grounds and dates, no values"),
        ),
    ),
    Holding(
        model="dsar.LetterDraft",
        subject="",
        isolated=False,
        open_because="texts for everybody; one that names somebody is refused",
        fields=dict.fromkeys(
            (
                "id",
                "controller",
                "key",
                "language",
                "number",
                "text",
                "written_by",
                "written_at",
                "approved_by",
                "approved_at",
            ),
            NotPersonal(because="a text of the house for letters, and who wrote and approved it"),
        ),
    ),
    Holding(
        model="dsar.IntakeKey",
        subject="",
        isolated=False,
        open_because="a public key, which the public page seals to",
        fields={
            name: NotPersonal(because="public key of a company")
            for name in ("id", "controller", "public", "published_at")
        },
    ),
    Holding(
        model="dsar.Intake",
        subject="",
        isolated=False,
        open_because="the public page inserts before any access; the content is sealed to a key",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="to whom it was sent"),
            "reference": NotPersonal(because="random reference"),
            "received_at": NotPersonal(because="when it came in; goes when it is filed"),
            "blob": NotPersonal(because="ciphertext to the controller's public key"),
        },
    ),
    Holding(
        model="dsar.CaseDocument",
        subject="",
        isolated=False,
        open_because="the public page asks for one by a hash; the content is sealed to the person",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose case it is"),
            "request": NotPersonal(because="random identifier of the request"),
            "digest": NotPersonal(because="hash of a random token"),
            "public": NotPersonal(because="public key of a random code"),
            "blob": NotPersonal(because="ciphertext that only the code of the person opens"),
            "told": NotPersonal(because="hash of the state and the dates it was made from"),
            "expires_on": NotPersonal(because="last day of the document"),
        },
    ),
    Holding(
        model="dsar.PortalCount",
        subject="",
        isolated=False,
        open_because="counted before any access; a keyed hash of a network and a number",
        fields={
            "digest": NotPersonal(because="keyed hash, whose key is not in the database"),
            "number": NotPersonal(because="count"),
            "ends_at": NotPersonal(because="end of the count, within a day"),
        },
    ),
    Holding(
        model="dsar.AddressCheck",
        record_class=RecordClass.MASTER_DATA,
        title_it="Verifiche di indirizzi",
        title_en="Checks of addresses",
        anchors={Anchor.COLLECTED: "collected_at"},
        derived=True,
        fields={
            "request": NotPersonal(because="link to the request"),
            "address": NotPersonal(because="keyed hash, whose key is in the keystore"),
            "asked_at": SWEPT,
            "challenge": NotPersonal(because="hash of a random code"),
            "tries": NotPersonal(because="count"),
            "confirmed_at": SWEPT,
        },
    ),
    Holding(
        model="dsar.CasePackage",
        record_class=RecordClass.MASTER_DATA,  # no request file: an erasure leaves no copy behind
        title_it="Copie da scaricare",
        title_en="Copies for download",
        anchors={Anchor.COLLECTED: "collected_at"},
        derived=True,
        fields={
            "package": NotPersonal(because="link to the copy"),
            "digest": NotPersonal(because="hash of a random token"),
            "blob": NotPersonal(because="ciphertext that only the code of the person opens"),
            "expires_at": SWEPT,
            "downloads_left": NotPersonal(because="count"),
        },
    ),
    Holding(
        model="dsar.PreferenceLink",
        record_class=RecordClass.MASTER_DATA,
        title_it="Collegamenti alle preferenze",
        title_en="Links to preferences",
        anchors={Anchor.COLLECTED: "collected_at"},
        derived=True,
        fields={
            "digest": NotPersonal(because="hash of a random token"),
            "kind": WORD,
            "purpose": NotPersonal(because="link to a purpose of the register"),
            "channel": WORD,
            "asked": NotPersonal(because="link to a line of the ledger"),
            "expires_on": NotPersonal(because="last day of the link"),
        },
    ),
]
