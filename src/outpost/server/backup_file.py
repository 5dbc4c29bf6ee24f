"""The backup file: a stream of sealed frames, read and written in constant memory.

    header   "OUTPOST BACKUP 1\\n", suite (1 byte), salt (16 bytes)
    frame    kind (1 byte), length (4 bytes, big-endian), ciphertext with its tag
             kinds: manifest (the first frame), data (any number), end (the last frame)

Every file has a key of its own (`KeyRing.backup_cipher`). A frame's nonce is its number; header, number and kind are
its associated data. So a frame that was changed, swapped, repeated, left out or taken from another file does not open,
and a file whose last frame is not the end was cut.
"""

import hashlib
import json
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag

from outpost.core.crypto import NONCE, SUITES, TAG, KeyRing
from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _

MAGIC = b"OUTPOST BACKUP 1\n"
SALT = 16
CHUNK = 1 << 20
_HEADER = len(MAGIC) + 1 + SALT
_FRAME = struct.Struct(">BI")

_NO_BACKUP = _("This is no backup file of this product.")
_WRONG_KEY = _(
    "The key file does not open this backup: it belongs to another installation, or the file was changed."
    " Put the installation's own keys.json there, from its safe copy, or take another copy of the backup."
)
_CHANGED = _("The backup was changed or damaged (part {number}). Take another copy.")
_CUT = _("The backup is cut short: its end is missing. Take another copy.")
_OTHER_SUITE = _("The backup was sealed with OUTPOST_CRYPTO={suite}, the key file is for another one.")


class Kind(IntEnum):
    """What a frame holds."""

    MANIFEST = 1
    DATA = 2
    END = 3


class Writer:
    """Writes one backup into a binary file; it is whole once `finish` has returned."""

    def __init__(self, file: BinaryIO, ring: KeyRing, manifest: Mapping[str, Any]) -> None:
        salt = os.urandom(SALT)
        self._file = file
        self._header = MAGIC + bytes([SUITES[ring.suite]]) + salt
        self._cipher = ring.backup_cipher(salt)
        self._number = 0
        self._digest = hashlib.sha256()
        self._plain = hashlib.sha256()
        self.size = 0
        self._put(self._header)
        self._frame(Kind.MANIFEST, json.dumps(manifest).encode())

    @property
    def sha256(self) -> str:
        """The hash of the file as far as it is written (hex), as `sha256sum` prints it."""
        return self._digest.hexdigest()

    def write(self, chunks: Iterable[bytes]) -> None:
        """Seal chunks of at most CHUNK bytes."""
        for chunk in chunks:
            self._plain.update(chunk)
            self._frame(Kind.DATA, chunk)

    def finish(self) -> None:
        """Write the last frame and bring the file to the disk."""
        self._frame(Kind.END, self._plain.digest())
        self._file.flush()
        os.fsync(self._file.fileno())

    def _frame(self, kind: Kind, plain: bytes) -> None:
        nonce, covered = _bound(self._header, self._number, kind)
        sealed = self._cipher.encrypt(nonce, plain, covered)
        self._put(_FRAME.pack(kind, len(sealed)) + sealed)
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)


class Reader:
    """Reads one backup. Raises ServerError when it is none, of another key, changed or cut."""

    def __init__(self, file: BinaryIO, ring: KeyRing) -> None:
        self.ring = ring
        self._file = file
        self._header = file.read(_HEADER)
        if len(self._header) < _HEADER or not self._header.startswith(MAGIC):
            raise ServerError(_NO_BACKUP)
        suites = {number: name for name, number in SUITES.items()}
        suite = suites.get(self._header[len(MAGIC)], "?")
        if suite != ring.suite:
            raise ServerError(_OTHER_SUITE, suite=suite)
        self._cipher = ring.backup_cipher(self._header[-SALT:])
        self._number = 0
        kind, manifest = self._frame()
        if kind is not Kind.MANIFEST:
            raise ServerError(_CHANGED, number=0)
        self.manifest: dict[str, Any] = json.loads(manifest)

    def chunks(self) -> Iterator[bytes]:
        """Give the data. Only when this ended without an error was all of it there."""
        digest = hashlib.sha256()
        while True:
            kind, plain = self._frame()
            if kind is Kind.END:
                break
            digest.update(plain)
            yield plain
        if plain != digest.digest() or self._file.read(1):
            raise ServerError(_CHANGED, number=self._number)

    def _frame(self) -> tuple[Kind, bytes]:
        head = self._file.read(_FRAME.size)
        if len(head) < _FRAME.size:
            raise ServerError(_CUT)
        kind, length = _FRAME.unpack(head)
        if kind not in set(Kind) or not TAG <= length <= CHUNK + TAG:
            raise ServerError(_CHANGED, number=self._number)
        sealed = self._file.read(length)
        if len(sealed) < length:
            raise ServerError(_CUT)
        nonce, covered = _bound(self._header, self._number, Kind(kind))
        try:
            plain = self._cipher.decrypt(nonce, sealed, covered)
        except InvalidTag:
            text = _CHANGED if self._number else _WRONG_KEY
            raise ServerError(text, number=self._number) from None
        self._number += 1
        return Kind(kind), plain


def _bound(header: bytes, number: int, kind: Kind) -> tuple[bytes, bytes]:
    """The nonce of a frame and what it is bound to."""
    return number.to_bytes(NONCE), header + number.to_bytes(NONCE) + bytes([kind])
