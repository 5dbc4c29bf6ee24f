"""How a batch of entries is taken: every one on its own, all in one transaction with what follows from them.

One that is refused, that contradicts an earlier one, or that a person should look at never stops the others and is
never lost: it stays, sealed as it came, until somebody settles it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from operator import attrgetter
from uuid import UUID

from django.db import DataError, IntegrityError, transaction

from outpost.core.crypto import KeyRing, ring
from outpost.core.errors import Problem, problem_of
from outpost.desks import errors, rules
from outpost.desks.models import Device, Entry
from outpost.desks.places import Desk, Statement, desk_of
from outpost.desks.queries import numbers_beyond
from outpost.desks.reading import Item, content_of, read
from outpost.desks.rules import LONGEST_APP, State
from outpost.desks.sealing import opened

REPEATED = "repeated"
_Key = tuple[UUID, bytes]
"""Id and digest of an entry."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one entry of a batch: its id as it was stated, State or REPEATED, and what there is to say."""

    id: str
    state: str
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answers in the order of the batch; the highest number of the device, and the numbers that are missing."""

    answers: list[Answer]
    last_seq: int
    gaps: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _New:
    """An entry that is not known with this content, and the row that will stand of it."""

    item: Item
    row: Entry

    @property
    def may_count(self) -> bool:
        return self.row.state == State.KEPT


@transaction.atomic
def take_entries(device_id: UUID, batch: Sequence[object], *, app: str, at: datetime) -> Receipt:
    """Take a batch of a device that has signed it; what is answered is on disk once the transaction is."""
    device = Device.objects.select_for_update(no_key=True).get(id=device_id)
    stated = [read(one) for one in batch]
    items = [one for one in stated if isinstance(one, Item)]
    rows = {
        (row.id, bytes(row.digest)): row for row in Entry.objects.filter(id__in=[one.id for one in items])
    }
    known = set(rows)
    new = _added(items, rows, device, at)
    _judge([one for one in new if one.may_count], device, at)
    for one in new:
        one.row.sealed = one.item.sealed if one.row.code else b""
    Entry.objects.bulk_create(sorted((one.row for one in new), key=lambda row: (row.id, row.digest)))
    missing = _note(device, items, app, at)
    return Receipt(list(_answers(stated, rows, known, device)), device.last_seq, missing)


def _added(items: Sequence[Item], rows: dict[_Key, Entry], device: Device, at: datetime) -> list[_New]:
    """Those that are not known with this content, among `rows` from now on: kept for the time being, or in conflict
    with what stands under their id."""
    taken = {id_ for id_, _digest in rows}
    new = []
    for item in items:
        key = (item.id, _digest(item, device))
        if key in rows:
            continue
        one = _New(item, _row(item, key[1], device, at))
        if item.id in taken:
            _say(one.row, errors.CONFLICT)
        rows[key] = one.row
        taken.add(item.id)
        new.append(one)
    return new


def _digest(item: Item, device: Device) -> bytes:
    """By which the same content is told from another. How far the clock was off is no content."""
    said = f"{device.id}:{item.seq}:{item.member_id}:{item.times.at.isoformat()}:"
    return hashlib.sha256(said.encode() + item.sealed).digest()[:16]


def _row(item: Item, digest: bytes, device: Device, at: datetime) -> Entry:
    return Entry(
        id=item.id,
        digest=digest,
        device_id=device.id,
        place_kind=device.place_kind,
        place_key=device.place_key,
        seq=item.seq,
        member_id=item.member_id,
        at=item.times.at,
        occurred_at=item.times.corrected,
        received_at=at,
        state=State.KEPT.value,
    )


def _say(row: Entry, problem: Problem) -> None:
    """Note what there is to say of an entry; it does not count unless the problem is only a remark."""
    row.code = problem.code
    if problem.status == HTTPStatus.CONFLICT:
        row.state = State.CONFLICT.value
    elif problem.status != HTTPStatus.OK:
        row.state = State.REFUSED.value


def _judge(new: Sequence[_New], device: Device, at: datetime) -> None:
    """Say of each what became of it; those that count are written by their place."""
    desk, keys = desk_of(device.place_kind), ring()
    ends = {one.id: one.ended_at for one in desk.workers(device.place_key)}
    statements = []
    for one in new:
        found = _statement(keys, one.item, ends, device, at)
        if isinstance(found, Problem):
            _say(one.row, found)
        else:
            statements.append(found)
    refused = _taken(desk, device.place_key, statements, at)
    for one in filter(attrgetter("may_count"), new):
        ended_at = ends[one.item.member_id]
        remark = rules.flag(one.item.times, revoked_at=device.revoked_at, member_ended_at=ended_at)
        if problem := refused.get(one.item.id, remark):
            _say(one.row, problem)


def _statement(
    keys: KeyRing, item: Item, ends: Mapping[UUID, datetime | None], device: Device, at: datetime
) -> Statement | Problem:
    """What an entry says, or why it does not count."""
    if problem := rules.why_not(item.times, at=at, revoked_at=device.revoked_at):
        return problem
    if item.member_id not in ends:
        return errors.UNKNOWN_MEMBER
    plain = opened(keys, item.sealed, item.id, item.seq)
    if plain is None:
        return errors.BROKEN_SEAL
    content = content_of(plain)
    if content is None:
        return errors.UNREADABLE
    return Statement(item.id, device.id, item.member_id, item.times.corrected, content)


def _taken(desk: Desk, key: str, statements: Sequence[Statement], at: datetime) -> Mapping[UUID, Problem]:
    """Have the place write them. If the database refuses one, the others are written without it."""
    if not statements:
        return {}
    try:
        with transaction.atomic():
            return desk.take(key, statements, at)
    except (DataError, IntegrityError):
        if len(statements) == 1:
            return {statements[0].id: errors.UNWRITABLE}
        half = len(statements) // 2
        parts = statements[:half], statements[half:]
        return {id_: why for part in parts for id_, why in _taken(desk, key, part, at).items()}


def _note(device: Device, items: Sequence[Item], app: str, at: datetime) -> list[tuple[int, int]]:
    """Keep how far the device has come; returns the numbers that are missing."""
    came = numbers_beyond(device)
    device.seen_at, device.app = at, app[:LONGEST_APP]
    device.last_seq = max([device.last_seq, *(one.seq for one in items)])
    device.whole_to = rules.whole_to(device.whole_to, came)
    device.save(update_fields=["seen_at", "app", "last_seq", "whole_to"])
    return rules.gaps(device.whole_to, came)


def _answers(
    stated: Sequence[Item | str], rows: Mapping[_Key, Entry], known: set[_Key], device: Device
) -> Iterator[Answer]:
    """In the order of the batch; what came before, in an earlier batch or in this one, is repeated."""
    said = set(known)
    for one in stated:
        if isinstance(one, str):
            yield Answer(one, State.REFUSED.value, errors.UNREADABLE)
            continue
        key = (one.id, _digest(one, device))
        row = rows[key]
        problem = problem_of(row.code) if row.code else None
        yield Answer(str(one.id), REPEATED if key in said else row.state, problem)
        said.add(key)
