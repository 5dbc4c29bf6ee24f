"""A device at the gate of a site, and what its forms say."""

from datetime import datetime, timedelta
from typing import Any

from outpost.access.models import User
from outpost.access.queries import held_over
from outpost.desks import queries
from outpost.sites.actions import RUN_GATES
from outpost.sites.models import Contract, Registration
from outpost.sites.rules.entering import CONTRACT
from outpost.testing.cast import NOON
from outpost.testing.gates import Gate, paired


def lead(contract: Contract) -> User:
    """The account of the project lead, who stands at the gate."""
    return held_over(RUN_GATES, CONTRACT, str(contract.id))[0][0]


def gate(contract: Contract, *, at: datetime = NOON, **how: Any) -> Gate:
    """A device that was enrolled at a contract, in the hands of its lead."""
    return paired(str(CONTRACT), str(contract.id), lead(contract).id, at=at, **how)


def passing(row: Registration, kind: str = "enter", **said: Any) -> dict[str, Any]:
    """What the form of somebody who enters says; `listed_at` as of ten hours before."""
    usual = {
        "kind": kind,
        "registration_id": str(row.id),
        "temperature": None,
        "pass": None,
        "way": "typed",
        "listed_at": (NOON - timedelta(hours=10)).isoformat(),
        "verdict": "may",
    }
    return usual | said


def waiting(contract: Contract) -> list[str]:
    """The codes of what waits for a person, in order of time."""
    found = queries.open_ones(str(CONTRACT), str(contract.id)).order_by("occurred_at")
    return list(found.values_list("code", flat=True))
