"""The data map of goals and improvements: what the house wants and does, about nobody outside."""

from registry.datamap import Holding, NotPersonal

ID = NotPersonal(because="random identifier")
STAFF = NotPersonal(because="link to a member of staff, by random identifier")
SET = NotPersonal(because="what the house set itself as a goal, and when; about nobody")
DONE = NotPersonal(because="what the house does about complaints, and its rate; about nobody")

DATA_MAP = [
    Holding(
        model="crm.StageGoal",
        subject="",
        isolated=False,
        open_because="goals of the house, about nobody",
        fields={
            "id": ID,
            "controller": NotPersonal(because="whose goal"),
            "purpose": NotPersonal(because="purpose of the register"),
            "measure": SET,
            "since": SET,
            "until": SET,
            "target": SET,
            "set_by": STAFF,
            "set_at": SET,
        },
    ),
    Holding(
        model="crm.ComplaintTheme",
        subject="",
        isolated=False,
        open_because="what complaints can be about, about nobody",
        fields={
            "id": ID,
            "controller": NotPersonal(because="whose taxonomy"),
            "key": NotPersonal(because="a word of the taxonomy"),
            "title_it": NotPersonal(because="a word of the taxonomy"),
            "title_en": NotPersonal(because="a word of the taxonomy"),
        },
    ),
    Holding(
        model="crm.ImprovementAction",
        subject="",
        isolated=False,
        open_because="what the house does to have fewer complaints, about nobody outside",
        fields={
            "id": ID,
            "controller": NotPersonal(because="whose improvement"),
            "purpose": NotPersonal(because="key of a purpose of the register"),
            "theme": NotPersonal(because="a word of the taxonomy"),
            "product": NotPersonal(because="link to the product's row"),
            "title": DONE,
            "owner": STAFF,
            "due_on": DONE,
            "opened_by": STAFF,
            "opened_at": DONE,
            "before": DONE,
            "after": DONE,
            "closed_by": STAFF,
            "closed_at": DONE,
        },
    ),
]
