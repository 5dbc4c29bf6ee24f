"""How the entries of a site's gate become stays: in the caller's transaction, in the order in which they happened.

Whoever was let in is inside, whatever is known meanwhile: then the entry is kept and has to be looked at. What cannot
hold waits, and is tried again when the gates send more: two gates of a site may be heard in any order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count
from uuid import UUID

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Problem, Refusal, problem_of
from outpost.desks import queries as desks
from outpost.desks.places import Statement
from outpost.desks.rules import Settled
from outpost.desks.services.settling import settle
from outpost.health.daily import Report
from outpost.health.live_passes import pass_keys
from outpost.sites import errors
from outpost.sites.models import Contract, Registration, Stay
from outpost.sites.models.gate import GatePass
from outpost.sites.queries import entering
from outpost.sites.reading.gate import GateEntry, gate_entry
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.services import daily_health, tallies
from outpost.sites.services.passing import begin_stay, hold_stays, note
from outpost.sites.vocabularies import Act, Checked, Way

PASSED = "sites.gate_passed"
_WAYS = {Act.ENTER: Way.IN, Act.LEAVE: Way.OUT}
MOST_TRIED = 200
"""Of what waits of somebody: a gate that repeats itself must not hold up the others, who wait for their turn meanwhile.
What is older stays listed, for a person to settle."""


def take(key: str, statements: Sequence[Statement], at: datetime) -> Mapping[UUID, Problem]:
    """Write what the entries of a contract's gate say; answers what is to be said of those that do not simply hold."""
    hold_stays()
    contract = Contract.objects.get(id=UUID(key))
    entries, refused = _read(statements)
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
    reports = _reports(good)
    for actor, stated in reports:
        daily_health.keep(contract, stated, actor=actor, at=at)
    passes = [_pass(one, row, at) for one, row in good if one.act is not Act.READING]
    GatePass.objects.bulk_create(passes)
    passing = {one.registration.person_id for one in passes}
    held = [id_ for person in passing for id_ in _settle(contract, person, passes, at)]
    tallies.follow_people(passing.union(*(stated for _actor, stated in reports)), at=at)
    for actor, stated in reports:
        daily_health.tell(contract, stated, actor=actor, at=at)
    _close(contract, held, at)
    _keep(contract, passes, at)
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
    mine = Registration.objects.filter(contract=contract).select_related("contract")
    stated = {one.id: one for one in mine.filter(id__in=ids)}
    people = [one.person_id for one in stated.values()]
    living = mine.filter(person__in=people, removed_at__isnull=True)
    now = {one.person_id: one for one in living}
    return {id_: now.get(one.person_id, one) for id_, one in stated.items()}


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


def _reports(good: Iterable[tuple[GateEntry, Registration]]) -> list[tuple[Actor, dict[UUID, Report]]]:
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
    return [(_actor(member_id), reports) for (member_id, _number), reports in rounds.items()]


def _actor(member_id: UUID) -> Actor:
    """Whose account stated it, for the record; what they might do was decided when they were at the gate."""
    return Actor(id=f"user:{member_id}", label=str(member_id))


def _settle(contract: Contract, person_id: UUID, new: Sequence[GatePass], at: datetime) -> list[UUID]:
    """Try what waits of somebody, in the order in which it happened, until nothing more holds. Returns what waited
    before and holds now."""
    waiting = _waiting(contract, person_id, new)
    before = {one.id for one in waiting} - {one.id for one in new}
    codes = {one.id: one.code for one in waiting}
    while _one_holds(person_id, waiting, at):
        pass
    changed = [one for one in waiting if one.stay_id is not None or one.code != codes[one.id]]
    GatePass.objects.bulk_update(changed, ["stay", "code", "failing"])
    holding = (one for one in changed if one.stay_id is not None)
    note(((_WAYS[Act(one.act)], one.registration, one.occurred_at) for one in holding), at=at)
    return [one.id for one in waiting if one.id in before and one.stay_id is not None and not one.code]


def _close(contract: Contract, held: Collection[UUID], at: datetime) -> None:
    """Nobody has to look at these any more."""
    place, actor = (str(CONTRACT), str(contract.id)), Actor.system("sites.gate")
    for entry in desks.open_ones(*place).filter(id__in=held):
        settle(*place, (entry.id, entry.mark), Settled.ENTERED, reason="", actor=actor, at=at)


def _waiting(contract: Contract, person_id: UUID, new: Sequence[GatePass]) -> list[GatePass]:
    """What waits of somebody at this contract and nobody has settled by hand, the latest MOST_TRIED, with the new ones
    themselves."""
    known = GatePass.objects.filter(contract=contract, registration__person=person_id, stay__isnull=True)
    known = known.exclude(id__in=[one.id for one in new]).select_related("registration")
    settled = desks.waiting(str(CONTRACT), str(contract.id)).exclude(settled="")
    open_ = known.exclude(id__in=settled.values("id")).order_by("-received_at", "-id")
    earlier = list(open_[:MOST_TRIED])
    mine = [one for one in new if one.registration.person_id == person_id]
    return sorted([*earlier, *mine], key=lambda one: (one.occurred_at, one.id))


def _one_holds(person_id: UUID, waiting: Sequence[GatePass], at: datetime) -> bool:
    """Whether one more of them holds now. Only that changes what is known, which is read anew for the next."""
    open_ = [one for one in waiting if one.stay_id is None]
    stays = list(Stay.objects.filter(person_id=person_id)) if open_ else []
    return any(_try(one, stays, waiting, at) for one in open_)


def _try(one: GatePass, stays: Sequence[Stay], waiting: Sequence[GatePass], at: datetime) -> bool:
    """Whether it holds now; if not, its code says why."""
    if one.act == Act.LEAVE:
        return _try_leaving(one, stays)
    why = _why_not(one, stays)
    if why is None:
        elsewhere = next((stay for stay in stays if stay.left_at is None), None)
        _enter(one, begin_stay(one.registration, elsewhere, Checked(one.checked), one.occurred_at, at))
        if elsewhere is not None and not one.code:
            one.code = errors.GATE_ELSEWHERE.code
        return True
    one.code = why.code
    return why is errors.GATE_ORDER and _try_pair(one, stays, waiting, at)


def _why_not(one: GatePass, stays: Iterable[Stay]) -> Problem | None:
    """Why an entering does not hold now."""
    if one.contract.removed_at is not None:
        return errors.GATE_CLOSED
    if one.registration.removed_at is not None:
        return errors.GATE_WITHDRAWN
    for stay in stays:
        ends = stay.left_at is None or one.occurred_at < stay.left_at
        if stay.contract_id == one.contract_id and stay.entered_at <= one.occurred_at and ends:
            return errors.GATE_INSIDE
    return errors.GATE_ORDER if _last(stays, one.occurred_at) else None


def _last(stays: Iterable[Stay], at: datetime) -> bool:
    """Whether something later is known."""
    return any((stay.left_at or stay.entered_at) > at for stay in stays)


def _try_leaving(one: GatePass, stays: Sequence[Stay]) -> bool:
    here = next(
        (stay for stay in stays if stay.left_at is None and stay.contract_id == one.contract_id), None
    )
    if here is None:
        one.code = errors.GATE_OUTSIDE.code
        return False
    if here.entered_at > one.occurred_at:
        one.code = errors.GATE_ORDER.code
        return False
    Stay.objects.filter(id=here.id).update(left_at=one.occurred_at)
    one.stay, one.code = here, ""
    return True


def _try_pair(one: GatePass, stays: Iterable[Stay], waiting: Sequence[GatePass], at: datetime) -> bool:
    """A stay that lies before what is known: entering and the next leaving, where nothing known lies between."""
    later = (end for end in waiting if end.stay_id is None and end.occurred_at >= one.occurred_at)
    end = next((end for end in later if end is not one), None)
    if end is None or end.act != Act.LEAVE:
        return False
    for stay in stays:
        ends = stay.left_at is None or stay.left_at > one.occurred_at
        if ends and stay.entered_at < end.occurred_at:
            return False
    stay = Stay(registration=one.registration, contract_id=one.contract_id, checked=one.checked)
    stay.person_id, stay.recorded_at = one.registration.person_id, at
    stay.entered_at, stay.left_at = one.occurred_at, end.occurred_at
    stay.save(force_insert=True)
    _enter(one, stay)
    end.stay, end.code = stay, ""
    return True


def _enter(one: GatePass, stay: Stay) -> None:
    """It holds; which conditions failed by what is known of that instant, is kept."""
    (obstacles,) = entering.obstacles_of([one.registration], at=one.occurred_at).values()
    one.stay, one.code = stay, errors.GATE_LET_IN.code if obstacles else ""
    one.failing = [[found.problem.code, dict(found.numbers)] for found in obstacles]


def _keep(contract: Contract, passes: Iterable[GatePass], at: datetime) -> None:
    """One audit row for everybody who stated some: how many entered, left, wait."""
    counted: dict[UUID, dict[str, int]] = defaultdict(lambda: {"entered": 0, "left": 0, "waiting": 0})
    names = {Act.ENTER.value: "entered", Act.LEAVE.value: "left"}
    for one in passes:
        counted[one.member_id]["waiting" if one.stay_id is None else names[one.act]] += 1
    for member_id, numbers in sorted(counted.items()):
        actor, all_ = _actor(member_id), sum(numbers.values())
        audit.record(PASSED, actor=actor, at=at, object_id=contract.id, count=all_, detail=numbers)
