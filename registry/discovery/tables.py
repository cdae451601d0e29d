"""What neighbours say about a column: whose data a table holds, and what that changes.

"Name" beside "ISBN" is not a person; a company beside a person's name is where the person
works; an amount beside a customer number is what somebody spent. Each rule looks at the
whole table and changes one proposal, adding its reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from governance.policy.categories import Category
from registry.discovery import evidence, headers
from registry.discovery import values as tests
from registry.discovery.columns import ColumnProposal, proposal
from registry.discovery.evidence import HALF, NEARLY_ALL, SEVERAL
from registry.discovery.gazetteer import word_set
from registry.discovery.values import Sample

_MORE_THAN_A_STATUS = 5  # distinct values; M and S alone are a status
_CODE_LENGTHS = (3, 4)  # CVV2 and CID
_SHORTEST_POSTAL_CODE = 4
_NAMES = frozenset({"given_name", "family_name", "full_name"})
_ABOUT_PEOPLE = frozenset({
    "email", "birth_date", "gender", "marital_status", "national_id", "password", "username",
    "phone", "children",
})  # fmt: skip
_ADDRESS = frozenset({"street", "city", "region", "country", "postal_code"})
_PEOPLE_WORDS = word_set("""
    customer contact employee person user lead member patient student subscriber client buyer
    prospect prospective cliente contatto dipendente persona utente socio paziente abbonato sf
    account guest donor recipient support reports consumer prospectivebuyer
""")  # fmt: skip
_THING_WORDS = word_set("isbn sku ean genre album track product prodotto articolo")
_BUYING_WORDS = word_set("""
    order invoice purchase shipped required billing fattura ordine acquisto total totale importo
    price prezzo charges amount freight spesa spent sales gift payment pagamento opp
""")  # fmt: skip


@dataclass(frozen=True)
class Table:
    """The proposals of a table, and whose data it seems to hold.

    Attributes
    ----------
    columns, samples : one each per column
    of_people : whether a row describes a person
    of_things : whether a row describes a thing: its key or a column says so
    of_companies : whether a row describes an organisation and nobody in it
    linked : whether a row points to a person by a number
    """

    columns: Sequence[ColumnProposal]
    samples: Sequence[Sample]
    of_people: bool
    of_things: bool
    of_companies: bool
    linked: bool


Rule = Callable[[Table, int], ColumnProposal]


def with_neighbours(
    columns: Sequence[ColumnProposal], samples: Sequence[Sample]
) -> list[ColumnProposal]:
    """Correct the proposals of single columns by what stands beside them.

    Parameters
    ----------
    columns, samples : one each per column, in the order of the table
    """
    current = list(columns)
    for rule in _RULES:
        table = _read(current, samples)
        current = [rule(table, at) for at in range(len(current))]
    return current


def _read(columns: Sequence[ColumnProposal], samples: Sequence[Sample]) -> Table:
    """Say whose data a table holds."""
    sure = [c for c in columns if c.confidence >= HALF]
    kinds = {c.kind for c in sure}
    generic = {c.kind for c in sure if headers.words_of(c.header) in (("name",), ("nome",))}
    names = {c.kind for c in sure if c.kind in _NAMES} - generic
    about = kinds & _ABOUT_PEOPLE
    of_things = _is_of_things(columns)
    of_people = bool(
        names
        or len(about) > SEVERAL
        or "birth_date" in about
        or (generic & _NAMES and not of_things)
    )
    return Table(
        columns, samples, of_people, of_things,
        of_companies="company" in kinds and not of_people,
        linked=bool(kinds & {"customer_number", "person_reference"}),
    )  # fmt: skip


def _is_of_things(columns: Sequence[ColumnProposal]) -> bool:
    """Say whether the first column is the key of a thing, or a neighbour is only a thing's."""
    first = headers.words_of(columns[0].header) if columns else ()
    keyed = len(first) > 1 and first[-1] in ("id", "key") and not _PEOPLE_WORDS & set(first)
    words = {word for column in columns for word in headers.words_of(column.header)}
    return keyed or bool(words & _THING_WORDS)


def _given_name(table: Table, at: int) -> ColumnProposal:
    """Read "nome" beside "cognome" as a given name, also where no name is on our lists."""
    column, sample = table.columns[at], table.samples[at]
    bare = headers.words_of(column.header) in (("nome",), ("name",))
    surnames = any(c.kind == "family_name" for c in table.columns)
    if bare and surnames and column.kind in ("text", "full_name") and sample.confirms("given_name"):
        return proposal(column.header, "given_name", 0.9, "beside a family name")
    return column


def _name_of_thing(table: Table, at: int) -> ColumnProposal:
    column = table.columns[at]
    bare = headers.words_of(column.header)[-1:] in (("name",), ("nome",))
    if column.kind in _NAMES and bare and table.of_things and not table.of_people:
        return proposal(column.header, "product", 0.7, "the name of a thing, by its neighbours")
    return column


def _key_of_person(table: Table, at: int) -> ColumnProposal:
    column, sample = table.columns[at], table.samples[at]
    words = headers.words_of(column.header)
    key = at == 0 and words[-1:] in (("id",), ("key",)) and sample.distinct == sample.filled > 0
    contacts = any(c.kind == "company" for c in table.columns)  # then the row is an organisation
    if (
        key
        and table.of_people
        and not contacts
        and column.kind in ("code", "text", "amount", "quantity")
    ):
        return proposal(column.header, "customer_number", 0.6, "the key of a row about a person")
    return column


def _family_name(table: Table, at: int) -> ColumnProposal:
    """Recognise one column of surnames, and one of initials, without headers by given names."""
    column, sample = table.columns[at], table.samples[at]
    if not _is_unnamed_text(column):
        return column
    initials = sample.share(lambda v: len(v.rstrip(".")) == 1 and v[0].isalpha())
    if (
        initials >= NEARLY_ALL
        and sample.distinct > _MORE_THAN_A_STATUS
        and _beside_given_name(table, at)
    ):
        return proposal(column.header, "middle_name", 0.5, "initials beside given names")
    candidates = [n for n in range(len(table.columns)) if _may_be_surnames(table, n)]
    known = any(c.kind == "family_name" for c in table.columns)
    if candidates and candidates[0] == at and not known:
        return proposal(column.header, "family_name", 0.6, "single words beside given names")
    return column


def _is_unnamed_text(column: ColumnProposal) -> bool:
    unnamed = evidence.is_useless(headers.words_of(column.header))
    return unnamed and column.kind == "text"


def _beside_given_name(table: Table, at: int) -> bool:
    near = table.columns[max(0, at - 2) : at + 3]
    return any(column.kind == "given_name" for column in near)


def _may_be_surnames(table: Table, at: int) -> bool:
    """Say whether a nameless column holds many different single words beside given names."""
    column, sample = table.columns[at], table.samples[at]
    many = sample.distinct > max(_MORE_THAN_A_STATUS, 0.05 * sample.filled)
    fits = _is_unnamed_text(column) and _beside_given_name(table, at) and many
    return fits and sample.share(tests.is_word_name) >= NEARLY_ALL


def _card_neighbours(table: Table, at: int) -> ColumnProposal:
    """Recognise card codes and expiry dates beside a card number, whatever their header."""
    column, sample = table.columns[at], table.samples[at]
    near = [c.kind for c in table.columns[max(0, at - 2) : at + 3]]
    if "card_number" not in near or column.kind not in ("code", "text", "amount", "date"):
        return column
    if (
        sample.values
        and sample.share(lambda v: v.isdigit() and len(v) in _CODE_LENGTHS) >= NEARLY_ALL
    ):
        return proposal(column.header, "card_code", 0.6, "three or four digits beside a card")
    if (
        sample.values
        and sample.share(lambda v: tests.EXPIRY.fullmatch(v) is not None) >= NEARLY_ALL
    ):
        return proposal(column.header, "card_expiry", 0.6, "months and years beside a card")
    return column


def _postal_code(table: Table, at: int) -> ColumnProposal:
    """Recognise postal codes without a header, beside a town or a region."""
    column, sample = table.columns[at], table.samples[at]
    near = {c.kind for c in table.columns[max(0, at - 2) : at + 3]}
    unnamed = evidence.is_useless(headers.words_of(column.header))
    if not unnamed or column.kind not in ("code", "text") or not near & {"city", "region"}:
        return column
    fits = sample.share(lambda v: tests.is_postal_code(v) and len(v) >= _SHORTEST_POSTAL_CODE)
    if fits >= NEARLY_ALL and sample.distinct > SEVERAL:
        return proposal(column.header, "postal_code", 0.55, "codes beside a town")
    return column


def _company(table: Table, at: int) -> ColumnProposal:
    column = table.columns[at]
    if column.kind == "company" and table.of_people:
        return replace(
            column,
            category=Category.OCCUPATION,
            reasons=(*column.reasons, "beside a person: where the person works or buys for"),
        )
    return column


def _site(table: Table, at: int) -> ColumnProposal:
    column = table.columns[at]
    if column.kind == "url" and table.of_people:
        return replace(
            column,
            category=Category.ONLINE_IDENTIFIER,
            confidence=0.5,
            reasons=(*column.reasons, "beside a person: may be the person's own"),
        )
    return column


def _purchase(table: Table, at: int) -> ColumnProposal:
    """Say that amounts and orders beside a person's number are what the person bought."""
    column = table.columns[at]
    words = set(headers.words_of(column.header))
    if column.kind in ("amount", "quantity"):
        words.discard("order")  # "naming order" is a sequence
    bought = column.kind in ("amount", "invoice_id", "date", "quantity")
    if bought and words & _BUYING_WORDS and (table.linked or table.of_people):
        return replace(
            column,
            category=Category.PURCHASES,
            confidence=0.5,
            reasons=(*column.reasons, "beside the number of a person: what the person bought"),
        )
    return column


def _address_of_company(table: Table, at: int) -> ColumnProposal:
    column = table.columns[at]
    if column.kind in _ADDRESS | {"phone", "fax"} and table.of_companies:
        return replace(
            column,
            confidence=round(column.confidence * 0.6, 2),
            reasons=(*column.reasons, "the table names organisations and nobody in them"),
        )
    return column


_RULES: tuple[Rule, ...] = (
    _given_name, _name_of_thing, _family_name, _key_of_person, _card_neighbours, _postal_code,
    _company, _site, _purchase, _address_of_company,
)  # fmt: skip
