"""Which key files a database takes: its own, whole; never another installation's, never an old copy."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from outpost.audit.models import AuditEntry
from outpost.core import crypto, keyfile
from outpost.core.actor import Actor
from outpost.core.crypto import KeyRing
from outpost.core.errors import Refusal
from outpost.core.keyfile import KeyFileError, Keys
from outpost.people import keys, rotation, sealed_columns, services
from outpost.people.health_checks import key_copies
from outpost.people.models import KeyCheck
from outpost.people.rules import Document, DocumentType

AT = datetime(2022, 6, 8, 4, 0, tzinfo=UTC)
OPERATOR = Actor.system("cli")
OTHERS = "belongs to another installation"
OLD = "is an old copy: it lacks the sealing key of version 2"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def ring(path: Path) -> Iterator[KeyRing]:
    """The keys of this test's database."""
    with crypto.use_ring(KeyRing.create(path)) as ring:
        yield ring


@pytest.fixture(autouse=True)
def only_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of other modules were sealed with the key ring of the session."""
    monkeypatch.setattr(sealed_columns, "_columns", sealed_columns._columns[:1])


@pytest.mark.rules
def test_a_check_value_tells_keys_apart_and_holds_none() -> None:
    first, other = Keys.generate("aes"), Keys.generate("aes")
    assert set(first.checks) == {("pseudonym", 1), ("search", 1), ("backup", 1), ("sealing", 1)}
    assert not set(first.checks.values()) & set(other.checks.values())
    assert all(value.hex() not in first.to_json() for value in first.checks.values())


@pytest.mark.rules
def test_a_file_may_hold_more_than_is_known_but_not_less_or_other(path: Path) -> None:
    first = Keys.generate("aes")
    second = first.with_next_sealing_key()
    keyfile.require_fit(second, first.checks, path)
    with pytest.raises(KeyFileError, match=OLD):
        keyfile.require_fit(first, second.checks, path)
    with pytest.raises(KeyFileError, match=OTHERS):
        keyfile.require_fit(Keys.generate("aes"), first.checks, path)


@pytest.mark.rules
def test_a_version_that_another_copy_made_is_another_key(path: Path) -> None:
    """An old copy that was rotated again has a version of the same number: it is not taken for the same."""
    first = Keys.generate("aes")
    with pytest.raises(KeyFileError, match=OTHERS):
        keyfile.require_fit(first.with_next_sealing_key(), first.with_next_sealing_key().checks, path)


@pytest.mark.rules
def test_a_ring_in_use_takes_up_no_other_installations_file(path: Path) -> None:
    mine = KeyRing.create(path)
    path.write_text(Keys.generate("aes").with_next_sealing_key().to_json())
    with pytest.raises(KeyFileError, match=OTHERS):
        mine.open(b"\x01\x00\x02" + bytes(40), "people.person:1")
    with pytest.raises(KeyFileError, match=OTHERS):
        mine.add_sealing_key()


@pytest.mark.django_db(transaction=True)
def test_the_process_takes_no_ring_that_the_database_does_not_know(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.OUTPOST_KEY_FILE = tmp_path / "mine.json"
    mine = KeyRing.create(settings.OUTPOST_KEY_FILE)
    keys.note_keys(mine, at=AT)
    assert crypto.ring().checks == mine.checks
    settings.OUTPOST_KEY_FILE = tmp_path / "other.json"
    KeyRing.create(settings.OUTPOST_KEY_FILE)
    with pytest.raises(KeyFileError, match=OTHERS):
        crypto.ring()


@pytest.mark.django_db
def test_keys_are_noted_once_and_never_for_another_file(ring: KeyRing) -> None:
    keys.note_keys(ring, at=AT)
    keys.note_keys(ring, at=AT)
    assert KeyCheck.objects.count() == 4
    with pytest.raises(KeyFileError, match=OTHERS):
        keys.note_keys(KeyRing.generate(), at=AT)


@pytest.mark.django_db
def test_a_database_from_before_is_met_by_opening_what_it_holds(ring: KeyRing) -> None:
    services.register_person(Document(DocumentType.PASSPORT, "E00000001"), "甄一", at=AT)
    with pytest.raises(KeyFileError, match=OTHERS):
        keys.note_keys(KeyRing.generate(), at=AT)
    assert not KeyCheck.objects.exists()
    keys.note_keys(ring, at=AT)
    assert KeyCheck.objects.count() == 4


@pytest.mark.django_db
def test_an_old_copy_does_not_open_what_came_since(ring: KeyRing, path: Path) -> None:
    old = KeyRing(keyfile.read(path))
    ring.add_sealing_key()
    services.register_person(Document(DocumentType.PASSPORT, "E00000001"), "甄一", at=AT)
    with pytest.raises(KeyFileError, match=OLD):
        keys.require_opens(old)


@pytest.mark.django_db
def test_after_a_rotation_an_old_copy_rotates_nothing(ring: KeyRing, path: Path) -> None:
    old = path.read_text()
    keys.note_keys(ring, at=AT)
    rotation.start_new_key(actor=OPERATOR, at=AT)
    path.write_text(old)
    with (
        crypto.use_ring(KeyRing.load(path)),
        pytest.raises(KeyFileError, match=OTHERS),  # what it would add has the number of another key
    ):
        rotation.start_new_key(actor=OPERATOR, at=AT)
    assert KeyCheck.objects.filter(purpose="sealing").count() == 2


@pytest.mark.django_db
def test_doctor_asks_for_copies_until_somebody_has_confirmed_them(ring: KeyRing) -> None:
    keys.note_keys(ring, at=AT)
    keys.confirm_copies(ring, actor=OPERATOR, at=AT)
    assert [finding.state for finding in key_copies(AT)] == ["ok"]
    rotation.start_new_key(actor=OPERATOR, at=AT)
    (finding,) = key_copies(AT)
    assert (finding.state, dict(finding.fields)["versions"]) == ("warn", "2")
    keys.confirm_copies(ring, actor=OPERATOR, at=AT)
    assert [finding.state for finding in key_copies(AT)] == ["ok"]
    entry = AuditEntry.objects.get(action="people.key_copies_confirmed", detail={"version": 2})
    assert entry.actor_id == OPERATOR.id


@pytest.mark.django_db
def test_copies_are_the_operators_business(ring: KeyRing) -> None:
    keys.note_keys(ring, at=AT)
    with pytest.raises(Refusal):
        keys.confirm_copies(ring, actor=Actor(id="user:1", label="officer"), at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_keycheck WHERE copied_at IS NOT NULL")
        assert cursor.fetchone() == (0,)
