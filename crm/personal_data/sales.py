"""The data map of sales: opportunities, quotes, tasks, tiers, and links that people pass on."""

from crm.personal_data.common import ORIGIN_KEY
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

STAFF = NotPersonal(because="link to a member of staff, by random identifier")
CURRENCY = NotPersonal(because="unit of the amount")
ABOUT = NotPersonal(because="random identifier of the row it belongs to")
ABOUT_KIND = NotPersonal(because="what kind of row it belongs to: a word of a closed list")


def _seen(category: Category, clear: str) -> Personal:
    return Personal(category, clear=clear, origin=Origin.OBSERVED)


def _concluded(clear: str) -> Personal:
    return Personal(Category.BEHAVIOUR, clear=clear, origin=Origin.INFERRED)


DATA_MAP = [
    Holding(
        model="crm.Opportunity",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Trattative",
        title_en="Possible sales",
        anchors={Anchor.DOCUMENT_DATE: "moved_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "stage": _seen(Category.BEHAVIOUR, "listed and counted by SQL"),
            "amount": _seen(Category.BEHAVIOUR, "summed by SQL"),
            "currency": CURRENCY,
            "probability": _concluded("weighs the sum of the forecast in SQL"),
            "expected_on": _seen(Category.BEHAVIOUR, "sorted and summed by SQL"),
            "moved_on": _seen(Category.BEHAVIOUR, "swept by SQL"),
            "owner": STAFF,
            "title": Personal(Category.COMMUNICATIONS, free_text=True, origin=Origin.OBSERVED),
            "note": Personal(Category.COMMUNICATIONS, free_text=True, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="crm.OpportunityMove",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Avanzamento delle trattative",
        title_en="Progress of possible sales",
        anchors={Anchor.DOCUMENT_DATE: "at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "opportunity": NotPersonal(because="link to the opportunity's row"),
            "stage": _seen(Category.BEHAVIOUR, "counted by SQL"),
            "at": _seen(Category.BEHAVIOUR, "sorted and swept by SQL"),
            "moved_by": STAFF,
        },
    ),
    Holding(
        model="crm.Quote",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Preventivi",
        title_en="Quotes",
        anchors={Anchor.DOCUMENT_DATE: "quoted_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "opportunity": NotPersonal(because="link to the opportunity's row"),
            "number": _seen(Category.COMMUNICATIONS, "numbering, searched by SQL"),
            "state": _seen(Category.COMMUNICATIONS, "listed by SQL"),
            "quoted_on": _seen(Category.COMMUNICATIONS, "sorted and swept by SQL"),
            "valid_until": _seen(Category.COMMUNICATIONS, "compared with today by SQL"),
            "total": _seen(Category.COMMUNICATIONS, "summed by SQL"),
            "currency": CURRENCY,
        },
    ),
    Holding(
        model="crm.QuoteLine",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Righe di preventivo",
        title_en="Quote lines",
        anchors={Anchor.DOCUMENT_DATE: "quoted_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "quote": NotPersonal(because="link to the quote's row"),
            "product": NotPersonal(because="link to the product's row"),
            "quoted_on": _seen(Category.COMMUNICATIONS, "swept by SQL"),
            "quantity": _seen(Category.COMMUNICATIONS, "summed by SQL"),
            "unit_price": _seen(Category.COMMUNICATIONS, "summed by SQL"),
            "description": Personal(Category.COMMUNICATIONS, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="crm.Task",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Attività da svolgere",
        title_en="Tasks",
        anchors={Anchor.DOCUMENT_DATE: "do_by"},
        fields={
            "origin_key": ORIGIN_KEY,
            "do_by": _seen(Category.COMMUNICATIONS, "sorted and swept by SQL"),
            "done_at": _seen(Category.COMMUNICATIONS, "listed by SQL"),
            "assignee": STAFF,
            "role": NotPersonal(because="which role may do it"),
            "about_kind": ABOUT_KIND,
            "about": ABOUT,
            "title": Personal(Category.COMMUNICATIONS, free_text=True, origin=Origin.OBSERVED),
            "note": Personal(Category.COMMUNICATIONS, free_text=True, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="crm.CustomerTier",
        record_class=RecordClass.PURCHASE_DETAIL,
        title_it="Fascia di clientela",
        title_en="Customer tier",
        anchors={Anchor.DOCUMENT_DATE: "computed_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "computed_on": _concluded("swept by SQL"),
            "recency": _concluded("computed and counted by SQL"),
            "frequency": _concluded("computed and counted by SQL"),
            "monetary": _concluded("computed and counted by SQL"),
            "tier": _concluded("listed and counted by SQL"),
        },
    ),
    Holding(
        model="crm.ReferralLink",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Inviti da passare ad altri",
        title_en="Invitations to pass on",
        anchors={Anchor.DOCUMENT_DATE: "expires_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "form": NotPersonal(because="link to the form"),
            "digest": NotPersonal(because="hash of a random token"),
            "expires_on": _seen(Category.BEHAVIOUR, "compared with today and swept by SQL"),
            "arrivals": _seen(Category.BEHAVIOUR, "counted by SQL"),
        },
    ),
    Holding(
        model="crm.WebForm",
        subject="",
        isolated=False,
        open_because="a form of the house; what people write into it is in their own rows",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose form"),
            "slug": NotPersonal(because="address of a public page"),
            "number": NotPersonal(because="address of a public page"),
            "state": NotPersonal(because="whether it is open"),
            "purpose": NotPersonal(because="purpose of the register"),
            "title_it": NotPersonal(because="words of a public page"),
            "title_en": NotPersonal(because="words of a public page"),
            "fields": NotPersonal(because="names of what is asked for"),
            "required": NotPersonal(because="names of what has to be filled in"),
            "boxes": NotPersonal(because="words and purposes of the boxes"),
            "drafted_by": STAFF,
            "approved_by": STAFF,
            "approved_at": NotPersonal(because="when the form was approved"),
        },
    ),
]
