"""Rules for places of departure 出发地规则: added from a day on, ended; what they were stays."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import check_day, local_day
from outpost.core.db import hold_lock
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.sites import errors
from outpost.sites.actions import EDIT_PLACE_RULES
from outpost.sites.models import PlaceRuleRow
from outpost.sites.rules.entering import PlaceRule


@transaction.atomic
def add_place_rule(rule: PlaceRule, *, actor: Actor, at: datetime) -> PlaceRuleRow:
    """Ask this of whoever sets out from that place, from a day on.

    Raises Refusal: 403, DAY_OUT_OF_RANGE, RULE_KNOWN while another one holds for the place.
    """
    actor.require(EDIT_PLACE_RULES)
    hold_lock("sites.departures")
    if PlaceRuleRow.objects.filter(place=rule.place, ends_on__isnull=True).exists():
        raise Refusal(errors.RULE_KNOWN, place=rule.place or "*", column="place")
    row = PlaceRuleRow(place=rule.place, isolation_days=rule.isolation_days, tests=rule.tests)
    row.begins_on, row.added_by, row.added_at = check_day(rule.begins_on), actor.id, at
    row.save(force_insert=True)
    detail = {"isolation_days": rule.isolation_days, "tests": rule.tests, "from": rule.begins_on.isoformat()}
    audit.record("sites.place_rule_added", actor=actor, at=at, object_id=row.id, detail=detail)
    return row


@transaction.atomic
def end_place_rule(rule_id: UUID, *, actor: Actor, at: datetime) -> None:
    """From today on it asks for nothing. Raises Refusal: 403, NOT_FOUND for one that has ended."""
    actor.require(EDIT_PLACE_RULES)
    holding = PlaceRuleRow.objects.filter(id=rule_id, ends_on__isnull=True)
    if not holding.update(ends_on=local_day(at)):
        raise Refusal(NOT_FOUND)
    audit.record("sites.place_rule_ended", actor=actor, at=at, object_id=rule_id)
