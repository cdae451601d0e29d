"""`manage.py audit_status`: 0 all well, 1 an alarm is on, 2 cannot tell."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from audit import status
from audit.status import Alarm, Status

HELP = {
    "head_size": "Leaves of the tree",
    "epoch": "Epoch of the log",
    "queue_length": "Entries that wait for their place",
    "queue_age_seconds": "Age of the oldest entry that waits",
    "lag_seconds": "Since everything committed had been sequenced",
    "checkpoint_size": "Leaves under the newest checkpoint",
    "checkpoint_age_seconds": "Since the newest checkpoint was signed",
    "entries": "Entries stored",
    "pruned": "Entries removed at the end of their period",
    "loose": "Entries that are neither leaf nor queued",
}


class Command(BaseCommand):
    help = "Say how the audit log stands; exit with 1 when somebody has to look at it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=sorted(FORMATS), default="text")

    def handle(self, **options: Any) -> None:
        try:
            found = status.read(now=timezone.now())
        except DatabaseError as error:
            self.stderr.write(f"cannot tell: the log can not be read ({type(error).__name__})")
            sys.exit(2)
        self.stdout.write(FORMATS[options["format"]](found))
        if found.alarms:
            sys.exit(1)


def as_text(found: Status) -> str:
    """Return the status in lines for people; alarms come last."""
    lines = [f"{HELP[name]}: {_said(value)}" for name, value in figures(found)]
    lines += [
        f"Anchored by {a.anchor}: size {a.size}, {found.now - a.at} ago" for a in found.anchorings
    ]
    if found.halted:
        lines.append(f"Halted: {found.halted}")
    lines += [f"ALARM {alarm}: {status.TEXTS[alarm]}" for alarm in found.alarms]
    return "\n".join(lines)


def as_json(found: Status) -> str:
    """Return the status as one JSON object."""
    checkpoint = found.checkpoint
    shown = {
        **dict(figures(found)),
        "halted": found.halted or None,
        "checkpoint_signed_at": _moment(checkpoint.signed_at if checkpoint else None),
        "anchorings": {a.anchor: {"size": a.size, "at": _moment(a.at)} for a in found.anchorings},
        "alarms": found.alarms,
    }
    return json.dumps(shown, indent=1)


def as_prometheus(found: Status) -> str:
    """Return the status in the text format of Prometheus (0.0.4)."""
    lines = []
    for name, value in figures(found):
        metric = f"custode_audit_{name}"
        lines += [f"# HELP {metric} {HELP[name]}.", f"# TYPE {metric} gauge", f"{metric} {value}"]
    anchored = "custode_audit_anchored"
    lines += [f"# HELP {anchored}_age_seconds Since an anchor published.",
              f"# TYPE {anchored}_age_seconds gauge"]  # fmt: skip
    for a in found.anchorings:
        age = (found.now - a.at).total_seconds()
        lines.append(f'{anchored}_age_seconds{{anchor="{a.anchor}"}} {age}')
    alarm = "custode_audit_alarm"
    lines += [f"# HELP {alarm} Whether somebody has to look.", f"# TYPE {alarm} gauge"]
    lines += [f'{alarm}{{code="{code}"}} {int(code in found.alarms)}' for code in Alarm]
    return "\n".join(lines)


FORMATS = {"text": as_text, "json": as_json, "prometheus": as_prometheus}


def figures(found: Status) -> Iterator[tuple[str, float]]:
    """Yield the figures that there are, by the names of `HELP`."""
    yield "head_size", found.size
    yield "epoch", found.epoch
    yield "queue_length", found.queued
    yield "queue_age_seconds", (found.queue_age or timedelta()).total_seconds()
    yield "lag_seconds", found.lag.total_seconds()
    if found.checkpoint and found.checkpoint_age is not None:
        yield "checkpoint_size", found.checkpoint.size
        yield "checkpoint_age_seconds", found.checkpoint_age.total_seconds()
    if found.counts:
        yield "entries", found.counts.entries
        yield "pruned", found.counts.pruned
        yield "loose", found.counts.loose


def _said(value: float) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
