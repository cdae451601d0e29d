"""Handing out a certificate: the files that verify offline, and once, to the person, the secret.

Follows docs/spec/erasure.md, section 8. It is handed out when its proof exists, about a second
after the erasure. The copy for our own file is without the secret.
"""

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import rfc8785
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from audit import bundle, log, proofs
from audit.actions import Action
from dsar import certificate, commitment
from dsar.certificate import Certificate
from dsar.certificate_page import Later, reading
from dsar.certificate_pdf import pdf
from dsar.errors import ErasureStateError, RequestNotFoundError
from dsar.models import Erasure
from governance.policy.actors import Actor
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from registry.gate.access import Access

SOURCE = "custode_verify"
WHEN = (1980, 1, 1, 0, 0, 0)  # in a ZIP: the same files are the same bytes


@dataclass(frozen=True)
class Issued:
    """A certificate with what became known of it since."""

    certificate: Certificate
    gone_at: datetime | None = None
    gone_receipt: str = ""

    @classmethod
    def of(cls, erasure: Erasure, *, round_no: int | None = None) -> "Issued":
        """Return the certificate of a round of an erasure, of the newest unless told.

        Raises
        ------
        RequestNotFoundError
            there is none
        """
        rows = erasure.certificates.order_by("-round")
        newest = rows.first()
        stored = rows.filter(round=round_no).first() if round_no else newest
        if stored is None or newest is None:
            raise RequestNotFoundError
        issued = Certificate.of_stored(stored.body, stored.receipt)
        if stored.round != newest.round:
            return cls(issued)
        return cls(issued, erasure.physical_at, erasure.physical_receipt)

    def later(self) -> Later:
        """Return what a page says beyond it. Asked inside an open access."""
        proof = certificate.proof(self.certificate.receipt)
        return Later(proof, self.gone_at, self.gone_receipt)


def document(issued: Issued, *, language: str) -> bytes:
    """Return the PDF. Asked inside an open access."""
    return pdf(issued.certificate, issued.later(), language=language)


def archive(issued: Issued, *, language: str, secret: bytes = b"") -> bytes:
    """Return all that verifies without us as a ZIP. Asked inside an open access.

    Arguments
    ---------
    secret : `r`, for the person alone; the file's copy is without

    Raises
    ------
    NotYetProvableError
        the log has not signed the entry yet
    """
    later = issued.later()
    if not later.proof:
        raise proofs.NotYetProvableError
    said = issued.certificate
    files = {
        "certificate.pdf": pdf(said, later, language=language),
        "certificate.json": _file(said, said.receipt),
        "certificate.proof": later.proof.encode(),
    }
    # That the keys are gone is handed out once it is provable, and not before.
    gone = certificate.proof(issued.gone_receipt)
    if gone:
        files["keys-gone.json"] = _file(said, issued.gone_receipt)
        files["keys-gone.proof"] = gone.encode()
    if secret:
        files["mine.txt"] = f"r {secret.hex()}\n".encode()
    with translation.override(language):
        context = {"c": reading(said, later), "has_gone": bool(gone), "has_secret": bool(secret)}
        name = "LEGGIMI.txt" if language.startswith("it") else "README.txt"
        files[name] = render_to_string("dsar/certificate_readme.txt", context).encode()
    files |= dict(bundle.key_files(using="default")) | dict(bundle.verifier_files())
    return _zipped(files)


def _file(issued: Certificate, receipt: str) -> bytes:
    """Return what `custode_verify certificate` reads: what is certified, and an entry about it."""
    entry = proofs.entry_of(UUID(receipt.partition(".")[0]))
    return rfc8785.dumps({"body": issued.body, "entry": entry.decode()})


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(info, content)
    return out.getvalue()


def hand_over(erasure_id: UUID, actor: Actor, *, request: UUID, now: datetime) -> bytes:
    """Return the archive for the person, with the secret, which we then have no more.

    Recorded before it leaves.

    Arguments
    ---------
    request : the one it answers

    Raises
    ------
    RequestNotFoundError
    ErasureStateError
        it is not certified, or was handed over
    NotYetProvableError
    """
    with gate.duty(actor, Duty.ANSWERING, reference=erasure_id, now=now) as access:
        rows = access.rows(Erasure).select_for_update(of=("self",)).select_related("request")
        erasure = rows.filter(pk=erasure_id, request=request).first()
        if erasure is None:
            raise RequestNotFoundError
        if not erasure.r or not erasure.certificates.exists():
            raise ErasureStateError(state=erasure.state)
        secret = commitment.opened(access.controller, erasure.pk, bytes(erasure.r))
        language = erasure.request.language if erasure.request else "it"
        content = archive(Issued.of(erasure), language=language, secret=secret)
        erasure.r = b""
        erasure.save(update_fields=["r"])
        _record(access, erasure)
        # Not before it is certain that it leaves: rolled back, it could never be made again.
        transaction.on_commit(lambda: commitment.forget(access.controller, erasure.pk))
    return content


def _record(access: Access, erasure: Erasure) -> None:
    event = log.Event(
        action=Action.PACKAGE_DISCLOSED,
        purpose="duty:answering",
        subjects=(erasure.subject_id,),
        object_type="erasure",
        object_id=erasure.pk,
        reason="certificate",
    )
    log.record(access.actor, event, now=access.now)
