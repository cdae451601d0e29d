"""Art. 15(4): the copy does not adversely affect the rights and freedoms of others; nor does 20(4)."""

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import jsonschema
import pytest

from audit.models import Entry
from crm.models import Contact, ContactPoint
from dsar import access_right, others, portability_right
from dsar.errors import OthersWaitError, TextChangedError
from dsar.models import Reading, SubjectRequest
from dsar.others import Read
from dsar.redaction.copy import Looked
from dsar.redaction.passages import Passage, Verdict, merged
from governance.policy.vocabulary import Duty, Right, Role
from registry.discovery.mentions import Kind
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_person, an_interaction
from tests.dsar import pdf_ua
from tests.dsar.acts import ask_and_identify, copy_of, data_of, text_of
from tests.dsar.others import looked, read_all
from tests.dsar.test_others_found import Note, notes
from tests.scenarios.answering import LANGUAGES

LATER = NOW + timedelta(hours=1)
ABOUT_OTHERS = (
    "Anna Bianchi ha fatto chiamare il marito Stefano Galli (338 765 4321, "
    "stefano.galli@posta.example). Stefano paga con Anna, anna.bianchi@example.it."
)
AGAIN = "Galli chiede la fattura. Sua sorella Ines Valsecchi no."
OTHERS = ("Stefano", "Galli", "338 765 4321", "stefano.galli", "Ines", "Valsecchi")


@pytest.fixture
def anna(company: Company) -> UUID:
    subject = a_person(company, phone="+39 347 123 4567", orders=[date(2026, 3, 2)])
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        (contact,) = access.rows(Contact)
        contact.fiscal_code, contact.birth_date = "BNCNNA80A41F205X", date(1980, 1, 1)
        contact.save()
        home = ContactPoint(
            controller_id=company.controller.pk, subject_id=subject, collected_at=NOW,
            kind="post", label="",
        )  # fmt: skip
        home.street, home.city = "Via delle Rose 4", "Torino"
        home.save()
    return subject


def bodies(files: dict[str, bytes]) -> list[str]:
    rows = next(g["rows"] for g in data_of(files)["groups"] if g["record"] == "crm.Interaction")
    return [row["fields"]["body"]["value"] for row in rows]


def nowhere(files: dict[str, bytes], *words: str) -> None:
    """The words stand in no file: neither in its bytes nor in its text."""
    for name, content in files.items():
        text = " ".join(text_of(name, content).split())
        for word in words:
            assert word.encode() not in content, (word, name)
            assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is None, (word, name)


@LANGUAGES
def test_the_copy_does_not_tell_of_others_and_keeps_everything_of_the_person(
    company: Company, anna: UUID, language: str
) -> None:
    an_interaction(company, anna, body=ABOUT_OTHERS)
    an_interaction(company, anna, body=AGAIN, at=LATER)
    files = copy_of(company, ask_and_identify(company, language=language))
    nowhere(files, *OTHERS)
    a, b = {"it": ("[persona A]", "[persona B]"), "en": ("[person A]", "[person B]")}[language]
    phone, mail = {
        "it": ("[telefono di persona A]", "[e-mail di persona A]"),
        "en": ("[phone of person A]", "[e-mail of person A]"),
    }[language]
    first, second = bodies(files)
    assert first == (
        f"Anna Bianchi ha fatto chiamare il marito {a} ({phone}, {mail}). {a} paga con Anna, "
        "anna.bianchi@example.it."
    )
    assert second == f"{a} chiede la fattura. Sua sorella {b} no."


@LANGUAGES
def test_the_person_is_told_how_much_is_hidden_where_and_why(
    company: Company, anna: UUID, language: str
) -> None:
    an_interaction(company, anna, body=ABOUT_OTHERS)
    files = copy_of(company, ask_and_identify(company, language=language))
    data = data_of(files)
    jsonschema.validate(data, json.loads(files["schema.json"]))
    where = {"record": "crm.Interaction", "field": "body", "law": "15(4)"}
    assert data["hidden"] == [
        {**where, "kind": "person", "count": 2},
        {**where, "kind": "phone", "count": 1},
        {**where, "kind": "email", "count": 1},
    ]
    (row,) = next(g["rows"] for g in data["groups"] if g["record"] == "crm.Interaction")
    assert row["fields"]["body"]["hidden"] == 4
    assert "hidden" not in row["fields"]["topic"]
    said = {
        "it": "In 4 punti abbiamo nascosto",
        "en": "In 4 places we hid what is about other people",
    }[language]
    for name in ("letter.txt", "letter.html", "letter.pdf", "index.html", "index.pdf"):
        assert said in " ".join(text_of(name, files[name]).split()), name
    assert pdf_ua.faults(files["index.pdf"], language=language, title={
        "it": "I Suoi dati", "en": "Your data"}[language]) == []  # fmt: skip
    assert b'"person";"2";"15(4)"' in files["csv/hidden.csv"]


def test_a_copy_that_tells_of_nobody_says_nothing_of_it(company: Company, anna: UUID) -> None:
    an_interaction(company, anna, body="La lampada è rotta.")
    files = copy_of(company, ask_and_identify(company))
    assert data_of(files)["hidden"] == []
    assert "abbiamo nascosto" not in files["letter.txt"].decode()
    assert bodies(files) == ["La lampada è rotta."]


def test_no_copy_is_made_of_a_text_that_nobody_has_read(company: Company, anna: UUID) -> None:
    """The machine does not find everybody: also where it found nothing a person reads."""
    an_interaction(company, anna, body="La lampada è rotta.")
    request = ask_and_identify(company)
    with pytest.raises(OthersWaitError):
        access_right.fulfil(request.pk, company.actor(Role.DPO), NOW)
    assert read_all(company, request) == 0
    assert access_right.fulfil(request.pk, company.actor(Role.DPO), NOW).digest


def test_what_they_wrote_to_us_themselves_waits_only_where_somebody_is_named(
    company: Company, anna: UUID
) -> None:
    dpo = company.actor(Role.DPO)
    plain = ask_and_identify(company, details="Tutti i miei dati, per favore.")
    assert access_right.fulfil(plain.pk, dpo, NOW).digest
    naming = ask_and_identify(company, details="Anche quelli di mio marito Stefano Galli.")
    with pytest.raises(OthersWaitError):
        access_right.fulfil(naming.pk, dpo, NOW)


def test_a_note_between_review_and_release_is_read_before_it_leaves(
    company: Company, anna: UUID
) -> None:
    dpo = company.actor(Role.DPO)
    an_interaction(company, anna, body=ABOUT_OTHERS)
    request = ask_and_identify(company)
    read_all(company, request)
    an_interaction(company, anna, body=AGAIN, at=LATER)
    with pytest.raises(OthersWaitError):
        access_right.fulfil(request.pk, dpo, LATER)
    (waiting,) = looked(company, request, now=LATER).waiting
    assert waiting.text.value == AGAIN
    nowhere(copy_of(company, request, now=LATER), *OTHERS)


def test_a_person_who_is_found_later_is_looked_for_in_what_was_read(
    company: Company, anna: UUID
) -> None:
    """ "Pautasso" alone is on no list; the later note says that it is somebody's name."""
    an_interaction(company, anna, body="Deciderà Pautasso.")
    request = ask_and_identify(company)
    assert read_all(company, request) == 0
    an_interaction(company, anna, body="Il geometra Piero Pautasso decide.", at=LATER)
    waiting = {one.text.value for one in looked(company, request, now=LATER).waiting}
    assert waiting == {"Deciderà Pautasso.", "Il geometra Piero Pautasso decide."}
    nowhere(copy_of(company, request, now=LATER), "Pautasso", "Piero")


def find(company: Company, request: SubjectRequest, value: str) -> Looked:
    return next(one for one in looked(company, request).texts if one.text.value == value)


def test_words_that_the_machine_missed_are_hidden_by_hand(company: Company, anna: UUID) -> None:
    text = "Il farmacista di via Po 8 la conosce."
    an_interaction(company, anna, body=text)
    an_interaction(company, anna, body="Anche il farmacista di via Po 8 ha chiamato.", at=LATER)
    request = ask_and_identify(company)
    one = find(company, request, text)
    words = others.by_hand(text, "farmacista di via Po 8", kind=Kind.WORDS)
    others.decide(
        request.pk, [Read(one.text.key, tuple(words))], by=company.actor(Role.DPO), now=NOW
    )
    files = copy_of(company, request)
    nowhere(files, "farmacista")
    assert bodies(files) == ["Il [omissis] la conosce.", "Anche il [omissis] ha chiamato."]


def test_showing_is_a_decision_with_a_reason_and_the_log_has_no_word(
    company: Company, anna: UUID
) -> None:
    an_interaction(company, anna, body=ABOUT_OTHERS)
    request = ask_and_identify(company)
    one = find(company, request, ABOUT_OTHERS)
    said = tuple(
        Passage(p.start, p.end, p.kind, Verdict.CONSENT if p.kind is Kind.PERSON else p.verdict)
        for p in one.passages
    )
    dpo = company.actor(Role.DPO)
    others.decide(request.pk, [Read(one.text.key, said)], by=dpo, now=NOW)
    files = copy_of(company, request)
    assert "marito Stefano Galli ([telefono di persona A]" not in bodies(files)[0]
    assert (
        "marito Stefano Galli ([un numero di telefono], [un indirizzo e-mail])" in bodies(files)[0]
    )
    with gate.duty(dpo, Duty.SUPERVISION, now=NOW):
        entries = [bytes(e.entry).decode() for e in Entry.objects.order_by("id")]
    reviewed = [e for e in entries if '"others.reviewed"' in e]
    assert '"consent":2' in reviewed[0]
    assert '"hidden":2' in reviewed[0]
    assert "crm.Interaction.body" in reviewed[0]
    (answered,) = [e for e in entries if '"request.answered"' in e]
    assert '"hidden":2' in answered
    assert '"shown":2' in answered
    assert not any(word in entry for entry in entries for word in OTHERS)


def test_a_name_that_is_shown_has_no_letter(company: Company, anna: UUID) -> None:
    """Their number is anybody's then: a letter would join it to what is shown."""
    text = "Stefano Galli (338 765 4321) e Ines Valsecchi."
    an_interaction(company, anna, body=text)
    request, dpo = ask_and_identify(company), company.actor(Role.DPO)
    one = find(company, request, text)
    said = [replace(p, verdict=Verdict.KNOWN) if n == 0 else p for n, p in enumerate(one.passages)]
    others.decide(request.pk, [Read(one.text.key, tuple(said))], by=dpo, now=NOW)
    assert bodies(copy_of(company, request)) == [
        "Stefano Galli ([un numero di telefono]) e [persona A]."
    ]


def test_a_decision_holds_places_and_no_word_and_ends_with_the_request(
    company: Company, anna: UUID
) -> None:
    an_interaction(company, anna, body=ABOUT_OTHERS)
    request = ask_and_identify(company)
    copy_of(company, request)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        rows = list(access.rows(Reading))
        assert {row.scope for row in rows} == {"request"}
        assert {row.closed_on for row in rows} == {NOW.date()}
        assert not any(word in (row.said or "") for row in rows for word in OTHERS)


def test_a_decision_about_another_text_is_refused(company: Company, anna: UUID) -> None:
    an_interaction(company, anna, body=ABOUT_OTHERS)
    request, dpo = ask_and_identify(company), company.actor(Role.DPO)
    one = find(company, request, ABOUT_OTHERS)
    for read in (
        Read("0" * 64, ()),
        Read(one.text.key, (Passage(0, len(ABOUT_OTHERS) + 1, Kind.WORDS),)),
    ):
        with pytest.raises(TextChangedError):
            others.decide(request.pk, [read], by=dpo, now=NOW)
    others.decide(request.pk, [Read(one.text.key, ())], by=dpo, now=NOW)
    nowhere(copy_of(company, request), *OTHERS)  # what the form left out stays hidden


def test_who_names_themselves_in_a_request_opens_no_note(company: Company, anna: UUID) -> None:
    """Who signs as "Stefano Galli" is not shown what the notes say of him."""
    an_interaction(company, anna, body=ABOUT_OTHERS)
    request = ask_and_identify(company, name="Stefano Galli", subject=anna)
    assert "Stefano" not in bodies(copy_of(company, request))[0]


def test_the_letters_of_two_copies_tell_nothing_about_each_other(
    company: Company, anna: UUID
) -> None:
    bruno = a_person(
        company, given="Bruno", family="Conti", email="bruno@example.it", orders=[NOW.date()]
    )
    an_interaction(company, anna, body="La vicina Ines Valsecchi ha il pacco.")
    an_interaction(company, bruno, body="Suo zio Carlo Ponti e la vicina Ines Valsecchi.")
    first = copy_of(company, ask_and_identify(company))
    second = copy_of(company, ask_and_identify(company, email="bruno@example.it", name="Bruno"))
    assert bodies(first) == ["La vicina [persona A] ha il pacco."]
    assert bodies(second) == ["Suo zio [persona A] e la vicina [persona B]."]


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("La collega Joann ha pagato per Anna, non per Annamaria.",
         "La collega [persona A] ha pagato per Anna, non per [persona B]."),
        ("La tenda rosa piace a Rosa.", "La tenda rosa piace a [persona A]."),
        ("Rimborso a יוסף כהן, non a Bianchi.", "Rimborso a [persona A], non a Bianchi."),
        ("Ha firmato Mar\u200bio Ros\u00adsi.", "Ha firmato [persona A]."),
        ("La sorella Anna ha chiamato per Anna.", "La sorella [persona A] ha chiamato per Anna."),
        ("Marco Bianchi ritira; Bianchi lo sa.", "[persona A] ritira; [persona A] lo sa."),
        ("Scrivere a privacy@acme.example o al collega luca.riva@acme.example.",
         "Scrivere a privacy@acme.example o al collega [e-mail del nostro personale]."),
        ("Ne parli Luca Riva (luca.riva@acme.example).",
         "Ne parli [il nostro personale] ([e-mail del nostro personale])."),
    ],
)  # fmt: skip
def test_names_are_taken_whole(company: Company, anna: UUID, note: str, expected: str) -> None:
    an_interaction(company, anna, body=note)
    assert bodies(copy_of(company, ask_and_identify(company))) == [expected]


def test_portability_hides_others_too(company: Company, anna: UUID) -> None:
    an_interaction(company, anna, body=ABOUT_OTHERS)
    request, dpo = ask_and_identify(company, Right.PORTABILITY), company.actor(Role.DPO)
    with pytest.raises(OthersWaitError):
        portability_right.fulfil(request.pk, by=dpo, now=NOW)
    read_all(company, request)
    copy = portability_right.fulfil(request.pk, by=dpo, now=NOW)
    with zipfile.ZipFile(io.BytesIO(access_right.disclose(copy.pk, dpo, NOW))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    nowhere(files, *OTHERS)
    data = data_of(files)
    jsonschema.validate(data, json.loads(files["schema.json"]))
    assert sum(line["count"] for line in data["hidden"]) == 4
    assert {line["law"] for line in data["hidden"]} == {"20(4)"}


@LANGUAGES
def test_of_many_notes_no_value_of_others_is_in_any_file_and_every_one_of_the_person_is(
    company: Company, anna: UUID, language: str
) -> None:
    """The machine proposes, a reader adds what it missed, and the files are searched."""
    corpus = [note for note in notes() if note.language == language]
    for number, note in enumerate(corpus):
        an_interaction(company, anna, body=note.text, at=NOW + timedelta(minutes=number))
    request = ask_and_identify(company, language=language)
    by_text = {note.text: note for note in corpus}
    reads = [
        Read(one.text.key, tuple(_as_a_reader(one, by_text.get(one.text.value))))
        for one in looked(company, request).waiting
    ]
    others.decide(request.pk, reads, by=company.actor(Role.DPO), now=NOW)
    files = copy_of(company, request)
    values = {note.text[a:b] for note in corpus for _kind, a, b in note.others}
    nowhere(files, *(values - {"anna", "Bianchi"}))  # of a namesake; its place is checked below
    said = "\n".join(bodies(files))
    assert said.count("Anna") >= sum(note.text.count("<Anna") for note in corpus)
    for note in corpus:
        for a, b in note.own:
            assert note.text[a:b] in said, note.text


def _as_a_reader(one: Looked, note: Note | None) -> list[Passage]:
    """What is proposed, what the machine missed, and the person's own that it took for others'."""
    if note is None:
        return list(one.passages)
    kept = [
        Passage(p.start, p.end, p.kind, Verdict.OWN)
        if any(p.start < b and a < p.end for a, b in note.own) else p
        for p in one.passages
    ]  # fmt: skip
    missed = [
        Passage(a, b, Kind(kind)) for kind, a, b in note.others
        if not any(p.start <= a and b <= p.end for p in kept)
    ]  # fmt: skip
    return merged(kept, missed)
