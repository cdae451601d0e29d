"""The data map of how people stand to the house."""

from crm.personal_data.common import ORIGIN_KEY
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

STAFF = NotPersonal(because="link to a member of staff, by random identifier")
ACCOUNT = NotPersonal(because="link to the account's row")
COLLECTED = {Anchor.COLLECTED: "collected_at"}


def _seen(category: Category, why: str) -> Personal:
    return Personal(category, clear=why, origin=Origin.OBSERVED)


DATA_MAP = [
    Holding(
        model="crm.StageEvent",
        record_class=RecordClass.MASTER_DATA,
        title_it="Storia della relazione",
        title_en="History of the relation",
        anchors=COLLECTED,
        fields={
            "origin_key": ORIGIN_KEY,
            "stage": _seen(Category.BEHAVIOUR, "listed and counted by SQL"),
            "came_from": _seen(Category.BEHAVIOUR, "counted by SQL"),
            "ground": _seen(Category.BEHAVIOUR, "counted by SQL"),
            "at": _seen(Category.BEHAVIOUR, "sorted by SQL"),
            "moved_by": STAFF,
        },
    ),
    Holding(
        model="crm.AccountRole",
        record_class=RecordClass.MASTER_DATA,
        title_it="Ruoli di aziende",
        title_en="Roles of companies",
        anchors=COLLECTED,
        fields={
            "origin_key": ORIGIN_KEY,
            "account": ACCOUNT,
            "stands_as": _seen(Category.OCCUPATION, "listed by SQL"),
            "active_from": Personal(Category.OCCUPATION, clear="swept by SQL"),
            "active_to": Personal(Category.OCCUPATION, clear="swept by SQL"),
        },
    ),
    Holding(
        model="crm.AccountUser",
        record_class=RecordClass.MASTER_DATA,
        title_it="Utenti di aziende",
        title_en="Users of companies",
        anchors=COLLECTED,
        fields={
            "origin_key": ORIGIN_KEY,
            "account": ACCOUNT,
            "staff": STAFF,
            "active_to": NotPersonal(because="last day of a user's work for the account"),
        },
    ),
    Holding(
        model="crm.SharedCase",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Pratiche condivise con aziende",
        title_en="Cases shared with companies",
        anchors={Anchor.DOCUMENT_DATE: "shared_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "case": NotPersonal(because="link to the case's row"),
            "account": ACCOUNT,
            "shared_at": _seen(Category.COMMUNICATIONS, "sorted and swept by SQL"),
            "shared_by": STAFF,
            "ended_at": _seen(Category.COMMUNICATIONS, "compared by SQL"),
        },
    ),
    Holding(
        model="crm.HandleLink",
        record_class=RecordClass.MASTER_DATA,
        title_it="Profili collegati",
        title_en="Linked profiles",
        anchors=COLLECTED,
        fields={
            "origin_key": ORIGIN_KEY,
            "network": NotPersonal(because="name of a network"),
            "shown_by": NotPersonal(because="a word of a closed list"),
            "token": NotPersonal(because="keyed hash of a declared value; deleted with its row"),
            "code": NotPersonal(because="keyed hash of a random code"),
            "tries": NotPersonal(because="count of codes that were wrong"),
            "expires_at": NotPersonal(because="end of a random code"),
            "linked_at": _seen(Category.ONLINE_IDENTIFIER, "sorted by SQL"),
            "linked_by": STAFF,
            "point": NotPersonal(because="link to the row of the address"),
            "handle": Personal(Category.ONLINE_IDENTIFIER),
            "proof": Personal(Category.ONLINE_IDENTIFIER, free_text=True, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="crm.FieldOrigin",
        record_class=RecordClass.MASTER_DATA,
        title_it="Provenienza dei dati",
        title_en="Where data came from",
        anchors=COLLECTED,
        fields={
            "origin_key": ORIGIN_KEY,
            "row": NotPersonal(because="link to the row"),
            "field": NotPersonal(because="name of a field, not its value"),
            "noted_by": STAFF,
        },
    ),
]
