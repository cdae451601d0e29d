"""What entries must agree on with each other; each check is fed entry by entry, in order.

The checks know nothing of where entries come from: a bundle, or rows of the database.
"""

import bisect
import calendar
import hashlib
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime
from typing import Any, Protocol

from . import form
from .entries import Entry
from .policy import Signed
from .verdict import CannotTellError, TamperedError

EARLY = 6 * 3600.0  # seconds: a transaction may be so long
LATE = 300.0  # seconds: the clocks of database and signer may differ by so much
HOUR = 3600.0  # a bundle holds every hour's last checkpoint
FEWEST_MONTHS = 6  # provv. Garante 27 novembre 2008
NEIGHBOURS = 3
SHORTLY = 120.0
PSEUDONYM = re.compile(form.PSEUDONYM)


class Check(Protocol):
    """One rule."""

    def see(self, entry: Entry) -> None:
        """Take in the next entry."""

    def finish(self) -> None:
        """Judge what can only be judged at the end."""


class Links:
    """The versions of each record follow each other without a hole.

    Arguments
    ---------
    leaf : of an index, returns the leaf hash
    pruned_leaves : leaf hashes of entries whose period ended
    """

    def __init__(self, leaf: Callable[[int], bytes], pruned_leaves: set[bytes]) -> None:
        self._leaf = leaf
        self._pruned = pruned_leaves
        self._versions: dict[str, dict[int, tuple[int, str, int]]] = defaultdict(dict)

    def see(self, entry: Entry) -> None:
        """Note the version of a change."""
        said = entry.read()
        version, record, prev = said["ver"], said["record"] or "", said["prev"] or ""
        if version is None:
            if said["mut"] and record:
                raise TamperedError("link_broken", "a change has no version", entry.index)
            return
        if (version == "1") != (prev == ""):
            raise TamperedError("link_broken", "a change has no proper link", entry.index)
        versions, number = self._versions[record], int(version)
        if number in versions:
            raise TamperedError("link_broken", "two changes have one version", entry.index)
        versions[number] = (entry.index, prev, int(said["wseq"] or 0))

    def finish(self) -> None:
        """Follow the links."""
        for versions in self._versions.values():
            for version, (index, prev, wseq) in sorted(versions.items()):
                if version == 1:
                    continue
                before = versions.get(version - 1)
                if before is None:
                    holds = bytes.fromhex(prev) in self._pruned
                else:
                    holds = self._leaf(before[0]).hex() == prev and before[2] < wseq
                if not holds:
                    detail = "the change before this one is missing, or another"
                    raise TamperedError("link_broken", detail, index)


class Times:
    """Stamps lie between the checkpoints around their entries.

    Arguments
    ---------
    checkpoints : of this log, in any order; the time of a size is the first at which it was signed
    """

    def __init__(self, checkpoints: Iterable[Signed]) -> None:
        first: dict[int, int] = {}
        for signed in checkpoints:
            first[signed.size] = min(signed.time, first.get(signed.size, signed.time))
        self._sizes = sorted(first)
        self._times = [first[size] for size in self._sizes]
        self._seen: list[tuple[int, int, bool]] = []  # wseq, index, too early
        self._late: tuple[int, float] | None = None
        self._restored: list[tuple[int, int]] = []  # size restored to, index of `log.restored`

    def see(self, entry: Entry) -> None:
        """Compare a stamp with the checkpoints around it."""
        said = entry.read()
        if said["v"] == "1":
            if self._seen:
                detail = "an entry of the first version came after newer ones"
                raise TamperedError("backdated", detail, entry.index)
            return
        wseq, at = said["wseq"], entry.at
        if not wseq:
            raise entry.broken("it has no writer sequence")
        place = bisect.bisect_right(self._sizes, entry.index)
        is_early = place > 0 and at < self._times[place - 1] - EARLY
        if place < len(self._sizes) and at > self._times[place] + LATE:
            self._late = self._late or (entry.index, at - self._times[place])
        self._seen.append((int(wseq), entry.index, is_early))
        if said["act"] == "log.restored":
            self._restored.append((entry.count("to"), entry.index))

    def finish(self) -> None:
        """Tell an entry that was stamped into the past from a clock that jumped."""
        self._seen.sort()
        for i, (wseq, index, is_early) in enumerate(self._seen):
            if i and self._seen[i - 1][0] == wseq and not self._is_again(i):
                detail = "two entries have one place in the order of stamping"
                raise TamperedError("tree_changed", detail, index)
            if not is_early:
                continue
            after = [early for _, _, early in self._seen[i + 1 : i + 1 + NEIGHBOURS]]
            if not after or not all(after):
                detail = "its stamp is older than what was sealed before it"
                raise TamperedError("backdated", detail, index)
            raise CannotTellError("clock_changed", "the database's clock was set back", index)
        if self._late:
            detail = f"a stamp is {self._late[1]:.0f} s after its checkpoint: a clock was changed"
            raise CannotTellError("clock_changed", detail, self._late[0])
        for i in range(1, len(self._times)):
            if self._times[i] < self._times[i - 1]:
                detail = "the times of checkpoints go back"
                raise CannotTellError("clock_changed", detail, self._sizes[i] - 1)

    def _is_again(self, i: int) -> bool:
        """Whether a number was drawn again after a restore, before the log was made whole."""
        (_, before, _), (_, index, _) = self._seen[i - 1 : i + 1]
        return any(before < size <= index < said for size, said in self._restored)


class Members:
    """The people of an entry are those it committed to.

    Arguments
    ---------
    members : by index, the pseudonyms in hex, in any order
    """

    def __init__(self, members: Mapping[int, Sequence[str]]) -> None:
        self._members = members
        self._seen = 0

    def see(self, entry: Entry) -> None:
        """Compare an entry with its members."""
        found = self._members.get(entry.index, ())
        self._seen += bool(found)
        require_members(entry, found)

    def finish(self) -> None:
        """Refuse members of nothing."""
        if self._seen != len(self._members):
            raise TamperedError("members_changed", "people are listed for no entry")


def require_members(entry: Entry, found: Sequence[str]) -> None:
    """Demand that `found`, in hex and any order, are the people an entry committed to."""
    said = entry.read()
    people, named = set(found), PSEUDONYM.findall(said["subj"] or "")
    if said["members"] is None:
        is_same = not people and not named
    else:
        is_same = (
            len(people) == len(found) == int(said["members"])
            and _digest(people) == said["digest"]
            and people.issuperset(named)
        )
    if not is_same:
        detail = "the people listed are not those the entry is about"
        raise TamperedError("members_changed", detail, entry.index)


def _digest(people: Iterable[str]) -> str:
    """Return the commitment to people, in hex; empty where a pseudonym is none."""
    try:
        whole = bytes.fromhex("".join(sorted(people)))
    except ValueError:
        return ""
    return hashlib.sha256(whole).hexdigest()


class Pruning:
    """What is not there any more was removed at the end of its period, and said so.

    Arguments
    ---------
    pruned : index of a removed entry to that of the entry which says so
    """

    def __init__(self, pruned: Mapping[int, int], checkpoints: Iterable[Signed]) -> None:
        self._by: dict[int, list[int]] = defaultdict(list)
        for index, by in sorted(pruned.items()):
            self._by[by].append(index)
        self._pruned = pruned
        self._checkpoints = sorted((c.size, c.time) for c in checkpoints)

    def see(self, entry: Entry) -> None:
        """Judge an entry `log.pruned`; refuse one that is there and said to be gone."""
        if entry.index in self._pruned:
            detail = "the entry is there, and is listed as removed"
            raise TamperedError("pruned_wrongly", detail, entry.index)
        if entry["act"] != "log.pruned":
            return
        gone = self._by.pop(entry.index, [])
        said = json.loads(entry["pruned"] or "{}")
        months = said.get("months", 0)
        if not gone or gone[-1] >= entry.index or said != _pruned(gone, months):
            detail = "what was removed is not what the entry says"
            raise TamperedError("pruned_wrongly", detail, entry.index)
        self._require_age(entry, gone[-1], months)

    def finish(self) -> None:
        """Refuse removals that no entry says."""
        for gone in self._by.values():
            detail = "the entry is gone, and no entry says who removed it"
            raise TamperedError("pruned_wrongly", detail, gone[0])

    def _require_age(self, entry: Entry, last: int, months: int) -> None:
        sealed = min((time for size, time in self._checkpoints if size > last), default=None)
        if (
            months < FEWEST_MONTHS
            or sealed is None
            or entry.at + HOUR < later(sealed, months=months)
        ):
            detail = "entries were removed before their period was over"
            raise TamperedError("pruned_early", detail, entry.index)


def _pruned(gone: Sequence[int], months: int) -> dict[str, Any]:
    """Return what an entry says that removed these."""
    whole = "".join(f"{index}\n" for index in gone).encode()
    return {
        "digest": hashlib.sha256(whole).hexdigest(), "first": gone[0], "last": gone[-1],
        "months": months, "removed": len(gone),
    }  # fmt: skip


def later(time: float, *, months: int) -> float:
    """Return the same moment so many calendar months later, UTC, the day clamped.

    Infinity where no calendar goes so far.
    """
    at = datetime.fromtimestamp(time, UTC)
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    if year > MAXYEAR:
        return math.inf
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day).timestamp()


class Counted:
    """There are as many entries of the controller as the log counted."""

    def __init__(self, pruned: Iterable[int]) -> None:
        self._gone = sorted(pruned)
        self._present: list[int] = []
        self._said: list[tuple[int, int, int]] = []
        self.complete_to = 0

    def see(self, entry: Entry) -> None:
        """Take in an entry, and what `log.counted` says."""
        self._present.append(entry.index)
        if entry["act"] == "log.counted":
            said = (entry.count("size"), entry.count("leaves"), entry.index)
            if not 0 <= said[1] <= said[0] <= entry.index:
                raise entry.broken("what it counts is not possible")
            self._said.append(said)

    def finish(self) -> None:
        """Compare."""
        for size, leaves, _ in sorted(self._said):
            found = bisect.bisect_left(self._present, size) + bisect.bisect_left(self._gone, size)
            if found != leaves:
                detail = (
                    f"of {leaves} entries below index {size}, {found} are there or accounted for"
                )
                raise TamperedError("entry_missing", detail, self.complete_to)
            self.complete_to = size


class Keys:
    """Every key that was destroyed has an entry that ordered it, for as many keys as it says.

    Arguments
    ---------
    destroyed : (when, id of the entry or empty), one a key
    until : Unix seconds; an entry about what came later may not be sealed yet
    """

    def __init__(self, destroyed: Iterable[tuple[float, str]], *, until: float) -> None:
        self._rows: dict[str, int] = defaultdict(int)
        self._recent: set[str] = set()
        for when, by in destroyed:
            self._rows[by] += 1
            if when > until - SHORTLY:
                self._recent.add(by)

    def see(self, entry: Entry) -> None:
        """Match an entry that ordered keys to be destroyed."""
        if entry["act"] == "key.destroyed":
            rows = self._rows.pop(entry["id"], 0)
            if rows > entry.count("rows"):
                detail = "more keys were destroyed than the entry says"
                raise TamperedError("key_destroyed_without_entry", detail, entry.index)

    def finish(self) -> None:
        """Refuse keys that nobody ordered to be destroyed."""
        for by in self._rows:
            if by and by in self._recent:
                raise CannotTellError("not_yet", "a key was destroyed just now: export again")
            detail = "a key was destroyed, and no entry ordered it"
            raise TamperedError("key_destroyed_without_entry", detail)
