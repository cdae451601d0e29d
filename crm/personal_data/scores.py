"""The data map of scores, and of what was chosen to do about a person."""

from crm.personal_data.common import ORIGIN_KEY
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

RUN = NotPersonal(because="how a score is computed and how well it does; figures of many people")
SCORED = "ranked and counted by SQL, expires by SQL"


def _concluded(clear: str) -> Personal:
    return Personal(Category.BEHAVIOUR, clear=clear, origin=Origin.INFERRED)


DATA_MAP = [
    Holding(
        model="crm.ScoreRun",
        subject="",
        isolated=False,
        open_because="how a score is computed, for whom it is not one person's",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose run"),
            "purpose": NotPersonal(because="purpose of the register"),
            "score_kind": RUN,
            "logic": RUN,
            "fallback": RUN,
            "ran_at": RUN,
            "since": RUN,
            "people": RUN,
            "left_out": RUN,
            "quality": RUN,
            "parity": RUN,
            "parameters": RUN,
        },
    ),
    Holding(
        model="crm.Score",
        record_class=RecordClass.PURCHASE_DETAIL,
        title_it="Punteggi",
        title_en="Scores",
        anchors={Anchor.DOCUMENT_DATE: "computed_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "run": NotPersonal(because="link to the run"),
            "score_kind": _concluded(SCORED),
            "logic": _concluded("which way of computing, alike for everybody of a run"),
            "value": _concluded(SCORED),
            "low": _concluded(SCORED),
            "high": _concluded(SCORED),
            "computed_on": _concluded("swept by SQL"),
            "expires_on": _concluded("compared with today by SQL"),
            "contributions": Personal(Category.BEHAVIOUR, origin=Origin.INFERRED),
        },
    ),
    Holding(
        model="crm.ActionChoice",
        record_class=RecordClass.PURCHASE_DETAIL,
        title_it="Proposte e scelte del personale",
        title_en="Proposals, and what staff chose",
        anchors={Anchor.DOCUMENT_DATE: "chosen_on"},
        fields={
            "origin_key": ORIGIN_KEY,
            "next_action": _concluded("counted by SQL: what worked before"),
            "choice": _concluded("counted by SQL"),
            "chosen_on": _concluded("swept by SQL"),
            "chosen_by": NotPersonal(because="link to a member of staff, by random identifier"),
            "task": NotPersonal(because="random identifier of the task"),
            "came_of_it": _concluded("counted by SQL: what worked before"),
            "known_on": _concluded("counted by SQL"),
        },
    ),
]
