"""Where people are and were, while it is decided who enters and who leaves: read once, decided in memory one after
another, as each changes what holds of the next, and written at once."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from outpost.core.db import hold_lock, run
from outpost.sites.models import Contract, Passage, Registration, Stay
from outpost.sites.queries.entering import stays_of
from outpost.sites.services.telling import tell_entered_elsewhere
from outpost.sites.vocabularies import Checked, Way

_END = """UPDATE sites_stay s SET left_at = u.left_at, is_inferred = u.is_inferred
  FROM unnest(%s::uuid[], %s::timestamptz[], %s::boolean[]) u(id, left_at, is_inferred) WHERE s.id = u.id"""
_STAYS = "sites.stays"
"""The named lock of who enters and leaves: a person who is at two gates at once is at one of them first."""


def hold_stays() -> None:
    """Nobody else enters or leaves until the transaction ends."""
    hold_lock(_STAYS)


class Stays:
    """The stays of some people, for a caller who holds `hold_stays`; `write` keeps what was changed. `at`: when it is
    recorded."""

    def __init__(self, people: Collection[UUID], *, at: datetime) -> None:
        self.of: dict[UUID, list[Stay]] = {one: [] for one in people} | stays_of(people)
        self._at = at
        self._begun: list[Stay] = []
        self._ended: dict[UUID, Stay] = {}
        self._left_behind: set[UUID] = set()  # contracts that nobody saw them leave

    def here(self, person_id: UUID) -> Stay | None:
        """The stay on the site where they are now."""
        return next((stay for stay in self.of[person_id] if stay.left_at is None), None)

    def last_known(self, person_id: UUID) -> datetime | None:
        """The last time that they entered or left any site."""
        return max((stay.left_at or stay.entered_at for stay in self.of[person_id]), default=None)

    def begin(self, row: Registration, checked: Checked, entered_at: datetime) -> Stay:
        """They are on this site from then on, and no longer on another one, whose lead is told."""
        if (elsewhere := self.here(row.person_id)) is not None:
            self.end(elsewhere, entered_at)
            elsewhere.is_inferred = True
            self._left_behind.add(elsewhere.contract_id)
        return self.add(row, checked, entered_at, None)

    def add(
        self, row: Registration, checked: Checked, entered_at: datetime, left_at: datetime | None
    ) -> Stay:
        """A stay, whatever else is known."""
        stay = Stay(registration=row, contract_id=row.contract_id, person_id=row.person_id, checked=checked)
        stay.entered_at, stay.left_at, stay.recorded_at = entered_at, left_at, self._at
        self.of[row.person_id].append(stay)
        self._begun.append(stay)
        return stay

    def end(self, stay: Stay, left_at: datetime) -> None:
        """They left it."""
        stay.left_at = left_at
        self._ended[stay.id] = stay

    def write(self) -> None:
        """Keep what was decided: who left first, since a person is on one site at a time."""
        begun = {stay.id for stay in self._begun}
        ended = [stay for id_, stay in self._ended.items() if id_ not in begun]
        if ended:
            columns = ("id", "left_at", "is_inferred")
            run(_END, [[getattr(stay, name) for stay in ended] for name in columns])
        Stay.objects.bulk_create(self._begun)
        for contract in Contract.objects.filter(id__in=self._left_behind).order_by("id"):
            tell_entered_elsewhere(contract, at=self._at)


def note(passed: Iterable[tuple[Way, Registration, datetime]], *, at: datetime) -> None:
    """Keep what was stated of those who passed and when; one that is known already, of a file that was sent before,
    stays."""
    stated = [
        Passage(
            contract_id=row.contract_id,
            person_id=row.person_id,
            way=way.value,
            occurred_at=occurred_at,
            recorded_at=at,
        )
        for way, row, occurred_at in passed
    ]
    Passage.objects.bulk_create(stated, ignore_conflicts=True)
