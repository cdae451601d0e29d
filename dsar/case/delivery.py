"""Copies for download with the code of a case: a few times, for a few days, then not at all.

A worker seals the copy to the key of the case, so that neither we nor whoever has our database can
open this one, and what is downloaded without the code is noise. It is offered where the asker has
shown that the address is theirs and we know who they are, or where nothing is held. A download is
counted in the statement that yields the copy: of any number at once no more than are left succeed.
Follows docs/spec/public-portal.md, section 5.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit import log
from audit.actions import Action
from dsar import access_right, ladder, sealing
from dsar.case.code import key_of
from dsar.errors import DownloadEndedError
from dsar.models import AccessPackage, AddressCheck, CaseDocument, CasePackage
from governance.crypto.errors import UnsealError
from governance.policy.actors import system
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate

INFO = b"custode/case/v1/package"
ROLE = "case"
OFFERED_FOR = timedelta(days=7)
DOWNLOADS = 3
SMALLEST = 1 << 18
LENGTH = 8
ASK = """
CREATE SCHEMA IF NOT EXISTS portal;
CREATE OR REPLACE FUNCTION portal.case_package(company uuid, wanted bytea) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found bytea;
BEGIN
    -- The gate is open for this one statement, and for the row of this digest. The row is locked
    -- and looked at again, so what was used up meanwhile yields nothing.
    PERFORM set_config('custode.controller', company::text, true);
    UPDATE dsar_casepackage SET downloads_left = downloads_left - 1
        WHERE controller_id = company AND digest = wanted
        AND expires_at > clock_timestamp() AND downloads_left > 0
        RETURNING blob INTO found;
    PERFORM set_config('custode.controller', '', true);
    RETURN found;
EXCEPTION WHEN SQLSTATE 'CU011' THEN  -- the person is being erased: nothing leaves any more
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION portal.case_package(uuid, bytea) FROM PUBLIC;
GRANT USAGE ON SCHEMA portal TO custode_case;
GRANT EXECUTE ON FUNCTION portal.case_package(uuid, bytea) TO custode_case;
"""
FIND = "SELECT portal.case_package(%s, %s)"


# At the worker


def deliver_all(controller: UUID, *, now: datetime) -> int:
    """Seal every copy that its person may download and can not yet; return how many."""
    waiting = _undelivered(controller, now)
    for package in waiting:
        deliver(package, controller=controller, now=now)
    return len(waiting)


def _undelivered(controller: UUID, now: datetime) -> list[UUID]:
    first = Coalesce("request__family", "request")  # its address was asked for all of them
    confirmed = AddressCheck.objects.filter(confirmed_at__isnull=False)
    with gate.duty(system(controller), Duty.ANSWERING, reference=controller, now=now) as access:
        rows = AccessPackage.objects.alias(first=first).filter(
            ~Exists(CasePackage.objects.filter(package=OuterRef("pk"))),
            Exists(CaseDocument.objects.filter(request=OuterRef("request"))),
            Q(request__identified_at__isnull=False) | Q(request__is_held=False),
            Exists(confirmed.filter(request=OuterRef("first"))),
            made_at__gt=now - OFFERED_FOR,
            expires_on__gte=timezone.localdate(now),
        )
        found = rows.select_related("request")
        return [row.pk for row in found if ladder.may_go_to_case(access, row.request)]


def deliver(package_id: UUID, *, controller: UUID, now: datetime) -> None:
    """Seal a copy to the code of its case. That it is disclosed is recorded before it can be."""
    content = access_right.disclose(package_id, system(controller), now)
    with gate.duty(system(controller), Duty.ANSWERING, reference=package_id, now=now) as access:
        package = access.rows(AccessPackage).filter(pk=package_id).first()
        if package is None:
            return
        case = CaseDocument.objects.filter(request=package.request_id).first()
        if case is None:
            return
        digest = bytes(case.digest)
        blob = sealing.seal(
            bytes(case.public), padded(content), bound=_bound(controller, digest), info=INFO
        )
        CasePackage.objects.get_or_create(
            package=package,
            defaults={
                "controller_id": controller, "subject_id": package.subject_id, "digest": digest,
                "blob": blob, "expires_at": package.made_at + OFFERED_FOR,
                "downloads_left": DOWNLOADS, "collected_at": now,
            },
        )  # fmt: skip


def remove_ended(controller: UUID, *, now: datetime) -> int:
    """Remove what can be downloaded no more; return how many."""
    with gate.duty(system(controller), Duty.RETENTION, now=now) as access:
        over = CasePackage.objects.filter(expires_at__lte=now)
        subjects = tuple(over.values_list("subject_id", flat=True))
        count, _by_model = over.delete()
        if count:
            event = log.Event(
                action=Action.RETENTION_SWEPT, purpose="duty:retention", subjects=subjects,
                object_type="case_package", counts={"removed": count},
            )  # fmt: skip
            log.record(access.actor, event, now=now)
    return count


# At the page


def download(controller: UUID, reference: str, code: str) -> bytes:
    """Return the copy to the holder of a code, and count it.

    Raises
    ------
    DownloadEndedError
        there is none, it is over or used up, or the code is another's; which is not told
    """
    key = key_of(reference, code)
    with connections[ROLE].cursor() as cursor:
        cursor.execute(FIND, [controller, key.digest])
        (blob,) = cursor.fetchone()
    if not blob:
        raise DownloadEndedError
    bound = _bound(controller, key.digest)
    try:
        whole = sealing.unseal(key.private, bytes(blob), bound=bound, info=INFO)
    except UnsealError:  # somebody changed or moved it in the database
        raise DownloadEndedError from None
    return unpadded(whole)


def padded(content: bytes) -> bytes:
    """Return `content` in its size class, a power of two: its size tells hardly anything."""
    whole = len(content).to_bytes(LENGTH) + content
    return whole.ljust(max(SMALLEST, 1 << (len(whole) - 1).bit_length()), b"\0")


def unpadded(whole: bytes) -> bytes:
    """Return what was padded."""
    return whole[LENGTH : LENGTH + int.from_bytes(whole[:LENGTH])]


def _bound(controller: UUID, digest: bytes) -> bytes:
    return b"|".join((INFO, controller.hex.encode(), digest.hex().encode()))


def apply(using: str = "default") -> None:
    """Let the role of cases take a copy by its hash; by the owner, after migrating."""
    with connections[using].cursor() as cursor:
        cursor.execute(ASK)
