"""A time-stamping authority says that a checkpoint was there at a time (RFC 3161, eIDAS art. 41).

The token is checked against certificates that the operator chose: its signature, that it is about
this checkpoint, and that its certificate is for time-stamping and was valid then.
"""

import hashlib
import http
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from audit.anchors import der
from audit.anchors.base import AnchorError, Published
from audit.anchors.http import post

MEDIA_TYPE = "application/timestamp-query"
GRANTED = {0, 1}  # RFC 3161 §2.4.2: granted, granted with changes
SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
TST_INFO = der.oid("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE = {der.oid("1.2.840.113549.1.9.16.2.12"), der.oid("1.2.840.113549.1.9.16.2.47")}
SHA256 = der.oid("2.16.840.1.101.3.4.2.1")
DIGESTS: dict[bytes, hashes.HashAlgorithm] = {
    SHA256: hashes.SHA256(),
    der.oid("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
    der.oid("2.16.840.1.101.3.4.2.3"): hashes.SHA512(),
}
NAMES = {20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}  # of a certificate's hash, by length
CONTEXT_0, CONTEXT_1 = 0xA0, 0xA1
DEEPEST = 5  # certificates between the authority's and a chosen one

Refusals = (ValueError, LookupError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound)


class Authority:
    """One time-stamping authority.

    Arguments
    ---------
    url : where it is asked
    certificates : PEM file of the certificates that are trusted: its own, or of who issued it
    """

    name = "timestamp"

    def __init__(self, url: str, certificates: Path) -> None:
        self._url, self._certificates = url, certificates

    def publish(self, published: Published) -> bytes:
        """Ask for a time-stamp of the checkpoint; return the response as it came.

        Raises
        ------
        AnchorError
            it can not be reached, refuses, or its answer does not hold
        """
        nonce = secrets.randbits(63)
        answer = post(self._url, _request(published, nonce), media_type=MEDIA_TYPE)
        if answer.status != http.HTTPStatus.OK:
            msg = f"it answers with status {answer.status}"
            raise AnchorError(msg)
        self._check(published, answer.body, nonce=nonce)
        return answer.body

    def verify(self, published: Published, proof: bytes) -> None:
        """Check a response that `publish` returned.

        Raises
        ------
        AnchorError
        """
        self._check(published, proof)

    def _check(self, published: Published, response: bytes, *, nonce: int | None = None) -> None:
        try:
            trusted = x509.load_pem_x509_certificates(self._certificates.read_bytes())
            token = Token.parse(response)
            token.check(_digest(published), nonce=nonce)
            token.check_signature(trusted)
        except OSError as error:
            msg = f"its certificates can not be read ({error.strerror})"
            raise AnchorError(msg) from error
        except Refusals as error:
            msg = f"its time-stamp does not hold: {error or type(error).__name__}"
            raise AnchorError(msg) from error


class Token:
    """A time-stamp token (RFC 3161 §2.4.2, RFC 5652 §5.1) that was read and not yet checked.

    Arguments
    ---------
    info : the signed statement, TSTInfo
    signer : SignerInfo
    certificates : those that came with it
    """

    def __init__(
        self, info: bytes, signer: Sequence[der.Value], certificates: Sequence[x509.Certificate]
    ) -> None:
        self._info, self._signer, self._certificates = info, signer, certificates
        self.time = _moment(der.only(self._said(), der.TIME))

    @classmethod
    def parse(cls, response: bytes) -> "Token":
        """Return the token of a response; one of `Refusals` where there is none."""
        status, *rest = der.read(response).require(der.SEQUENCE).items()
        if int.from_bytes(status.items()[0].content, "big") not in GRANTED or not rest:
            msg = "it was refused"
            raise der.DerError(msg)
        kind, content = rest[0].items()
        _require(kind.raw == SIGNED_DATA, "it is not signed data")
        parts = der.read(content.require(CONTEXT_0).content).items()
        _, _, inner, *others = parts
        kind, content = inner.items()
        _require(kind.raw == TST_INFO, "it is not about a time")
        info = der.read(content.require(CONTEXT_0).content).require(der.OCTETS).content
        held = der.only(others, CONTEXT_0)
        certificates = [
            x509.load_der_x509_certificate(value.raw)
            for value in (held.items() if held else [])
            if value.tag == der.SEQUENCE
        ]
        (signer,) = parts[-1].require(der.SET).items()
        return cls(info, signer.items(), certificates)

    def check(self, digest: bytes, *, nonce: int | None = None) -> None:
        """Check that the token is about a digest, and answers the question that was asked."""
        algorithm, hashed = self._said()[2].items()
        _require(algorithm.items()[0].raw == SHA256, "it is of another hash function")
        _require(hashed.require(der.OCTETS).content == digest, "it is of something else")
        numbers = [value.content for value in self._said()[5:] if value.tag == der.INTEGER]
        if nonce is not None:
            _require(nonce in {int.from_bytes(n, "big") for n in numbers}, "it is an old answer")

    def check_signature(self, trusted: Sequence[x509.Certificate]) -> None:
        """Check the signature, and that its certificate is, or leads to, a trusted one."""
        attributes = der.only(self._signer, CONTEXT_0)
        if attributes is None:
            msg = "it has no signed attributes"
            raise der.DerError(msg)
        values = {a.items()[0].raw: a.items()[1].items()[0] for a in attributes.items()}
        digest = DIGESTS[self._signer[2].items()[0].raw]
        hasher = hashes.Hash(digest)
        hasher.update(self._info)
        _require(values[CONTENT_TYPE].raw == TST_INFO, "its signature is about something else")
        _require(values[MESSAGE_DIGEST].content == hasher.finalize(), "its statement was changed")
        certificate = self._certificate(trusted)
        self._require_named(certificate, [v for k, v in values.items() if k in SIGNING_CERTIFICATE])
        signed = der.write(der.SET, attributes.content)  # RFC 5652 §5.4: as a SET, not as [0]
        signature = der.only(self._signer[4:], der.OCTETS)
        _require(signature is not None, "it is not signed")
        _verify(certificate, signature.content if signature else b"", signed, digest)
        self._require_trust(certificate, trusted)

    def _said(self) -> list[der.Value]:
        return der.read(self._info).require(der.SEQUENCE).items()

    def _certificate(self, trusted: Sequence[x509.Certificate]) -> x509.Certificate:
        """Return the certificate that the signature names by issuer and number."""
        issuer, number = self._signer[1].require(der.SEQUENCE).items()
        for certificate in (*self._certificates, *trusted):
            serial = int.from_bytes(number.content, "big")
            name = certificate.issuer.public_bytes()
            if (name, certificate.serial_number) == (issuer.raw, serial):
                return certificate
        msg = "the certificate of its signature is not there"
        raise der.DerError(msg)

    @staticmethod
    def _require_named(certificate: x509.Certificate, named: Sequence[der.Value]) -> None:
        """Demand that the signature commits to its certificate (RFC 5035, RFC 5816)."""
        _require(bool(named), "it does not commit to a certificate")
        for value in named:
            first = value.items()[0].items()[0].items()
            said = der.only(first, der.OCTETS)
            digest = said.content if said else b""
            own = hashlib.new(NAMES[len(digest)], certificate.public_bytes(Encoding.DER)).digest()
            _require(own == digest, "it commits to another certificate")

    def _require_trust(
        self, certificate: x509.Certificate, trusted: Sequence[x509.Certificate]
    ) -> None:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        is_for_times = usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
        _require(is_for_times, "its certificate is not for time-stamping")
        for _ in range(DEEPEST):
            is_valid = (
                certificate.not_valid_before_utc <= self.time <= certificate.not_valid_after_utc
            )
            _require(is_valid, "a certificate was not valid at that time")
            if certificate in trusted:
                return
            certificate = _issuer(certificate, (*trusted, *self._certificates))
        msg = "its certificate does not lead to a trusted one"
        raise der.DerError(msg)


def _issuer(certificate: x509.Certificate, known: Sequence[x509.Certificate]) -> x509.Certificate:
    for candidate in known:
        try:
            certificate.verify_directly_issued_by(candidate)
            basic = candidate.extensions.get_extension_for_class(x509.BasicConstraints).value
        except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            continue
        if basic.ca and candidate != certificate:
            return candidate
    msg = "its certificate does not lead to a trusted one"
    raise der.DerError(msg)


def _verify(
    certificate: x509.Certificate, signature: bytes, signed: bytes, digest: hashes.HashAlgorithm
) -> None:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(digest))
    else:
        msg = "it is signed with another kind of key than RSA or ECDSA"
        raise der.DerError(msg)


def _request(published: Published, nonce: int) -> bytes:
    """Return a TimeStampReq (RFC 3161 §2.4.1) that asks for the certificate too."""
    algorithm = der.write(der.SEQUENCE, SHA256, der.write(der.NULL))
    imprint = der.write(der.SEQUENCE, algorithm, der.write(der.OCTETS, _digest(published)))
    wanted = der.write(der.BOOLEAN, b"\xff")
    return der.write(der.SEQUENCE, der.integer(1), imprint, der.integer(nonce), wanted)


def _digest(published: Published) -> bytes:
    return hashlib.sha256(published.note.encode()).digest()


def _moment(value: der.Value | None) -> datetime:
    if value is None:
        msg = "it says no time"
        raise der.DerError(msg)
    text = value.content.decode("ascii")
    form = "%Y%m%d%H%M%S.%fZ" if "." in text else "%Y%m%d%H%M%SZ"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise der.DerError(otherwise)
