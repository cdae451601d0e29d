"""The company of the demonstration: its details, its staff, its register, its keys to the API."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.utils import translation

from api import tokens
from api.models import ApiToken
from governance.policy.actors import Actor
from governance.policy.vocabulary import ActivityState, Role
from registry import operations, starter
from registry.models import ActivityVersion, Controller, DataSource, Staff

SLUG = "lumina-casa"
DETAILS = {
    "name": "Lumina Casa S.r.l.",
    "address": "Via Privata Bastia 14, 20139 Milano (MI)",
    "email": "privacy@lumina-casa.example",
    "dpo_contact": "Responsabile della protezione dei dati - dpo@lumina-casa.example",
    "sector": "Commercio di lampade e mobili, online e in due negozi",
}
USERNAMES: dict[Role, str] = {
    Role.DPO: "dpo",
    Role.LEGAL: "legale",
    Role.AUDITOR: "revisore",
    Role.AGENT: "assistenza",
    Role.FIELD_AGENT: "tecnico",
    Role.MARKETING: "marketing",
    Role.SALES: "vendite",
    Role.ANALYST: "analista",
    Role.MANAGER: "direzione",
    Role.PARTNER: "partner",
    Role.ADMINISTRATOR: "amministratore",
}
SYSTEMS: dict[Role, tuple[str, tuple[str, ...]]] = {
    Role.SALES: ("Negozio online", ("order_management", "lead_management")),
    Role.AGENT: ("Centralino", ("customer_care", "order_management")),
    Role.MARKETING: ("Newsletter", ("newsletter",)),
}
BY_THE_PERSON = "Interessato"
FROM_BEFORE = "Sistema gestionale precedente"
VALID_FOR = timedelta(days=90)
_LETTERS = "abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True)
class House:
    """The company with its staff and the sources its data comes from."""

    controller: Controller
    staff: Mapping[Role, Staff]
    by_the_person: DataSource
    from_before: DataSource

    def actor(self, role: Role) -> Actor:
        """Return the member of staff who has a role, as the gate knows them."""
        return self.staff[role].actor()


def found(*, now: datetime) -> House:
    """Make the company, its staff and its register, or return what an earlier call made."""
    controller, _made = Controller.objects.get_or_create(slug=SLUG, defaults=DETAILS)
    held = {s.role: s for s in Staff.objects.filter(controller=controller, is_active=True)}
    staff = {
        role: held.get(role)
        or operations.hire(
            controller=controller, username=username, role=role, password=None, now=now
        )
        for role, username in USERNAMES.items()
    }
    starter.load(controller=controller, by=staff[Role.DPO], now=now)
    starter.load_text_rules(controller=controller, by=staff[Role.DPO], now=now)
    _approve(controller, staff[Role.LEGAL], now)
    sources = {s.name: s for s in DataSource.objects.filter(controller=controller)}
    before = sources[FROM_BEFORE]
    if before.verified_at is None:
        operations.verify_source(source=before, by=staff[Role.DPO], now=now)
    return House(controller, staff, sources[BY_THE_PERSON], before)


def _approve(controller: Controller, by: Staff, now: datetime) -> None:
    """Approve the first versions; a later draft is left for whoever looks around."""
    drafts = ActivityVersion.objects.filter(controller=controller, state=ActivityState.DRAFT)
    for version in drafts.filter(number=1).select_related("activity__purpose"):
        operations.approve(version=version, by=by, now=now)


def leave_draft(house: House, *, now: datetime) -> None:
    """Leave a new version of an activity to be read and approved by somebody else."""
    mine = ActivityVersion.objects.filter(controller=house.controller)
    care = mine.filter(activity__purpose__key="customer_care").order_by("-number").first()
    if care is None or care.number > 1:
        return
    dpo = house.staff[Role.DPO]
    new = operations.redraft(version=care, by=dpo, now=now)
    new.context = "Assistenza per telefono, e-mail, chat, posta e WhatsApp"
    operations.draft(version=new, by=dpo, now=now)


@dataclass(frozen=True)
class Accounts:
    """What somebody needs to look around; shown once, in a file of the state folder."""

    password: str
    secrets: Mapping[str, str]  # API tokens by name of the system


def open_accounts(house: House, *, now: datetime) -> Accounts:
    """Give every account the same new password, and issue a token for each connected system.

    Passwords and tokens of an earlier call end, for nobody can be shown them again.
    """
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    # One hash for all: whoever has one of these passwords has them all, and hashing is slow.
    Staff.objects.filter(controller=house.controller).update(password=make_password(password))
    dpo = house.staff[Role.DPO]
    for old in ApiToken.objects.filter(controller=house.controller, revoked_at=None):
        tokens.revoke(token=old, by=dpo, now=now)
    taken = ApiToken.objects.filter(controller=house.controller).count()
    issued = {}
    for role, (system, purposes) in SYSTEMS.items():
        name = f"{system} {taken + 1}" if taken else system
        issued[system] = tokens.issue(
            by=dpo, name=name, role=role, purposes=purposes, expires_at=now + VALID_FOR, now=now
        ).secret
    return Accounts(password, issued)


def described(accounts: Accounts) -> str:
    """Return the accounts as they are shown at the terminal."""
    from registry import labels

    with translation.override("en"):
        people = "\n".join(
            f"  {username:<16} {labels.text(Role, role)}" for role, username in USERNAMES.items()
        )
    systems = "\n".join(
        f"  {system:<16} {secret}\n  {'':<16} role {role}, purposes {', '.join(purposes)}"
        for role, (system, purposes) in SYSTEMS.items()
        if (secret := accounts.secrets[system])
    )
    return (
        f"Accounts of the demonstration, all with the password  {accounts.password}\n{people}\n"
        "  DPO, legal, auditor, manager, partner and administrator enrol an authenticator app at\n"
        "  the first login.\n\n"
        f"API tokens, valid {VALID_FOR.days} days (header: Authorization: Bearer ...)\n{systems}\n"
    )
