"""A device that makes passkeys and signs with them, as a browser hands its answers on; without attestation."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ORIGIN = "http://testserver"
CREDENTIAL = b"a credential of a device"


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Device:
    """`flags`: whether its owner was there, and has shown finger, face or PIN."""

    credential_id: bytes = CREDENTIAL
    flags: int = PRESENT | VERIFIED
    count: int = 0
    owner: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str, *, origin: str = ORIGIN) -> str:
        """The answer to what a page asks for when a passkey is added."""
        asked = json.loads(options)
        self.owner = urlsafe_b64decode(asked["user"]["id"] + "==")
        attested = (
            bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self.public_key()
        )
        data = self._data(asked["rp"]["id"], self.flags | ATTESTED) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", asked["challenge"], origin)
        return self._answer({"clientDataJSON": text(said), "attestationObject": text(statement)})

    def sign(self, options: str, *, origin: str = ORIGIN) -> str:
        """The answer to what a page asks for at a sign-in."""
        asked = json.loads(options)
        self.count += 1
        data = self._data(asked["rpId"], self.flags)
        said = self._said("webauthn.get", asked["challenge"], origin)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        parts = {
            "clientDataJSON": said,
            "authenticatorData": data,
            "signature": signature,
            "userHandle": self.owner,
        }
        return self._answer({name: text(part) for name, part in parts.items()})

    def public_key(self) -> bytes:
        """As it is stored (COSE)."""
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    @staticmethod
    def _said(kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        name = text(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
