"""What arrives while one looks: a list from a fair that nobody verified, and requests.

The list is a file like any other and goes through the import: its source is not verified, so
its people are in quarantine, and its odd columns are questions for the DPO.
"""

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from crm.imports import landing
from crm.models import ImportBatch
from dsar import erasure_right, requests, timekeeping
from dsar.identity import OnBehalf, Requester
from dsar.models import SubjectRequest
from governance.demo.company import House
from governance.demo.histories import Life
from governance.demo.people import SEED, Person, Story, Townsfolk
from governance.policy.deadlines import ExtensionGround
from governance.policy.identity import Behalf, Means
from governance.policy.vocabulary import Channel, Duty, Right, Role, SubjectKind
from registry import operations
from registry.gate import opening as gate

FAIR = "Elenco visitatori della Fiera del Mobile (fornito dall'organizzatore)"
VISITORS = 60
HEADER = (
    "Nome", "Cognome", "E-mail", "Cellulare", "Azienda", "Qualifica", "Data di nascita",
    "Intolleranze alimentari", "Targa auto", "Password area riservata",
)  # fmt: skip
FOODS = ("nessuna", "celiaco", "lattosio", "nessuna", "diabetico", "nessuna", "allergia noci")


def import_fair(house: House, *, now: datetime) -> int:
    """Import the list of visitors of a fair; return how many people landed."""
    sales = house.staff[Role.SALES]
    source = operations.add_source(
        controller=house.controller, name=FAIR, kind="import", by=sales, now=now
    )
    if ImportBatch.objects.filter(source=source, state="done").exists():
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "visitatori.csv"
        _write_visitors(path)
        batch, mapping = landing.propose(
            path, source=source, purpose="lead_management", by=sales, now=now
        )
        report = landing.land(path, batch, mapping, by=sales, kind=SubjectKind.PROSPECT, now=now)
    return report.created


def _write_visitors(path: Path) -> None:
    """Write the list as such lists come: semicolons, and a few lines nobody can use."""
    folk = Townsfolk(SEED + 2)
    with path.open("w", encoding="cp1252", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        for number in range(VISITORS):
            given, family = folk.name(is_woman=number % 2 == 0)
            born = f"{number % 28 + 1:02}/{number % 12 + 1:02}/{1955 + number % 45}"
            writer.writerow([
                given, family, folk.email(given, family), folk.mobile(),
                folk.company(number).name, "Titolare", born, FOODS[number % len(FOODS)],
                f"G{'ABCDEFGHJK'[number % 10]}{100 + number}XY", f"fiera{number}!Pw",
            ])  # fmt: skip
        writer.writerow(["", "", "", "", "Stand 12", "", "", "", "", ""])  # about nobody


@dataclass(frozen=True)
class _Story:
    """A request as it will be found: whose, which right, when it came, what was done."""

    reference: str
    who: int  # which of the regular customers
    right: Right
    days_ago: int
    channel: Channel
    details: str
    level: Means | None = None
    language: str = "it"
    by: Requester | None = None  # somebody else, who asks for them


STORIES = (
    _Story("DEMO-0001", 3, Right.ACCESS, 20, Channel.EMAIL,
           "Chiedo copia di tutti i dati che avete su di me, e da chi li avete avuti.",
           Means.KNOWN_CONTACT),
    _Story("DEMO-0002", 11, Right.ERASURE, 12, Channel.WEB,
           "Non sono più vostro cliente: cancellate i miei dati.", Means.KNOWN_CONTACT),
    _Story("DEMO-0003", 24, Right.ACCESS, 47, Channel.POST,
           "Raccomandata: vorrei sapere quali miei dati trattate e perché."),
    _Story("DEMO-0004", 37, Right.PORTABILITY, 26, Channel.EMAIL,
           "Vorrei i miei ordini in un formato leggibile da un altro programma, dal 2014 a oggi.",
           Means.ACCOUNT),
    _Story("DEMO-0005", 45, Right.RECTIFICATION, 6, Channel.PHONE,
           "Ho cambiato casa e il mio cognome è scritto male nelle fatture."),
    _Story("DEMO-0006", 58, Right.OBJECTION, 4, Channel.EMAIL, "Basta pubblicità, grazie."),
    _Story("DEMO-0007", 66, Right.WITHDRAWAL, 9, Channel.WEB, "Revoco il consenso alla newsletter.",
           Means.KNOWN_CONTACT),
    _Story("DEMO-0008", 79, Right.ERASURE, 1, Channel.EMAIL,
           "Please delete my account and everything you know about me.", language="en"),
    _Story("DEMO-0009", 90, Right.RESTRICTION, 15, Channel.PHONE,
           "Contesto l'indirizzo che avete: finché non lo correggete, non usatelo.",
           Means.IN_PERSON),
    _Story("DEMO-0011", 52, Right.ACCESS, 3, Channel.EMAIL,
           "In nome della mia assistita chiedo copia di tutti i suoi dati; allego procura.",
           by=Requester("Avv. Ottavia Lanfranconi", "o.lanfranconi@studio.example", "",
                        on_behalf=OnBehalf(Behalf.MANDATE, relation="avvocata"))),
)  # fmt: skip
EXTENDED, PLANNED = "DEMO-0004", "DEMO-0002"


def receive_requests(
    house: House, lives: Sequence[Life], subjects: dict[int, UUID], *, now: datetime
) -> int:
    """Receive the requests that are under way, as far as they are not there; return how many."""
    people = [life.person for life in lives if life.person.story is Story.REGULAR]
    received = 0
    for story in STORIES:
        if not _is_there(house, story.reference, now):
            person = people[story.who]
            _receive(house, story, person, subjects[person.number], now)
            received += 1
    if not _is_there(house, "DEMO-0010", now):
        _receive_of_stranger(house, now)
        received += 1
    return received


def _is_there(house: House, reference: str, now: datetime) -> bool:
    with gate.duty(house.actor(Role.DPO), Duty.SUPERVISION, now=now):
        return SubjectRequest.objects.filter(
            controller=house.controller, reference=reference
        ).exists()


def _receive(house: House, story: _Story, person: Person, subject: UUID, now: datetime) -> None:
    dpo = house.actor(Role.DPO)
    request = requests.receive(
        dpo, right=story.right, channel=story.channel,
        received_at=now - timedelta(days=story.days_ago), language=story.language,
        requester=_asker(story, person),
        subject=subject, now=now, reference=story.reference,
        evidence=f"Protocollo in entrata {story.reference}",
    )  # fmt: skip
    if story.level:
        requests.identify(request.pk, story.level, by=dpo, now=now)
    if story.reference == EXTENDED:
        timekeeping.extend(
            request.pk, ground=ExtensionGround.COMPLEXITY,
            reasons="Dodici anni di ordini, in parte su un sistema dismesso.",
            notice_sent_on=(now - timedelta(days=8)).date(), by=dpo, now=now,
        )  # fmt: skip
    if story.reference == PLANNED:
        erasure_right.plan(request.pk, dpo, now)


def _asker(story: _Story, person: Person) -> Requester:
    """Return who asks: the person, or who says that they act for them."""
    if story.by is None or story.by.on_behalf is None:
        return Requester(person.name, person.email, person.phone, story.details)
    for_whom = replace(story.by.on_behalf, name=person.name)
    return replace(story.by, details=story.details, on_behalf=for_whom)


def _receive_of_stranger(house: House, now: datetime) -> None:
    """Somebody asks whom the company does not know; the answer will be that nothing is held."""
    requests.receive(
        house.actor(Role.DPO), right=Right.ACCESS, channel=Channel.WEB,
        received_at=now - timedelta(days=2), language="it",
        requester=Requester(
            "Ermenegilda Tornaquinci", "e.tornaquinci@posta.example", "",
            "Avete dati su di me? Ricevo le vostre cartoline.",
        ),
        now=now, reference="DEMO-0010", evidence="Modulo del sito del giorno stesso",
    )  # fmt: skip
