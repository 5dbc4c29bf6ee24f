"""A certificate authority of our own for `outpost up --https`.

Cameras and service workers need HTTPS on everything but localhost. The authority's certificate is installed
once on each device; the server's certificate is renewed from it without anybody noticing. It can speak for the names
and addresses that are served and for nothing else, so whoever stole its key could not pose as another site; under a
further name another authority is made.
"""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_AUTHORITY_LIFE = timedelta(days=3650)
_SERVER_LIFE = timedelta(days=397)  # browsers refuse more than 398 days
_RENEW_BEFORE = timedelta(days=60)
_CLOCK_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Paths: the authority's certificate to install on devices, the server's certificate and its key."""

    authority: Path
    certificate: Path
    key: Path


def ensure_certificates(directory: Path, names: Sequence[str], *, at: datetime) -> Certificates:
    """Make or renew the certificates for these host names and addresses, in `directory`.

    The authority is made anew where it does not permit them all, or permits everything.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = Certificates(directory / "ca.pem", directory / "server.pem", directory / "server.key")
    if not _permits(found.authority, names):
        _make_authority(found.authority, directory / "ca.key", names, at=at)
        found.certificate.unlink(missing_ok=True)
    if not _still_serves(found.certificate, names, at=at):
        _make_server(found, directory / "ca.key", names, at=at)
    return found


def _permits(authority: Path, names: Sequence[str]) -> bool:
    if not authority.exists():
        return False
    extensions = x509.load_pem_x509_certificate(authority.read_bytes()).extensions
    try:
        held = extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
    except x509.ExtensionNotFound:
        return False
    return set(held or ()) >= set(_permitted(names))


def _still_serves(certificate: Path, names: Sequence[str], *, at: datetime) -> bool:
    if not certificate.exists():
        return False
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    held = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return loaded.not_valid_after_utc - _RENEW_BEFORE > at and set(held) == set(_general_names(names))


def _make_authority(certificate: Path, key_file: Path, names: Sequence[str], *, at: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Outpost local authority {at:%Y-%m-%d}")])
    builder = (
        _certificate(name, name, key.public_key(), at=at, life=_AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    _write_key(key_file, key)
    _write(certificate, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), 0o644)


def _make_server(found: Certificates, authority_key: Path, names: Sequence[str], *, at: datetime) -> None:
    authority = x509.load_pem_x509_certificate(found.authority.read_bytes())
    signer = serialization.load_pem_private_key(authority_key.read_bytes(), password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is not the one that we made")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    builder = (
        _certificate(name, authority.subject, key.public_key(), at=at, life=_SERVER_LIFE)
        .add_extension(x509.SubjectAlternativeName(_general_names(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    signed = builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    _write_key(found.key, key)
    _write(found.certificate, signed + found.authority.read_bytes(), 0o644)


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, at: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _CLOCK_SLACK)
        .not_valid_after(at + life)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_names(names: Sequence[str]) -> list[x509.GeneralName]:
    return [_general_name(name) for name in dict.fromkeys(names)]


def _permitted(names: Sequence[str]) -> list[x509.GeneralName]:
    """Each name, and each address as the network of this one."""
    return [
        x509.IPAddress(ipaddress.ip_network(name.value)) if isinstance(name, x509.IPAddress) else name
        for name in _general_names(names)
    ]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return x509.DNSName(name)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(path, pem, 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    fresh.replace(path)
