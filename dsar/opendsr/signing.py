"""The signature under what OpenDSR says, by the key of a certificate others trust.

    X-OpenDSR-Processor-Domain: the host of our address, which the certificate was issued for
    X-OpenDSR-Signature:        base64(signature of the SHA-256 digest of the body)

RSA with PKCS #1 v1.5, or ECDSA (FIPS 186-4; section 4.2). A certificate signed by itself is not
allowed (section 4.1), so key and certificate come from the environment.
"""

from base64 import b64encode
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from django.conf import settings

from dsar.opendsr.errors import OpenDsrClosedError

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
DOMAIN, SIGNATURE = "X-OpenDSR-Processor-Domain", "X-OpenDSR-Signature"


def headers(body: bytes) -> dict[str, str]:
    """Return the headers under which a body goes out.

    Raises
    ------
    OpenDsrClosedError
    """
    key = _key(*_files())
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(body, padding.PKCS1v15(), SHA256())
    else:
        signature = key.sign(body, ec.ECDSA(SHA256()))
    return {DOMAIN: domain(), SIGNATURE: b64encode(signature).decode()}


def certificate() -> bytes:
    """Return the certificate with its chain, as PEM; a key in the same file stays there.

    Raises
    ------
    OpenDsrClosedError
    """
    chain = load_pem_x509_certificates(Path(_files()[1]).read_bytes())
    return b"".join(one.public_bytes(Encoding.PEM) for one in chain)


def domain() -> str:
    """Return the host that we are reached under."""
    return urlsplit(settings.BASE_URL).hostname or ""


def _files() -> tuple[str, str]:
    key, chain = settings.OPENDSR_KEY, settings.OPENDSR_CERTIFICATE
    if not key or not chain:
        raise OpenDsrClosedError
    return key, chain


@cache
def _key(path: str, _chain: str) -> Key:
    key = load_pem_private_key(Path(path).read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise OpenDsrClosedError
    return key
