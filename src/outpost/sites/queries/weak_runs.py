"""成批弱核验: many people let in within a minute on one device without a code of theirs being scanned. They count as
whoever was let in; somebody looks whether they were there."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from outpost.core.db import rows_of
from outpost.desks.queries import device_names
from outpost.sites.models import Contract

LISTED = timedelta(days=7)

# What is typed at a gate, and the word of the site on a page (`device_id` null); a file states what was long before.
# Each row looks back to the one with which it would make a run.
_FULL = """
WITH weak AS (
  SELECT contract_id, device_id, occurred_at, id FROM sites_gatepass
   WHERE contract_id = ANY(%(contracts)s) AND occurred_at >= %(since)s AND act = 'enter' AND checked <> 'code'
     AND device_id IS NOT NULL
   UNION ALL
  SELECT s.contract_id, NULL, s.entered_at, s.id FROM sites_stay s
   WHERE s.contract_id = ANY(%(contracts)s) AND s.entered_at >= %(since)s AND s.checked = 'word'
     AND NOT EXISTS (SELECT FROM sites_passage p WHERE p.person_id = s.person_id AND p.way = 'in'
                        AND p.occurred_at = s.entered_at AND p.import_id IS NOT NULL)
), numbered AS (
  SELECT contract_id, device_id, occurred_at, row_number() OVER own AS place,
         lag(occurred_at, %(least)s - 1) OVER own AS began_at
    FROM weak WINDOW own AS (PARTITION BY contract_id, device_id ORDER BY occurred_at, id)
)
SELECT contract_id, device_id, began_at, occurred_at, place - %(least)s + 1, place FROM numbered
 WHERE occurred_at - began_at <= %(within)s ORDER BY contract_id, device_id, place
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """Entries of one device that stand close enough together: from when to when, from which to which of its weak ones.
    `device_id` None: on a page, not at a gate."""

    contract_id: UUID
    device_id: UUID | None
    began_at: datetime
    ended_at: datetime
    first: int
    last: int

    @property
    def entries(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class WeakRun:
    """One run as a page shows it; `device` is "" for a page."""

    contract: Contract
    device: str
    hit: Hit


def joined(hits: Iterable[Hit]) -> list[Hit]:
    """Those that overlap as one; they come by contract, device and time. Pure."""
    runs: list[Hit] = []
    for one in hits:
        last = runs[-1] if runs else None
        same = last is not None and (last.contract_id, last.device_id) == (one.contract_id, one.device_id)
        if last is not None and same and one.first <= last.last:
            runs[-1] = Hit(one.contract_id, one.device_id, last.began_at, one.ended_at, last.first, one.last)
        else:
            runs.append(one)
    return runs


def weak_runs(contracts: Collection[Contract], *, at: datetime) -> list[WeakRun]:
    """Those of a week at these contracts, the latest first. Whoever calls has looked that they are in reach."""
    values = {
        "contracts": [one.id for one in contracts],
        "since": at - LISTED,
        "least": settings.OUTPOST_WEAK_RUN,
        "within": timedelta(seconds=settings.OUTPOST_WEAK_RUN_SECONDS),
    }
    found = joined(Hit(*row) for row in rows_of(_FULL, values))
    of = {one.id: one for one in contracts}
    names = device_names(one.device_id for one in found if one.device_id)
    runs = [WeakRun(of[one.contract_id], names.get(one.device_id, ""), one) for one in found]
    return sorted(runs, key=lambda one: one.hit.ended_at, reverse=True)
