"""Evidence: a value that an entry could not do without, sealed for one person.

The key comes from the person's audit key and the id of the entry, once for each. AES-GCM does not
commit to its key (Dodis et al., CRYPTO 2018: "salamanders"), so the entry holds a commitment
beside the ciphertext; and the rest of the entry is bound in, so that it can not be moved.
"""

import hmac
import json
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .verdict import CannotTellError, TamperedError

INFO = b"custode/evidence/v1"
KEY_BYTES = 32
NONCE = bytes(12)  # the key is used once


def seal(key: bytes, payload: bytes, *, body: dict[str, Any], pseudonym: str) -> dict[str, str]:
    """Return one item of `evidence`.

    Arguments
    ---------
    key : the audit key of the person, 32 bytes
    body : of the entry, with its id and without `evidence`
    pseudonym : of the person in that month, hex
    """
    secret, commitment = _derive(key, body["id"])
    sealed = AESGCM(secret).encrypt(NONCE, payload, _bound(body, pseudonym))
    return {"ct": sealed.hex(), "kc": commitment.hex(), "p": pseudonym}


def unseal(key: bytes, body: dict[str, Any], *, index: int | None = None) -> bytes:
    """Return the payload that was sealed for the owner of `key`.

    Raises
    ------
    TamperedError
        `evidence_key_changed`: no item commits to this key; `evidence_moved`: it was sealed for
        another entry, or the entry says something else now
    CannotTellError
        there is no evidence, or it can not be read
    """
    bare = {name: value for name, value in body.items() if name != "evidence"}
    try:
        items = [
            (item["p"], bytes.fromhex(item["ct"]), bytes.fromhex(item["kc"]))
            for item in body.get("evidence", ())
        ]
        secret, commitment = _derive(key, body["id"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CannotTellError("unreadable", "the evidence can not be read", index) from error
    if not items:
        raise CannotTellError("no_evidence", "the entry holds no evidence", index)
    for pseudonym, sealed, held in items:
        if hmac.compare_digest(held, commitment):
            try:
                return AESGCM(secret).decrypt(NONCE, sealed, _bound(bare, pseudonym))
            except InvalidTag as error:
                detail = "the evidence was sealed for another entry, or the entry was changed"
                raise TamperedError("evidence_moved", detail, index) from error
    detail = "the evidence was sealed under another key than this one"
    raise TamperedError("evidence_key_changed", detail, index)


def _derive(key: bytes, entry_id: str) -> tuple[bytes, bytes]:
    both = HKDF(SHA256(), 2 * KEY_BYTES, salt=entry_id.encode(), info=INFO).derive(key)
    return both[:KEY_BYTES], both[KEY_BYTES:]


def _bound(body: dict[str, Any], pseudonym: str) -> bytes:
    written = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return written.encode() + pseudonym.encode()
