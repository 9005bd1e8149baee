"""The home's own certificate authority for Cassandra, made once: `ca.pem` for clients, `node.p12` for the server.

The authority's private key is thrown away, so nobody can sign another certificate that the home's clients would trust.
"""

import datetime
import ipaddress
import os
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

YEARS = 10


def settle(folder: Path) -> tuple[Path, Path, str]:
    """The authority's certificate, the server's keystore and its password."""
    authority, keystore, password = folder / "ca.pem", folder / "node.p12", folder / "node.password"
    if not all(each.exists() for each in (authority, keystore, password)):
        word = secrets.token_urlsafe(24)
        pem, store = _make(word)
        for path, content in ((password, word.encode()), (keystore, store), (authority, pem)):
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
    return authority, keystore, password.read_text()


def _make(password: str) -> tuple[bytes, bytes]:
    signer, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lakemill local home")])
    nothing_below = x509.BasicConstraints(ca=True, path_length=0)
    unsigned = _begun(name, name).public_key(signer.public_key()).add_extension(nothing_below, critical=True)
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(signer.public_key())
    authority = unsigned.add_extension(usage, critical=True).add_extension(identifier, critical=False).sign(signer, hashes.SHA256())
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    server = (
        _begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), name)
        .public_key(own.public_key())
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(signer, hashes.SHA256())
    )
    store = serialize_key_and_certificates(b"node", own, server, [authority], BestAvailableEncryption(password.encode()))
    return authority.public_bytes(Encoding.PEM), store


def _begun(subject: x509.Name, issuer: x509.Name) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * YEARS))
    )
