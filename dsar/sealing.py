"""Sealing to a public key: anybody can, and only the holder of the private half opens it.

    blob := 0x01 ephemeral public key:32 nonce:12 ciphertext tag:16
    key  := HKDF-SHA256(X25519(ephemeral, recipient), salt = both public keys, info)

`info` names the use, so that what was sealed for one is never taken for another; `bound` is the
place the blob belongs to, and it opens nowhere else.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from governance.crypto.errors import UnsealError

FORMAT = 1
KEY, NONCE, TAG = 32, 12, 16


def seal(public: bytes, plain: bytes, *, bound: bytes, info: bytes) -> bytes:
    """Return the blob; it opens only with the same `bound` and `info`."""
    ephemeral = X25519PrivateKey.generate()
    own = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    nonce = os.urandom(NONCE)
    sealed = AESGCM(_key(shared, own + public, info)).encrypt(nonce, plain, bound)
    return bytes((FORMAT,)) + own + nonce + sealed


def unseal(private: X25519PrivateKey, blob: bytes, *, bound: bytes, info: bytes) -> bytes:
    """Return what was sealed.

    Raises
    ------
    UnsealError
        another key, another place, a changed or truncated blob
    """
    if len(blob) < 1 + KEY + NONCE + TAG or blob[0] != FORMAT:
        raise UnsealError
    own, nonce = blob[1 : 1 + KEY], blob[1 + KEY : 1 + KEY + NONCE]
    public = private.public_key().public_bytes_raw()
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(own))
        key = _key(shared, own + public, info)
        return AESGCM(key).decrypt(nonce, blob[1 + KEY + NONCE :], bound)
    except (InvalidTag, ValueError):
        raise UnsealError from None  # the cause is not told


def _key(shared: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(shared)
