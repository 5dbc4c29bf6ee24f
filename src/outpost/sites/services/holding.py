"""Which of somebody's entries at the gates of a site hold: decided in memory, in the order in which they happened.

What becomes of an entry stands in its `stay`, `code` and `failing`; the stays follow in `Stays`.
"""

from collections.abc import Iterable, Sequence

from outpost.core.errors import Problem
from outpost.sites import errors
from outpost.sites.models import Stay
from outpost.sites.models.gate import GatePass
from outpost.sites.queries.entering import Known, obstacles_of
from outpost.sites.services.stays import Stays
from outpost.sites.vocabularies import Act, Checked


def try_all(waiting: Sequence[GatePass], stays: Stays, known: Known) -> None:
    """Try what waits of one person, until nothing more holds: each that does changes what is known for the others."""
    while any(_try(one, waiting, stays, known) for one in waiting if one.stay_id is None):
        pass


def _try(one: GatePass, waiting: Sequence[GatePass], stays: Stays, known: Known) -> bool:
    """Whether it holds now; if not, its code says why."""
    if one.act == Act.LEAVE:
        return _try_leaving(one, stays)
    person = one.registration.person_id
    why = _why_not(one, stays)
    if why is None:
        elsewhere = stays.here(person)
        _enter(one, stays.begin(one.registration, Checked(one.checked), one.occurred_at), known)
        if elsewhere is not None and not one.code:
            one.code = errors.GATE_ELSEWHERE.code
        return True
    one.code = why.code
    return why is errors.GATE_ORDER and _try_pair(one, waiting, stays, known)


def _why_not(one: GatePass, stays: Stays) -> Problem | None:
    """Why an entering does not hold now."""
    if one.contract.removed_at is not None:
        return errors.GATE_CLOSED
    if one.registration.removed_at is not None:
        return errors.GATE_WITHDRAWN
    person = one.registration.person_id
    for stay in stays.of[person]:
        ends = stay.left_at is None or one.occurred_at < stay.left_at
        if stay.contract_id == one.contract_id and stay.entered_at <= one.occurred_at and ends:
            return errors.GATE_INSIDE
    last = stays.last_known(person)
    return errors.GATE_ORDER if last is not None and last > one.occurred_at else None


def _try_leaving(one: GatePass, stays: Stays) -> bool:
    here = stays.here(one.registration.person_id)
    if here is None or here.contract_id != one.contract_id:
        one.code = errors.GATE_OUTSIDE.code
        return False
    if here.entered_at > one.occurred_at:
        one.code = errors.GATE_ORDER.code
        return False
    stays.end(here, one.occurred_at)
    one.stay, one.code = here, ""
    return True


def _try_pair(one: GatePass, waiting: Iterable[GatePass], stays: Stays, known: Known) -> bool:
    """A stay that lies before what is known: entering and the next leaving, where nothing known lies between."""
    later = (end for end in waiting if end.stay_id is None and end.occurred_at >= one.occurred_at)
    end = next((end for end in later if end is not one), None)
    if end is None or end.act != Act.LEAVE:
        return False
    for stay in stays.of[one.registration.person_id]:
        ends = stay.left_at is None or stay.left_at > one.occurred_at
        if ends and stay.entered_at < end.occurred_at:
            return False
    stay = stays.add(one.registration, Checked(one.checked), one.occurred_at, end.occurred_at)
    _enter(one, stay, known)
    end.stay, end.code = stay, ""
    return True


def _enter(one: GatePass, stay: Stay, known: Known) -> None:
    """It holds; which conditions failed by what is known of that instant, is kept."""
    (obstacles,) = obstacles_of([one.registration], at=one.occurred_at, known=known).values()
    one.stay, one.code = stay, errors.GATE_LET_IN.code if obstacles else ""
    one.failing = [[found.problem.code, dict(found.numbers)] for found in obstacles]
