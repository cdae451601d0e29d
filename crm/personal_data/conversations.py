"""The data map of what was said."""

from crm.personal_data.common import ORIGIN_KEY
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

DATA_MAP = [
    Holding(
        model="crm.Interaction",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Conversazioni",
        title_en="Conversations",
        anchors={Anchor.LAST_CONTACT: "contacted_on", Anchor.DOCUMENT_DATE: "occurred_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "channel": NotPersonal(because="how it was said: a word of a closed list"),
            "direction": NotPersonal(because="in or out"),
            "occurred_at": Personal(
                Category.COMMUNICATIONS, clear="sorted and swept by SQL", origin=Origin.OBSERVED
            ),
            "contacted_on": Personal(
                Category.COMMUNICATIONS,
                clear="start of retention: the last contact from the person",
                origin=Origin.OBSERVED,
            ),
            "purpose": NotPersonal(because="key of a purpose of the register"),
            "handled_by": NotPersonal(because="link to a member of staff, by random identifier"),
            "is_private": NotPersonal(because="whether it is an internal note"),
            "topic": Personal(Category.COMMUNICATIONS, free_text=True),
            "body": Personal(Category.COMMUNICATIONS, free_text=True),
        },
    ),
]
