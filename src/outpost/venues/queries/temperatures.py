"""Reads of abnormal temperatures 体温异常 at gates; the person masked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from outpost.core.actor import Actor
from outpost.core.errors import or_not_found
from outpost.people.queries import masked_identities
from outpost.venues.actions import RUN_VENUES
from outpost.venues.models import Abnormal
from outpost.venues.queries import members
from outpost.venues.rules import Outcome

OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True, slots=True)
class AbnormalRow:
    """One as a list shows it; "" where nobody is known."""

    abnormal: Abnormal
    name: str
    number: str
    inspector: str
    outcome: Outcome | None


def abnormal_temperatures(values: dict[str, Any], *, actor: Actor) -> QuerySet[Abnormal]:
    """Those within the actor's reach that a filter wants, in no order."""
    condition = Q()
    if "state" in values:
        condition &= Q(closed_at__isnull=values["state"] == OPEN)
    if "venue" in values:
        condition &= Q(venue__name__icontains=values["venue"].strip())
    found = Abnormal.objects.visible_to(actor, RUN_VENUES).filter(condition)
    return found.select_related("venue", "checkpoint")


def abnormal_rows(found: Iterable[Abnormal]) -> list[AbnormalRow]:
    """Those of a page."""
    rows = list(found)
    people = masked_identities({one.person_id for one in rows if one.person_id})
    inspectors = members.names({one.member_id for one in rows})
    return [
        AbnormalRow(
            one,
            *(people[one.person_id].name, people[one.person_id].number)
            if one.person_id in people
            else ("", ""),
            inspectors.get(one.member_id, ""),
            Outcome(one.outcome) if one.outcome else None,
        )
        for one in rows
    ]


def abnormal_row(abnormal_id: UUID, *, actor: Actor) -> AbnormalRow:
    """One of them. Raises Refusal NOT_FOUND outside the actor's reach."""
    return or_not_found(
        next(iter(abnormal_rows(abnormal_temperatures({}, actor=actor).filter(id=abnormal_id))), None)
    )
