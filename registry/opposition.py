"""The Registro pubblico delle opposizioni (D.P.R. 26/2022): its answers, imported as proof.

Follows docs/spec/gate.md, section 2.4. The register is asked about numbers and answers with a file;
the file is not kept, its hash and day are, with what it says of each number of a person held.
A line has `numero` (for post, our customer number), `iscritto` (si or no), perhaps `iscritto_dal`.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Channel, Duty
from registry import search
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.facts import NUMBER_CHECKED
from registry.models import OppositionCheck, OppositionList, Staff
from registry.provisions import MAY_ENTER

PURPOSE = "duty:supervision"
WORDS = {"si": True, "sì": True, "s": True, "1": True, "no": False, "n": False, "0": False}
AT_ONCE = 5_000


class OppositionListInvalidError(GovernanceError):
    """A file is no answer of the register that can be taken; `because` says why."""

    code = "opposition_list_invalid"
    article = "130(3-bis) D.Lgs. 196/2003"
    message = _("This file cannot be taken as an answer of the register of oppositions.")
    advice = _(
        "Send the register's answer as CSV in UTF-8, with the columns numero, iscritto (si or no)"
        " and, where known, iscritto_dal, and the day of the answer, which is not in the future."
    )


@dataclass(frozen=True)
class Line:
    """What the register answered about one number; `since` None where it does not say."""

    number: str
    is_enrolled: bool
    since: date | None


def take(
    *, channel: Channel, content: bytes, checked_on: date, by: Staff, now: datetime
) -> OppositionList:
    """Import an answer of the register; repeating it changes nothing.

    Raises
    ------
    OppositionListInvalidError
        the file, its day or its channel is not one of the register, or `by` has not the role
    """
    if channel not in NUMBER_CHECKED or checked_on > timezone.localdate(now):
        raise OppositionListInvalidError(because="channel_or_day")
    if by.role not in MAY_ENTER:
        raise OppositionListInvalidError(because="role")
    lines = list(read(content))
    with gate.duty(by.actor(), Duty.SUPERVISION, now=now) as access:
        said, is_new = OppositionList.objects.get_or_create(
            controller_id=by.controller_id, channel=channel, checked_on=checked_on,
            sha256=hashlib.sha256(content).hexdigest(),
            defaults={
                "lines": len(lines), "enrolled": sum(line.is_enrolled for line in lines),
                "matched": 0, "imported_by": by, "imported_at": now,
            },
        )  # fmt: skip
        if is_new:
            _file(access, said, lines)
    return said


def read(content: bytes) -> Iterator[Line]:
    """Read the lines of a file.

    Raises
    ------
    OppositionListInvalidError
    """
    try:
        text = content.decode("utf-8-sig")
        delimiter = ";" if ";" in text.partition("\n")[0] else ","
        for row in csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True):
            since = (row.get("iscritto_dal") or "").strip()
            yield Line(
                number=row["numero"].strip(),
                is_enrolled=WORDS[row["iscritto"].strip().lower()],
                since=_day(since) if since else None,
            )
    except (UnicodeDecodeError, csv.Error, KeyError, AttributeError, ValueError) as error:
        raise OppositionListInvalidError(because="content") from error


def _day(text: str) -> date:
    written = "%d/%m/%Y" if "/" in text else "%Y-%m-%d"
    return datetime.strptime(text, written).date()  # noqa: DTZ007 - a day has no time zone


def _file(access: Access, said: OppositionList, lines: list[Line]) -> None:
    """Keep what the register said of the numbers that people held have."""
    worst: dict[str, datetime | None] = {}
    for line in lines:
        enrolled_at = _end_of(line.since or said.checked_on) if line.is_enrolled else None
        held = worst.get(line.number)
        worst[line.number] = max(held, enrolled_at) if held and enrolled_at else held or enrolled_at
    numbers = sorted(worst)
    people = set()
    for start in range(0, len(numbers), AT_ONCE):
        chunk = numbers[start : start + AT_ONCE]
        found = search.tokens(access.controller, NUMBER_CHECKED[Channel(said.channel)], chunk)
        people |= _keep(access, said, [(token, who, worst[n]) for n, token, who in found])
    said.matched = len(people)
    said.save(update_fields=["matched"])
    event = log.Event(
        action=Action.OPPOSITIONS_CHECKED,
        purpose=PURPOSE,
        subjects=tuple(sorted(people)),
        object_type="opposition_list",
        object_id=said.pk,
        counts={"lines": said.lines, "enrolled": said.enrolled, "people": len(people)},
    )
    log.record(access.actor, event, now=access.now)


def _keep(
    access: Access, said: OppositionList, found: list[tuple[UUID, UUID, datetime | None]]
) -> set[UUID]:
    """Replace what older answers said of these numbers; a newer one stays."""
    about = OppositionCheck.objects.filter(
        channel=said.channel, token__in=[token for token, _who, _at in found]
    )
    newer = set(about.filter(checked_on__gt=said.checked_on).values_list("token", flat=True))
    about.exclude(token__in=newer).delete()
    rows = [
        OppositionCheck(
            controller_id=access.controller, subject_id=who, list=said, channel=said.channel,
            token=token, checked_on=said.checked_on, enrolled_at=enrolled_at,
            collected_at=access.now,
        )
        for token, who, enrolled_at in found
        if token not in newer
    ]  # fmt: skip
    OppositionCheck.objects.bulk_create(rows, batch_size=2000)
    return {row.subject_id for row in rows}


def _end_of(day: date) -> datetime:
    """Return the end of a day: a consent of the same day may have come before the enrolment."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
