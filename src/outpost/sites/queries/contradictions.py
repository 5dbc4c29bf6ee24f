"""Reports of daily health in which temperature and symptoms contradict each other and were kept: to be looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.health.daily import DailySymptom
from outpost.health.models import DailyReport
from outpost.people.queries import identities
from outpost.people.stated import Shown
from outpost.sites.actions import SEE_SITES
from outpost.sites.models import HEALTH_SOURCE, Registration

LISTED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ContradictionRow:
    """One report with whom it is about, masked."""

    report: DailyReport
    registration: Registration
    person: Shown

    @property
    def symptoms(self) -> str:
        return _(", ").join(DailySymptom(word).label for word in self.report.symptoms)


def contradictions(*, actor: Actor, at: datetime) -> QuerySet[DailyReport]:
    """Those of a week, of people who are registered under the contract that reported them and within the actor's
    reach."""
    mine = Registration.objects.visible_to(actor, SEE_SITES).current().filter(person_id=OuterRef("person_id"))
    here = mine.annotate(named=_source()).filter(named=OuterRef("source"))
    found = DailyReport.objects.filter(is_contradictory=True, reported_at__gt=at - LISTED)
    return found.filter(Exists(here))


def contradiction_rows(found: Iterable[DailyReport], *, actor: Actor) -> list[ContradictionRow]:
    """Those of a page."""
    reports, keys = list(found), ring()
    mine = Registration.objects.visible_to(actor, SEE_SITES).current()
    people = {one.person_id for one in reports}
    known = {
        (one.person_id, one.contract.health_source): one
        for one in mine.filter(person__in=people).select_related("employer", "contract__project")
    }
    identity = identities(people)
    return [
        ContradictionRow(one, whose, whose.shown(keys, identity[one.person_id], is_clear=False))
        for one in reports
        if (whose := known.get((one.person_id, one.source))) is not None
    ]


def _source() -> Concat:
    """What reports of a registration's contract name as their source."""
    return Concat(Value(HEALTH_SOURCE), Cast(F("contract_id"), TextField()), output_field=TextField())
