"""Sealing, hashes and pseudonyms."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from outpost.core import crypto, keyfile
from outpost.core.crypto import BrokenSealError, KeyRing, UnknownKeyError
from outpost.core.keyfile import KeyFileError, Keys

pytestmark = pytest.mark.rules

CONTEXT = "people.person:1"
AES = KeyRing.generate("aes")
GM = KeyRing.generate("gm")


@pytest.fixture(params=["aes", "gm"])
def ring(request: pytest.FixtureRequest) -> KeyRing:
    return {"aes": AES, "gm": GM}[request.param]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def known_keys(suite: str) -> Keys:
    return Keys(suite, b"p" * 32, b"s" * 32, "django", b"b" * 32, {1: b"k" * 32})


@given(plain=st.binary(), context=st.text())
@pytest.mark.parametrize("ring", [AES, GM])
def test_what_was_sealed_opens(ring: KeyRing, plain: bytes, context: str) -> None:
    assert ring.open(ring.seal(plain, context), context) == plain


@pytest.mark.promise("V7")
def test_a_sealed_value_hides_its_plain_text_and_never_repeats(ring: KeyRing) -> None:
    first, second = (ring.seal("张三".encode(), CONTEXT) for _ in range(2))
    assert first != second
    assert "张三".encode() not in first


@given(position=st.integers(min_value=0), change=st.integers(min_value=1, max_value=255))
@pytest.mark.parametrize("ring", [AES, GM])
def test_any_changed_byte_is_found(ring: KeyRing, position: int, change: int) -> None:
    blob = bytearray(ring.seal(b"440106199001011234", CONTEXT))
    blob[position % len(blob)] ^= change
    with pytest.raises((BrokenSealError, UnknownKeyError)):
        ring.open(bytes(blob), CONTEXT)


@pytest.mark.parametrize("length", [0, 1, 3, 14, 15, 30, 31])
def test_a_cut_value_is_found(ring: KeyRing, length: int) -> None:
    with pytest.raises((BrokenSealError, UnknownKeyError)):
        ring.open(ring.seal(b"x", CONTEXT)[:length], CONTEXT)


def test_a_value_does_not_open_in_another_row(ring: KeyRing) -> None:
    with pytest.raises(BrokenSealError):
        ring.open(ring.seal(b"x", CONTEXT), "people.person:2")


def test_a_value_does_not_open_with_another_installations_key(ring: KeyRing) -> None:
    with pytest.raises(BrokenSealError):
        KeyRing.generate(ring.suite).open(ring.seal(b"x", CONTEXT), CONTEXT)


def test_a_value_of_another_suite_names_the_missing_key() -> None:
    with pytest.raises(UnknownKeyError, match="020001"):
        AES.open(GM.seal(b"x", CONTEXT), CONTEXT)


def test_a_sealed_value_of_memoryview_opens(ring: KeyRing) -> None:
    assert ring.open(memoryview(ring.seal(b"x", CONTEXT)), CONTEXT) == b"x"


def test_pseudonyms_are_fixed_by_key_type_and_number() -> None:
    """The known answers pin the derivation: it must never change once there is data."""
    aes, gm = KeyRing(known_keys("aes")), KeyRing(known_keys("gm"))
    assert str(aes.pseudonym("passport", "E12345678")) == "9920cfca-32a4-8388-9b57-4b66bc9d0942"
    assert str(gm.pseudonym("passport", "E12345678")) == "0b369ba0-0d14-865f-aa1d-c84847999827"
    assert aes.search_hash("phone", "13812345678").hex() == "b3c347ba5c76171ae516bef2b3f073d9"


def test_pseudonyms_are_version_8_uuids(ring: KeyRing) -> None:
    person = ring.pseudonym("resident_id", "440106199001011234")
    assert person == ring.pseudonym("resident_id", "440106199001011234")
    assert person != ring.pseudonym("other", "440106199001011234")
    assert (person.version, person.variant) == (8, uuid.RFC_4122)


@pytest.mark.promise("V7")
def test_hashes_need_the_key_and_differ_by_kind(ring: KeyRing) -> None:
    phone = ring.search_hash("phone", "13812345678")
    assert len(phone) == 16
    assert phone == ring.search_hash("phone", "13812345678")
    assert phone != ring.search_hash("name", "13812345678")
    assert phone != KeyRing.generate(ring.suite).search_hash("phone", "13812345678")


def test_after_a_new_sealing_key_old_values_still_open(ring: KeyRing) -> None:
    ring = KeyRing.generate(ring.suite)
    old = ring.seal(b"old", CONTEXT)
    assert ring.add_sealing_key() == 2
    new = ring.seal(b"new", CONTEXT)
    assert (ring.open(old, CONTEXT), ring.open(new, CONTEXT)) == (b"old", b"new")
    assert new.startswith(ring.sealing_prefix)
    assert not old.startswith(ring.sealing_prefix)


def test_a_new_key_file_is_private_and_is_read_back(path: Path) -> None:
    made = KeyRing.create(path, "gm")
    loaded = KeyRing.load(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert loaded.open(made.seal(b"x", CONTEXT), CONTEXT) == b"x"
    assert loaded.suite == "gm"
    assert loaded.backup_key == made.backup_key
    assert loaded.django_secret == made.django_secret == json.loads(path.read_text())["django"]
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


def test_every_purpose_has_a_key_of_its_own() -> None:
    document = json.loads(Keys.generate("aes").to_json())
    secrets = [document["pseudonym"], document["search"], document["django"], document["backup"]]
    assert len({*secrets, *document["sealing"].values()}) == 5


def test_an_existing_key_file_is_never_overwritten(path: Path) -> None:
    KeyRing.create(path)
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="exists already"):
        KeyRing.create(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_key_file_that_others_can_touch_is_refused(path: Path, mode: int) -> None:
    KeyRing.create(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        KeyRing.load(path)


def test_a_missing_key_file_says_what_to_do(path: Path) -> None:
    with pytest.raises(KeyFileError, match="outpost init"):
        KeyRing.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"suite": "rot13"},
        {"sealing": {}},
        {"sealing": {"1": "00"}},
        {"sealing": ["00"]},
        {"search": "zz"},
        {"pseudonym": None},
    ],
)
def test_a_damaged_key_file_is_refused_without_quoting_it(path: Path, change: dict[str, object]) -> None:
    KeyRing.create(path)
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | change))
    with pytest.raises(KeyFileError, match="damaged") as caught:
        KeyRing.load(path)
    assert caught.value.__cause__ is None
    assert document["backup"] not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": 1}'])
def test_what_is_no_key_file_is_refused(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(KeyFileError):
        KeyRing.load(path)


def test_keys_show_no_secret_in_their_repr() -> None:
    assert repr(known_keys("aes")) == "Keys(suite='aes')"


def test_no_sealing_key_is_lost_when_many_add_one_at_once(path: Path) -> None:
    KeyRing.create(path)
    rings = [KeyRing.load(path) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(KeyRing.add_sealing_key, rings))
    assert sorted(versions) == list(range(2, 10))
    assert sorted(keyfile.read(path).sealing) == list(range(1, 10))
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


def test_a_ring_in_use_opens_what_was_sealed_with_a_later_key(path: Path) -> None:
    KeyRing.create(path)
    mine, other = KeyRing.load(path), KeyRing.load(path)
    other.add_sealing_key()
    assert mine.open(other.seal(b"x", CONTEXT), CONTEXT) == b"x"
    assert mine.sealing_prefix == other.sealing_prefix


def test_the_versions_of_the_sealing_key_end() -> None:
    keys = Keys("aes", b"p" * 32, b"s" * 32, "django", b"b" * 32, {keyfile.MAX_VERSION: b"k" * 32})
    with pytest.raises(KeyFileError, match="used up"):
        keys.with_next_sealing_key()


def test_the_ring_of_the_process_follows_the_file(path: Path, settings: LazySettings) -> None:
    settings.OUTPOST_KEY_FILE, settings.OUTPOST_CRYPTO = path, "aes"
    with pytest.raises(KeyFileError, match="outpost init"):
        crypto.ring()
    KeyRing.create(path)
    first = crypto.ring()
    assert crypto.ring() is first
    KeyRing.load(path).add_sealing_key()
    assert crypto.ring().sealing_prefix != first.sealing_prefix


def test_the_ring_of_the_process_refuses_a_change_of_suite(path: Path, settings: LazySettings) -> None:
    settings.OUTPOST_KEY_FILE, settings.OUTPOST_CRYPTO = path, "gm"
    KeyRing.create(path, "aes")
    with pytest.raises(KeyFileError, match="OUTPOST_CRYPTO=aes"):
        crypto.ring()


def test_another_ring_may_stand_in(settings: LazySettings) -> None:
    with crypto.use_ring(GM), ThreadPoolExecutor(1) as pool:
        assert pool.submit(crypto.ring).result() is GM
    with crypto.use_ring(GM), crypto.use_ring(AES):
        assert crypto.ring() is AES
    assert crypto.ring() not in {AES, GM}
