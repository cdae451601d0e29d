"""The data map of workflows, and of the texts they send."""

from crm.personal_data.common import ORIGIN_KEY
from crm.personal_data.sales import ABOUT, ABOUT_KIND, STAFF
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

RUN = NotPersonal(because="where the machine stands")
RULE = NotPersonal(because="rules of the house; they name nobody")
TEXT = NotPersonal(because="text of the house; names of people stand in it as placeholders")


def _done(clear: str) -> Personal:
    return Personal(Category.COMMUNICATIONS, clear=clear, origin=Origin.OBSERVED)


DATA_MAP = [
    Holding(
        model="crm.Workflow",
        subject="",
        isolated=False,
        open_because="rules of the house; they name nobody",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose workflow"),
            "key": RULE,
            "number": RULE,
            "state": RULE,
            "title_it": RULE,
            "title_en": RULE,
            "definition": RULE,
            "drafted_by": STAFF,
            "approved_by": STAFF,
            "approved_at": RULE,
        },
    ),
    Holding(
        model="crm.WorkflowRun",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Procedure automatiche",
        title_en="Automatic procedures",
        anchors={Anchor.DOCUMENT_DATE: "started_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "workflow": NotPersonal(because="link to the workflow"),
            "about_kind": ABOUT_KIND,
            "about": ABOUT,
            "state": RUN,
            "position": RUN,
            "wake_at": RUN,
            "leased_until": RUN,
            "attempts": RUN,
            "started_at": _done("sorted and swept by SQL"),
            "ended_at": RUN,
        },
    ),
    Holding(
        model="crm.WorkflowStep",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Passi delle procedure automatiche",
        title_en="Steps of automatic procedures",
        anchors={Anchor.DOCUMENT_DATE: "at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "run": NotPersonal(because="link to the run"),
            "position": RUN,
            "action": _done("counted by SQL"),
            "outcome": _done("listed and counted by SQL"),
            "refused_as": _done("counted by SQL"),
            "role": NotPersonal(because="which role decides"),
            "at": _done("sorted and swept by SQL"),
            "decided_by": STAFF,
            "decided_at": _done("listed by SQL"),
        },
    ),
    Holding(
        model="crm.MessageTemplate",
        subject="",
        isolated=False,
        open_because="texts of the house, about nobody",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose text"),
            "key": TEXT,
            "kind": NotPersonal(because="service or marketing"),
            "purpose": NotPersonal(because="purpose of the register"),
            "topic_it": TEXT,
            "topic_en": TEXT,
            "body_it": TEXT,
            "body_en": TEXT,
        },
    ),
]
