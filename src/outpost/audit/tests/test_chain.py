"""The chain finds every mutation and names the first bad record (L1)."""

import random
from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outpost.audit.chain import GENESIS
from outpost.audit.models import AuditEntry
from outpost.audit.printed_heads import print_head, read_heads
from outpost.audit.queries import ChainReport, verify_chain
from outpost.audit.services import chain_rows_are_protected, entry_hash, record
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.testing.cast import NOON

LENGTH = 16
SYSTEM = Actor.system("test")
COVERED = (
    "at",
    "action",
    "actor_id",
    "actor_label",
    "address",
    "object_id",
    "count",
    "purpose",
    "detail",
    "previous_hash",
    "hash",
)


def build_chain(length: int = LENGTH) -> list[AuditEntry]:
    """A good chain, as rows that were never stored."""
    chain: list[AuditEntry] = []
    for number in range(1, length + 1):
        entry = AuditEntry(
            seq=number,
            at=NOON + timedelta(minutes=number),
            action=f"test.act_{number % 3}",
            actor_id=f"user:{number % 5}",
            actor_label="甲",
            address="192.0.2.1",
            object_id=f"object {number}",
            count=number,
            purpose="核查",
            detail={"number": number},
            previous_hash=chain[-1].hash if chain else GENESIS,
        )
        entry.hash = entry_hash(entry)
        chain.append(entry)
    return chain


CHAIN = build_chain()
HEADS = {entry.seq: entry.hash for entry in CHAIN[5::6]}


def changed(chain: list[AuditEntry], chance: random.Random) -> int:
    """Change one field of one entry; returns the first bad place."""
    at = chance.randrange(len(chain))
    name = chance.choice(COVERED)
    value = getattr(chain[at], name)
    match name:
        case "at":
            value += timedelta(microseconds=1 + chance.randrange(10**9))
        case "count":
            value += 1 + chance.randrange(100)
        case "detail":
            value = {**value, "added": chance.random()}
        case _:
            value = _flipped(value, chance)
    setattr(chain[at], name, value)
    return at


def _flipped(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]


def deleted(chain: list[AuditEntry], chance: random.Random) -> int:
    at = chance.randrange(len(chain) - 1)  # the last one is `cut`
    del chain[at]
    return at


def inserted(chain: list[AuditEntry], chance: random.Random) -> int:
    """Put a well-formed entry in between, linked to its predecessor and hashed."""
    at = chance.randrange(1, len(chain))
    forged = copy(chain[at])
    forged.seq = chain[at - 1].seq + chance.randrange(2)
    forged.previous_hash = chain[at - 1].hash
    forged.action = "test.forged"
    forged.hash = entry_hash(forged)
    chain.insert(at, forged)
    return forged.seq - 1


def swapped(chain: list[AuditEntry], chance: random.Random) -> int:
    """Exchange two entries, with or without their numbers."""
    one, other = sorted(chance.sample(range(len(chain)), 2))
    chain[one], chain[other] = chain[other], chain[one]
    if chance.random() < 0.5:
        chain[one].seq, chain[other].seq = chain[other].seq, chain[one].seq
    return one


def cut(chain: list[AuditEntry], chance: random.Random) -> int:
    """Cut the tail off, at least one printed head with it."""
    at = chance.randrange(max(HEADS))
    del chain[at:]
    return at


def rewritten(chain: list[AuditEntry], chance: random.Random) -> int:
    """Change an entry and make every hash after it right again; only a printed head can tell."""
    at = chance.randrange(max(HEADS))
    chain[at].purpose += "？"
    for place in range(at, len(chain)):
        chain[place].previous_hash = chain[place - 1].hash if place else GENESIS
        chain[place].hash = entry_hash(chain[place])
    return next(seq for seq in sorted(HEADS) if seq > at) - 1


MUTATIONS: tuple[Callable[[list[AuditEntry], random.Random], int], ...] = (
    changed,
    deleted,
    inserted,
    swapped,
    cut,
    rewritten,
)


def mutate(seed: int) -> tuple[str, int, ChainReport]:
    """One mutation of a copy: its name, the number of the first bad record, and what the check says."""
    chance = random.Random(seed)
    chain = [copy(entry) for entry in CHAIN]
    mutation = MUTATIONS[seed % len(MUTATIONS)]
    first_bad = mutation(chain, chance) + 1
    return mutation.__name__, first_bad, verify_chain(chain, heads=HEADS)


@pytest.mark.rules
def test_a_good_chain_is_whole() -> None:
    report = verify_chain(CHAIN, heads=HEADS)
    assert report == ChainReport(LENGTH, CHAIN[-1].hash, None, "")
    assert verify_chain([]) == ChainReport(0, GENESIS, None, "")


@pytest.mark.rules
@pytest.mark.promise("L1")
@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**64))
def test_any_mutation_is_found_and_the_first_bad_record_named(seed: int) -> None:
    name, first_bad, report = mutate(seed)
    assert report.broken_at == first_bad, name


@pytest.mark.rules
@pytest.mark.promise("L1")
def test_ten_thousand_mutations_are_all_found() -> None:
    missed = [(seed, *mutate(seed)) for seed in range(10_000)]
    assert [found for found in missed if found[2] != found[3].broken_at] == []


@pytest.mark.rules
@pytest.mark.promise("L1")
def test_cut_tail_and_full_rewrite_are_invisible_without_printed_heads() -> None:
    """Why heads are printed."""
    for mutation in (cut, rewritten):
        chain = [copy(entry) for entry in CHAIN]
        mutation(chain, random.Random(1))
        assert verify_chain(chain).broken_at is None
        assert verify_chain(chain, heads=HEADS).broken_at is not None


@pytest.mark.promise("L1")
def test_stored_entries_form_a_whole_chain(db: None) -> None:
    details: list[dict[str, object]] = [
        {},
        {"text": '张三\u2028\U0001f600"\\', "rate": 0.1, "none": None, "list": [1, [2]]},
        {"b": 1, "a": {"z": 1, "y": 2}},
        {"big": 2**60, "float": 1e-7, "yes": True},
    ]
    for number, detail in enumerate(details):
        record(
            "test.act", actor=SYSTEM, at=NOON, object_id=f"{number}", detail=detail, purpose="核查 ' \" \\"
        )
    report = verify_chain()
    assert (report.entries, report.broken_at) == (len(details), None)


@pytest.mark.promise("L1")
def test_printed_heads_are_read_back_and_hold(db: None, tmp_path: Path) -> None:
    path = tmp_path / "heads.txt"
    assert read_heads(path) == {}
    assert print_head(path, at=NOON) == ""
    first = record("test.act", actor=SYSTEM, at=NOON)
    assert print_head(path, at=NOON) == f"1 {first.hash} 2022-06-08T04:00:00+00:00"
    second = record("test.act", actor=SYSTEM, at=NOON)
    print_head(path, at=NOON + timedelta(hours=1))
    heads = read_heads(path)
    assert heads == {1: first.hash, 2: second.hash}
    assert verify_chain(heads=heads).broken_at is None
    assert verify_chain([first], heads=heads) == ChainReport(1, first.hash, 2, "cut")


def test_damaged_line_of_the_heads_is_named(tmp_path: Path) -> None:
    path = tmp_path / "heads.txt"
    for damaged in ("2 short 2022", "x " + "0" * 64 + " 2022", "", "1 2 3 4", "\ufffd"):
        path.write_text(f"1 {'0' * 64} 2022\n{damaged}\n", encoding="utf-8")
        with pytest.raises(Refusal) as refused:
            read_heads(path)
        assert refused.value.fields == {"number": 2}


def test_the_triggers_are_in_place(db: None) -> None:
    assert chain_rows_are_protected()


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
DETAILS = st.dictionaries(TEXTS, VALUES | st.lists(VALUES) | st.dictionaries(TEXTS, VALUES))
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8))])
CENTURY = timedelta(days=36525)
INSTANTS = st.builds(
    lambda span, zone: (NOON + span).astimezone(zone), st.timedeltas(-CENTURY, CENTURY), ZONES
)


@pytest.mark.promise("L1")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=INSTANTS, texts=st.tuples(*[TEXTS] * 6), count=st.integers(0, 2**31 - 1), detail=DETAILS)
def test_the_hash_that_is_made_in_sql_is_the_one_that_is_checked(
    db: None, at: datetime, texts: tuple[str, ...], count: int, detail: dict[str, object]
) -> None:
    """Whatever an entry says, and however the database keeps it."""
    action, actor_id, label, address, object_id, purpose = texts
    actor = Actor(id=actor_id, label=label, address=address)
    made = record(
        action, actor=actor, at=at, object_id=object_id, count=count, purpose=purpose, detail=detail
    )
    stored = AuditEntry.objects.get(seq=made.seq)
    assert stored.hash == made.hash == entry_hash(made) == entry_hash(stored)
