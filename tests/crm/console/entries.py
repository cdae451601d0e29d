"""The newest entry of the audit log, as it was written."""

from typing import Any

import orjson
from django.db import connection

from tests.builders import Company


def newest(company: Company) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('custode.controller', %s, true)", [str(company.controller.pk)]
        )
        cursor.execute("SELECT entry FROM audit.entry ORDER BY at DESC, id DESC LIMIT 1")
        ((entry,),) = cursor.fetchall()
        cursor.execute("SELECT set_config('custode.controller', '', true)")
    said: dict[str, Any] = orjson.loads(bytes(entry).split(b"\n")[0])
    return said
