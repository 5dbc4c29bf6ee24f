"""Rotation of the sealing key: nothing is lost, a stopped run goes on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from outpost.audit.models import AuditEntry
from outpost.core import crypto
from outpost.core.actor import Actor
from outpost.core.crypto import KeyRing
from outpost.core.errors import Refusal
from outpost.core.modules import SealedColumn
from outpost.people import queries, rotation, sealed_columns, services
from outpost.people.models import Person
from outpost.people.rotation import Rotation
from outpost.people.rules import Document, DocumentType
from outpost.testing.cast import Cast

AT = datetime(2022, 6, 8, 4, 0, tzinfo=UTC)
OPERATOR = Actor.system("cli")


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[KeyRing]:
    """A key file of this test alone, since rotation changes it."""
    with crypto.use_ring(KeyRing.create(tmp_path / "keys.json")) as ring:
        yield ring


@pytest.fixture(autouse=True)
def only_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of other modules were sealed with the key ring of the session."""
    monkeypatch.setattr(sealed_columns, "_columns", sealed_columns._columns[:1])


def register(*numbers: int) -> None:
    for number in numbers:
        services.register_person(Document(DocumentType.PASSPORT, f"E{number:08}"), f"甄{number}", at=AT)


def names() -> list[str]:
    people = Person.objects.values_list("person_id", flat=True)
    return sorted(identity.name for identity in queries.identities(list(people)).values())


def prefixes() -> set[bytes]:
    return {bytes(sealed)[:3] for sealed in Person.objects.values_list("sealed", flat=True)}


@pytest.mark.django_db
@pytest.mark.promise("V7")
def test_everything_is_sealed_again_and_nothing_is_lost(ring: KeyRing) -> None:
    register(*range(7))
    before = names()
    assert rotation.start_new_key(actor=OPERATOR, at=AT) == 2
    assert rotation.rotate_sealing(actor=OPERATOR, at=AT, batch=3) == Rotation(resealed=7, remaining=0)
    assert names() == before
    assert prefixes() == {ring.sealing_prefix}
    assert rotation.rotate_sealing(actor=OPERATOR, at=AT) == Rotation(resealed=0, remaining=0)


@pytest.mark.django_db
def test_new_people_are_sealed_with_the_new_key_at_once(ring: KeyRing) -> None:
    register(1)
    rotation.start_new_key(actor=OPERATOR, at=AT)
    register(2)
    assert len(prefixes()) == 2
    assert rotation.rotate_sealing(actor=OPERATOR, at=AT).resealed == 1


@pytest.mark.django_db
@pytest.mark.promise("V7")
def test_a_stopped_run_goes_on(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    register(*range(6))
    rotation.start_new_key(actor=OPERATOR, at=AT)
    store, calls = rotation._store, []

    def store_two_batches(*args: object) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        store(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(rotation, "_store", store_two_batches)
    with pytest.raises(KeyboardInterrupt):
        rotation.rotate_sealing(actor=OPERATOR, at=AT, batch=2)
    monkeypatch.setattr(rotation, "_store", store)
    assert names() == [f"甄{n}" for n in range(6)]
    assert rotation.rotate_sealing(actor=OPERATOR, at=AT, batch=2) == Rotation(resealed=2, remaining=0)


@pytest.mark.django_db
def test_both_acts_are_in_the_audit(ring: KeyRing) -> None:
    register(1)
    rotation.start_new_key(actor=OPERATOR, at=AT)
    rotation.rotate_sealing(actor=OPERATOR, at=AT)
    acts = [(entry.action, entry.count, entry.detail) for entry in AuditEntry.objects.order_by("seq")]
    assert acts == [
        ("people.sealing_key_added", 0, {"version": 2}),
        ("people.sealing_rotated", 1, {"remaining": 0}),
    ]


@pytest.mark.django_db
def test_keys_are_the_operators_business(ring: KeyRing) -> None:
    officer = Actor(id="user:1", label="officer")
    with pytest.raises(Refusal):
        rotation.start_new_key(actor=officer, at=AT)
    with pytest.raises(Refusal):
        rotation.rotate_sealing(actor=officer, at=AT)
    assert ring.sealing_prefix == b"\x01\x00\x01"


@pytest.mark.django_db
def test_other_modules_columns_are_taken_along_and_empty_ones_left(ring: KeyRing, cast: Cast) -> None:
    sealed_columns.register(
        SealedColumn("access_user", "id", "uuid", "sealed_phone", "access.user"),
        SealedColumn("regions_organization", "id", "uuid", "sealed", "regions.organization"),
    )
    rotation.start_new_key(actor=OPERATOR, at=AT)
    assert rotation.rotate_sealing(actor=OPERATOR, at=AT) == Rotation(resealed=3, remaining=0)
    for user in (cast.users["principal"], cast.users["town"]):
        user.refresh_from_db()
    principal = cast.users["principal"]
    assert principal.sealed_phone is not None
    assert bytes(principal.sealed_phone).startswith(ring.sealing_prefix)
    assert ring.open(principal.sealed_phone, principal.sealing_context) == b"13800138001"
    assert cast.users["town"].sealed_phone is None


@pytest.mark.rules
def test_a_column_is_registered_once() -> None:
    column = SealedColumn("sentinel_staff", "id", "uuid", "sealed", "sentinel.staff")
    sealed_columns.register(column)
    sealed_columns.register(column, replace(column))
    assert sealed_columns._columns[1:] == [column]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_left_for_the_next_run(ring: KeyRing) -> None:
    register(1, 2, 3)
    rotation.start_new_key(actor=OPERATOR, at=AT)

    def rotate() -> Rotation:
        try:
            return rotation.rotate_sealing(actor=OPERATOR, at=AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            held = Person.objects.select_for_update().order_by("person_id").first()
            assert held is not None
            first = pool.submit(rotate).result(timeout=30)
        second = pool.submit(rotate).result(timeout=30)
    assert first == Rotation(resealed=2, remaining=1)
    assert second == Rotation(resealed=1, remaining=0)
    assert names() == ["甄1", "甄2", "甄3"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("V7")
def test_rotation_under_load_loses_nothing(ring: KeyRing) -> None:
    """Two writers register people while the key changes twice; everybody can be read at the end."""

    def write(start: int) -> None:
        try:
            for number in range(start, start + 40):
                register(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, start) for start in (0, 40)]
        for _ in range(2):
            rotation.start_new_key(actor=OPERATOR, at=AT)
            rotation.rotate_sealing(actor=OPERATOR, at=AT, batch=5)
        for writer in writers:
            writer.result(timeout=60)
    rotation.rotate_sealing(actor=OPERATOR, at=AT)
    assert names() == sorted(f"甄{n}" for n in range(80))
    assert prefixes() == {ring.sealing_prefix}
