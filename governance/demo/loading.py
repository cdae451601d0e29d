"""Loading the demonstration, step by step; each step leaves alone what is there already."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from governance import beat
from governance.demo import arriving, catalogue, company, histories, risks, will, writing
from governance.demo.company import SLUG, House
from governance.policy.vocabulary import Role
from registry.models import Controller
from retention import operations as retention
from retention.models import RetentionRun

Say = Callable[[str], None]


def is_loaded(accounts: Path) -> bool:
    """Say whether an earlier load came to its end: the accounts are written last."""
    return accounts.exists() and Controller.objects.filter(slug=SLUG).exists()


def load(accounts: Path, *, now: datetime, say: Say) -> None:
    """Load the company with everybody in it, and write the accounts for whoever looks around.

    An interrupted load goes on where it stopped; passwords are given anew.
    """
    house = company.found(now=now)
    say(f"{house.controller.name}: staff and register are ready")
    town = histories.demo(timezone.localdate(now))
    stock = catalogue.stock(house.controller.pk)
    writing.write(house, town, stock, now=now, say=lambda done: say(f"{done} people"))
    subjects = will.subjects_of(house, town.lives, now=now)
    will.file(house, town.lives, subjects, now=now)
    will.hold(house, town.lives, subjects, now=now)
    say("consents, objections, restrictions and holds are filed")
    risks.file(house, now=now)
    say("a breach is under way, one is closed, an impact assessment waits for advice")
    arriving.import_fair(house, now=now)
    received = arriving.receive_requests(house, town.lives, subjects, now=now)
    say(f"a list from a fair is in quarantine, {received} requests are under way")
    _preview(house, now)
    # Reading what people wrote takes a while; the worker does it once it runs.
    beat.once("registry.tasks.scan_all_free_text", at=now)
    company.leave_draft(house, now=now)
    text = company.described(company.open_accounts(house, now=now))
    _write_private(accounts, text)


def _preview(house: House, now: datetime) -> None:
    if not RetentionRun.objects.filter(controller=house.controller).exists():
        retention.preview(house.actor(Role.DPO), now=now)


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
