"""The backup file: whatever is done to it is noticed, and nothing of it can be read without the key."""

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.core.crypto import KeyRing
from outpost.server.backup_file import CHUNK, Kind, Reader, Writer
from outpost.server.faults import ServerError

pytestmark = pytest.mark.rules

RING = KeyRing.generate()
MANIFEST = {"format": 1, "made_at": "2022-06-08T00:00:00+00:00"}
CHUNKS = (b"first 13800138000", b"second" * 40, b"third")


class Sink(io.BytesIO):
    """A file in memory; there is no disk to bring it to."""

    def fileno(self) -> int:
        return -1


@pytest.fixture(autouse=True)
def no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outpost.server.backup_file.os.fsync", lambda _descriptor: None)


def sealed(chunks: Sequence[bytes] = CHUNKS, *, ring: KeyRing = RING) -> bytes:
    file = Sink()
    writer = Writer(file, ring, MANIFEST)
    writer.write(chunks)
    writer.finish()
    assert writer.size == len(file.getvalue())
    return file.getvalue()


def opened(data: bytes, *, ring: KeyRing = RING) -> list[bytes]:
    reader = Reader(io.BytesIO(data), ring)
    assert reader.manifest == MANIFEST
    return list(reader.chunks())


def frames(data: bytes) -> list[bytes]:
    """The header, then every frame."""
    at = 17 + 1 + 16
    parts = [data[:at]]
    while at < len(data):
        end = at + 5 + int.from_bytes(data[at + 1 : at + 5])
        parts.append(data[at:end])
        at = end
    return parts


@pytest.fixture(scope="module")
def whole() -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("outpost.server.backup_file.os.fsync", lambda _descriptor: None)
        return sealed()


@pytest.mark.parametrize("suite", ["aes", "gm"])
def test_round_trip(suite: str) -> None:
    ring = KeyRing.generate(suite)
    assert opened(sealed(ring=ring), ring=ring) == list(CHUNKS)
    assert opened(sealed([], ring=ring), ring=ring) == []
    large = [b"x" * CHUNK] * 3
    assert opened(sealed(large, ring=ring), ring=ring) == large


def test_nothing_can_be_read_in_it(whole: bytes) -> None:
    assert b"13800138000" not in whole
    assert b"2022-06-08" not in whole
    assert sealed() != sealed()


@pytest.mark.parametrize("suite", ["aes", "gm"])
def test_another_key_does_not_open_it(whole: bytes, suite: str) -> None:
    with pytest.raises(ServerError):
        Reader(io.BytesIO(whole), KeyRing.generate(suite))


def test_every_changed_byte_is_noticed(whole: bytes) -> None:
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises(ServerError):
            opened(bytes(changed))


def test_every_cut_is_noticed(whole: bytes) -> None:
    for length in range(len(whole)):
        with pytest.raises(ServerError):
            opened(whole[:length])
    with pytest.raises(ServerError):
        opened(whole + b"\0")


@given(order=st.lists(st.integers(1, 5), max_size=8))
def test_frames_in_any_other_order_are_noticed(whole: bytes, order: list[int]) -> None:
    parts = frames(whole)
    assert [part[0] for part in parts[1:]] == [Kind.MANIFEST, *[Kind.DATA] * 3, Kind.END]
    if order == [1, 2, 3, 4, 5]:
        assert opened(whole) == list(CHUNKS)
        return
    with pytest.raises(ServerError):
        opened(parts[0] + b"".join(parts[number] for number in order))


def test_a_frame_of_another_backup_is_noticed(whole: bytes) -> None:
    ours, others = frames(whole), frames(sealed())
    for place in range(len(ours)):
        with pytest.raises(ServerError):
            opened(b"".join([*ours[:place], others[place], *ours[place + 1 :]]))
