"""The commitment of a certificate: whose it is, for whoever holds the secret, and for nobody else.

Follows docs/spec/erasure.md, section 8. `c = HMAC-SHA256(r, lines)` stands in the certificate;
`r` is 32 random bytes, which go to the person alone and then are in no store of ours. So they can
show that the certificate is theirs, and who holds certificate and log can not try names against it.

Until then it is sealed under a key of the controller for this one erasure, destroyed with the
handing over: what logs and backups of the database still hold of it opens no more.
"""

import secrets
from collections.abc import Iterable, Mapping
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.verifier.certificate import SECRET_BYTES, commitment
from governance.crypto import keystore, normalise
from governance.crypto.envelope import unwrap, wrap
from registry.datamap import Lookup

INFO = "custode/certificate-secret/v1"
NORMAL = {
    Lookup.EMAIL: normalise.email,
    Lookup.PHONE: normalise.phone,
    Lookup.FISCAL_CODE: normalise.fiscal_code,
}
Committed = dict[str, int | str]


def made(
    controller: UUID, erasure: UUID, found: Mapping[Lookup, Iterable[str]]
) -> tuple[Committed | None, bytes]:
    """Return what a certificate says of identifiers, and the secret, sealed.

    Arguments
    ---------
    found : values by kind, as they are written; kinds without a normal form are passed over

    Returns
    -------
    `c`, hex, and how many identifiers of each kind it is about, with the sealed secret; None and
    nothing where there is no identifier.
    """
    lines = {
        f"{kind}|{normalise.VERSION}|{normal}"
        for kind, values in found.items()
        if kind in NORMAL
        for value in values
        if (normal := NORMAL[kind](value))
    }
    if not lines:
        return None, b""
    key = keystore.controller_key(controller, _use(erasure), create=True)
    secret = secrets.token_bytes(SECRET_BYTES)
    counts = {kind: sum(line.startswith(f"{kind}|") for line in lines) for kind in NORMAL}
    said: Committed = {str(kind): number for kind, number in counts.items() if number}
    said["c"] = commitment(secret, lines)
    return said, wrap(AESGCM(key), secret, _bound(erasure))


def opened(controller: UUID, erasure: UUID, sealed: bytes) -> bytes:
    """Return the secret that `made` sealed.

    Raises
    ------
    KeyDestroyedError
        it was handed over, or there is none for this erasure
    UnsealError
    """
    key = keystore.controller_key(controller, _use(erasure))
    return unwrap(AESGCM(key), sealed, _bound(erasure))


def forget(controller: UUID, erasure: UUID) -> None:
    """Destroy the key of a secret that was handed over. Repeating is harmless."""
    keystore.destroy_controller_key(controller, _use(erasure))


def _use(erasure: UUID) -> str:
    return f"certificate:{erasure.hex}"


def _bound(erasure: UUID) -> str:
    return f"{INFO}|{erasure.hex}"
