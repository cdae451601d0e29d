"""The data map of who asks: signs of identity, documents, representation, death."""

from dsar.declared import SAID, STAFF_LINK, SWEPT, WORD, WRITTEN
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

POINT = NotPersonal(because="keyed hash of a contact point, whose key is in the keystore")
ORDER = NotPersonal(because="place in the order of events of a request")
OF_REQUEST = NotPersonal(because="link to the request")

IDENTITY = [
    Holding(
        model="dsar.IdentityProof",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Come abbiamo verificato chi chiede",
        title_en="How we checked who asks",
        anchors={Anchor.REQUEST_CLOSED: "closed_on"},
        fields={
            "request": OF_REQUEST,
            "means": Personal(
                Category.RIGHTS_REQUESTS, clear="counted by SQL", origin=Origin.OBSERVED
            ),
            "point": POINT,
            "by": STAFF_LINK,
            "at": SWEPT,
            "place": ORDER,
            "closed_on": SWEPT,
            "reason": WRITTEN,
        },
    ),
    Holding(
        model="dsar.RefusedAttempt",
        record_class=RecordClass.MASTER_DATA,
        title_it="Consegne rifiutate",
        title_en="Refused releases",
        anchors={Anchor.COLLECTED: "collected_at"},
        derived=True,
        fields={"request": OF_REQUEST, "by": STAFF_LINK, "at": SWEPT, "place": ORDER},
    ),
    Holding(
        model="dsar.IdentityCode",
        record_class=RecordClass.MASTER_DATA,
        title_it="Codici inviati a recapiti",
        title_en="Codes sent to contact points",
        anchors={Anchor.COLLECTED: "collected_at"},
        derived=True,
        fields={
            "request": OF_REQUEST,
            "point": POINT,
            "challenge": NotPersonal(because="hash of a random code"),
            "to_person": WORD,
            "asked_at": SWEPT,
            "tries": NotPersonal(because="count"),
            "taken_at": SWEPT,
        },
    ),
    Holding(
        model="dsar.IdentityEvidence",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Documenti visti per verificare chi chiede",
        title_en="Documents seen to check who asks",
        anchors={Anchor.REQUEST_CLOSED: "closed_on"},
        fields={
            "request": OF_REQUEST,
            "kind": WORD,
            "was_asked": Personal(
                Category.RIGHTS_REQUESTS, clear="counted by SQL", origin=Origin.OBSERVED
            ),
            **dict.fromkeys(("received_at", "seen_at", "destroy_on", "destroyed_at"), SWEPT),
            "seen_by": STAFF_LINK,
            "closed_on": SWEPT,
            "reason": WRITTEN,
            "content": Personal(Category.IDENTITY_DOCUMENT),
        },
    ),
    Holding(
        model="dsar.Representation",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Chi ha agito per la persona",
        title_en="Who acted for the person",
        anchors={Anchor.REQUEST_CLOSED: "closed_on"},
        fields={
            "request": OF_REQUEST,
            "behalf": Personal(Category.RIGHTS_REQUESTS, clear="counted by SQL"),
            "state": SWEPT,
            "by_person": WORD,
            "capacity": WORD,
            "since": ORDER,
            "verified_by": STAFF_LINK,
            "verified_at": SWEPT,
            "valid_until": SWEPT,
            "closed_on": SWEPT,
            "name": Personal(Category.NAME),
            "relation": Personal(Category.FAMILY, free_text=True),
            "evidence": WRITTEN,
        },
    ),
    Holding(
        model="dsar.Death",
        record_class=RecordClass.MASTER_DATA,
        title_it="Decesso",
        title_en="Death",
        anchors={Anchor.COLLECTED: "collected_at"},
        fields={
            "died_on": SWEPT,
            "recorded_at": SWEPT,
            "recorded_by": STAFF_LINK,
            "evidence": WRITTEN,
        },
    ),
    Holding(
        model="dsar.PostMortemProhibition",
        record_class=RecordClass.MASTER_DATA,
        title_it="Divieti per il tempo dopo la morte",
        title_en="Prohibitions for the time after death",
        anchors={Anchor.COLLECTED: "collected_at"},
        fields={
            "rights": Personal(Category.RIGHTS_REQUESTS, clear="compared by SQL"),
            **dict.fromkeys(("said_on", "recorded_at", "revoked_on"), SWEPT),
            "recorded_by": STAFF_LINK,
            "statement": SAID,
        },
    ),
]
