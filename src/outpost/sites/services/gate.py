"""How the entries of a site's gate become stays: in the caller's transaction, in the order in which they happened.

Whoever was let in is inside, whatever is known meanwhile: then the entry is kept and has to be looked at. What cannot
hold waits, and is tried again when the gates send more: two gates of a site may be heard in any order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count
from uuid import UUID

from django.db.models import Window
from django.db.models.functions import RowNumber

from outpost.access.queries import actors_recorded
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Problem, Refusal, problem_of
from outpost.desks import queries as desks
from outpost.desks.places import Statement
from outpost.desks.rules import Settled
from outpost.desks.services.settling import hold_waiting, record_settled, settle_held
from outpost.health.daily import Report
from outpost.health.live_passes import pass_keys
from outpost.sites import errors
from outpost.sites.models import Contract, Registration
from outpost.sites.models.gate import GatePass
from outpost.sites.queries.entering import known_at
from outpost.sites.reading.gate import GateEntry, gate_entry
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.services import daily_health, tallies
from outpost.sites.services.holding import try_all
from outpost.sites.services.stays import Stays, hold_stays, note
from outpost.sites.vocabularies import Act, Way

PASSED = "sites.gate_passed"
_GATE = Actor.system("sites.gate")
_WAYS = {Act.ENTER: Way.IN, Act.LEAVE: Way.OUT}
MOST_TRIED = 200
"""Of what waits of somebody: a gate that repeats itself must not hold up the others, who wait for their turn meanwhile.
What is older stays listed, for a person to settle."""


def take(key: str, statements: Sequence[Statement], at: datetime) -> Mapping[UUID, Problem]:
    """Write what the entries of a contract's gate say; answers what is to be said of those that do not simply hold."""
    entries, refused = _read(statements)
    hold_stays()
    contract = Contract.objects.get(id=UUID(key))
    rows = _registrations(contract, {one.registration_id for one in entries})
    good = []
    for one in entries:
        row = rows.get(one.registration_id)
        if row is None or one.shown not in (None, row.person_id):
            refused[one.id] = errors.GATE_PERSON if row is None else errors.GATE_PASS
        elif one.act is Act.READING and (gone := _gone(row, one.occurred_at)):
            refused[one.id] = gone
        else:
            good.append((one, row))
    actors = _actors({one.member_id for one, _row in good})
    reports = _reports(good, actors)
    for actor, stated in reports:
        daily_health.keep(contract, stated, actor=actor, at=at)
    passes = [_pass(one, row, at) for one, row in good if one.act is not Act.READING]
    people = {one.registration.person_id for one in passes}
    settled = _settle(contract, people, passes, at)
    tallies.follow_people(people.union(*(stated for _actor, stated in reports)), at=at)
    for actor, stated in reports:
        daily_health.tell(contract, stated, actor=actor, at=at)
    record_settled(key, settled, Settled.ENTERED, actor=_GATE, at=at)
    _keep(contract, passes, actors, at)
    return refused | {one.id: problem_of(one.code) for one in passes if one.code}


def _read(statements: Sequence[Statement]) -> tuple[list[GateEntry], dict[UUID, Problem]]:
    keys, good, refused = pass_keys(ring()), [], {}
    for one in statements:
        try:
            good.append(gate_entry(keys, one))
        except Refusal as refusal:
            refused[one.id] = refusal.problem
    return good, refused


def _registrations(contract: Contract, ids: Collection[UUID]) -> dict[UUID, Registration]:
    """These registrations of the contract; of a withdrawn one that which its person has now, if any."""
    stated = contract.registrations.filter(id__in=ids)
    rows = list(contract.registrations.filter(person__in=stated.values("person")))
    now = {row.person_id: row for row in rows if row.removed_at is None}
    return {row.id: now.get(row.person_id, row) for row in rows}


def _gone(row: Registration, at: datetime) -> Problem | None:
    """Why somebody was not of this site any more at that instant."""
    if (closed_at := row.contract.removed_at) is not None and closed_at <= at:
        return errors.GATE_CLOSED
    is_withdrawn = row.removed_at is not None and row.removed_at <= at
    return errors.GATE_WITHDRAWN if is_withdrawn else None


def _pass(one: GateEntry, row: Registration, at: datetime) -> GatePass:
    """Waiting, until it was tried."""
    return GatePass(
        id=one.id,
        device_id=one.device_id,
        contract=row.contract,
        registration=row,
        act=one.act,
        occurred_at=one.occurred_at,
        received_at=at,
        listed_at=one.listed_at,
        checked=one.checked,
        member_id=one.member_id,
        code=errors.GATE_ORDER.code,
    )


def _reports(
    good: Iterable[tuple[GateEntry, Registration]], actors: Mapping[UUID, Actor]
) -> list[tuple[Actor, dict[UUID, Report]]]:
    """Every temperature is a report of that day's health, as whoever took it says; several of somebody are several. Who
    was not registered here any more when it was taken is not this site's to report."""
    rounds: dict[tuple[UUID, int], dict[UUID, Report]] = defaultdict(dict)
    for one, row in good:
        if one.temperature is None or _gone(row, one.occurred_at):
            continue
        number = next(n for n in count() if row.person_id not in rounds[one.member_id, n])
        rounds[one.member_id, number][row.person_id] = Report(
            one.occurred_at, one.temperature, method=one.method
        )
    return [(actors[member_id], reports) for (member_id, _number), reports in rounds.items()]


def _actors(members: Collection[UUID]) -> dict[UUID, Actor]:
    """Whose accounts stated it, for the record; what they might do was decided when they were at the gate."""
    known = actors_recorded(members)
    return {id_: known.get(id_) or Actor(id=f"user:{id_}", label=str(id_)) for id_ in members}


def _settle(
    contract: Contract, people: Collection[UUID], new: Collection[GatePass], at: datetime
) -> list[UUID]:
    """Decide about these and what waits of the same people, and write what follows. Returns what waited before and came
    right, about which nobody has to think any more."""
    before = _waiting(contract, people)
    codes, waiting = {one.id: one.code for one in before}, [*before, *new]
    stays = Stays(people, at=at)
    known = known_at(_entering(waiting), stays=stays.of)
    for mine in _by_person(waiting):
        try_all(mine, stays, known)
    stays.write()
    GatePass.objects.bulk_create(new)
    changed = [one for one in before if one.stay_id is not None or one.code != codes[one.id]]
    GatePass.objects.bulk_update(changed, ["stay", "code", "failing"], batch_size=500)
    holding = (one for one in waiting if one.stay_id is not None)
    note(((_WAYS[Act(one.act)], one.registration, one.occurred_at) for one in holding), at=at)
    right = [one.id for one in changed if one.stay_id is not None and not one.code]
    return settle_held(str(CONTRACT), str(contract.id), right, actor=_GATE, at=at)


def _waiting(contract: Contract, people: Collection[UUID]) -> list[GatePass]:
    """What waits of these people at this contract and nobody has settled by hand, the latest MOST_TRIED of each."""
    known = GatePass.objects.filter(contract=contract, registration__person__in=people, stay__isnull=True)
    settled = desks.waiting(str(CONTRACT), str(contract.id)).exclude(settled="")
    open_ = known.exclude(id__in=settled.values("id")).select_related("contract", "registration")
    latest = Window(RowNumber(), partition_by="registration__person", order_by=("-received_at", "-id"))
    found = list(open_.annotate(place=latest).filter(place__lte=MOST_TRIED))
    meanwhile = hold_waiting(str(CONTRACT), str(contract.id), [one.id for one in found])
    return [one for one in found if one.id not in meanwhile]


def _by_person(waiting: Iterable[GatePass]) -> list[list[GatePass]]:
    """Those of each person, in the order in which they happened."""
    found = defaultdict(list)
    for one in sorted(waiting, key=lambda one: (one.occurred_at, one.id)):
        found[one.registration.person_id].append(one)
    return list(found.values())


def _entering(waiting: Iterable[GatePass]) -> list[tuple[Registration, datetime]]:
    """Whom it has to be known of whether they might enter, and when."""
    living = (one for one in waiting if one.registration.removed_at is None)
    return [(one.registration, one.occurred_at) for one in living if one.act == Act.ENTER]


def _keep(contract: Contract, passes: Iterable[GatePass], actors: Mapping[UUID, Actor], at: datetime) -> None:
    """One audit row for everybody who stated some: how many entered, left, wait."""
    counted: dict[UUID, dict[str, int]] = defaultdict(lambda: {"entered": 0, "left": 0, "waiting": 0})
    names = {Act.ENTER.value: "entered", Act.LEAVE.value: "left"}
    for one in passes:
        counted[one.member_id]["waiting" if one.stay_id is None else names[one.act]] += 1
    for member_id, numbers in sorted(counted.items()):
        actor, all_ = actors[member_id], sum(numbers.values())
        audit.record(PASSED, actor=actor, at=at, object_id=contract.id, count=all_, detail=numbers)
