"""Whether the e-mail address a person gave is theirs: a code is mailed, and comes back.

The mail goes to the address given, known or not, once a day for an address at most. What it holds
works only together with the code of the case, which only whoever asked has: somebody else's yes
confirms nothing. Nothing is in an address of the web, so a scanner of mail has nothing to open.
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext as _

from dsar import codes, correspondence, requests, signs
from dsar.models import AddressCheck, CaseDocument, SubjectRequest
from governance.crypto import keystore, normalise
from governance.policy.actors import system
from governance.policy.identity import Means
from governance.policy.vocabulary import Duty
from registry import search
from registry.datamap import Lookup
from registry.gate import opening as gate

KIND = "address_check"
USE = "cases"
VALID_FOR = timedelta(hours=24)
ASKED_WITHIN = timedelta(days=3)  # of the receipt; later, staff asks in another way
TRIES = 10
SIGNS_MAILED = 16  # 80 bits


def keyed(controller: UUID, email: str) -> bytes:
    """Return by what mails to an address are counted; empty where nothing can be mailed.

    `anna+shop@` and `anna+news@` reach one mailbox, which has one mail a day.
    """
    address = normalise.email(email)
    if address is None or not correspondence.is_mail_address(email.strip()):
        return b""
    key = keystore.controller_key(controller, USE, create=True)
    local, _at, domain = address.rpartition("@")
    mailbox = f"{local.partition('+')[0] or local}@{domain}"
    return hmac.digest(key, mailbox.encode(), "sha256")


def begin(request: SubjectRequest, email: str, *, now: datetime) -> None:
    """Note that the address on a request is to be asked; a second time it changes nothing."""
    address = keyed(request.controller_id, email)
    if not address:
        return
    with gate.duty(
        system(request.controller_id), Duty.ANSWERING, reference=request.pk, now=now
    ):  # fmt: skip
        AddressCheck.objects.get_or_create(
            request=request,
            defaults={
                "controller_id": request.controller_id, "subject_id": request.subject_id,
                "address": address, "collected_at": now,
            },
        )  # fmt: skip


def ask_all(controller: UUID, *, now: datetime) -> int:
    """Mail a code for every check that waits and whose address had none today; return how many."""
    return sum(ask(check, controller=controller, now=now) for check in _to_ask(controller, now))


def _to_ask(controller: UUID, now: datetime) -> list[UUID]:
    """Return one waiting check for each address that had no mail today."""
    with gate.duty(system(controller), Duty.ANSWERING, reference=controller, now=now):
        rows = AddressCheck.objects.filter(
            ~_asked_lately(now),
            asked_at__isnull=True,
            request__state__in=requests.OPEN_STATES,
            request__received_at__gt=now - ASKED_WITHIN,
        )
        rows = rows.order_by("address", "pk").distinct("address")
        return list(rows.values_list("pk", flat=True))


def _asked_lately(now: datetime) -> Exists:
    return Exists(
        AddressCheck.objects.filter(
            controller=OuterRef("controller"), address=OuterRef("address"),
            asked_at__gt=now - timedelta(days=1),
        )
    )  # fmt: skip


def ask(check_id: UUID, *, controller: UUID, now: datetime) -> bool:
    """Mail a code for a check, unless its address had one today; return whether it was mailed."""
    with gate.duty(system(controller), Duty.ANSWERING, reference=check_id, now=now) as access:
        rows = access.rows(AddressCheck)
        address = rows.filter(pk=check_id).values_list("address", flat=True).first()
        if address is None:
            return False
        _one_at_a_time(bytes(address))
        waiting = rows.select_for_update(of=("self",)).select_related("request__controller")
        check = waiting.filter(~_asked_lately(now), pk=check_id, asked_at__isnull=True).first()
        if check is None:
            return False
        token = signs.at_random(SIGNS_MAILED)
        check.asked_at, check.challenge = now, _hashed(token)
        check.save(update_fields=["asked_at", "challenge"])
        with translation.override(check.request.language):
            subject_line, body = _mail(check.request, token)
        correspondence.post(
            access, check.request, kind=KIND, subject_line=subject_line, body=body
        )  # fmt: skip
    return True


def _one_at_a_time(address: bytes) -> None:
    """Let whoever else counts the mails to this address wait for our commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(address[:8], signed=True)]
        )


def _mail(request: SubjectRequest, token: str) -> tuple[str, str]:
    subject_line = _("Is this your address? Request %(reference)s")
    body = _(
        "Somebody sent %(name)s a request about personal data and gave this e-mail address.\n\n"
        "If it was you, open the page of your request with the reference and the code that you"
        " were shown when you sent it, and enter this there:\n\n%(token)s\n\n"
        "It works for 24 hours, once, and only together with the code of your request.\n\n"
        "If it was not you, do nothing and give it to nobody: without it this request shows"
        " nothing about you to anybody."
    )
    said = {"name": request.controller.name, "token": token, "reference": request.reference}
    return subject_line % said, body % said


def confirm(digest: bytes, token: str, *, controller: UUID, now: datetime) -> bool:
    """Take the code that was mailed; return whether the address counts as the asker's.

    Where it is the address by which we know this person, and nobody else, that also says who they
    are (Art. 12(6)), in all that was asked for together. Taken again after a kill it does what was
    left to do.

    Arguments
    ---------
    digest : of the case the code was entered for
    """
    document = CaseDocument.objects.filter(controller=controller, digest=digest).first()
    if document is None:
        return False
    with gate.duty(
        system(controller), Duty.ANSWERING, reference=document.request, now=now
    ) as access:
        asked = access.rows(SubjectRequest).filter(pk=document.request).first()
        if asked is None:
            return False
        rows = access.rows(AddressCheck).select_for_update(of=("self",)).select_related("request")
        check = rows.filter(request=asked.family or asked.pk).first()
        if check is None or check.confirmed_at or not _taken(check, token, now):
            # Or it is a code that went to a contact point on file (`dsar.codes`).
            request = requests.get(access, document.request)
            if codes.is_awaited(request, now=now) and codes.take(access, request, token):
                return True
            if check is None or check.confirmed_at is None:
                return False
        together = Q(family=check.request_id) | Q(pk=check.request_id)
        known = [r for r in access.rows(SubjectRequest).filter(together) if _is_known_by_it(r)]
    for request in known:
        # Of two at once the second changes nothing, nor does it lower what staff has found.
        requests.identify(
            request.pk, Means.KNOWN_CONTACT, by=system(controller), now=now, is_first=True
        )
    return True


def _taken(check: AddressCheck, token: str, now: datetime) -> bool:
    """Take the right code once; count a wrong one, also where no mail went: it shows nothing."""
    if check.confirmed_at is not None:
        return True
    is_right = hmac.compare_digest(bytes(check.challenge), _hashed(token))
    if not is_right or not is_open(check, now):
        check.tries = min(check.tries + 1, TRIES)
        check.save(update_fields=["tries"])
        return False
    check.confirmed_at, check.challenge = now, b""
    check.save(update_fields=["confirmed_at", "challenge"])
    return True


def is_open(check: AddressCheck, now: datetime) -> bool:
    """Whether the code that was mailed can still be entered."""
    is_in_time = check.asked_at is not None and now < check.asked_at + VALID_FOR
    return is_in_time and bool(check.challenge) and check.tries < TRIES


def is_awaited(check: AddressCheck, request: SubjectRequest, now: datetime) -> bool:
    """Whether the page asks for a code, whether or not one was mailed yet."""
    last = request.received_at + ASKED_WITHIN + VALID_FOR
    return check.confirmed_at is None and check.tries < TRIES and now < last


def _is_known_by_it(request: SubjectRequest) -> bool:
    if request.state != "received" or not request.is_held or request.identity == requests.AMBIGUOUS:
        return False
    email = request.requester_email or ""
    having = search.subjects_with(request.controller_id, Lookup.EMAIL, email)
    return set(having) == {request.subject_id}


def _hashed(token: str) -> bytes:
    return sha256(signs.signs_of(token).encode()).digest()
