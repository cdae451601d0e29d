"""The data map of retention."""

from governance.policy.categories import Category
from governance.policy.vocabulary import Anchor, RecordClass
from registry.datamap import Holding, NotPersonal, Origin, Personal

RUN = NotPersonal(because="counts and states of a run")

DATA_MAP = [
    Holding(
        model="retention.LegalHold",
        record_class=RecordClass.REQUEST_FILE,
        title_it="Sospensioni della cancellazione",
        title_en="Legal holds",
        anchors={Anchor.REQUEST_CLOSED: "lifted_at"},
        fields={
            "ground": NotPersonal(because="a word of a closed list"),
            "record_classes": NotPersonal(because="words of a closed list"),
            "categories": NotPersonal(because="words of a closed list"),
            "approved_at": NotPersonal(because="moment of an approval by staff"),
            "approved_by": NotPersonal(because="link to a member of staff, by random identifier"),
            "matter": Personal(Category.RIGHTS_REQUESTS, free_text=True, origin=Origin.OBSERVED),
            "placed_at": Personal(
                Category.RIGHTS_REQUESTS, clear="swept by SQL", origin=Origin.OBSERVED
            ),
            "placed_by": NotPersonal(because="link to a member of staff, by random identifier"),
            "review_on": NotPersonal(because="day on which the hold is looked at again"),
            "lifted_at": Personal(
                Category.RIGHTS_REQUESTS, clear="swept by SQL", origin=Origin.OBSERVED
            ),
            "lifted_by": NotPersonal(because="link to a member of staff, by random identifier"),
            "reason": Personal(Category.RIGHTS_REQUESTS, free_text=True, origin=Origin.OBSERVED),
        },
    ),
    Holding(
        model="retention.RetentionRun",
        subject="",
        isolated=False,
        open_because="counts, no rows",
        fields=dict.fromkeys(
            (
                "id",
                "controller",
                "state",
                "today",
                "preview",
                "draft",
                "most_people",
                "created_at",
                "approved_by",
                "approved_at",
                "approval",
                "second_by",
                "second_at",
                "second_approval",
                "lease_until",
                "attempts",
                "cursor",
                "result",
                "register",
                "rows_erased",
                "rows_set_aside",
                "finished_at",
            ),
            RUN,
        ),
    ),
    Holding(
        model="retention.Notification",
        subject="",
        isolated=False,
        open_because="recipients of the register; what they call somebody is sealed",
        fields=dict.fromkeys(
            (
                "id",
                "controller",
                "job",
                "round_no",
                "pass_no",
                "recipient",
                "categories",
                "blob",
                "state",
                "created_at",
                "attempts",
                "next_at",
                "status",
                "settled_at",
                "outcome",
                "closed_by",
                "reason",
            ),
            NotPersonal(because="of a notice; what names somebody is sealed under another key"),
        ),
    ),
    Holding(
        model="retention.SetAside",
        subject="",
        isolated=False,
        open_because="random identifiers of rows and classes of errors",
        fields=dict.fromkeys(("id", "controller", "run", "table", "row", "error"), RUN),
    ),
    Holding(
        model="retention.AnonymousFigure",
        subject="",
        isolated=False,
        open_because="figures of five people or more each, measured when they were made",
        fields=dict.fromkeys(
            (
                "id",
                "controller",
                "table",
                "grain",
                "start",
                "words",
                "rows",
                "people",
                "sums",
                "made_on",
            ),
            NotPersonal(because="a figure of a crowd, in which no person makes up most of a sum"),
        ),
    ),
    Holding(
        model="retention.KeyOrder",
        subject="",
        fields=dict.fromkeys(
            ("id", "controller", "job", "lines", "salt", "ordered_at"),
            NotPersonal(because="random identifiers of keys, until these are destroyed"),
        ),
    ),
]
