"""A time-stamping authority: certificates made here, time-stamps by OpenSSL's `ts`."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.audit.peers.serving import Answer

CONFIGURATION = """
[ tsa ]
default_tsa = one
[ one ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/ca.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = {ess}
crypto_device = builtin
"""
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class MiniAuthority:
    """Answers time-stamp queries; `roots` is what its clients trust.

    Arguments
    ---------
    is_for_times : whether its certificate says that it is for time-stamping
    """

    def __init__(
        self,
        folder: Path,
        *,
        elliptic: bool = False,
        ess: str = "sha256",
        is_for_times: bool = True,
    ) -> None:
        self._folder = folder
        folder.mkdir()
        ca_key = _key(elliptic)
        ca = _certificate("ca.example", ca_key, issuer=None, is_for_times=False)
        key = _key(elliptic)
        # OpenSSL signs with no other certificate; the wrong one is put in the answer's place.
        own = _certificate("tsa.example", key, issuer=(ca, ca_key), is_for_times=is_for_times)
        self.roots = folder / "ca.pem"
        self.roots.write_bytes(ca.public_bytes(Encoding.PEM))
        (folder / "tsa.pem").write_bytes(own.public_bytes(Encoding.PEM))
        (folder / "tsa.key").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder, ess=ess))

    def answer(self, _path: str, body: bytes) -> Answer:
        query, reply = self._folder / "query", self._folder / "reply"
        query.write_bytes(body)
        command = ["openssl", "ts", "-reply", "-config", str(self._folder / "tsa.cnf"),
                   "-queryfile", str(query), "-out", str(reply)]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        return 200, "application/timestamp-reply", reply.read_bytes()


def _key(elliptic: bool) -> Key:
    return (
        ec.generate_private_key(ec.SECP256R1())
        if elliptic
        else rsa.generate_private_key(65537, 2048)
    )


def _certificate(
    name: str, key: Key, *, issuer: tuple[x509.Certificate, Key] | None, is_for_times: bool
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if is_for_times:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer[1] if issuer else key, SHA256())
