"""The texts of a copy: what is proposed, what was read, what waits; and the copy itself.

Nothing is shown because nobody looked: a passage that no person decided is hidden, and while one
waits no copy is made.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dsar import labels
from dsar.errors import OthersWaitError
from dsar.gathering import Cell, Gathered, Group
from dsar.models import SubjectRequest
from dsar.redaction import marks, own, readings, texts
from dsar.redaction.passages import Passage, Verdict, merged, proposed
from dsar.redaction.people import People, Staff
from dsar.redaction.texts import Text
from registry.discovery import mentions
from registry.discovery.mentions import Kind
from registry.gate.access import Access
from registry.models import Controller
from registry.models import Staff as Account

FREE_MAIL = frozenset({
    "gmail.com", "googlemail.com", "libero.it", "virgilio.it", "tiscali.it", "alice.it", "tin.it",
    "outlook.com", "outlook.it", "hotmail.com", "hotmail.it", "live.com", "live.it", "yahoo.com",
    "yahoo.it", "icloud.com", "me.com", "proton.me", "protonmail.com", "gmx.com", "aruba.it",
    "pec.it", "legalmail.it",
})  # fmt: skip
"""Domains where a small company may have its mailbox, and everybody else theirs."""


@dataclass(frozen=True)
class Looked:
    """One text with its passages, and whether a person has still to read it."""

    text: Text
    passages: tuple[Passage, ...]
    waits: bool

    @property
    def hidden(self) -> list[Passage]:
        """What of it is not shown."""
        return [p for p in self.passages if p.verdict is Verdict.HIDDEN]


@dataclass(frozen=True)
class Look:
    """All texts of a copy, each once, and who the other people in them are."""

    texts: tuple[Looked, ...]
    people: People

    @property
    def waiting(self) -> list[Looked]:
        """The texts that a person has to read before the copy is made."""
        return [one for one in self.texts if one.waits]


@dataclass(frozen=True)
class Hidden:
    """One line of the redaction log: how many passages of a kind are hidden in a field."""

    record: str
    title: str
    field: str
    kind: Kind
    count: int

    @property
    def what(self) -> str:
        """The kind, as people call it."""
        return str(marks.KINDS[self.kind])

    @property
    def where(self) -> str:
        """The field, as people call it."""
        return labels.word(labels.FIELDS, self.field)


@dataclass(frozen=True)
class Redacted:
    """The groups of a copy with nothing of others in them, and the log of what is hidden."""

    groups: tuple[Group, ...]
    log: tuple[Hidden, ...]
    people: int
    shown: int

    @property
    def hidden(self) -> int:
        """How many passages are hidden."""
        return sum(line.count for line in self.log)

    @property
    def counts(self) -> dict[str, int]:
        """The figures for the log of accesses."""
        return {"hidden": self.hidden, "shown": self.shown}

    @property
    def by_kind(self) -> list[tuple[str, int]]:
        """How many of each kind, as people call it, the most first."""
        count: Counter[Kind] = Counter()
        for line in self.log:
            count[line.kind] += line.count
        return [(str(marks.KINDS[kind]), number) for kind, number in count.most_common()]


def look(
    access: Access, request: SubjectRequest, gathered: Gathered, groups: Iterable[Group]
) -> Look:
    """Return the texts of `groups` with what is proposed and decided of each."""
    controller = Controller.objects.get(pk=request.controller_id)
    single = list({text.key: text for text in texts.of(groups)}.values())
    decided = readings.of(access, request)
    found = proposed(single, own.known(gathered, controller), decided)
    looked = tuple(
        _looked(text, fresh, decided.get(text.key))
        for text, fresh in zip(single, found, strict=True)
    )
    return Look(looked, people_of(controller, looked))


def people_of(controller: Controller, looked: Sequence[Looked]) -> People:
    """Return the other people in what is hidden of texts."""
    return People(
        ((one.text.value, one.hidden) for one in looked),
        staff=_staff(controller), domain=_domain(controller),
    )  # fmt: skip


def _looked(text: Text, fresh: Sequence[Passage], read: Sequence[Passage] | None) -> Looked:
    """Put together what the machine proposes now and what a person decided of the same text."""
    if read is None:
        waits = bool(fresh) or not text.is_exchanged or mentions.is_unread(text.value)
        return Looked(text, tuple(fresh), waits)
    new = [p for p in fresh if not any(one.covers(p) for one in read)]
    return Looked(text, tuple(merged(read, new)), bool(new))


def _staff(controller: Controller) -> list[Staff]:
    rows = Account.objects.filter(controller=controller).values_list("username", "role")
    return [
        Staff(frozenset(own.name_words(username.replace(".", " ").replace("_", " "))),
              labels.word(labels.ROLES, role))
        for username, role in rows
    ]  # fmt: skip


def _domain(controller: Controller) -> str:
    domain = controller.email.casefold().rpartition("@")[2]
    return "" if domain in FREE_MAIL else domain


def redact(
    access: Access, request: SubjectRequest, gathered: Gathered, groups: Sequence[Group]
) -> Redacted:
    """Return the groups as the person gets them, in the language that is active.

    Raises
    ------
    OthersWaitError
        a text waits to be read; nothing is released that nobody looked at
    """
    seen = look(access, request, gathered, groups)
    if seen.waiting:
        raise OthersWaitError(texts=len(seen.waiting))
    by_key = {one.text.key: one for one in seen.texts}
    by_key = {one.text.key: one for one in seen.texts}
    done = tuple(_redacted(group, by_key, seen.people) for group in groups)
    return Redacted(
        groups=done,
        log=tuple(_log(groups, by_key)),
        people=len(seen.people),
        shown=sum(len(one.passages) - len(one.hidden) for one in seen.texts),
    )


def _redacted(group: Group, by_key: Mapping[str, Looked], people: People) -> Group:
    free = texts.free_fields(group.record)

    def shown(cell: Cell) -> Cell:
        if cell.name not in free:
            return cell
        one = by_key[texts.key(group.record, cell.name, str(cell.value))]
        hidden = one.hidden
        said = written(one.text.value, hidden, people)
        return replace(cell, value=said, hidden=len(hidden)) if hidden else cell

    rows = [replace(row, cells=tuple(shown(cell) for cell in row.cells)) for row in group.rows]
    return replace(group, rows=tuple(rows))


def _log(groups: Sequence[Group], by_key: Mapping[str, Looked]) -> list[Hidden]:
    """Return what is hidden, by kind of record, field and kind of passage."""
    found = [
        (text.record, text.title, text.field, passage.kind)
        for text in texts.of(groups) for passage in by_key[text.key].hidden
    ]  # fmt: skip
    return [Hidden(*where, count=number) for where, number in Counter(found).items()]


def written(text: str, hidden: Sequence[Passage], people: People) -> str:
    """Return a text with marks in the places of what is hidden."""
    parts, last = [], 0
    for passage in sorted(hidden):
        parts += [text[last : passage.start], marks.mark(
            passage.kind, people.whose(text, hidden, passage)
        )]  # fmt: skip
        last = passage.end
    return "".join([*parts, text[last:]])
