"""A certificate as a PDF that a screen reader reads aloud: PDF/UA-1, made when asked, never stored.

The fonts are those inside typst. Nothing is read from the machine but the one template, and nothing
from the network.
"""

import json
from pathlib import Path

from django.utils import translation

from dsar.certificate import Certificate
from dsar.certificate_page import Later, reading

TEMPLATE = Path(__file__).parent / "templates" / "dsar" / "certificate.typ"


def pdf(issued: Certificate, later: Later, *, language: str) -> bytes:
    """Return a certificate as a tagged PDF, in Italian or English (ISO 14289-1).

    The same certificate gives the same bytes: there is no time of making in it.
    """
    import typst

    with translation.override(language):
        said = json.dumps(reading(issued, later).to_json(), ensure_ascii=False)
    return typst.compile(
        TEMPLATE, root=TEMPLATE.parent, format="pdf", ignore_system_fonts=True,
        sys_inputs={"reading": said}, pdf_standards="ua-1", timestamp=0,
    )  # fmt: skip
