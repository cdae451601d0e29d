"""The steps of an erasure: what each does, in the one transaction that also marks it.

Follows docs/spec/erasure.md, section 3. Rows before keys: a crash between leaves keys alive, not
rows nobody can read. The signed log before keys: what was ordered is told outside our reach before
what tells of it may be gone. An effect returns what its marker says, or `Wait`, having done
nothing.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from audit.proofs import NotYetProvableError
from dsar import commitment, completion, erasure_right, memory, physical
from dsar.errors import PlanStaleError
from dsar.models import AccessPackage, Erasure
from governance.crypto import keystore
from governance.crypto.destruction import Refusal
from governance.crypto.errors import OrderRefusedError
from governance.policy.vocabulary import Duty
from registry import backups
from registry.gate.access import Access
from registry.models import Restriction
from retention import disposal, keys, recipients, resealing, stops
from retention.errors import OrderVoidError
from retention.models import KeyOrder
from retention.plans import ErasurePlan

UNTIL_SIGNED, LATER = timedelta(seconds=2), timedelta(minutes=1)
LOG_IS_LATE = timedelta(hours=1)
TOGETHER = 500  # rows that go in one transaction; of more, each table has its own
DAILY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Job:
    """One erasure in the hands of one worker.

    Attributes
    ----------
    plan : what this pass erases
    fence : of the worker; with another one in the row it writes nothing
    is_certified : whether the physical time alone is left of its round
    """

    id: UUID
    controller: UUID
    subject: UUID
    round: int
    pass_no: int
    fence: int
    plan: ErasurePlan
    is_certified: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """What a step returns that can not be done yet: nothing is wrong, no attempt is used up.

    Attributes
    ----------
    reason : a word that people are shown
    after : when to ask again; None where an event asks
    state : of the job meanwhile
    """

    reason: str
    after: timedelta | None
    state: str = "waiting"


Result = dict[str, Any]
Effect = Callable[[Access, Job, Erasure, str], Result | Wait]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the table.

    Attributes
    ----------
    duty : under which its access is opened
    destroys : waits while a restriction stands (Art. 18)
    by_table : done for each table that loses rows, as `name:<table>`, where the plan is large
    once : counts from any round and pass
    """

    name: str
    effect: Effect
    duty: Duty = Duty.ERASING
    destroys: bool = False
    by_table: bool = False
    once: bool = False

    def names(self, plan: ErasurePlan) -> list[str]:
        """Return the names of its markers for one plan."""
        if not self.by_table or sum(len(plan.erased(t)) for t in plan.tables()) <= TOGETHER:
            return [self.name]
        return [f"{self.name}:{table}" for table in _in_turn(plan)]


def freeze(access: Access, job: Job, _erasure: Erasure, _table: str) -> Result:
    """Refuse writers from now on, then see whether the plan still says everything."""
    disposal.freeze(access, job.subject)
    fresh = erasure_right.planned(access, job.subject)
    if not erasure_right.same(fresh, job.plan.to_json()):
        raise PlanStaleError  # the freeze is rolled back with it
    return {}


def remember(access: Access, job: Job, erasure: Erasure, _table: str) -> Result:
    """Note which fields have a value, and put the addresses into the memory of deletions.

    The first time, what the certificate commits to is made of the addresses too.
    """
    held, addresses = memory.read(access, job.plan)
    number, until = memory.keep(access, addresses)
    result: Result = {
        "held": held, "addresses": number, "until": until.isoformat() if until else None,
    }  # fmt: skip
    if not erasure.markers.filter(step="remembered").exists():
        result["commitment"], erasure.r = commitment.made(access.controller, job.id, addresses)
    return result


def reseal(access: Access, job: Job, _erasure: Erasure, _table: str) -> Result:
    """Seal what stays under keys that nothing that goes is sealed under.

    Decided anew: a hold may have been placed since the plan.
    """
    fresh = erasure_right.planned(access, job.subject)
    return {"resealed": resealing.reseal_kept(access, fresh)}


def erase(access: Access, job: Job, _erasure: Erasure, table: str) -> Result:
    """Delete the rows that are planned and still qualify: of one table, or of all."""
    names = [table] if table else _in_turn(job.plan)
    result = Counter(erased=0, kept=0, failed=0)
    if erasure_right.COPIES in names:
        names.remove(erasure_right.COPIES)
        result["erased"] = _erase_copies(access, job)
    for done in disposal.erase_rows(access, job.plan, *names):
        result.update(erased=done.erased, kept=done.kept, failed=len(done.failed))
    return dict(result)


def _in_turn(plan: ErasurePlan) -> list[str]:
    """Return the tables that lose rows; copies handed over go first."""
    return sorted(plan.tables(), key=lambda table: table != erasure_right.COPIES)


def _erase_copies(access: Access, job: Job) -> int:
    fresh, copies = erasure_right.planned(access, job.subject), erasure_right.COPIES
    going = access.rows(AccessPackage).filter(pk__in=job.plan.erased(copies) & fresh.erased(copies))
    return going.delete()[0]


def tell(access: Access, job: Job, _erasure: Erasure, _table: str) -> Result:
    """Write the notices to recipients, while what they call the person can be read (Art. 19)."""
    notices = recipients.queue(
        access, job=job.id, round_no=job.round, pass_no=job.pass_no,
        subject=job.subject, categories=recipients.going(job.plan),
    )  # fmt: skip
    return {"notices": notices}


def order(access: Access, job: Job, erasure: Erasure, _table: str) -> Result | Wait:
    """Order the end of the keys that nothing needs any more; one that was left is replaced.

    Older backups have what stays under the keys that die: one with the new keys comes first. And
    the keystore is shown what became of holds: it would refuse keys that they stop.
    """
    kept = completion.marker(erasure, "kept")
    if kept and kept.result["resealed"] and backups.is_awaited(kept.at, now=access.now):
        return Wait("backup", LATER)
    try:
        stops.settle(access, job.subject)
    except NotYetProvableError:
        return Wait("log", UNTIL_SIGNED)
    KeyOrder.objects.filter(job=job.id).delete()
    made, standing = disposal.order_keys(access, job.subject)
    return {"entry": str(made.pk) if made else None, "scopes": sorted(standing.scopes)}


def checkpoint(access: Access, job: Job, erasure: Erasure, _table: str) -> Result | Wait:
    """Wait until the order and the approvals are in the log that the signer signed."""
    given = KeyOrder.objects.filter(job=job.id).first()
    if given is None:
        return {}
    proof = _proof(access, given, erasure)
    return proof if isinstance(proof, Wait) else {"size": proof.size}


def destroy(access: Access, job: Job, erasure: Erasure, _table: str) -> Result | Wait:
    """Destroy the keys; what something keeps since the order is looked at in another pass."""
    given = KeyOrder.objects.filter(job=job.id).first()
    if given is None:
        return {"destroyed": [], "frozen": []}
    proof = _proof(access, given, erasure)
    if isinstance(proof, Wait):  # a second approval came after the checkpoint
        return proof
    try:
        done = disposal.destroy_keys(access, job.subject, given, proof)
    except OrderVoidError:
        return completion.differs(access, erasure, {"keys": len(given.lines)}, went=True)
    except OrderRefusedError as refused:
        if refused.because != Refusal.SECOND_APPROVAL:
            raise
        return Wait("second_approval", None, state="partial")  # somebody else has to agree
    erasure.logical_at = keystore.destroyed_at(access.controller, job.subject)
    return {
        "entry": str(given.pk), "destroyed": sorted(done.scopes), "frozen": sorted(done.frozen),
    }  # fmt: skip


def _proof(access: Access, given: KeyOrder, erasure: Erasure) -> keys.Proof | Wait:
    try:
        return keys.proof_of(given, approvals(erasure))
    except NotYetProvableError:
        waited = access.now - given.ordered_at
        if waited >= LOG_IS_LATE:
            return Wait("log_not_signed", LATER, state="partial")
        return Wait("log", UNTIL_SIGNED if waited < LATER else LATER)


def close(access: Access, job: Job, erasure: Erasure, _table: str) -> Result | Wait:
    """Close the job when the bytes of the keys have left the keystore; asked daily."""
    at: datetime | None = None
    if keystore.closed_scopes(access.controller, job.subject):
        at = keystore.removed_at(access.controller, job.subject)
        if at is None or at > access.now:
            return Wait("", DAILY, state="certified")
        erasure.physical_receipt = str(physical.record(access, erasure, gone_at=at))
    erasure.state, erasure.physical_at, erasure.not_before = "closed", at, None
    return {"at": at.isoformat() if at else None}


def approvals(erasure: Erasure) -> list[UUID]:
    """Return the entries of the log that approved an erasure."""
    return [entry for entry in (erasure.approval, erasure.second_approval) if entry]


def is_restricted(subject: UUID, *, now: datetime) -> bool:
    """Whether the person's data is stored and nothing else (Art. 18(2))."""
    standing = Q(lifted_at__isnull=True) | Q(lifted_at__gt=now)
    return Restriction.objects.filter(standing, subject=subject).exists()


STEPS = (
    Step("frozen", freeze, once=True),
    Step("remembered", remember, duty=Duty.ANSWERING),
    Step("kept", reseal, duty=Duty.ANSWERING, destroys=True),
    Step("rows", erase, destroys=True, by_table=True),
    Step("recipients", tell, duty=Duty.ANSWERING, destroys=True),
    Step("ordered", order, destroys=True),
    Step("checkpointed", checkpoint, destroys=True),
    Step("keys", destroy, destroys=True),
    Step("verified", completion.verify, duty=Duty.ANSWERING),  # the answer goes to their address
)
AFTERWARDS = Step("physical", close)
