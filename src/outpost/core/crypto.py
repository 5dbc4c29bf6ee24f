"""Sealing, keyed hashes and pseudonyms, all from one key file that never lies in the database or its backup.

A sealed blob is: suite (1 byte), key version (2 bytes, big-endian), nonce (12 bytes), ciphertext with its tag.
The suite is chosen when the key file is made and stays, because pseudonyms and hashes cannot be rotated:

    aes   AES-256-GCM, HMAC-SHA256
    gm    SM4-GCM (GB/T 32907), HMAC-SM3 (GB/T 32905)

Nonces are random, so one key version may seal 2^32 blobs (NIST SP 800-38D); `add_sealing_key` starts the next.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Protocol, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256, SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

from outpost.core import keyfile
from outpost.core.keyfile import CryptoError, KeyFileError, KeyName, Keys
from outpost.core.text import gettext_noop as _

NONCE = 12
TAG = 16
PREFIX = 3
HASH = 16
SUITES = {"aes": 1, "gm": 2}

# RFC 9562, version 8: the 13th of the 32 digits is the version, two bits of the 17th are the variant, the rest is ours.
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


class UnknownKeyError(CryptoError):
    """The blob was sealed with a key version or suite that this key file does not hold."""


class BrokenSealError(CryptoError):
    """The blob was changed, cut, moved to another row, or sealed with another installation's key."""


class Aead(Protocol):
    """A cipher that also notices changes; `decrypt` raises `cryptography`'s InvalidTag."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


class _Sm4Gcm:
    """SM4-GCM with the interface of `AESGCM`. SM4 keys have 16 bytes: the first half of the stored key."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = SM4(key[:16])

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        encryptor = Cipher(self._algorithm, GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        decryptor = Cipher(self._algorithm, GCM(nonce, data[-TAG:])).decryptor()
        decryptor.authenticate_additional_data(associated_data or b"")
        return decryptor.update(data[:-TAG]) + decryptor.finalize()


def _aead(suite: str, key: bytes) -> Aead:
    return _Sm4Gcm(key) if suite == "gm" else AESGCM(key)


def _keyed_hash(suite: str, key: bytes) -> Callable[[bytes], bytes]:
    """HMAC under one key. A copy of the keyed state is twice as fast as starting from the key."""
    keyed = HMAC(key, SM3() if suite == "gm" else SHA256())

    def digest(message: bytes) -> bytes:
        state = keyed.copy()
        state.update(message)
        return state.finalize()

    return digest


class KeyRing:
    """All keys of one installation. Shared by threads; hold it in a local name in long loops."""

    def __init__(self, keys: Keys, path: Path | None = None) -> None:
        """A ring without `path` lives in memory only (tests, rehearsals)."""
        self._path = path
        self._pseudonym = _keyed_hash(keys.suite, keys.pseudonym)
        self._search = _keyed_hash(keys.suite, keys.search)
        self._adopt(keys)

    def _adopt(self, keys: Keys) -> None:
        suite = SUITES[keys.suite]
        self._keys = keys
        self._aeads: dict[bytes, Aead] = {
            bytes([suite]) + version.to_bytes(2): _aead(keys.suite, key)
            for version, key in keys.sealing.items()
        }
        self._current = bytes([suite]) + max(keys.sealing).to_bytes(2)

    @classmethod
    def generate(cls, suite: str = "aes") -> Self:
        """A ring with fresh keys that is stored nowhere."""
        return cls(Keys.generate(suite))

    @classmethod
    def create(cls, path: Path, suite: str = "aes") -> Self:
        """Make fresh keys and their file (mode 0600). Raises KeyFileError when there is one already."""
        keys = Keys.generate(suite)
        keyfile.create(path, keys)
        return cls(keys, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key file. Raises KeyFileError when it is missing, damaged or readable by others."""
        return cls(keyfile.read(path), path)

    @property
    def suite(self) -> str:
        return self._keys.suite

    @property
    def checks(self) -> Mapping[KeyName, bytes]:
        """The check value of every key (`Keys.checks`)."""
        return self._keys.checks

    def require_fit(self, known: Mapping[KeyName, bytes]) -> None:
        """Raise KeyFileError unless this ring holds all keys with these check values."""
        keyfile.require_fit(self._keys, known, self.name)

    @property
    def name(self) -> Path:
        """What messages call its file."""
        return self._path or Path("keys.json")

    @property
    def django_secret(self) -> str:
        return self._keys.django

    @property
    def backup_key(self) -> bytes:
        """32 bytes that seal backup files, and nothing else."""
        return self._keys.backup

    def backup_cipher(self, salt: bytes) -> Aead:
        """The cipher of one backup file: its key is `backup_key` hashed with the file's own random salt, so that
        a file may count its nonces from zero."""
        return _aead(self.suite, _keyed_hash(self.suite, self.backup_key)(b"backup:" + salt))

    @property
    def newest(self) -> int:
        """The version of the sealing key that seals now."""
        return max(self._keys.sealing)

    @property
    def versions(self) -> list[int]:
        """Every version of the sealing key that the file holds, the oldest first."""
        return sorted(self._keys.sealing)

    def derived(self, kind: str, version: int) -> bytes:
        """64 bytes for one use and version, from the sealing key of that version, so that rotating it makes new ones.
        Raises UnknownKeyError for a version that the key file does not hold."""
        key = self._keys.sealing.get(version)
        if key is None:
            raise UnknownKeyError(f"no sealing key of version {version} in the key file")
        keyed = _keyed_hash(self.suite, key)
        return b"".join(keyed(f"derived.{kind}.{part}".encode()) for part in (1, 2))

    @property
    def sealing_prefix(self) -> bytes:
        """The three bytes with which every blob begins that is sealed now; others wait for rotation."""
        return self._current

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt. The same `context` ("people.person:<uuid>") is needed to open it: a blob copied
        to another row does not open there."""
        prefix = self._current
        nonce = os.urandom(NONCE)
        return prefix + nonce + self._aeads[prefix].encrypt(nonce, plain, prefix + context.encode())

    def open(self, blob: bytes | memoryview, context: str) -> bytes:
        """Decrypt what `seal` made under the same context.

        Raises UnknownKeyError when the key version is not in the key file, BrokenSealError when the blob
        or the context is not what was sealed.
        """
        blob = bytes(blob)
        prefix = blob[:PREFIX]
        aead = self._aeads.get(prefix) or self._aead_added_since(prefix)
        if len(blob) < PREFIX + NONCE + TAG:
            raise BrokenSealError("sealed value is cut short")
        try:
            return aead.decrypt(
                blob[PREFIX : PREFIX + NONCE], blob[PREFIX + NONCE :], prefix + context.encode()
            )
        except InvalidTag:
            raise BrokenSealError("sealed value does not open: changed, moved or of another key") from None

    def _aead_added_since(self, prefix: bytes) -> Aead:
        """The cipher of a key that another process has added while this ring was in use.

        Raises KeyFileError when another file was put there meanwhile.
        """
        if self._path is not None:
            present = keyfile.read(self._path)
            keyfile.require_fit(present, self._keys.checks, self._path)
            self._adopt(present)
        try:
            return self._aeads[prefix]
        except KeyError:
            raise UnknownKeyError(f"no sealing key for prefix {prefix.hex()} in the key file") from None

    def search_hash(self, kind: str, value: str) -> bytes:
        """16 bytes that are equal for equal values of one kind ("phone", "name"): for exact search."""
        return self._search(f"{kind}:{value}".encode())[:HASH]

    def signature(self, kind: str, content: bytes) -> str:
        """HMAC over what this installation vouches for (hex); `kind` says what it is. The key never changes."""
        return self._search(f"signature.{kind}:".encode() + content).hex()

    def pseudonym(self, doc_type: str, number: str) -> UUID:
        """The person of a document: always the same UUID (version 8), not reversible without the key.

        `number` is normalised; a document written in two ways would be two persons.
        """
        return UUID(self.pseudonym_text(doc_type, number))

    def pseudonym_text(self, doc_type: str, number: str) -> str:
        """The same as 32 hexadecimal digits, in half the time: for bulk imports."""
        digits = self._pseudonym(f"{doc_type}:{number}".encode()).hex()
        return f"{digits[:12]}8{digits[13:16]}{_VARIANT[digits[16]]}{digits[17:32]}"

    def add_sealing_key(self) -> int:
        """Start the next version of the sealing key and return its number. Older blobs still open.

        The file is replaced under a lock, so that no key gets lost when two processes do this at once.
        """
        if self._path is None:
            keys = self._keys.with_next_sealing_key()
        else:
            keys = keyfile.extend(self._path, self._keys.checks)
        self._adopt(keys)
        return max(keys.sealing)


_override: KeyRing | None = None
_require_ours: Callable[[KeyRing], None] | None = None


def check_with(require_ours: Callable[[KeyRing], None]) -> None:
    """Let every ring that a process takes from the key file be checked; the wiring says how. It raises KeyFileError."""
    global _require_ours  # noqa: PLW0603 - set once, by the wiring
    _require_ours = require_ours


def ring() -> KeyRing:
    """The ring of this process, from `settings.OUTPOST_KEY_FILE`; read and checked again when the file was replaced."""
    if _override is not None:
        return _override
    path: Path = settings.OUTPOST_KEY_FILE
    return _load(path, settings.OUTPOST_CRYPTO, keyfile.signature(path))


@lru_cache(maxsize=1)
def _load(path: Path, suite: str, _signature: tuple[int, int]) -> KeyRing:
    loaded = load_for(path, suite)
    if _require_ours is not None:
        _require_ours(loaded)
    return loaded


def load_for(path: Path, suite: str) -> KeyRing:
    """The ring of a file that must be of this suite, whatever database it belongs to. Raises KeyFileError."""
    loaded = KeyRing.load(path)
    if loaded.suite != suite:
        raise KeyFileError(
            _(
                "OUTPOST_CRYPTO is {wanted}, but {path} was made for {suite}."
                " The suite stays for the life of the data: set OUTPOST_CRYPTO={suite}."
            ),
            wanted=suite,
            path=path,
            suite=loaded.suite,
        )
    return loaded


@contextmanager
def use_ring(other: KeyRing) -> Iterator[KeyRing]:
    """Let every thread of this process use another ring for a while (tests, restore drills)."""
    global _override  # noqa: PLW0603 - threads must see it too, so no context variable
    before, _override = _override, other
    try:
        yield other
    finally:
        _override = before
