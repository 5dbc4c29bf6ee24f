"""The latest samples are what the records say, after any history of new, late, corrected and withdrawn records."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.core.actor import Actor
from outpost.health import services
from outpost.health.models import LatestSamples, TestRecord
from outpost.health.rules import LATEST_KEPT
from outpost.health.tests.records import brute_force, latest_samples, person
from outpost.testing.cast import NOON

SYSTEM = Actor.system("tests")
RECORDS, PEOPLE, MINUTES = 60, 2, 12  # more records than are kept, and many samples of one instant

NAMES = (None, b"", b"one-name", b"another")  # hashes; an empty one is of what is no name
TUBES = ("", "", "T1", "T2", "T3")
Fact = (
    tuple[int, int, int, bool] | tuple[int, int, int, bool, str]
)  # record id, person, minute, withdrawn, tube
FACTS = st.tuples(
    st.integers(0, RECORDS - 1),
    st.integers(0, PEOPLE - 1),
    st.integers(0, MINUTES - 1),
    st.booleans(),
    st.sampled_from(TUBES),
)


def staged(fact: Fact) -> dict[str, Any]:
    record_id, who, minute, is_withdrawn, tube = (*fact, "")[:5]
    sampled_at = NOON + timedelta(minutes=minute)
    return {
        "source": "lims",
        "record_id": str(record_id),
        "person_id": person(who),
        "sampled_at": sampled_at,
        "result_at": None,
        "result": "negative",
        "laboratory": "",
        "sampling_point": "",
        "tube": tube,
        "is_withdrawn": is_withdrawn,
        "name_hash": NAMES[minute % len(NAMES)],
        "is_corrected": True,  # any record may become any other
    }


def store(facts: Sequence[Fact]) -> list[str]:
    recorded = services.record_tests([staged(fact) for fact in facts], actor=SYSTEM, at=NOON)
    return [one.outcome for one in recorded]


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(batches=st.lists(st.lists(FACTS, max_size=25), max_size=6))
def test_they_equal_brute_force_after_any_history(batches: list[list[Fact]]) -> None:
    with transaction.atomic():
        for batch in batches:
            store(batch)
            assert latest_samples() == brute_force()
            assert names_kept() == names_of_records()
        transaction.set_rollback(True)


def names_kept() -> dict[UUID, list[bytes]]:
    rows = LatestSamples.objects.values_list("person_id", "name_hashes")
    return {person_id: sorted(map(bytes, names)) for person_id, names in rows}


def names_of_records() -> dict[UUID, list[bytes]]:
    """Plainly: of every person with a record that counts, the names that those came with, each once."""
    found: dict[UUID, set[bytes]] = {}
    for row in TestRecord.objects.filter(is_withdrawn=False):
        found.setdefault(row.person_id, set()).update([] if row.name_hash is None else [bytes(row.name_hash)])
    return {person_id: sorted(names) for person_id, names in found.items()}


def test_only_so_many_are_kept_and_the_newest_come_first(db: None) -> None:
    store([(record, 0, record, False) for record in range(LATEST_KEPT + 3)])
    (times,) = latest_samples().values()
    assert times == [NOON + timedelta(minutes=minute) for minute in range(LATEST_KEPT + 2, 2, -1)]


@pytest.mark.promise("R14")
def test_two_reports_of_one_minute_or_of_one_tube_are_one_sample(db: None) -> None:
    store([(1, 0, 5, False)])
    store([(2, 0, 5, False)])
    assert latest_samples() == {person(0): [NOON + timedelta(minutes=5)]}
    store([(3, 0, 7, False, "T1")])
    store([(4, 0, 9, False, "T1")])
    assert latest_samples() == {person(0): [NOON + timedelta(minutes=minute) for minute in (7, 5)]}
    store([(5, 0, 9, False)])  # at the minute of one that is not counted for itself
    assert latest_samples() == {person(0): [NOON + timedelta(minutes=minute) for minute in (7, 5)]}
    assert TestRecord.objects.filter(is_repeated=True).count() == 3
    store([(3, 0, 7, True, "T1")])
    assert latest_samples() == {person(0): [NOON + timedelta(minutes=minute) for minute in (9, 5)]}


@pytest.mark.promise("R14")
def test_a_tube_of_another_day_is_another_sample(db: None) -> None:
    store([(1, 0, 0, False, "T1"), (2, 0, 24 * 60, False, "T1")])
    assert [len(times) for times in latest_samples().values()] == [2]


def test_a_withdrawn_record_takes_its_time_away_and_brings_an_older_one_back(db: None) -> None:
    store([(record, 0, record, False) for record in range(LATEST_KEPT + 1)])
    store([(LATEST_KEPT, 0, LATEST_KEPT, True)])
    (times,) = latest_samples().values()
    assert (len(times), times[0], times[-1]) == (LATEST_KEPT, NOON + timedelta(minutes=LATEST_KEPT - 1), NOON)


def test_nobody_stays_without_a_sample(db: None) -> None:
    store([(1, 0, 5, False)])
    store([(1, 0, 5, True)])
    assert latest_samples() == {}


def test_a_record_that_moves_to_another_person_changes_both(db: None) -> None:
    store([(1, 0, 5, False), (2, 0, 3, False)])
    store([(1, 1, 5, False)])
    assert latest_samples() == {
        person(0): [NOON + timedelta(minutes=3)],
        person(1): [NOON + timedelta(minutes=5)],
    }


def _history(seed: int) -> list[list[Fact]]:
    chance = random.Random(seed)
    return [
        [
            (
                chance.randrange(RECORDS),
                chance.randrange(PEOPLE),
                chance.randrange(MINUTES),
                chance.random() < 0.25,
                chance.choice(TUBES),
            )
            for _ in range(chance.randrange(1, 20))
        ]
        for _ in range(5)
    ]


def _store_all(batches: list[list[Fact]]) -> None:
    for batch in batches:
        store(batch)
    connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_they_equal_brute_force_when_two_write_at_once(transactional_db: None, seed: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(_store_all, [_history(seed), _history(100 + seed)]))
    assert TestRecord.objects.count() > LATEST_KEPT
    assert latest_samples() == brute_force()


def test_who_had_eight_kept_gets_the_others_back(db: None) -> None:
    store([(record, 0, record, False) for record in range(12)] + [(20, 1, 5, False)])
    whole = latest_samples()
    (migration,) = import_module("outpost.health.migrations.0003_sixteen_latest_samples").Migration.operations
    with connection.cursor() as cursor:
        cursor.execute(migration.reverse_sql)
        assert sorted(map(len, latest_samples().values())) == [1, 8]
        cursor.execute(migration.sql)
    assert latest_samples() == whole == brute_force()


def _forget_repeats() -> None:
    """Make the records and the latest samples what the version before kept: each record for a sample of its own."""
    TestRecord.objects.update(is_repeated=False)
    LatestSamples.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO health_latestsamples (person_id, sampled_at)
               SELECT person_id, (array_agg(sampled_at ORDER BY sampled_at DESC))[1:%s]
                 FROM health_testrecord WHERE NOT is_withdrawn GROUP BY person_id""",
            [LATEST_KEPT],
        )


def _repeated() -> set[str]:
    found = TestRecord.objects.filter(is_repeated=True, is_withdrawn=False)
    return set(found.values_list("record_id", flat=True))


@pytest.mark.promise("R14")
@pytest.mark.parametrize("seed", range(5))
def test_what_an_earlier_version_kept_is_marked_as_a_merge_would(seed: int, db: None) -> None:
    for batch in _history(seed):
        store(batch)
    repeated = _repeated()
    assert repeated
    _forget_repeats()
    migration = import_module("outpost.health.migrations.0004_one_sample_counts_once").Migration
    migration.operations[1].code(None, connection.schema_editor())
    assert _repeated() == repeated
    assert latest_samples() == brute_force()
