"""The instance's certificates: a server authority that clients pin, and a client authority for ephemeral certificates.

Validity is real time, not the emulated clock's: TLS on both sides looks at the machine's.
"""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = timedelta(days=3650)
EPHEMERAL_LIFE = timedelta(hours=1)  # as Cloud SQL's
SKEW = timedelta(minutes=5)

PrivateKey = ec.EllipticCurvePrivateKey


class Authority:
    """One key that signs both the server's certificate and the clients'; kept in `folder`, so that certificates which
    clients hold survive a restart."""

    def __init__(self, folder: Path, connection_name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._authority = folder / "sqladmin-authority.pem"
        self._server = folder / "sqladmin-server.pem"
        if not (self._authority.exists() and self._server.exists()):
            self._make(connection_name)
        pem = self._authority.read_bytes()
        key = serialization.load_pem_private_key(pem, password=None)
        assert isinstance(key, PrivateKey)
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(pem)

    @property
    def certificate(self) -> str:
        """What a client checks the server's certificate against, PEM."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def ephemeral(self, public_key: str, login: str | None, until: datetime | None) -> str:
        """A client's certificate (PEM) for its public key (PEM): an hour, or to `until` if sooner. With `login`, an IAM
        account's address, it also stands for that account's password. Raises ValueError for what is not a key."""
        key = serialization.load_pem_public_key(public_key.encode())
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            raise ValueError("neither an RSA nor an elliptic curve key")
        end = datetime.now(UTC) + EPHEMERAL_LIFE
        builder = _builder("ephemeral", key, min(end, until or end)).issuer_name(self._certificate.subject)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        if login:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(login)]), critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def server_context(self) -> ssl.SSLContext:
        """TLS for the instance: it shows its certificate and takes no client without one of ours."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self._server)
        context.load_verify_locations(cadata=self.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _make(self, connection_name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        end = datetime.now(UTC) + AUTHORITY_LIFE
        root = _builder("Cloud SQL Server CA (local)", key.public_key(), end)
        own = root._subject_name
        assert own
        root = root.issuer_name(own).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        usage = {"key_cert_sign": True, "crl_sign": True, "digital_signature": True}
        rest = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
        off = dict.fromkeys((*rest, "encipher_only", "decipher_only"), False)
        root = root.add_extension(x509.KeyUsage(**usage, **off), critical=True)
        _write(self._authority, key, root.sign(key, hashes.SHA256()))
        server_key = ec.generate_private_key(ec.SECP256R1())
        # Cloud SQL names the instance so: PROJECT:INSTANCE.
        project, _, instance = connection_name.split(":")
        server = _builder(f"{project}:{instance}", server_key.public_key(), end).issuer_name(own)
        server = server.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        _write(self._server, server_key, server.sign(key, hashes.SHA256()))


def _builder(name: str, key: CertificatePublicKeyTypes, end: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - SKEW)
        .not_valid_after(end)
    )


def _write(path: Path, key: PrivateKey, certificate: x509.Certificate) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        encoding = serialization.Encoding.PEM
        file.write(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        file.write(certificate.public_bytes(encoding))
    os.replace(fresh, path)
