"""Accounts: what they are to the house, who belongs to them until when, what is shared with them.

A person may be in none (a consumer) or in several. Whoever is the contact of a company is a data
subject like any other: they have a file of their own, and are found in it (Art. 4(1), 15).
"""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from crm.chosen import people_of
from crm.models import Account, AccountRole, AccountUser, Case, Membership, SharedCase
from crm.models.relations import RELATIONS
from crm.people.errors import (
    AccountNotFoundError,
    MembershipStateError,
    UserOfOtherAccountError,
)
from governance.policy.vocabulary import SubjectKind
from registry import search
from registry.gate.access import Access
from registry.models import DataSource, DataSubject, Staff

PARTNER = "partner"
STANDS_AS = RELATIONS


def id_of(text: str) -> UUID:
    """Return the id that a form names.

    Raises
    ------
    AccountNotFoundError
        it is none
    """
    try:
        return UUID(text)
    except ValueError:
        raise AccountNotFoundError from None


def file_of(account: UUID) -> QuerySet[Any, Any]:
    """Return the file of an account; to be evaluated in the access that shows it."""
    return people_of(Account.objects.filter(pk=account))


def meant_by(controller: UUID, text: str) -> QuerySet[Any, Any]:
    """Return the files of accounts that somebody means by a name or number."""
    found = Account.objects.filter(subject__in=search.subjects_matching(controller, text))
    return people_of(found)


def with_accounts(subject: UUID, *more: UUID) -> QuerySet[Any, Any]:
    """Return a person and the accounts they belong to, and further accounts by their id."""
    members = Membership.objects.filter(subject=subject)
    rows = Account.objects.filter(Q(pk__in=members.values("account")) | Q(pk__in=more))
    return _both(subject, rows)


def with_those(subject: UUID, files: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Return a person with the accounts they belong to, and further files."""
    wanted = Q(pk__in=with_accounts(subject)) | Q(pk__in=files)
    return DataSubject.objects.filter(wanted).order_by().values_list("pk", flat=True)


def with_partners(subject: UUID) -> QuerySet[Any, Any]:
    """Return a person and the accounts that are partners of the house."""
    roles = AccountRole.objects.filter(stands_as=PARTNER, active_to__isnull=True)
    return _both(subject, Account.objects.filter(pk__in=roles.values("account")))


def _both(subject: UUID, rows: QuerySet[Account]) -> QuerySet[Any, Any]:
    wanted = Q(pk=subject) | Q(pk__in=rows.values("subject"))
    return DataSubject.objects.filter(wanted).order_by().values_list("pk", flat=True)


def held(access: Access, account: UUID) -> Account:
    """Return an account of the access.

    Raises
    ------
    AccountNotFoundError
    """
    found = access.rows(Account).filter(pk=account).first()
    if found is None:
        raise AccountNotFoundError
    return found


def all_of(access: Access) -> QuerySet[Account]:
    """Return the accounts of an access."""
    return access.rows(Account).order_by("pk")


def partners(access: Access) -> list[Account]:
    """Return the partners among the accounts of an access."""
    roles = access.rows(AccountRole).filter(stands_as=PARTNER, active_to__isnull=True)
    return list(access.rows(Account).filter(pk__in=roles.values("account")).order_by("pk"))


def create(
    access: Access, *, kind: str, fields: dict[str, Any], stands_as: list[str], source: DataSource
) -> Account:
    """Create an account with a file of its own, and what it is to the house, several at once."""
    subject = access.new_subject(kind=SubjectKind.ORGANISATION, source=source)
    account = Account(
        controller_id=access.controller, subject=subject, source=source, kind=kind,
        collected_at=access.now, **fields,
    )  # fmt: skip
    account.save()
    for word in stands_as:
        stand(access, account, word)
    return account


def stand(access: Access, account: Account, stands_as: str) -> AccountRole:
    """Record that an account is something to the house from today on; said twice it is one role."""
    running = access.rows(AccountRole).filter(
        account=account, stands_as=stands_as, active_to__isnull=True
    )
    role = running.first()
    if role is None:
        role = AccountRole(
            controller_id=access.controller, subject_id=account.subject_id, account=account,
            stands_as=stands_as, active_from=timezone.localdate(access.now),
            collected_at=access.now,
        )  # fmt: skip
        role.save()
    return role


def roles(access: Access, account: Account) -> list[str]:
    """Return what an account is to the house today."""
    today = timezone.localdate(access.now)
    running = access.rows(AccountRole).filter(
        Q(active_to__isnull=True) | Q(active_to__gte=today), account=account
    )
    return sorted(running.values_list("stands_as", flat=True))


def join(
    access: Access, subject: UUID, account: UUID, *, since: date | None, job_title: str = ""
) -> Membership:
    """Record that a person belongs to an account from a day on; the access is for the person.

    Raises
    ------
    MembershipStateError
        they are in it, or were
    """
    membership = Membership(
        controller_id=access.controller, subject_id=subject, account_id=account,
        active_from=since, collected_at=access.now,
    )  # fmt: skip
    if job_title:
        membership.job_title = job_title
    try:
        with transaction.atomic():
            membership.save()
    except IntegrityError as error:
        raise MembershipStateError from error
    return membership


def leave(access: Access, subject: UUID, account: UUID, *, on: date) -> Membership:
    """Record the last day of a person in an account; their file and its history stay theirs.

    Raises
    ------
    MembershipStateError
        they are not in it, left before, or came later
    """
    rows = access.rows(Membership).select_for_update(of=("self",))
    row = rows.filter(subject=subject, account=account, active_to__isnull=True).first()
    if row is None or (row.active_from is not None and row.active_from > on):
        raise MembershipStateError
    row.active_to = on
    row.save(update_fields=["active_to"])
    return row


def let_in(access: Access, account: Account, user: Staff) -> AccountUser:
    """Let a user of the house's system see what is shared with an account.

    Raises
    ------
    UserOfOtherAccountError
        they work for another one: nobody sees across two companies
    """
    row = AccountUser(
        controller_id=access.controller, subject_id=account.subject_id, account=account,
        staff=user, collected_at=access.now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise UserOfOtherAccountError from error
    return row


def share(access: Access, case: Case, account: UUID, *, by: Staff) -> SharedCase:
    """Let an account see a case, until it is taken back; shared twice it is shared once."""
    held = access.rows(SharedCase).filter(case=case, account=account, ended_at__isnull=True).first()
    if held is None:
        held = SharedCase(
            controller_id=access.controller, subject_id=case.subject_id, case=case,
            account_id=account, shared_at=access.now, shared_by=by, collected_at=access.now,
        )  # fmt: skip
        held.save()
    return held


def take_back(access: Access, case: Case, account: UUID) -> int:
    """Let an account see a case no more; return how many shares ended."""
    held = access.rows(SharedCase).filter(case=case, account=account, ended_at__isnull=True)
    return held.update(ended_at=access.now)


def shared_people(user: UUID) -> QuerySet[Any, Any]:
    """Return whose cases a partner may see; to be evaluated in the access that shows them."""
    return people_of(_shared(user))


def shared_cases(access: Access, user: UUID) -> list[Case]:
    """Return the cases that a partner may see: of their own account, and shared with it."""
    rows = access.rows(Case).filter(pk__in=_shared(user).values("case"))
    return list(rows.order_by("opened_at", "pk"))


def _shared(user: UUID) -> QuerySet[SharedCase, SharedCase]:
    accounts = AccountUser.objects.filter(staff=user, active_to__isnull=True)
    return SharedCase.objects.filter(account__in=accounts.values("account"), ended_at__isnull=True)
