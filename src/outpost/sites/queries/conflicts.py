"""Reads of what the gates of sites stated and cannot simply hold, or should be looked at: whom it is about, masked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import or_not_found, problem_of
from outpost.core.ids import read_id
from outpost.desks import queries as desks
from outpost.desks.queries import WaitingRow
from outpost.health.rules import Disposition
from outpost.people.queries import identities
from outpost.people.stated import Shown
from outpost.sites.actions import RUN_GATES
from outpost.sites.models import Contract, Registration
from outpost.sites.models.gate import GatePass
from outpost.sites.rules.entering import CONTRACT, Obstacle
from outpost.sites.vocabularies import Act


@dataclass(frozen=True, slots=True)
class Conflict:
    """One entry with its contract, closed or not. `person` None: the entry names nobody of the contract."""

    row: WaitingRow
    contract: Contract
    act: Act | None
    registration: Registration | None
    person: Shown | None
    obstacles: Sequence[Obstacle]
    list_age: timedelta | None


def contracts_with_conflicts(*, actor: Actor, contract_id: UUID | None = None) -> list[Contract]:
    """The contracts in reach of whose gates something waits or was settled, closed ones, too; or just that one."""
    mine = Contract.objects.visible_to(actor, RUN_GATES).select_related("project")
    if contract_id is not None:
        return list(mine.filter(id=contract_id))
    return list(mine.filter(id__in=desks.places_waiting(str(CONTRACT))).order_by("number"))


def contract_of(key: str, *, actor: Actor) -> Contract:
    """The contract of an entry, closed or not. Raises Refusal NOT_FOUND beyond the actor's reach."""
    return or_not_found(Contract.objects.visible_to(actor, RUN_GATES).filter(id=key).first())


def conflicts_of(rows: Iterable[WaitingRow], contracts: Iterable[Contract]) -> list[Conflict]:
    """These entries of these contracts. What a device says of people counts only of its own contract."""
    found, of = list(rows), {str(one.id): one for one in contracts}
    passes = {one.id: one for one in GatePass.objects.filter(id__in=[row.entry.id for row in found])}
    people = _people(found)
    return [
        _conflict(row, of[row.entry.place_key], passes.get(row.entry.id), people.get(_named(row)))
        for row in found
    ]


def _named(row: WaitingRow) -> tuple[str, str]:
    """Contract and registration that an entry names."""
    return row.entry.place_key, str((row.content or {}).get("registration_id", ""))


def _people(rows: Iterable[WaitingRow]) -> dict[tuple[str, str], tuple[Registration, Shown]]:
    ids = {id_ for row in rows if (id_ := read_id(_named(row)[1]))}
    found = list(Registration.objects.filter(id__in=ids))
    known, keys = identities({one.person_id for one in found}), ring()
    return {
        (str(one.contract_id), str(one.id)): (one, one.shown(keys, known[one.person_id], is_clear=False))
        for one in found
    }


def _conflict(
    row: WaitingRow, contract: Contract, kept: GatePass | None, who: tuple[Registration, Shown] | None
) -> Conflict:
    act = (row.content or {}).get("kind")
    return Conflict(
        row,
        contract,
        Act(act) if act in Act.codes() else None,
        who[0] if who else None,
        who[1] if who else None,
        [_obstacle(code, numbers) for code, numbers in kept.failing] if kept else [],
        max(kept.occurred_at - kept.listed_at, timedelta()) if kept else None,
    )


def _obstacle(code: str, numbers: Mapping[str, Any]) -> Obstacle:
    disposition = {"disposition": Disposition(numbers["disposition"])} if "disposition" in numbers else {}
    return Obstacle(problem_of(code), {**numbers, **disposition})
