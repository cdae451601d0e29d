"""The data map of the help centre: texts for everybody, and counts."""

from registry.datamap import Holding, NotPersonal

ID = NotPersonal(because="random identifier")
TEXT = NotPersonal(because="a text for everybody; one that names somebody is refused")
STEP = NotPersonal(because="where a text stands, and when it was written or published")
STAFF = NotPersonal(because="link to a member of staff, by random identifier")
COUNT = NotPersonal(because="a count, about nobody")
LINK = NotPersonal(because="link to a row about nobody")
NOBODY = "texts for everybody; one that names somebody is refused"

DATA_MAP = [
    Holding(
        model="crm.Article",
        subject="",
        isolated=False,
        open_because=NOBODY,
        fields={
            "id": ID,
            "controller": NotPersonal(because="whose article"),
            "slug": TEXT,
            "language": TEXT,
            "audience": NotPersonal(because="for everybody, or for staff"),
            "kind": TEXT,
            "product": LINK,
            "useful": COUNT,
            "not_useful": COUNT,
            "created_at": STEP,
        },
    ),
    Holding(
        model="crm.ArticleVersion",
        subject="",
        isolated=False,
        open_because=NOBODY,
        fields={
            "id": ID,
            "controller": NotPersonal(because="whose article"),
            "article": LINK,
            "number": COUNT,
            "language": TEXT,
            "title": TEXT,
            "body": TEXT,
            "state": STEP,
            "written_by": STAFF,
            "written_at": STEP,
            "reviewed_by": STAFF,
            "published_at": STEP,
            "words": TEXT,
        },
    ),
    Holding(
        model="crm.ArticleUse",
        subject="",
        isolated=False,
        open_because="counts of solved cases by kind and product, about nobody",
        fields={
            "id": ID,
            "controller": NotPersonal(because="whose figures"),
            "article": LINK,
            "kind": NotPersonal(because="what was asked for: a word of a closed list"),
            "product": LINK,
            "solved": COUNT,
        },
    ),
    Holding(
        model="crm.HelpTrail",
        subject="",
        isolated=False,
        open_because="pages of the help centre behind the hash of a code; gone after a day",
        fields={
            "id": ID,
            "controller": NotPersonal(because="whose help centre"),
            "digest": NotPersonal(because="keyed hash of a code that the visitor alone holds"),
            "pages": NotPersonal(because="addresses of articles that a visitor chose to show"),
            "expires_at": NotPersonal(because="a day after it was made"),
        },
    ),
]
