"""The data map of visits on site."""

from crm.personal_data.common import ORIGIN_KEY
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

TIMED = Personal(Category.COMMUNICATIONS, clear="sorted and swept by SQL", origin=Origin.OBSERVED)
LISTED = Personal(Category.COMMUNICATIONS, clear="listed by SQL", origin=Origin.OBSERVED)

DATA_MAP = [
    Holding(
        model="crm.FieldVisit",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Visite e interventi",
        title_en="Visits on site",
        anchors={Anchor.DOCUMENT_DATE: "closed_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "kind": LISTED,
            "state": LISTED,
            "purpose": NotPersonal(because="key of a purpose of the register"),
            "case": NotPersonal(because="link to the case's row"),
            "technician": NotPersonal(because="link to a member of staff, by random identifier"),
            "starts_at": TIMED,
            "ends_at": TIMED,
            "closed_at": TIMED,
            "report_key": NotPersonal(because="random key under which a report was sent"),
            "topic": Personal(Category.COMMUNICATIONS, free_text=True),
            "contact_name": Personal(Category.NAME),
            "contact_phone": Personal(Category.PHONE),
            "street": Personal(Category.POSTAL_ADDRESS),
            "postal_code": Personal(Category.POSTAL_ADDRESS),
            "city": Personal(Category.POSTAL_ADDRESS),
            "checklist": Personal(Category.COMMUNICATIONS, free_text=True, origin=Origin.OBSERVED),
            "report": Personal(Category.COMMUNICATIONS, free_text=True, origin=Origin.OBSERVED),
            "signed_by": Personal(Category.NAME),
        },
    ),
]
