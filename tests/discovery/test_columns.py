"""Single columns: headers in both languages and many spellings, values against headers."""

import pytest

from governance.policy.categories import Category
from registry.discovery.columns import propose, propose_table
from registry.discovery.headers import words_of

CODES = ["RSSMRA80A01H501U", "BNCLCU85D50F205K", "VRDGPP71C12G273I", "CNTLRD64H03L736N"]
CARDS = ["4012888888881881", "5555 5555 5555 4444", "378282246310005"]
EMAILS = ["anna@example.it", "luca@example.com", "x.y@example.org"]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("nome", "given_name"), ("Cognome", "family_name"), ("Nome e Cognome", "full_name"),
        ("nominativo", "full_name"), ("intestatario", "full_name"), ("indirizzo", "street"),
        ("Indirizzo di residenza", "street"), ("CAP", "postal_code"), ("città", "city"),
        ("Comune", "city"), ("provincia", "region"), ("Prov.", "region"), ("nazione", "country"),
        ("codice fiscale", "national_id"), ("cod_fiscale", "national_id"), ("CodiceFiscale", "national_id"),
        ("codicefiscale", "national_id"), ("Partita IVA", "vat_number"), ("p_iva", "vat_number"),
        ("data di nascita", "birth_date"), ("datanascita", "birth_date"), ("DataNascita", "birth_date"),
        ("luogo di nascita", "birth_place"), ("sesso", "gender"), ("stato civile", "marital_status"),
        ("ragione sociale", "company"), ("cellulare", "phone"), ("Telefono fisso", "phone"),
        ("indirizzo e-mail", "email"), ("Indirizzo IP", "ip"), ("PEC", "email"), ("professione", "job_title"),
        ("titolo di studio", "education"), ("reddito annuo", "income"), ("numero carta", "card_number"),
        ("Carta di credito", "card_number"), ("codice di sicurezza", "card_code"), ("scadenza carta", "card_expiry"),
        ("parola d'ordine", "password"), ("psw", "password"), ("IBAN", "iban"), ("targa", "vehicle"),
        ("codice cliente", "customer_number"), ("note", "note"), ("lingua preferita", "language"),
        ("religione", "religion"), ("invalidità", "health"), ("tessera sindacale", "trade_union"),
        ("consenso marketing", "consent"), ("numero passaporto", "identity_document"),
        ("tessera sanitaria", "health_card"), ("prodotto", "product"), ("Nome prodotto", "product"),
        ("data ordine", "date"), ("importo", "amount"),
        ("HOME_EMAIL", "email"), ("homeEmail", "email"), ("npe01__HomeEmail__c", "email"),
        ("MailingStreet", "street"), ("Gender__c", "gender"), ("lastName", "family_name"),
        ("user-password", "password"), ("ccNumber", "card_number"), ("DOB", "birth_date"),
        ("mobile_phone", "phone"), ("ZIPCode", "postal_code"), ("EmailOptOut", "opted_out_email"),
        ("doNotCall", "do_not_call"), ("ProductName", "product"), ("ship_to_city", "city"),
        ("unitprice", "amount"), ("api_key", "password"), ("ssn", "national_id"),
    ],
)  # fmt: skip
def test_headers_alone(header: str, kind: str) -> None:
    assert propose(header, []).kind == kind


@pytest.mark.parametrize(
    ("header", "values", "kind", "category"),
    [
        ("note", CODES, "national_id", Category.NATIONAL_ID),
        ("Prodotto", EMAILS, "email", Category.EMAIL),
        ("nome", EMAILS, "email", Category.EMAIL),
        ("riferimento", CARDS, "card_number", Category.PAYMENT_CARD),
        ("campo3", ["IT60X0542811101000000123456", "DE89370400440532013000"], "iban", Category.BANK_ACCOUNT),
        ("codice", ["00743110157", "01333550323", "02182030391"], "vat_number", Category.NATIONAL_ID),
        ("", ["$2b$12$" + "a" * 53, "$2b$12$" + "b" * 53], "password", Category.CREDENTIALS),
        ("valore", ["**** **** **** 1881", "**** **** **** 4444"], "card_number", Category.PAYMENT_CARD),
        ("host", ["10.0.0.1", "2001:db8::1", "192.168.4.5"], "ip", Category.ONLINE_IDENTIFIER),
    ],
)  # fmt: skip
def test_check_digits_and_shapes_win_over_the_header(
    header: str, values: list[str], kind: str, category: Category
) -> None:
    found = propose(header, values)

    assert (found.kind, found.category) == (kind, category)


@pytest.mark.parametrize(
    ("header", "values", "kind"),
    [
        ("PhoneService", ["Yes", "No", "Yes"], "boolean"),
        ("email", ["true", "false"], "boolean"),
        ("EmailStatus", ["valid", "bounced", "unknown", "new"], "text"),
        ("address_type", ["Home", "Work", "Other"], "text"),
        ("current_address", ["a0M6g000000NTAeEAO", "a0M6g000000NTAfEAO"], "code"),
        ("orario", ["12:34:56", "01:02:03", "23:59:59"], "text"),
        ("AnnualSales", ["300000.0000", "800000.0000"], "amount"),
        ("nome", ["Chitarra", "Batteria", "Violino", "Flauto dolce"], "text"),
        ("Name", ["For Those About To Rock", "Balls to the Wall", "Restless and Wild"], "text"),
        ("Name", ["IONOS Cloud Ltd.", "Bianchi S.p.A.", "Verdi Srl", "Acme GmbH"], "company"),
        ("Name", ["Anna Rossi", "Luca Bianchi", "Marta Verdi"], "full_name"),
        ("Name", ["Rossi Household", "Ivans Household", "Famiglia Bianchi"], "full_name"),
        ("Title", ["Mr.", "Mrs.", "Dr."], "title"),
        ("Title", ["Sales Manager", "Accounting Clerk", "Purchasing Agent"], "job_title"),
        ("Title", ["Big Ones", "Let There Be Rock", "Jagged Little Pill"], "text"),
    ],
)  # fmt: skip
def test_values_contradict_or_refine_the_header(header: str, values: list[str], kind: str) -> None:
    assert propose(header, values).kind == kind


def test_card_numbers_damaged_by_a_spreadsheet() -> None:
    damaged = ["5.54563E+15", "4.91643E+15", "4.53282E+15"]

    with_header, without = propose("CCNumber", damaged), propose("", damaged)

    assert (with_header.kind, with_header.category, with_header.confidence) == (
        "card_number", Category.PAYMENT_CARD, 0.95,
    )  # fmt: skip
    assert (without.category, without.confidence) == (Category.PAYMENT_CARD, 0.5)


def test_short_values_of_a_special_category_are_asked_about() -> None:
    found = propose("campo12", ["cattolica", "musulmano", "ebrea", "nessuna"])

    assert (found.kind, found.category, found.confidence) == (
        "religion", Category.RELIGIOUS_BELIEF, 0.6,
    )  # fmt: skip


def test_nine_digits_are_not_an_identifier_by_luck() -> None:
    serials = [str(100000000 + 7 * n) for n in range(60)]

    assert propose("", serials).category is None


def test_a_name_beside_an_isbn_is_not_a_person() -> None:
    people = ["Anna Rossi", "Luca Bianchi", "Marta Verdi"]
    beside_book = propose_table(["ISBN", "Name"], [["9788804668237", name] for name in people])
    beside_city = propose_table(["Name", "City"], [[name, "Torino"] for name in people])

    assert [(c.kind, c.category) for c in beside_book][1] == ("product", None)
    assert [c.category for c in beside_city] == [Category.NAME, Category.POSTAL_ADDRESS]


def test_nome_beside_cognome_is_a_given_name_whatever_the_list_knows() -> None:
    rows = [["Chidera", "Nwosu"], ["Xiuying", "Wang"], ["Zsófia", "Nagy"]]

    assert [c.kind for c in propose_table(["nome", "cognome"], rows)] == [
        "given_name",
        "family_name",
    ]
    assert propose("nome", [row[0] for row in rows]).kind == "text"


def test_card_code_and_expiry_are_known_by_the_card_beside_them() -> None:
    rows = [[card, "123", "Jan-27"] for card in CARDS] + [["4111111111111111", "9876", "May-28"]]

    found = propose_table(["a", "b", "c"], rows)

    assert [c.kind for c in found] == ["card_number", "card_code", "card_expiry"]


def test_short_rows_are_read_as_empty() -> None:
    found = propose_table(["Email", "Phone"], [["anna@example.it"], ["luca@example.it"], []])

    assert [(c.kind, c.confidence) for c in found] == [("email", 0.98), ("phone", 0.66)]


def test_reasons_hold_no_value() -> None:
    values = ["anna.bianchi@example.it", "RSSMRA80A01H501U", "347 1234567", "Segreto1!"]
    for header in ("", "email", "nome", "password", "telefono", "codice fiscale", "note"):
        text = " ".join(propose(header, values).reasons)
        assert [value for value in values if value in text] == []


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("npe01__HomeEmail__c", ("home", "email")),
        ("Gender__c", ("gender",)),
        ("datanascita", ("data", "nascita")),
        ("CVV2", ("cvv", "2")),
        ("IndirizzoIP", ("indirizzo", "ip")),
        ("Città di nascita", ("citta", "di", "nascita")),
        ("", ()),
    ],
)
def test_words_of_a_header(header: str, words: tuple[str, ...]) -> None:
    assert words_of(header) == words
