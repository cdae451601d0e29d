"""The ledger of points: lines are added and never changed; a correction is a line of its own.

Whoever writes a line holds the account locked, adds the points to its balance, and writes the
balance into the line. A balance below nothing is refused by the database too.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from crm.loyalty import membership, programmes
from crm.loyalty.errors import LineNotFoundError, TooFewPointsError
from crm.models import (
    LoyaltyAccount,
    LoyaltyLine,
    LoyaltyProgramme,
    Order,
    ReferralLink,
)
from crm.sales.tiers import COUNTED as BOUGHT
from governance.policy import loyalty
from governance.policy.actors import Actor, system
from governance.policy.loyalty import CorrectedBecause, LineKind
from governance.policy.vocabulary import Operation
from registry.gate import opening as gate
from registry.gate.access import Access


@dataclass(frozen=True, slots=True)
class Entry:
    """A line to be written.

    Attributes
    ----------
    reference : what it is for; once it is written, the same again writes nothing
    """

    kind: LineKind
    points: int
    reference: str
    order: UUID | None = None
    corrects: UUID | None = None
    because: CorrectedBecause | None = None
    reward: str = ""
    code: str = ""


def write(access: Access, account: LoyaltyAccount, entry: Entry) -> LoyaltyLine | None:
    """Write a line for an account that is locked; None where it was written before.

    Raises
    ------
    TooFewPointsError
        the balance would fall below nothing
    """
    if access.rows(LoyaltyLine).filter(account=account, reference=entry.reference).exists():
        return None
    if account.balance + entry.points < 0:
        raise TooFewPointsError
    account.balance += entry.points
    account.save(update_fields=["balance"])
    line = LoyaltyLine(
        controller_id=access.controller, subject_id=account.subject_id, account=account,
        line_kind=entry.kind, points=entry.points, balance=account.balance,
        written_at=access.now, collected_at=access.now, reference=entry.reference,
        order=entry.order, corrects=entry.corrects, because=entry.because or "",
        reward=entry.reward, code=entry.code, written_by_id=access.actor.staff,
    )  # fmt: skip
    line.save()
    return line


def redeem(actor: Actor, subject: UUID, reward: str, *, now: datetime) -> LoyaltyLine:
    """Spend points for a reward; the line has the code by which it is handed out.

    Raises
    ------
    LineNotFoundError
        there is no such reward
    TooFewPointsError, NotAMemberError, ProgrammeMissingError, GateRefusedError
    """
    programme = programmes.require_in_force(actor.controller)
    wanted = loyalty.named(programme.definition["rewards"], reward)
    if wanted is None:
        raise LineNotFoundError
    with gate.open(
        actor, programme.purpose.key, Operation.UPDATE, subjects=subject, now=now
    ) as access:
        code = secrets.token_hex(5).upper()
        entry = Entry(
            LineKind.REDEEMED, -wanted["points"], f"reward:{code}", reward=reward, code=code
        )
        line = write(access, membership.require(access, subject), entry)
    if line is None:
        raise LineNotFoundError  # a code of forty bits that was drawn before
    return line


def correct(
    actor: Actor, subject: UUID, line: UUID, points: int, *, because: CorrectedBecause,
    now: datetime,
) -> LoyaltyLine | None:  # fmt: skip
    """Correct a line by another one, once; the first stays as it is.

    Raises
    ------
    LineNotFoundError, TooFewPointsError, NotAMemberError, ProgrammeMissingError, GateRefusedError
    """
    programme = programmes.require_in_force(actor.controller)
    with gate.open(
        actor, programme.purpose.key, Operation.UPDATE, subjects=subject, now=now
    ) as access:
        account = membership.require(access, subject)
        found = access.rows(LoyaltyLine).filter(pk=line, account=account).first()
        if found is None or not points:
            raise LineNotFoundError
        entry = Entry(
            LineKind.CORRECTED, points, f"correct:{found.pk}", corrects=found.pk, because=because
        )
        return write(access, account, entry)


def earn(programme: LoyaltyProgramme, *, now: datetime) -> int:
    """Write the points of orders and of links that somebody came by; return how many lines.

    An order counts from the moment of joining on, in the currency of the programme. Points of an
    order that was cancelled since go back, as far as they are still there.
    """
    with gate.open(
        system(programme.controller_id), programme.purpose.key, Operation.UPDATE,
        subjects=membership.everybody(programme), now=now,
    ) as access:  # fmt: skip
        entries = [
            *_of_orders(access, programme),
            *_of_cancelled(access),
            *_of_referrals(access, programme),
        ]
        return _write_all(access, entries)


def _write_all(access: Access, entries: Iterable[tuple[UUID, Entry]]) -> int:
    by_account: dict[UUID, list[Entry]] = {}
    for key, entry in entries:
        by_account.setdefault(key, []).append(entry)
    rows = access.rows(LoyaltyAccount).select_for_update(of=("self",)).order_by("pk")
    written = 0
    for account in rows.filter(pk__in=list(by_account), left_at__isnull=True):
        for entry in by_account[account.pk]:
            points = max(entry.points, -account.balance)  # what was spent already stays spent
            taken = Entry(
                entry.kind, points, entry.reference, order=entry.order, corrects=entry.corrects,
                because=entry.because,
            )  # fmt: skip
            written += write(access, account, taken) is not None
    return written


def _of_orders(access: Access, programme: LoyaltyProgramme) -> Iterable[tuple[UUID, Entry]]:
    definition = programme.definition
    account = access.rows(LoyaltyAccount).filter(
        subject=OuterRef("subject"), left_at__isnull=True, joined_at__lt=OuterRef("collected_at")
    )
    orders = access.rows(Order).filter(
        state__in=BOUGHT, currency=definition["currency"], total__gt=0
    )
    orders = orders.annotate(account=account.values("pk")[:1]).filter(account__isnull=False)
    for order in orders.exclude(Exists(_lines(LineKind.EARNED))).order_by("ordered_on", "pk"):
        points = loyalty.points_for(order.total, definition)
        if points:
            entry = Entry(LineKind.EARNED, points, f"order:{order.pk}", order=order.pk)
            yield order.account, entry


def _lines(kind: LineKind) -> "QuerySet[LoyaltyLine]":
    """Return the lines of the order that is asked about."""
    return LoyaltyLine.objects.filter(order=OuterRef("pk"), line_kind=kind)


def _of_cancelled(access: Access) -> Iterable[tuple[UUID, Entry]]:
    cancelled = Order.objects.filter(pk=OuterRef("order"), state="cancelled")
    corrected = LoyaltyLine.objects.filter(corrects=OuterRef("pk"))
    lines = access.rows(LoyaltyLine).filter(Exists(cancelled), ~Exists(corrected))
    for line in lines.filter(line_kind=LineKind.EARNED).order_by("pk"):
        yield line.account_id, Entry(
            LineKind.CORRECTED, -line.points, f"correct:{line.pk}", order=line.order,
            corrects=line.pk, because=CorrectedBecause.ORDER_CANCELLED,
        )  # fmt: skip


def _of_referrals(access: Access, programme: LoyaltyProgramme) -> Iterable[tuple[UUID, Entry]]:
    """Yield a line for each who came by a link; who they are is not known here (ST8)."""
    points = programme.definition["referral_points"]
    if not points:
        return
    account = access.rows(LoyaltyAccount).filter(subject=OuterRef("subject"), left_at__isnull=True)
    links = access.rows(ReferralLink).filter(arrivals__gt=0)
    for link in links.annotate(account=account.values("pk")[:1]).filter(account__isnull=False):
        for number in range(1, link.arrivals + 1):
            yield link.account, Entry(LineKind.REFERRAL, points, f"link:{link.pk}:{number}")
