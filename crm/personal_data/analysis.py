"""The data map of what is drawn out of operational data to analyse it."""

from crm.personal_data.common import ORIGIN_KEY
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

RUN = NotPersonal(because="how and when the house drew it; counts of people, about nobody")
COUNTED = "generalised, and compared and counted by SQL under a pseudonym"


def _drawn(category: Category) -> Personal:
    return Personal(category, clear=COUNTED, origin=Origin.INFERRED)


DATA_MAP = [
    Holding(
        model="crm.AnalyticExtract",
        subject="",
        isolated=False,
        open_because="when an extract was drawn and how many people are in it, about nobody",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose extract"),
            "purpose": NotPersonal(because="purpose of the register"),
            "epoch": RUN,
            "drawn_at": RUN,
            "since": RUN,
            "currency": RUN,
            "categories": RUN,
            "people": RUN,
            "left_out": RUN,
        },
    ),
    Holding(
        model="crm.AnalyticRow",
        record_class=RecordClass.PURCHASE_DETAIL,
        title_it="Dati di analisi, senza nome",
        title_en="Figures for analysis, without a name",
        anchors={Anchor.DOCUMENT_DATE: "drawn_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "extract": NotPersonal(because="link to the extract"),
            "drawn_on": NotPersonal(because="when the extract was drawn, alike for everybody"),
            "life_stage": _drawn(Category.BEHAVIOUR),
            "area": _drawn(Category.POSTAL_ADDRESS),
            "country": _drawn(Category.POSTAL_ADDRESS),
            "age_band": _drawn(Category.BIRTH),
            "declared_gender": _drawn(Category.GENDER),
            "spoken": _drawn(Category.LANGUAGE),
            "declared_interests": _drawn(Category.PREFERENCES),
            "first_order_on": _drawn(Category.PURCHASES),
            "last_order_on": _drawn(Category.PURCHASES),
            "orders": _drawn(Category.PURCHASES),
            "order_days": _drawn(Category.PURCHASES),
            "spent": _drawn(Category.PURCHASES),
            "repeat_spent": _drawn(Category.PURCHASES),
            "gap_days": _drawn(Category.PURCHASES),
            "usual_weekday": _drawn(Category.PURCHASES),
            "products": _drawn(Category.PURCHASES),
            "reactions": _drawn(Category.BEHAVIOUR),
        },
    ),
]
