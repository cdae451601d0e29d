"""The data map of campaigns, of who is in them, and of what came of it."""

from crm.personal_data.common import ORIGIN_KEY
from crm.personal_data.sales import STAFF
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal, Remnant

RULE = NotPersonal(because="texts, costs and rules of the house; they name nobody")
RUN = NotPersonal(because="where the machine stands")


def _seen(clear: str) -> Personal:
    return Personal(Category.BEHAVIOUR, clear=clear, origin=Origin.OBSERVED)


DATA_MAP = [
    Holding(
        model="crm.Campaign",
        subject="",
        isolated=False,
        open_because="texts, costs and rules of the house; they name nobody",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose campaign"),
            "key": RULE,
            "state": RULE,
            "title_it": RULE,
            "title_en": RULE,
            "purpose": NotPersonal(because="purpose of the register"),
            "segment": NotPersonal(because="link to the segment"),
            "definition": RULE,
            "budget": RULE,
            "fixed_cost": RULE,
            "currency": RULE,
            "held_out": RULE,
            "within_days": RULE,
            "margin_percent": RULE,
            "spent": RULE,
            "drafted_by": STAFF,
            "approved_by": STAFF,
            "approved_at": RULE,
            "stopped_because": RULE,
        },
    ),
    Holding(
        model="crm.CampaignRecipient",
        record_class=RecordClass.PURCHASE_DETAIL,
        title_it="Campagne in cui è stato compreso",
        title_en="Campaigns you were counted in",
        anchors={Anchor.DOCUMENT_DATE: "entered_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "campaign": NotPersonal(because="link to the campaign"),
            "campaign_key": _seen("counted by SQL"),
            "entered_at": _seen("compared and swept by SQL"),
            "is_held_out": _seen("counted by SQL: who got nothing, to compare"),
            "state": RUN,
            "position": RUN,
            "wake_at": RUN,
            "left_because": _seen("counted by SQL"),
            "code": NotPersonal(because="random code of a coupon"),
        },
    ),
    Holding(
        model="crm.CampaignEvent",
        record_class=RecordClass.PURCHASE_DETAIL,
        title_it="Reazioni alle campagne",
        title_en="Responses to campaigns",
        anchors={Anchor.DOCUMENT_DATE: "happened_at"},
        remnant=Remnant(
            day="happened_at", by=("campaign_id", "response"), sums=("cost", "revenue")
        ),
        fields={
            "origin_key": ORIGIN_KEY,
            "campaign": NotPersonal(because="link to the campaign"),
            "recipient": NotPersonal(because="link to the recipient's row"),
            "response": _seen("counted by SQL"),
            "step": RUN,
            "channel": NotPersonal(because="how it was said: a word of a closed list"),
            "happened_at": _seen("compared and swept by SQL"),
            "cost": NotPersonal(because="what the message cost the house"),
            "revenue": Personal(Category.PURCHASES, clear="summed by SQL", origin=Origin.OBSERVED),
            "external_id": NotPersonal(because="random identifier of the system that told it"),
        },
    ),
]
