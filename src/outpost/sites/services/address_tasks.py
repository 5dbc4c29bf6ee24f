"""住址不一致 as it is counted: which registrations wait for somebody to find out, kept so that no figure opens an
address. Held against both statements anew in the transaction of whatever changes one of them (docs/adr/0062)."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from outpost.sites.models import AddressTask, Registration
from outpost.sites.queries.addresses import differences

TOGETHER = 2_000
"""People whose statements are opened at once."""


def compare(people: Collection[UUID], *, at: datetime) -> set[UUID]:
    """Note of every registration of these people whether its address waits to be cleared up, under the caller's lock
    (`tallies`); returns the contracts of those of which something else was noted."""
    changed: set[UUID] = set()
    for some in _batches(sorted(people)):
        rows, wanted, known = _of(some, at=at)
        AddressTask.objects.filter(registration_id__in=known - wanted).delete()
        AddressTask.objects.bulk_create([AddressTask(registration_id=one) for one in wanted - known])
        changed |= {row.contract_id for row in rows if row.id in wanted ^ known}
    return changed


def wrong(*, at: datetime) -> Iterator[UUID]:
    """The people of whom something else is noted than what both statements say; nothing is held meanwhile."""
    everybody = Registration.objects.order_by("person_id").values_list("person_id", flat=True).distinct()
    for some in _batches(everybody.iterator()):
        rows, wanted, known = _of(some, at=at)
        yield from {row.person_id for row in rows if row.id in wanted ^ known}


def forget_gone() -> None:
    """Drop what was noted of registrations that an undone file has taken away."""
    AddressTask.objects.exclude(registration_id__in=Registration.objects.values("id")).delete()


def _batches(people: Iterable[UUID]) -> Iterator[list[UUID]]:
    rest = iter(people)
    while some := list(islice(rest, TOGETHER)):
        yield some


def _of(people: Collection[UUID], *, at: datetime) -> tuple[list[Registration], set[UUID], set[UUID]]:
    """Their registrations, those that wait, and those of which it is noted."""
    rows = list(Registration.objects.filter(person__in=people).select_related("person"))
    noted = AddressTask.objects.filter(registration_id__in=[row.id for row in rows])
    wanted = {
        id_ for each in _by_one_name(rows) for id_, one in differences(each, at=at).items() if one.is_open
    }
    return rows, wanted, set(noted.values_list("registration_id", flat=True))


def _by_one_name(rows: Iterable[Registration]) -> Collection[list[Registration]]:
    """The same in rounds in which nobody has two names: sites may know a person by different ones."""
    names: dict[UUID, list[bytes]] = {}
    rounds: dict[int, list[Registration]] = {}
    for row in rows:
        known, name = names.setdefault(row.person_id, []), bytes(row.name_hash)
        if name not in known:
            known.append(name)
        rounds.setdefault(known.index(name), []).append(row)
    return rounds.values()
