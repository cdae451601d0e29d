"""The data map of segments, and of who was in them."""

from crm.personal_data.common import ORIGIN_KEY
from crm.personal_data.sales import STAFF
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

RULE = NotPersonal(because="rules of the house; they name nobody")
COUNT = NotPersonal(because="counts of people, about nobody")

DATA_MAP = [
    Holding(
        model="crm.Segment",
        subject="",
        isolated=False,
        open_because="rules of the house and counts; they name nobody",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose segment"),
            "key": RULE,
            "number": RULE,
            "state": RULE,
            "title_it": RULE,
            "title_en": RULE,
            "purpose": NotPersonal(because="purpose of the register"),
            "definition": RULE,
            "variables": RULE,
            "drafted_by": STAFF,
            "approved_by": STAFF,
            "approved_at": RULE,
            "reached": COUNT,
            "left_out": COUNT,
        },
    ),
    Holding(
        model="crm.SegmentMember",
        record_class=RecordClass.PURCHASE_DETAIL,
        title_it="Gruppi di clientela in cui è stato compreso",
        title_en="Groups of customers you were counted in",
        anchors={Anchor.DOCUMENT_DATE: "frozen_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "segment": NotPersonal(because="link to the segment"),
            "segment_key": Personal(
                Category.BEHAVIOUR, clear="counted by SQL", origin=Origin.INFERRED
            ),
            "frozen_on": Personal(Category.BEHAVIOUR, clear="swept by SQL", origin=Origin.INFERRED),
        },
    ),
]
