"""The organisations in which most people missed: whom to ring first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from outpost.core.actor import Actor
from outpost.sentinel.models import Enrolment, MatchCount
from outpost.sentinel.queries.compliance import ACTION, Standing


@dataclass(frozen=True, slots=True)
class Worst:
    """One organisation within its category, and how many of the judged missed there."""

    enrolment: UUID
    name: str
    category: str
    judged: int
    missed: int


def worst_of(standings: Sequence[Standing], *, actor: Actor, most: int = 5) -> list[Worst]:
    """Those with the most who missed by the kept matches, within reach, read as the standings are; the worst first."""
    judged: Counter[UUID] = Counter()
    missed: Counter[UUID] = Counter()
    for change in (change for one in standings for change in one.changes):
        judged[change.enrolment] += change.judged
        missed[change.enrolment] += change.missed
    counts = MatchCount.objects.filter(
        run__in=[one.run for one in standings if one.run is not None],
        enrolment__in=Enrolment.objects.within(actor.reach(ACTION)).values("id"),
    )
    columns = (
        "enrolment_id",
        "enrolment__organization__name",
        "enrolment__category__name",
        "judged",
        "missed",
    )
    # To officers a change only takes away, so that as many more rows are enough.
    rows = counts.order_by("-missed", "enrolment__organization__name").values_list(*columns)
    found = [
        Worst(id_, name, category, judged_then + judged[id_], missed_then + missed[id_])
        for id_, name, category, judged_then, missed_then in rows[: most + len(missed)]
    ]
    return sorted((one for one in found if one.missed > 0), key=lambda one: -one.missed)[:most]
