"""The data map of cases."""

from crm.personal_data.common import ORIGIN_KEY
from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal, Remnant

STAFF = NotPersonal(because="link to a member of staff, by random identifier")
COUNT = NotPersonal(because="a count, about nobody")


def _observed(clear: str) -> Personal:
    return Personal(Category.COMMUNICATIONS, clear=clear, origin=Origin.OBSERVED)


DUE = _observed("swept by SQL: what was promised until when")
TIMED = _observed("sorted and swept by SQL")
SUMMED = _observed("summed by SQL in the figures of service")
LISTED = _observed("listed by SQL")

DATA_MAP = [
    Holding(
        model="crm.Case",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Pratiche di assistenza",
        title_en="Service cases",
        anchors={Anchor.DOCUMENT_DATE: "solved_at", Anchor.CASE_CLOSED: "solved_at"},
        remnant=Remnant(
            day="solved_at",
            by=("kind", "priority"),
            sums=("first_response_minutes", "resolution_minutes", "times_reopened"),
        ),
        fields={
            "origin_key": ORIGIN_KEY,
            "number": NotPersonal(because="running number of the house"),
            "kind": LISTED,
            "priority": LISTED,
            "state": LISTED,
            "purpose": NotPersonal(because="key of a purpose of the register"),
            "order": NotPersonal(because="link to the order's row"),
            "order_line": NotPersonal(because="link to the row of the order's line"),
            "product": NotPersonal(because="link to the product's row"),
            "warranty_ends_on": Personal(
                Category.PURCHASES,
                clear="swept by SQL: which warranties end",
                origin=Origin.OBSERVED,
            ),
            "conversation": NotPersonal(because="link to the conversation's row"),
            "article": NotPersonal(because="link to an article, which is about nobody"),
            "assigned_to": STAFF,
            "opened_at": TIMED,
            "first_response_at": TIMED,
            "first_response_due_at": DUE,
            "first_response_minutes": SUMMED,
            "first_response_escalated_at": DUE,
            "solved_at": TIMED,
            "resolution_due_at": DUE,
            "resolution_minutes": SUMMED,
            "resolution_escalated_at": DUE,
            "times_reopened": SUMMED,
            "theme": SUMMED,
            "survey_mode": LISTED,
            "survey_asks": LISTED,
            "survey_expires_on": DUE,
            "survey_is_answered": LISTED,
            "score": Personal(Category.COMMUNICATIONS, clear="summed by SQL: satisfaction"),
            "topic": Personal(Category.COMMUNICATIONS, free_text=True),
            "description": Personal(Category.COMMUNICATIONS, free_text=True),
            "solution": Personal(Category.COMMUNICATIONS, free_text=True, origin=Origin.OBSERVED),
            "survey_comment": Personal(Category.COMMUNICATIONS, free_text=True, exchanged=True),
            "pages_tried": Personal(Category.BEHAVIOUR),
        },
    ),
    Holding(
        model="crm.CasePause",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Attese nelle pratiche di assistenza",
        title_en="Waiting times of service cases",
        anchors={Anchor.DOCUMENT_DATE: "began_at", Anchor.CASE_CLOSED: "case__solved_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "case": NotPersonal(because="link to the case's row"),
            "began_at": TIMED,
            "ended_at": TIMED,
        },
    ),
    Holding(
        model="crm.SurveyAnswer",
        record_class=RecordClass.CORRESPONDENCE,
        title_it="Risposte alle domande di soddisfazione",
        title_en="Answers to questions about satisfaction",
        anchors={Anchor.DOCUMENT_DATE: "answered_on", Anchor.CASE_CLOSED: "case__solved_at"},
        fields={
            "origin_key": ORIGIN_KEY,
            "asks": LISTED,
            "score": Personal(Category.COMMUNICATIONS, clear="summed by SQL: satisfaction"),
            "answered_on": TIMED,
            "case": NotPersonal(because="link to the case's row"),
        },
    ),
    Holding(
        model="crm.CaseBook",
        subject="",
        isolated=False,
        open_because="a counter and a moment of each company, about nobody",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose book"),
            "last_number": COUNT,
            "next_due_at": NotPersonal(because="when to look next; whose case, it does not say"),
        },
    ),
    Holding(
        model="crm.AnonymousScore",
        subject="",
        isolated=False,
        open_because="counts by week, about nobody",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose figures"),
            "kind": NotPersonal(because="what was asked for: a word of a closed list"),
            "asks": NotPersonal(because="which scale: a word of a closed list"),
            "week": NotPersonal(because="its Monday"),
            "score": NotPersonal(because="on its scale, without whose it is"),
            "answers": COUNT,
        },
    ),
]
