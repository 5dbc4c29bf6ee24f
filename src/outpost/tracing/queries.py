"""Reads of the register of cases: people masked, visits nowhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import QuerySet

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import or_not_found
from outpost.people import queries as people
from outpost.people.documents import documents_of
from outpost.people.seals import Identity
from outpost.tracing.actions import KEEP_CASES
from outpost.tracing.cases import Ending, Purpose, State
from outpost.tracing.models import Case


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as it is listed."""

    case: Case
    who: str

    @property
    def state(self) -> State:
        return self.case.state

    @property
    def purpose(self) -> Purpose:
        return Purpose(self.case.purpose)

    @property
    def ending(self) -> Ending | None:
        return Ending(self.case.ending) if self.case.ending else None

    @property
    def first_on(self) -> date:
        return clock.local_day(self.case.begins_at)

    @property
    def last_on(self) -> date:
        """The last day of the window, which ends with the instant before its end."""
        return clock.local_day(self.case.ends_at - timedelta.resolution)


def cases(*, actor: Actor) -> QuerySet[Case]:
    """All cases, in no order; none without the right."""
    return Case.objects.all() if actor.may(KEEP_CASES) else Case.objects.none()


def case_rows(found: Iterable[Case]) -> list[CaseRow]:
    """Those of a page, their people masked."""
    rows = list(found)
    known = people.masked_identities({row.person_id for row in rows})
    return [CaseRow(row, _who(known.get(row.person_id))) for row in rows]


def _who(identity: Identity | None) -> str:
    return f"{identity.name} {identity.number}" if identity else "–"


def case_row(case_id: UUID, *, actor: Actor) -> CaseRow:
    """One case. Raises Refusal NOT_FOUND."""
    return or_not_found(next(iter(case_rows(cases(actor=actor).filter(id=case_id))), None))


def case_of(holders: Iterable[UUID]) -> Case | None:
    """The case of these people, under whichever of their documents, that is not closed."""
    documents = {one for person_id in holders for one in documents_of(person_id)}
    return Case.objects.filter(person_id__in=documents, closed_at__isnull=True).order_by("opened_at").first()
