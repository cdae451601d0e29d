"""What PDF/UA-1 (ISO 14289-1) asks of a file, as far as a program can tell; each line names its clause.

Not checked, because only a person can: whether the reading order makes sense and whether an
alternative text says the right thing. The pages have no pictures.
"""

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, IndirectObject, NameObject

STANDARD = {
    "Document", "Part", "Sect", "Div", "P", "H1", "H2", "H3", "L", "LI", "Lbl", "LBody", "Table",
    "THead", "TBody", "TR", "TH", "TD", "Span", "Strong", "Em", "Link", "Artifact", "Title",
}  # fmt: skip
PARENTS = {"LI": {"L"}, "LBody": {"LI"}, "TR": {"Table", "THead", "TBody"}, "TH": {"TR"},
           "TD": {"TR"}, "THead": {"Table"}, "TBody": {"Table"}}  # fmt: skip


def faults(content: bytes, *, language: str, title: str) -> list[str]:
    """Every clause that a file breaks; none is expected."""
    reader = PdfReader(io.BytesIO(content), strict=True)
    root = reader.trailer["/Root"]
    nodes = list(_tree(root["/StructTreeRoot"]))
    found = [*_document(reader, root, language, title), *_structure(root, nodes)]
    for page in reader.pages:
        found += _page(page)
    return found


def headings(content: bytes) -> list[str]:
    """The kinds of the headings in the order in which they are read."""
    root = PdfReader(io.BytesIO(content)).trailer["/Root"]
    return [kind for kind, _parent, _node in _tree(root["/StructTreeRoot"]) if kind[:1] == "H"]


def text_of(content: bytes) -> str:
    """The words of a file, without the breaks of lines."""
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def _document(
    reader: PdfReader, root: DictionaryObject, language: str, title: str
) -> Iterator[str]:
    xmp = reader.xmp_metadata
    if xmp is None or b"<pdfuaid:part>1</pdfuaid:part>" not in xmp.stream.get_data():
        yield "5: no PDF/UA identifier in the metadata"
    elif xmp.dc_title.get("x-default") != title and title not in xmp.dc_title.values():
        yield f"7.1: the title is {xmp.dc_title}"
    if not bool(root.get("/MarkInfo", {}).get("/Marked")):
        yield "7.1: not marked as tagged"
    if not bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle")):
        yield "7.1: the title is not displayed"
    if root.get("/Lang") != language:
        yield f"7.2: the language is {root.get('/Lang')}"
    if reader.is_encrypted:
        yield "7.16: encrypted"
    if "/JavaScript" in root.get("/Names", {}) or "/OpenAction" in root:
        yield "7.19: runs something"


def _structure(
    root: DictionaryObject, nodes: list[tuple[str, str, DictionaryObject]]
) -> Iterator[str]:
    kinds = [kind for kind, _parent, _node in nodes]
    roles = {str(k)[1:]: str(v)[1:] for k, v in root["/StructTreeRoot"].get("/RoleMap", {}).items()}
    for kind, parent, node in nodes:
        if roles.get(kind, kind) not in STANDARD:
            yield f"7.1: {kind} is no standard type"
        if kind in PARENTS and parent not in PARENTS[kind]:
            yield f"7.2: {kind} in {parent}"
        if kind == "TH" and "/Scope" not in _attributes(node):
            yield "7.5: a header cell without a scope"
        if kind == "Figure" and not node.get("/Alt"):
            yield "7.3: a picture without words"
    levels = [int(kind[1]) for kind in kinds if kind[:1] == "H"]
    steps = zip([0, *levels], levels, strict=False)
    if not levels or any(after > before + 1 for before, after in steps):
        yield f"7.4.2: levels of headings {levels}"
    if "Table" in kinds and "TH" not in kinds:
        yield "7.5: a table without headers"


def _page(page: Any) -> Iterator[str]:
    if "/StructParents" not in page:
        yield "7.1: a page outside the structure"
    if "/Annots" in page and page.get("/Tabs") != "/S":
        yield "7.18.3: tab order"
    shown, marked, untagged = _marks(page)
    if untagged or not shown or not marked:
        yield f"7.1: {untagged} of {shown} texts are neither tagged nor an artifact"
    for font in page["/Resources"].get("/Font", {}).values():
        for kind in font.get_object().get("/DescendantFonts", [font]):
            if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(
                kind.get_object()["/FontDescriptor"]
            ):
                yield "7.21.4.1: a font is not embedded"
        if "/ToUnicode" not in font.get_object():
            yield "7.21.7: a font without characters"


def _marks(page: Any) -> tuple[int, int, int]:
    """How many texts a page shows, how many sequences are marked, and how many texts are in none."""
    depth = shown = marked = untagged = 0
    for _operands, word in ContentStream(page.get_contents(), page.pdf).operations:
        if word in {b"BDC", b"BMC"}:
            depth, marked = depth + 1, marked + 1
        elif word == b"EMC":
            depth -= 1
        elif word in {b"Tj", b"TJ"}:
            shown, untagged = shown + 1, untagged + (depth == 0)
    return shown, marked, untagged


def _attributes(node: DictionaryObject) -> dict[str, Any]:
    found = node.get("/A", {})
    each = found if isinstance(found, ArrayObject) else [found]
    return {str(k): v for one in each for k, v in one.get_object().items()}


def _tree(node: Any, parent: str = "") -> Iterator[tuple[str, str, DictionaryObject]]:
    """Every element of the structure, with the kind of the one above it, in reading order."""
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, ArrayObject):
        for each in node:
            yield from _tree(each, parent)
    elif isinstance(node, DictionaryObject):
        kind = node.get("/S")
        name = str(kind)[1:] if isinstance(kind, NameObject) else parent
        if isinstance(kind, NameObject):
            yield name, parent, node
        if "/K" in node:
            yield from _tree(node["/K"], name)
