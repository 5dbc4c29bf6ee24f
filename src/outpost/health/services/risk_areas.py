"""Writes of risk areas 风险地区: added with a level from a day on, ended; what they were stays."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import check_day, local_day
from outpost.core.db import hold_lock
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.health import errors
from outpost.health.actions import EDIT_RISK_AREAS
from outpost.health.models import RiskArea
from outpost.health.rules import RiskLevel


@transaction.atomic
def add_risk_area(name: str, level: RiskLevel, begins_on: date, *, actor: Actor, at: datetime) -> RiskArea:
    """Mark travel to this area from a day on.

    Raises Refusal: 403, DAY_OUT_OF_RANGE, RISK_AREA_KNOWN while it is one already.
    """
    actor.require(EDIT_RISK_AREAS)
    hold_lock("health.risk_areas")
    if RiskArea.objects.filter(name=name, ends_on__isnull=True).exists():
        raise Refusal(errors.RISK_AREA_KNOWN, name=name, column="name")
    area = RiskArea(
        name=name, level=level.value, begins_on=check_day(begins_on), added_by=actor.id, added_at=at
    )
    area.save(force_insert=True)
    detail = {"level": level.value, "begins_on": begins_on.isoformat()}
    audit.record("health.risk_area_added", actor=actor, at=at, object_id=area.id, detail=detail)
    return area


@transaction.atomic
def end_risk_area(area_id: UUID, *, actor: Actor, at: datetime) -> None:
    """From today on it is none. Raises Refusal: 403, NOT_FOUND for one that has ended."""
    actor.require(EDIT_RISK_AREAS)
    holding = RiskArea.objects.filter(id=area_id, ends_on__isnull=True)
    if not holding.update(ends_on=local_day(at)):
        raise Refusal(NOT_FOUND)
    audit.record("health.risk_area_ended", actor=actor, at=at, object_id=area_id)
