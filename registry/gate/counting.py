"""How many of some people the gate would admit, and why not the others: one statement, one entry.

For a choice of people that is shown while it is made: what leaves are counts. The decision is that
of an access, question by question; nobody is listed, and no key is fetched.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from audit import log
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.decisions import Refusal
from governance.policy.vocabulary import Channel, Operation
from registry.gate import attempt, deciding, opening
from registry.gate.access import Access
from registry.models import DataSubject


@dataclass(frozen=True, slots=True)
class Counted:
    """How many are admitted, and how many are not, by the reason."""

    admitted: int
    excluded: Counter[Refusal]

    @property
    def chosen(self) -> int:
        """How many were asked about."""
        return self.admitted + self.excluded.total()


def count(
    actor: Actor,
    purpose: str,
    operation: Operation,
    *,
    subjects: "QuerySet[DataSubject, UUID]",
    categories: frozenset[Category] | None = None,
    channel: Channel | None = None,
    offers_opt_out: bool = False,
    now: datetime,
) -> Counted:
    """Count whom an access of this kind would be opened for; see `registry.gate.opening.open`.

    Arguments
    ---------
    subjects : a queryset that nobody has evaluated; what it chooses by has to be granted

    Raises
    ------
    GateRefusedError
        nobody could be used at all; a part that depends on the person is a count
    CategoryNotGrantedError
    """
    event = log.Event(action=opening.ACTION_OF[Operation.LIST], purpose=attempt.known_word(purpose))
    with attempt.attempt(actor, event, reads=True, now=now) as run:
        question, categories, run.event = opening.admitted_terms(
            actor, purpose, operation, run.event, subjects=subjects, categories=categories,
            channel=channel, offers_opt_out=offers_opt_out, now=now,
        )  # fmt: skip
        counts = deciding.counted(subjects, question)
        excluded = Counter({Refusal(code): n for code, n in counts.items() if code})
        run.access = Access(
            actor=actor, categories=categories, admitted=set(), now=now, excluded=excluded,
            may_write=False, withholds=True,
        )  # fmt: skip
        with attempt.entered(run):
            return Counted(counts.get("", 0), excluded)
