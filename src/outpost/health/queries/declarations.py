"""What was declared, as the person is shown it, and the risk areas that declared travel names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Max, QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from outpost.core.clock import local_day
from outpost.core.db import rows_of
from outpost.health import conditions, passes, rules
from outpost.health.models import Declaration, RiskArea
from outpost.health.queries import rule_sets
from outpost.health.queries.pass_reading import FACTS
from outpost.health.queries.questions import in_words

OWN_DAYS = timedelta(days=14)


def risk_areas() -> list[RiskArea]:
    """All risk areas, those that hold first, the newest of each first."""
    return list(RiskArea.objects.order_by(F("ends_on").desc(nulls_first=True), "-begins_on", "name"))


def areas_named(texts: Iterable[str], *, on: date) -> list[rules.Area]:
    """The risk areas of a day that declared travel names: to mark it by."""
    areas = (rules.Area(a.name, rules.RiskLevel(a.level), a.begins_on, a.ends_on) for a in risk_areas())
    return rules.areas_named(texts, areas, on)


@dataclass(frozen=True, slots=True)
class OwnDeclaration:
    """What somebody declared, as their own page shows it; `areas`: the risk areas that their travel names."""

    declared_at: datetime
    symptoms: str
    temperature: Decimal | None
    was_in_risk_area: bool
    travel: str
    areas: list[rules.Area]
    answers: list[tuple[str | Promise, str]]


def own_declarations(person_id: UUID, *, since: datetime | None, at: datetime) -> list[OwnDeclaration]:
    """What was declared for a person of the last 14 days, the last first. `since`: from when on an account whose card
    nobody has seen may know; what only such accounts stated is theirs alone."""
    source, first = (rules.OWN, at - OWN_DAYS) if since is None else (rules.STATED, max(since, at - OWN_DAYS))
    language, on = get_language(), local_day(at)
    rows = list(_own(person_id, source, first).order_by("-declared_at"))
    answered = in_words(row.answers for row in rows)
    return [
        OwnDeclaration(
            row.declared_at,
            _(", ").join(rules.symptom_label(one, language) for one in row.symptoms or ()),
            row.temperature,
            bool(row.was_in_risk_area),
            row.stopovers,
            areas_named([row.stopovers], on=on),
            answers,
        )
        for row, answers in zip(rows, answered, strict=True)
    ]


def _own(person_id: UUID, source: str, first: datetime) -> QuerySet[Declaration]:
    """What was declared for a person by this source from an instant on."""
    return Declaration.objects.filter(person_id=person_id, source=source, declared_at__gte=first)


def declared_until(person_id: UUID, *, since: datetime | None, at: datetime) -> datetime | None:
    """Until when a person needs not be asked for a declaration; None when the rules that hold ask for one now. `since`:
    see `own_declarations`, so that nobody learns what others know of a number that they stated."""
    if since is None:
        found = rows_of(FACTS, [[person_id]])
        declared_at = conditions.PassFacts.of(*found[0][1:]).declared_at if found else None
    else:
        declared_at = _own(person_id, rules.STATED, since).aggregate(last=Max("declared_at"))["last"]
    return passes.declared_until(declared_at, rule_sets.in_force(at), at)
