"""What can go wrong, in the demonstration: a breach under way, one closed, two assessments."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from governance.demo.company import House
from governance.policy.breaches import BreachRisk, Cause, Nature, Told
from governance.policy.categories import Category
from governance.policy.vocabulary import Role, SubjectKind
from registry import breaches, impact
from registry.breaches import Description
from registry.models import Breach, ImpactAssessment, ProcessingActivity

CLOSED = Description(
    nature=[Nature.CONFIDENTIALITY],
    cause=Cause.INTERNAL_MISTAKE,
    categories=[Category.NAME, Category.EMAIL],
    subject_kinds=[SubjectKind.CUSTOMER],
    people=38,
    records=38,
    risk=BreachRisk.RISK,
    is_complete=True,
    words={
        "happened": "Un invito a un evento è partito con gli indirizzi in copia visibile.",
        "consequences": "Chi lo ha ricevuto conosce gli indirizzi degli altri invitati.",
        "measures": "Scuse e richiesta di cancellare il messaggio; gli inviti a più persone"
        " partono ora uno per uno.",
    },
)
UNDER_WAY = Description(
    nature=[Nature.CONFIDENTIALITY, Nature.AVAILABILITY],
    cause=Cause.EXTERNAL_ATTACK,
    categories=[Category.NAME, Category.EMAIL, Category.PHONE, Category.POSTAL_ADDRESS],
    subject_kinds=[SubjectKind.CUSTOMER],
    people=210,
    records=None,
    risk=BreachRisk.RISK,
    is_complete=False,
    words={
        "happened": "Il portatile del negozio di Milano è stato rubato. Il disco è cifrato, la"
        " password era su un biglietto nella borsa.",
        "consequences": "Chi lo apre può leggere l'elenco delle consegne della settimana.",
        "measures": "Accessi revocati, denuncia presentata. Si accerta che cosa c'era sul disco.",
    },
)
AWARE_FOR = timedelta(hours=20)
CLOSED_FOR = timedelta(days=40)


def file(house: House, *, now: datetime) -> None:
    """Record breaches and assessments once; all of it is there, or nothing."""
    with transaction.atomic():
        if not Breach.objects.filter(controller=house.controller).exists():
            _closed(house, now)
            _under_way(house, now)
        if not ImpactAssessment.objects.filter(controller=house.controller).exists():
            _assess(house, now)


def _closed(house: House, now: datetime) -> None:
    """Notified within a day, and nothing is left to find out."""
    dpo, aware_at = house.staff[Role.DPO], now - CLOSED_FOR
    breach = breaches.record(
        aware_at=aware_at, began_at=aware_at - timedelta(hours=3), by=dpo, now=now
    )
    breaches.describe(breach=breach, known=CLOSED, by=dpo, now=now)
    breaches.notify(
        breach=breach, told=Told.AUTHORITY, sent_at=aware_at + timedelta(hours=22),
        reference="Garante, prot. 48211", reasons="", by=dpo, now=now,
    )  # fmt: skip


def _under_way(house: House, now: datetime) -> None:
    """Described, and not notified yet: its clock runs."""
    legal, aware_at = house.staff[Role.LEGAL], now - AWARE_FOR
    breach = breaches.record(
        aware_at=aware_at, began_at=aware_at - timedelta(hours=9), by=legal, now=now
    )
    breaches.describe(breach=breach, known=UNDER_WAY, by=legal, now=now)


def _assess(house: House, now: datetime) -> None:
    """One assessment is concluded; another waits for the DPO's advice."""
    dpo = house.staff[Role.DPO]
    done = _draft(
        house, "lead_management", now=now,
        description="A chi chiede un preventivo si assegna un punteggio, per richiamare prima chi"
        " ha più fretta.",
        necessity="Servono la richiesta, la data e il canale; età e luogo di residenza no.",
        risks="Chi ha un punteggio basso aspetta di più, senza sapere perché.",
        measures="Il punteggio si spiega a chi lo chiede, una persona può cambiarlo, nessuno"
        " resta senza risposta.",
    )  # fmt: skip
    advice = "Si può fare. Verificare ogni sei mesi che nessuno aspetti oltre tre giorni."
    impact.advise(assessment=done, advice=advice, by=dpo, now=now)
    impact.conclude(assessment=done, by=dpo, now=now)
    _draft(
        house, "newsletter", now=now,
        description="Si vogliono scegliere le offerte secondo gli acquisti degli ultimi due anni.",
        necessity="Senza gli acquisti le offerte sarebbero uguali per tutti.",
        risks="Le offerte rivelano a chi condivide la casella che cosa si è comprato.",
        measures="Niente prezzi né nomi di prodotti nell'oggetto del messaggio.",
    )  # fmt: skip


def _draft(house: House, purpose: str, *, now: datetime, **texts: str) -> ImpactAssessment:
    activity = ProcessingActivity.objects.get(controller=house.controller, purpose__key=purpose)
    review_on = timezone.localdate(now) + timedelta(days=180)
    assessment = ImpactAssessment(
        controller=house.controller, activity=activity, residual_risk="low", review_on=review_on,
        **texts,
    )  # fmt: skip
    return impact.draft(assessment=assessment, by=house.staff[Role.LEGAL], now=now)
