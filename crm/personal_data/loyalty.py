"""The data map of loyalty, of offers, and of birthday greetings."""

from crm.personal_data.common import ORIGIN_KEY
from crm.personal_data.sales import STAFF
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

RULE = NotPersonal(because="texts and rules of the house; they name nobody")
ACCOUNT = NotPersonal(because="link to the account's row")
LINK = NotPersonal(because="random identifier of another row")
SWEPT = "sorted and swept by SQL"


def _seen(category: Category, clear: str) -> Personal:
    return Personal(category, clear=clear, origin=Origin.OBSERVED)


def _concluded(clear: str) -> Personal:
    return Personal(Category.BEHAVIOUR, clear=clear, origin=Origin.INFERRED)


def _approved(*names: str) -> dict[str, NotPersonal]:
    said = ("title_it", "title_en", "approved_at", *names)
    return {
        "id": NotPersonal(because="random identifier"),
        "controller": NotPersonal(because="whose it is"),
        "drafted_by": STAFF,
        "approved_by": STAFF,
        **dict.fromkeys(said, RULE),
    }


DATA_MAP = [
    Holding(
        model="crm.LoyaltyProgramme",
        subject="",
        isolated=False,
        open_because="terms and rules of the house; they name nobody",
        fields=_approved("number", "state", "purpose", "definition", "terms_it", "terms_en"),
    ),
    Holding(
        model="crm.LoyaltyAccount",
        record_class=RecordClass.MASTER_DATA,
        title_it="Adesione al programma fedeltà",
        title_en="Membership of the loyalty programme",
        anchors={Anchor.COLLECTED: "collected_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "programme": NotPersonal(because="link to the programme and its terms"),
            "joined_at": Personal(Category.BEHAVIOUR, clear="compared by SQL"),
            "left_at": Personal(Category.BEHAVIOUR, clear="compared by SQL"),
            "balance": _seen(Category.PURCHASES, "held to be no debt by a constraint"),
            "tier": _concluded("counted by SQL"),
        },
    ),
    Holding(
        model="crm.LoyaltyLine",
        record_class=RecordClass.PURCHASE_DETAIL,
        title_it="Movimenti dei punti",
        title_en="Points, line by line",
        anchors={Anchor.DOCUMENT_DATE: "written_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "account": ACCOUNT,
            "line_kind": _seen(Category.PURCHASES, "summed by SQL, by kind"),
            "points": _seen(Category.PURCHASES, "summed by SQL"),
            "balance": _seen(Category.PURCHASES, "held to be no debt by a constraint"),
            "written_at": _seen(Category.PURCHASES, SWEPT),
            "reference": LINK,
            "order": LINK,
            "corrects": LINK,
            "because": _seen(Category.PURCHASES, "a word of a closed list, counted by SQL"),
            "reward": _seen(Category.PURCHASES, "counted by SQL"),
            "code": NotPersonal(because="random code of a reward"),
            "written_by": STAFF,
        },
    ),
    Holding(
        model="crm.LoyaltyTierChange",
        record_class=RecordClass.PURCHASE_DETAIL,
        title_it="Passaggi di livello",
        title_en="Changes of tier",
        anchors={Anchor.DOCUMENT_DATE: "changed_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "account": ACCOUNT,
            "programme": NotPersonal(because="link to the rules it was decided by"),
            "came_from": _concluded("counted by SQL"),
            "tier": _concluded("counted by SQL"),
            "changed_on": _concluded(SWEPT),
            "points": _concluded("compared by SQL"),
            "member_days": _concluded("compared by SQL"),
        },
    ),
    Holding(
        model="crm.Offer",
        subject="",
        isolated=False,
        open_because="what the house proposes; it names nobody",
        fields=_approved(
            "key", "state", "offer_kind", "text_it", "text_en", "needs", "product", "margin",
            "starts_on", "ends_on", "from_orders", "not_within_days",
        ),
    ),
    Holding(
        model="crm.BirthdayGreeting",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Auguri di compleanno",
        title_en="Birthday greetings",
        anchors={Anchor.DOCUMENT_DATE: "greeted_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "year": _seen(Category.PREFERENCES, "one a year, by a constraint"),
            "greeted_on": _seen(Category.PREFERENCES, SWEPT),
            "chosen_on": Personal(Category.PREFERENCES, clear="counted by SQL"),
            "gift": NotPersonal(because="link to the offer"),
            "code": NotPersonal(because="random code of a gift"),
            "interest": Personal(Category.PREFERENCES),
        },
    ),
]  # fmt: skip
