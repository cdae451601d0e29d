"""Sheets of the register as XLSX workbooks, written and read."""

import io
import re
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter

from crm.imports import workbook
from registry.exchange.sheets import Sheet

WIDTH = 44  # characters of a column
NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, 2.2
WRAPPED = Alignment(wrap_text=True, vertical="top")


def written(sheets: list[Sheet]) -> bytes:
    """Return sheets as a workbook; every cell is text, and none a formula."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for sheet in sheets:
        page = made.create_sheet(sheet.title)
        for number, row in enumerate(sheet.rows, 1):
            for column, text in enumerate(row, 1):
                cell = page.cell(number, column)
                # What nobody can see leaves a sign, and no error.
                cell.value, cell.data_type = NO_XML.sub("\ufffd", text), "s"
                cell.alignment = WRAPPED
        for number in range(1, page.max_column + 1):
            page.column_dimensions[get_column_letter(number)].width = WIDTH
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def read(path: Path) -> list[Sheet]:
    """Return the sheets of a workbook, with the care that files of strangers need.

    Raises
    ------
    ImportFileError
        it is no workbook, or one that does harm
    """
    return [
        Sheet(title, [record.values for record in workbook.sheet_records(path, sheet=title)])
        for title in workbook.sheet_names(path)
    ]
