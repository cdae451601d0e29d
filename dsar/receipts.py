"""The receipt of what a person agreed to, in the shape of ISO/IEC TS 27560, signed.

    signature := Ed25519(the controller's key, the receipt in canonical JSON, RFC 8785)

One record for each purpose and channel the person decided about, with every line of its ledger as
an event; what it means is named in terms of the Data Privacy Vocabulary. The public key is at
`/.well-known/custode/<company>.json`, so that anybody can check a receipt without us.
"""

from base64 import b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils.translation import get_language

from audit.verifier import form
from dsar.links import Link
from dsar.preferences import opened, text_of
from governance.crypto import keystore
from governance.policy import consents
from governance.policy.deadlines import local_date
from governance.policy.vocabulary import ConsentState
from registry import activities, consent
from registry.gate.access import Access
from registry.models import ActivityVersion, ConsentEvent, Controller

USE = "receipts"
SCHEMA = "ISO/IEC TS 27560:2023"
DPV = "https://w3id.org/dpv#"
STATES: dict[ConsentState, str] = {
    ConsentState.UNKNOWN: "ConsentUnknown",
    ConsentState.REQUESTED: "ConsentRequested",
    ConsentState.DEFERRED: "ConsentRequestDeferred",
    ConsentState.GIVEN: "ConsentGiven",
    ConsentState.RENEWED: "RenewedConsentGiven",
    ConsentState.REFUSED: "ConsentRefused",
    ConsentState.WITHDRAWN: "ConsentWithdrawn",
    ConsentState.REVOKED: "ConsentRevoked",
    ConsentState.INVALIDATED: "ConsentInvalidated",
    ConsentState.EXPIRED: "ConsentExpired",
}
"""The terms of DPV 2.3 for the states of the ledger."""


def receipt(link: Link, *, now: datetime) -> bytes:
    """Return the signed receipt of a person, for their own link of preferences."""
    with opened(link, now=now) as access:
        return of_person(access, link.subject)


def of_person(access: Access, subject: UUID) -> bytes:
    """Return the signed receipt of one person, inside an access that answers them."""
    return signed(access.controller, _receipt(access, subject, access.now))


def signed(controller: UUID, body: dict[str, Any]) -> bytes:
    """Return a receipt with its signature, as JSON."""
    value = _private(controller).sign(form.canonical(body))
    signature = {
        "algorithm": "Ed25519", "form": "RFC 8785", "key": public_key(controller),
        "value": b64encode(value).decode(),
    }  # fmt: skip
    return orjson.dumps({"receipt": body, "signature": signature}, option=orjson.OPT_INDENT_2)


def public_key(controller: UUID) -> str:
    """Return the key by which anybody checks receipts of a controller, in base64."""
    return b64encode(_private(controller).public_key().public_bytes_raw()).decode()


def _private(controller: UUID) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(
        keystore.controller_key(controller, USE, create=True)
    )


def _receipt(access: Access, subject: UUID, now: datetime) -> dict[str, Any]:
    controller = Controller.objects.get(pk=access.controller)
    ledgers: dict[tuple[UUID, str], list[ConsentEvent]] = {}
    rows = access.rows(ConsentEvent).filter(subject=subject).select_related("purpose")
    for event in rows.order_by("at", "pk"):
        ledgers.setdefault((event.purpose_id, event.channel), []).append(event)
    versions = {
        version.activity.purpose_id: version
        for version in activities.all_in_force(access.controller, at=now)
    }
    return {
        "schema_version": SCHEMA,
        "issued_at": now.isoformat(),
        "pii_principal_id": str(subject),
        "party_identification": [_party(controller)],
        "records": [
            _record(history, versions.get(purpose), now)
            for (purpose, _channel), history in ledgers.items()
        ],
    }


def _party(controller: Controller) -> dict[str, str]:
    said = {
        "party_id": str(controller.pk),
        "party_role": f"{DPV}DataController",
        "party_name": controller.name,
        "party_address": controller.address,
        "party_email": controller.email,
        "party_contact": controller.dpo_contact,
        "jurisdiction": controller.country,
    }
    return {name: value for name, value in said.items() if value}


def _record(
    history: list[ConsentEvent], version: ActivityVersion | None, now: datetime
) -> dict[str, Any]:
    line = consents.standing(map(consent.line_of, history))
    state = consents.state_on(line, local_date(now))
    last = history[-1]
    processing: dict[str, Any] = {
        "purpose": text_of(last.purpose),
        "purpose_id": last.activity or last.purpose.key,
        "lawful_basis": f"{DPV}Consent",
        "language": get_language() or "it",
        "channel": last.channel,
        "withdrawal_method": "the page of preferences, or the link to unsubscribe in a message",
    }
    if version:
        processing["pii_information"] = sorted(version.categories)
        processing["recipients"] = sorted(r.name for r in version.recipients.all())
        processing["retention_period"] = sorted(r.period for r in version.retention_rules.all())
    return {
        "record_id": str(history[0].pk),
        "state": f"{DPV}{STATES[state]}",
        "pii_processing": processing,
        "events": [_event(event) for event in history],
    }


def _event(event: ConsentEvent) -> dict[str, Any]:
    said = {
        "event_id": str(event.pk),
        "event_time": event.at.isoformat(),
        "event_state": f"{DPV}{STATES[ConsentState(event.state)]}",
        "event_type": event.method,
        "statement": event.statement or "",
        "privacy_notice": event.notice,
        "privacy_notice_digest": event.notice_digest,
        "valid_until": event.expires_on.isoformat() if event.expires_on else "",
    }
    return {name: value for name, value in said.items() if value}
