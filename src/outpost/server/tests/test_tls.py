"""The local authority: a browser that trusts it trusts the server under each of its names, and no other."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from outpost.server import tls
from outpost.server.tls import Certificates, ensure_certificates

NOW = datetime.now(UTC)
NAMES = ["outpost.example", "localhost", "127.0.0.1", "::1"]


def handshake(found: Certificates, name: str) -> str | None:
    """Speak TLS once over a socket pair as a browser that trusts the authority and calls this name."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(found.certificate, found.key)
    browser = ssl.create_default_context(cafile=str(found.authority))
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with browser.wrap_socket(ours, server_hostname=name) as session:
            return session.version()
    finally:
        ours.close()
        thread.join()


@pytest.mark.parametrize("name", ["outpost.example", "localhost", "127.0.0.1", "::1"])
def test_every_name_is_trusted(tmp_path: Path, name: str) -> None:
    assert handshake(ensure_certificates(tmp_path / "tls", NAMES, at=NOW), name) == "TLSv1.3"


def test_another_name_is_not_trusted(tmp_path: Path) -> None:
    found = ensure_certificates(tmp_path / "tls", NAMES, at=NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(found, "other.example")


def test_keys_are_private(tmp_path: Path) -> None:
    found = ensure_certificates(tmp_path / "tls", NAMES, at=NOW)
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    for key in (found.key, tmp_path / "tls" / "ca.key"):
        assert key.stat().st_mode & 0o777 == 0o600


def test_nothing_changes_until_it_must(tmp_path: Path) -> None:
    found = ensure_certificates(tmp_path / "tls", NAMES, at=NOW)
    authority, certificate = found.authority.read_bytes(), found.certificate.read_bytes()
    ensure_certificates(tmp_path / "tls", NAMES, at=NOW + timedelta(days=300))
    assert found.certificate.read_bytes() == certificate
    ensure_certificates(tmp_path / "tls", NAMES, at=NOW + timedelta(days=350))
    renewed = found.certificate.read_bytes()
    assert renewed != certificate
    ensure_certificates(tmp_path / "tls", NAMES[:-1], at=NOW + timedelta(days=350))
    assert found.certificate.read_bytes() != renewed
    assert found.authority.read_bytes() == authority


def test_a_further_name_takes_another_authority(tmp_path: Path) -> None:
    found = ensure_certificates(tmp_path / "tls", NAMES, at=NOW)
    authority = found.authority.read_bytes()
    for further in ("10.1.2.3", "other.example"):
        assert (
            handshake(ensure_certificates(tmp_path / "tls", [*NAMES, further], at=NOW), further) == "TLSv1.3"
        )
        assert found.authority.read_bytes() != authority


@pytest.mark.parametrize("name", ["bank.example", "203.0.113.9", "2001:db8::9"])
def test_the_authority_cannot_speak_for_others(tmp_path: Path, name: str) -> None:
    """Not even a certificate that it has signed: browsers look at what it may speak for."""
    found = ensure_certificates(tmp_path / "tls", NAMES, at=NOW)
    tls._make_server(found, tmp_path / "tls" / "ca.key", [name], at=NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        handshake(found, name)


def test_an_authority_that_may_speak_for_everybody_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As earlier versions made it."""
    with monkeypatch.context() as earlier:
        earlier.setattr(x509, "NameConstraints", lambda *_asked: x509.OCSPNoCheck())
        found = ensure_certificates(tmp_path / "tls", NAMES, at=NOW)
    authority = found.authority.read_bytes()
    ensure_certificates(tmp_path / "tls", NAMES, at=NOW)
    assert found.authority.read_bytes() != authority
    assert handshake(found, "localhost") == "TLSv1.3"
