"""住址不一致: whose address the registration states otherwise than their own declaration. What was declared is compared
here and shown to nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.health.queries.journeys import Home, Journey, home_of, homes_of
from outpost.sites.models import AddressTask, Registration, RegistrationQuerySet
from outpost.sites.rules.addresses import Agreement, agreement, is_checked, is_same, last_day


@dataclass(frozen=True, slots=True)
class Difference:
    """Two claims of where somebody lives: the registration's, and the one that was declared. Neither replaces the
    other."""

    registration: Registration
    home: Home
    at: datetime

    @property
    def since(self) -> datetime:
        """When the later of both claims came."""
        return max(self.registration.updated_at, self.home.received_at)

    @property
    def last_day(self) -> date:
        return last_day(local_day(self.since))

    @property
    def state(self) -> Agreement:
        checked_at = self.registration.address_checked_at
        return agreement(is_checked(checked_at, self.since), self.last_day, local_day(self.at))

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to find out."""
        return self.state is not Agreement.CHECKED


def differences(
    rows: Iterable[Registration], *, at: datetime, journeys: Mapping[UUID, Journey] | None = None
) -> dict[UUID, Difference]:
    """Of registrations of one contract, each with its person, those whose address differs from the home that the person
    declared last under this number and name, by registration. `journeys`: where the caller has read them.

    Of who waits 待核验 nothing is compared: nobody has said yet that number and name belong together.
    """
    keys = ring()
    stated = {
        row: address for row in rows if row.unverified_since is None and (address := row.stated(keys).address)
    }
    homes = _homes(stated, at=at) if journeys is None else _homes_on(journeys)
    found = {}
    for row, address in stated.items():
        home = homes.get(row.person_id)
        if home and not is_same(address, home.text):
            found[row.id] = Difference(row, home, at)
    return found


def _homes(rows: Iterable[Registration], *, at: datetime) -> dict[UUID, Home]:
    known = {row.person_id: bytes(row.person.name_hash) for row in rows}
    return (
        homes_of({row.person_id: bytes(row.name_hash) for row in rows}, at=at, known=known) if known else {}
    )


def _homes_on(journeys: Mapping[UUID, Journey]) -> dict[UUID, Home]:
    homes = ((person_id, home_of(journey)) for person_id, journey in journeys.items())
    return {person_id: home for person_id, home in homes if home is not None}


def differing(found: RegistrationQuerySet, wanted: Agreement, *, at: datetime) -> RegistrationQuerySet:
    """Those of these registrations whose difference stands like that; one that is overdue has not ceased to differ, so
    that who waits for somebody is whoever a figure counts (`services.address_tasks`)."""
    waiting = found.filter(id__in=AddressTask.objects.values("registration_id"))
    if wanted is Agreement.DIFFERS:
        return waiting
    asked = waiting if wanted is Agreement.OVERDUE else found
    unlike = differences(asked.select_related("person"), at=at)
    return found.filter(id__in=[id_ for id_, one in unlike.items() if one.state is wanted])
