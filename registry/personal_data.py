"""The data map of the register itself, of keys and log, and of third-party models."""

from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal
from registry.register_map import REGISTER_MAP, register

STATE = NotPersonal(because="a word of a closed list")
LINK = NotPersonal(because="link by random identifier")
STAFF_LINK = NotPersonal(because="link to a member of staff, by random identifier")
ID = NotPersonal(because="random identifier")
WHEN = Personal(
    Category.CONSENT, clear="sorted by SQL; the gate decides by it", origin=Origin.OBSERVED
)


def _third_party(model: str, because: str) -> Holding:
    return Holding(
        model=model,
        subject="",
        isolated=False,
        open_because=because,
        whole=NotPersonal(because=because),
    )


DATA_MAP = [
    *REGISTER_MAP,
    _third_party(
        "registry.OutboxLine",
        because="random identifiers, words and dates, for a minute: what a restore has to repeat",
    ),
    Holding(
        model="registry.StopEntry",
        subject="",
        fields=dict.fromkeys(
            ("reference", "controller", "entry", "is_lift"),
            NotPersonal(because="random identifiers, until the keystore was shown the entry"),
        ),
    ),
    register(
        "registry.Backup",
        "id",
        "begun_at",
        "finished_at",
        because="says when the database was copied, and nothing about anybody",
    ),
    register(
        "registry.PrivacyNotice",
        "id",
        "controller",
        "number",
        "language",
        "text",
        "digest",
        "drafted_by",
        "drafted_at",
        "approved_by",
        "approved_at",
        because="what everybody is told is read before any access",
    ),
    register(
        "registry.Finding",
        "id",
        "controller",
        "place",
        "category",
        "kind",
        "reason",
        "masked_sample",
        "count",
        "row",
        "words",
        "raised_at",
        "answer",
        "answered_by",
        "answered_at",
        because="questions; samples are masked to their shape, words are a keyed hash",
    ),
    register(
        "registry.TextScan",
        "id",
        "controller",
        "started_at",
        "finished_at",
        "place",
        "cursor",
        "rows_read",
        "rows_unreadable",
        "raised",
        because="counts, and how far a reading has come",
    ),
    register(
        "registry.WaitingText",
        "id",
        "controller",
        "place",
        "row",
        "noted_at",
        because="which rows wait to be read by discovery: ids alone, until they were",
    ),
    register(
        "registry.TextRule",
        "id",
        "controller",
        "place",
        "channel",
        "category",
        "entered_by",
        "entered_at",
        "ended_at",
        because="what is masked in free text, of which kind of row, and who decided it",
    ),
    Holding(
        model="registry.DataSubject",
        record_class=RecordClass.MASTER_DATA,
        title_it="Soggetto",
        title_en="Data subject",
        subject="id",
        derived=True,
        fields={
            "id": ID,
            "controller": LINK,
            "kind": NotPersonal(because="category of data subjects, Art. 30(1)(c)"),
            "status": STATE,
            "created_at": Personal(
                Category.BEHAVIOUR, clear="start of retention periods", origin=Origin.OBSERVED
            ),
            "last_contact_on": Personal(
                Category.BEHAVIOUR, clear="start of retention periods", origin=Origin.OBSERVED
            ),
            "last_order_on": Personal(
                Category.BEHAVIOUR, clear="start of retention periods", origin=Origin.OBSERVED
            ),
            "notice_due_on": NotPersonal(because="day until which we owe them the notice"),
            "person": LINK,
        },
    ),
    Holding(
        model="registry.SearchToken",
        record_class=RecordClass.MASTER_DATA,
        title_it="Indici di ricerca",
        title_en="Search tokens",
        derived=True,
        fields={
            "id": ID,
            "controller": LINK,
            "subject": LINK,
            "kind": STATE,
            "version": NotPersonal(because="version of the index key"),
            "token": NotPersonal(
                because="keyed hash of a declared value; deleted with its row, listed as derived"
            ),
            "row": LINK,
        },
    ),
    Holding(
        model="registry.Merge",
        record_class=RecordClass.MASTER_DATA,
        title_it="Schede della stessa persona",
        title_en="Records of the same person",
        anchors={Anchor.COLLECTED: "collected_at"},
        fields={
            "pair": LINK,
            "other": LINK,
            "state": STATE,
            "likeness": Personal(Category.BEHAVIOUR, clear="sorted by SQL", origin=Origin.INFERRED),
            "reasons": Personal(
                Category.BEHAVIOUR,
                clear="words of a closed list: which facts agreed, without the facts",
                origin=Origin.INFERRED,
            ),
            "is_leading": NotPersonal(because="which of two records is shown first"),
            "decided_at": Personal(
                Category.BEHAVIOUR, clear="sorted by SQL", origin=Origin.OBSERVED
            ),
            "decided_by": STAFF_LINK,
            "ended_at": Personal(Category.BEHAVIOUR, clear="sorted by SQL", origin=Origin.OBSERVED),
            "ended_by": STAFF_LINK,
            "words": Personal(Category.COMMUNICATIONS, free_text=True, origin=Origin.OBSERVED),
            "ended_words": Personal(
                Category.COMMUNICATIONS, free_text=True, origin=Origin.OBSERVED
            ),
        },
    ),
    Holding(
        model="registry.ConsentEvent",
        record_class=RecordClass.CONSENT_EVIDENCE,
        title_it="Storia dei consensi",
        title_en="History of consents",
        anchors={Anchor.DOCUMENT_DATE: "at"},
        fields={
            "purpose": LINK,
            "activity": NotPersonal(because="version of the activity, from the register"),
            "channel": STATE,
            "state": Personal(Category.CONSENT, clear="the gate decides by it"),
            "at": WHEN,
            "method": STATE,
            "door": STATE,
            "recorded_by": STAFF_LINK,
            "notice": NotPersonal(because="version of the notice that was shown"),
            "notice_digest": NotPersonal(because="hash of the text of that notice"),
            "expires_on": WHEN,
            "request": LINK,
            "previous": LINK,
            "statement": Personal(Category.CONSENT, free_text=True, exchanged=True),
            "proof": Personal(Category.CONSENT, free_text=True),
            "guardian": Personal(Category.CONSENT, free_text=True),
        },
    ),
    Holding(
        model="registry.NoticeGiven",
        record_class=RecordClass.CONSENT_EVIDENCE,
        title_it="Informative ricevute",
        title_en="Notices received",
        anchors={Anchor.DOCUMENT_DATE: "at"},
        fields={
            "notice": NotPersonal(because="version of the notice, from the register"),
            "at": Personal(Category.COMMUNICATIONS, clear="swept by SQL", origin=Origin.OBSERVED),
            "how": STATE,
        },
    ),
    Holding(
        model="registry.ConsentStanding",
        record_class=RecordClass.CONSENT_EVIDENCE,
        title_it="Consensi",
        title_en="Consents",
        anchors={Anchor.DOCUMENT_DATE: "since"},
        fields={
            "purpose": LINK,
            "channel": STATE,
            "state": Personal(Category.CONSENT, clear="the gate decides by it"),
            "since": WHEN,
            "expires_on": WHEN,
            "unproven": LINK,
        },
    ),
    Holding(
        model="registry.Objection",
        record_class=RecordClass.CONSENT_EVIDENCE,
        title_it="Opposizioni",
        title_en="Objections",
        anchors={Anchor.DOCUMENT_DATE: "at"},
        fields={
            "purpose": LINK,
            "to_marketing": Personal(Category.CONSENT, clear="the gate decides by it"),
            "channel": Personal(Category.CONSENT, clear="the gate decides by it"),
            "at": WHEN,
            "overruled_at": WHEN,
            "unproven": LINK,
            "merge": LINK,
            "grounds": Personal(Category.CONSENT, free_text=True, exchanged=True),
        },
    ),
    Holding(
        model="registry.Restriction",
        record_class=RecordClass.CONSENT_EVIDENCE,
        title_it="Limitazioni del trattamento",
        title_en="Restrictions of processing",
        anchors={Anchor.DOCUMENT_DATE: "placed_at"},
        fields={
            "ground": Personal(Category.CONSENT, clear="the gate decides by it"),
            "placed_at": WHEN,
            "lifted_at": WHEN,
            "informed_at": WHEN,
            "evidence": Personal(Category.CONSENT, free_text=True, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="registry.QualifyingEvent",
        record_class=RecordClass.MASTER_DATA,
        title_it="Rapporto contrattuale",
        title_en="Evidence of a contract",
        anchors={Anchor.COLLECTED: "collected_at"},
        fields={
            "kind": Personal(
                Category.PURCHASES, clear="the gate decides by it", origin=Origin.OBSERVED
            ),
            "at": Personal(
                Category.PURCHASES, clear="the gate decides by it", origin=Origin.OBSERVED
            ),
            "ended_on": Personal(
                Category.PURCHASES, clear="the gate decides by it", origin=Origin.OBSERVED
            ),
            "soft_opt_in_at": WHEN,
            "evidence": LINK,
        },
    ),
    Holding(
        model="registry.Sending",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Messaggi promozionali inviati",
        title_en="Marketing messages sent",
        anchors={Anchor.DOCUMENT_DATE: "at"},
        fields={
            "purpose": LINK,
            "channel": STATE,
            "at": Personal(
                Category.COMMUNICATIONS, clear="counted by the gate", origin=Origin.OBSERVED
            ),
        },
    ),
    Holding(
        model="registry.OppositionCheck",
        record_class=RecordClass.CONSENT_EVIDENCE,
        title_it="Verifiche sul Registro pubblico delle opposizioni",
        title_en="Checks of the register of oppositions",
        anchors={Anchor.DOCUMENT_DATE: "checked_on"},
        fields={
            "list": LINK,
            "channel": STATE,
            "token": LINK,
            "checked_on": WHEN,
            "enrolled_at": WHEN,
        },
    ),
    Holding(
        model="registry.EmergencyAccess",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Accessi di emergenza",
        title_en="Emergency accesses",
        anchors={Anchor.REQUEST_CLOSED: "reviewed_at"},
        fields={
            "staff": STAFF_LINK,
            "opened_at": Personal(
                Category.RIGHTS_REQUESTS, clear="ends by SQL", origin=Origin.OBSERVED
            ),
            "ends_at": Personal(
                Category.RIGHTS_REQUESTS, clear="ends by SQL", origin=Origin.OBSERVED
            ),
            "reviewed_by": STAFF_LINK,
            "reviewed_at": Personal(
                Category.RIGHTS_REQUESTS, clear="start of its period", origin=Origin.OBSERVED
            ),
            "verdict": Personal(
                Category.RIGHTS_REQUESTS, clear="listed by SQL", origin=Origin.OBSERVED
            ),
            "reason": Personal(Category.RIGHTS_REQUESTS, free_text=True, origin=Origin.OBSERVED),
            "review": Personal(Category.RIGHTS_REQUESTS, free_text=True, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="registry.Disclosure",
        record_class=RecordClass.MASTER_DATA,
        title_it="Comunicazioni a destinatari",
        title_en="Disclosures to recipients",
        fields={
            "recipient": NotPersonal(because="link to a recipient of the register"),
            "activity": NotPersonal(because="version of the activity, from the register"),
            "categories": NotPersonal(because="words of a closed list"),
            "at": Personal(Category.BEHAVIOUR, clear="sorted by SQL", origin=Origin.OBSERVED),
            "external_id": Personal(Category.CUSTOMER_NUMBER, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="registry.Suppression",
        subject="",
        fields={
            "id": ID,
            "controller": LINK,
            "kind": STATE,
            "token": NotPersonal(
                because="keyed hash under a key of its own: the memory of deletions and objections"
            ),
            "reason": STATE,
            "at": NotPersonal(because="day of the deletion or objection"),
        },
    ),
    Holding(
        model="registry.Staff",
        record_class=RecordClass.STAFF_RECORD,
        title_it="Utenze del personale",
        title_en="Staff accounts",
        anchors={Anchor.COLLECTED: "joined_at", Anchor.EMPLOYMENT_END: "left_on"},
        isolated=False,
        open_because="needed to log in, before any access can be opened",
        fields={
            "id": ID,
            "password": NotPersonal(because="salted hash; never shown, never exported"),
            "last_login": Personal(
                Category.SYSTEM_USE,
                clear="written at login, before any access",
                origin=Origin.OBSERVED,
            ),
            "is_superuser": STATE,
            "groups": LINK,
            "user_permissions": LINK,
            "controller": LINK,
            "subject": LINK,
            "username": Personal(
                Category.SYSTEM_USE, clear="login name, needed before any access; need not name"
            ),
            "email": NotPersonal(because="kept empty by a constraint; a library asks for it"),
            "role": Personal(Category.SYSTEM_USE, clear="decides what may be opened"),
            "language": NotPersonal(because="language of the pages"),
            "is_active": STATE,
            "joined_at": Personal(Category.SYSTEM_USE, clear="swept by SQL"),
            "left_on": Personal(Category.SYSTEM_USE, clear="start of retention periods"),
        },
    ),
    _third_party("crypto.SubjectKey", "wrapped keys and random identifiers"),
    _third_party("crypto.ControllerKey", "wrapped keys and random identifiers"),
    _third_party("audit.Entry", "pseudonyms and names of fields; docs/spec/audit-log.md"),
    _third_party("admin.LogEntry", "kept empty: the audit log replaces it"),
    _third_party("auth.Group", "unused: roles are in the register"),
    _third_party("auth.Permission", "names of permissions"),
    _third_party("contenttypes.ContentType", "names of models"),
    _third_party(
        "sessions.Session", "random session keys, signed contents with a staff id, 8 hours"
    ),
    _third_party("account.EmailAddress", "kept empty: staff log in by name"),
    _third_party("account.EmailConfirmation", "kept empty: staff log in by name"),
    _third_party("mfa.Authenticator", "second factors of staff, no value about a person"),
    _third_party("django_celery_beat.SolarSchedule", "timetable"),
    _third_party("django_celery_beat.IntervalSchedule", "timetable"),
    _third_party("django_celery_beat.ClockedSchedule", "timetable"),
    _third_party("django_celery_beat.CrontabSchedule", "timetable"),
    _third_party("django_celery_beat.PeriodicTasks", "timetable"),
    _third_party("django_celery_beat.PeriodicTask", "timetable; arguments are ids"),
]
