"""The code of a case: made on the page, shown to the person, kept by nobody else.

    code    := 256 random bits, in 13 groups of four of Crockford's signs
    token   := HKDF-SHA256(code, salt = reference, info = "custode/case/v1/token")
    private := HKDF-SHA256(code, salt = reference, info = "custode/case/v1/key"), an X25519 key
    digest  := SHA-256(token)
    linked  := 16 signs of HKDF-SHA256(code, salt = reference, info = "custode/case/v1/linked/<n>"),
               the reference of the n-th right that is asked for with it; the same code opens it

We keep the digest, by which a document is found, and the public half of the key, to which it is
sealed. Follows docs/spec/public-portal.md, section 2.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dsar.signs import ALPHABET, grouped, signs_of

BITS, PER_SIGN, SIGNS = 256, 5, 52  # 52 signs hold 260 bits
REFERENCE_SIGNS = 16  # 80 bits
INFO = b"custode/case/v1/"


@dataclass(frozen=True, slots=True)
class CaseKey:
    """What a code and its reference open."""

    private: X25519PrivateKey
    digest: bytes

    @property
    def public(self) -> bytes:
        """The half to which documents are sealed."""
        return self.private.public_key().public_bytes_raw()


def new() -> str:
    """Return a code nobody can guess."""
    number = secrets.randbits(BITS)
    return grouped("".join(ALPHABET[number >> PER_SIGN * at & 31] for at in reversed(range(SIGNS))))


def key_of(reference: str, code: str) -> CaseKey:
    """Return what a code opens for a reference, both as typed; a wrong code opens nothing."""
    secret, salt = signs_of(code).encode(), signs_of(reference).encode()
    private = X25519PrivateKey.from_private_bytes(_derive(secret, salt, b"key"))
    return CaseKey(private, sha256(_derive(secret, salt, b"token")).digest())


def linked(reference: str, code: str, number: int) -> str:
    """Return the reference of the n-th right asked for together with the first."""
    secret, salt = signs_of(code).encode(), signs_of(reference).encode()
    drawn = int.from_bytes(_derive(secret, salt, f"linked/{number}".encode()))
    signs = [ALPHABET[drawn >> PER_SIGN * at & 31] for at in range(REFERENCE_SIGNS)]
    return grouped("".join(signs))


def _derive(secret: bytes, salt: bytes, what: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=INFO + what).derive(secret)
