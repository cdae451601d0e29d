"""The data map of imports."""

from registry.datamap import Holding, NotPersonal

BATCH = NotPersonal(because="counts and states of an import")

DATA_MAP = [
    Holding(
        model="crm.ImportBatch",
        subject="",
        isolated=False,
        open_because="counts and column titles; rows are in RejectedRow",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose import"),
            "source": NotPersonal(because="where the file came from, named in the register"),
            "entity": BATCH,
            "purpose": BATCH,
            "digest": NotPersonal(because="hash of the whole file, to know it again"),
            "mapping": NotPersonal(
                because="titles of columns, their targets, counts by reason; no values"
            ),
            "state": BATCH,
            "rows_read": BATCH,
            "rows_created": BATCH,
            "rows_updated": BATCH,
            "rows_unchanged": BATCH,
            "rows_rejected": BATCH,
            "started_by": NotPersonal(because="link to a member of staff, by random identifier"),
            "created_at": BATCH,
            "finished_at": BATCH,
            "expires_on": BATCH,
        },
    ),
    Holding(
        model="crm.RejectedRow",
        subject="",
        fields={
            "id": NotPersonal(because="random identifier"),
            "controller": NotPersonal(because="whose import"),
            "batch": NotPersonal(because="link to the import"),
            "line": NotPersonal(because="line of the file"),
            "code": NotPersonal(because="why, as a word of a closed list"),
            "column": NotPersonal(because="title of the column at fault"),
            "blob": NotPersonal(
                because="ciphertext under the batch's key, which is destroyed after thirty days"
            ),
        },
    ),
]
