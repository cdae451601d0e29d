"""The house's own texts for letters: written by one person, approved by another, named by number.

What may stand in braces is closed, the facts that the law wants stay in, and nobody is named: a
text is for everybody, so discovery looks at it before it is kept. The ways to complain are added to
every letter by the code and are no part of a text.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.template.loader import render_to_string
from django.utils import translation

from audit import log
from audit.actions import Action
from dsar import clock_letters, drafts, labels, letter
from dsar.errors import (
    DraftFieldError,
    DraftNamesSomebodyError,
    DraftNotFoundError,
    SecondPersonError,
)
from dsar.models import LetterDraft, SubjectRequest
from governance.policy.deadlines import ExtensionGround
from governance.policy.refusals import PART_ONLY
from governance.policy.vocabulary import Right, Role
from registry.discovery import freetext
from registry.models import Controller, Staff
from registry.operations import KEEPING

MAY_WRITE = frozenset({Role.DPO, Role.LEGAL})
LONGEST = 4000
SPECIAL = "SPECIAL_"  # a word about a special category names nobody
CITED = re.compile(r"\bartt?\.", re.IGNORECASE)
NAME = re.compile(r"(?P<key>[a-z_]+\.[a-z_]+)/(?P<language>it|en)/\d{1,4}", re.ASCII)


@dataclass(frozen=True)
class InForce:
    """The text that is used, and what it is called: `key/language/number`."""

    text: str
    name: str


def in_force(controller: UUID, key: str, language: str) -> InForce:
    """Return the newest approved text, or the one that is shipped."""
    rows = LetterDraft.objects.filter(controller=controller, key=key, language=language)
    newest = rows.filter(approved_at__isnull=False).order_by("-number").first()
    if newest is not None:
        return InForce(newest.text, str(newest))
    with translation.override(language):
        return InForce(str(drafts.DRAFTS[key]), f"{key}/{language}/0")


def named(name: str, kind: str) -> str:
    """Return the name of a text as a letter keeps it; "" where it is none of this kind."""
    found = NAME.fullmatch(name)
    return name if found and found["key"].startswith(f"{kind}.") else ""


def write(*, key: str, language: str, text: str, by: Staff, now: datetime) -> LetterDraft:
    """Keep a new version, for somebody else to approve.

    Raises
    ------
    DraftNotFoundError
        no such letter or language, or not the role
    DraftFieldError
        a field in braces is unknown, a fact that the law wants is missing, or the text is empty,
        too long, or has a lone brace
    DraftNamesSomebodyError
        discovery finds what may be about a person
    """
    if key not in drafts.DRAFTS or language not in dict(settings.LANGUAGES):
        raise DraftNotFoundError
    if by.role not in MAY_WRITE:
        raise SecondPersonError
    check(key, language, text)
    with transaction.atomic():
        Controller.objects.select_for_update().get(pk=by.controller_id)
        rows = LetterDraft.objects.filter(controller=by.controller_id, key=key, language=language)
        last = rows.aggregate(last=Max("number"))["last"] or 0
        made = LetterDraft.objects.create(
            controller_id=by.controller_id, key=key, language=language, number=last + 1,
            text=text.strip(), written_by=by, written_at=now,
        )  # fmt: skip
        _record(by, Action.LETTER_DRAFTED, made, now)
    return made


def check(key: str, language: str, text: str) -> None:
    """Raise unless a text may be kept; see `write`."""
    wanted, said = drafts.gaps(key), set(drafts.fields(text))
    unknown = sorted(said - wanted - set(drafts.FILLED))
    missing = sorted(wanted - said)
    bare = drafts.FIELD.sub("", text)
    is_broken = not bare.strip() or len(text) > LONGEST or "{" in bare or "}" in bare
    if unknown or missing or is_broken:
        raise DraftFieldError(unknown=unknown, missing=missing)
    # The model of names takes the "Art." of a citation for somebody called Art.
    kinds = {found.entity for found in freetext.scan(CITED.sub("", bare), language)}
    if named_kinds := sorted(kind for kind in kinds if not kind.startswith(SPECIAL)):
        raise DraftNamesSomebodyError(kinds=named_kinds)


def approve(draft_id: UUID, *, by: Staff, now: datetime) -> LetterDraft:
    """Let a version be used from now on.

    Raises
    ------
    DraftNotFoundError
        there is none that waits, or a newer one is in force
    SecondPersonError
        whoever wrote it does not approve it
    """
    with transaction.atomic():
        rows = LetterDraft.objects.select_for_update(of=("self",))
        draft = rows.filter(
            pk=draft_id, controller=by.controller_id, approved_at__isnull=True
        ).first()
        if draft is None or _is_overtaken(draft):
            raise DraftNotFoundError
        if by.role not in MAY_WRITE or by.pk == draft.written_by_id:
            raise SecondPersonError
        draft.approved_by, draft.approved_at = by, now
        draft.save(update_fields=["approved_by", "approved_at"])
        _record(by, Action.LETTER_APPROVED, draft, now)
    return draft


def _is_overtaken(draft: LetterDraft) -> bool:
    rows = LetterDraft.objects.filter(
        controller=draft.controller_id, key=draft.key, language=draft.language
    )
    return rows.filter(number__gt=draft.number, approved_at__isnull=False).exists()


def preview(controller: Controller, key: str, language: str, text: str) -> str:
    """Return the whole letter as it would go, with the data of nobody and gaps as they are."""
    kind, _dot, ground = key.partition(".")
    request = SubjectRequest(
        controller=controller, reference="ABCD-EFGH-JKMN-PQRS", right=Right.ACCESS,
        language=language, received_on=date(2026, 1, 30), extension_ground=ground,
    )  # fmt: skip
    with translation.override(language):
        said = drafts.filled(text, request)
    if ground in PART_ONLY:
        return _part(request, ground, said)
    if kind == "refusal":
        return letter.refusal_text(request, ground=ground, reasons=said)
    if ground in set(ExtensionGround):
        return clock_letters.extension(request, reasons=said, until=date(2026, 4, 30))[1]
    return clock_letters.question(request, ground=ground, question=said)[1]


def _part(request: SubjectRequest, ground: str, said: str) -> str:
    """Return the end of an answer that leaves something out; its beginning is that of the right."""
    with translation.override(request.language):
        part = {"title": "…", "ground": labels.word(labels.GROUNDS, ground), "words": said}
        head = render_to_string("dsar/answers/_head.txt", {"request": request})
        parts = render_to_string("dsar/answers/_parts.txt", {"parts": [part]})
        return f"{head}…\n{parts}\n{render_to_string('dsar/remedies.txt')}"


def _record(by: Staff, action: Action, draft: LetterDraft, now: datetime) -> None:
    event = log.Event(
        action=action, purpose=KEEPING, object_type="letter_draft", object_id=draft.pk,
        reason=str(draft).replace("/", "."),
    )  # fmt: skip
    log.record(by.actor(), event, now=now)
