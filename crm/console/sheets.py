"""Figures as a sheet that leaves the house: small counts hidden before, and no cell a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from django.http import HttpResponse

from registry.neutral import neutral

SHEET = "sheet"


def sheet(name: str, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """Return a sheet as a file; a cell that a spreadsheet would run is text (ASVS 5.0 1.2.10).

    Arguments
    ---------
    rows : None in a cell is left empty
    """
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow([neutral(str(cell)) for cell in head])
    for row in rows:
        writer.writerow(["" if cell is None else neutral(str(cell)) for cell in row])
    answer = HttpResponse(written.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
