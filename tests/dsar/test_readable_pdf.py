"""A page of ours becomes a PDF whatever people write into it."""

import html
import random

import pytest

from dsar import readable_pdf
from tests.dsar import pdf_ua

WRITTEN = [
    "e\u0301 a\u0308 o\u0335 \u0301", "مَرْحَبًا \u202e שלום \u200f", "#panic() $x^2$ *a* _b_ @c <d> `e`",
    "👩\u200d👩\u200d👧\ufe0f 🇮🇹", "\x00\x01\x7f\ufeff\ufffe\U000e0041", "ﷺ Ǆ ﬃ ẞ ﬁ", "z\u0351\u036b\u0343a\u0334lgo",
]  # fmt: skip


def _page(texts: list[str]) -> str:
    records = "".join(f"<dt>{n}</dt><dd>{html.escape(text)}</dd>" for n, text in enumerate(texts))
    return (
        '<html lang="en"><head><title>Copy</title></head><body><h1>Copy</h1>'
        f"<h2>Notes</h2><dl>{records}</dl></body></html>"
    )


def _anything(chance: random.Random) -> str:
    ends = [range(1, 0xD800), range(1, 0x700), range(0x1F000, 0x1FFFF), range(32, 127)]
    return "".join(chr(chance.choice(chance.choice(ends))) for _ in range(40))


def test_no_text_of_anybody_keeps_them_from_their_pdf(is_long: bool) -> None:
    chance = random.Random(15)
    texts = WRITTEN + [_anything(chance) for _ in range(30_000 if is_long else 600)]
    for first in range(0, len(texts), 200):
        pdf = readable_pdf.pdf(_page(texts[first : first + 200]))
        assert pdf_ua.faults(pdf, language="en", title="Copy") == []


def test_an_accent_apart_is_read_with_its_letter_and_a_foreign_letter_by_its_number() -> None:
    said = pdf_ua.text_of(readable_pdf.pdf(_page(["perche\u0301 日 no\u0351"])))
    assert "perché [U+65E5] no[U+0351]" in said
    assert "Characters that the fonts of this document do not have" in said


def test_an_element_that_the_pdf_does_not_know_is_an_error_and_not_left_out() -> None:
    page = _page(["x"]).replace("</dl>", "</dl><blockquote>kept</blockquote>")
    with pytest.raises(ValueError, match=r"^blockquote$"):
        readable_pdf.pdf(page)
