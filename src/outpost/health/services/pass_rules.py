"""Rule sets of the pass: proposed by one officer after a trial over everybody, in force on the word of a second.

Whoever could change the rules alone could turn people red by them (docs/adr/0026-passes.md). The command officers and
the auditors are told of each step, with how many people's colour it changes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from outpost.core.actor import Actor
from outpost.core.db import hold_lock, notify
from outpost.core.errors import Refusal
from outpost.health import errors, passes, written_rules
from outpost.health.actions import EDIT_PASS_RULES
from outpost.health.models import PassRuleSet
from outpost.health.queries import rule_sets
from outpost.health.queries.pass_reading import CHANNEL
from outpost.health.services.second_words import RuleSets

SETS = RuleSets("pass_rules", EDIT_PASS_RULES, "health:passes")
LONGEST = timedelta(days=180)
"""The longest time for which a set may hold."""


@transaction.atomic
def propose_pass_rules(
    rules: Sequence[passes.Rule], *, reason: str, expires_at: datetime, actor: Actor, at: datetime
) -> PassRuleSet:
    """Try a set over everybody and let it wait for a second word.

    Raises Refusal: 403, PASS_RULES_TERM when it would hold for longer than LONGEST or has ended.
    """
    actor.require(EDIT_PASS_RULES)
    if not at < expires_at <= at + LONGEST:
        raise Refusal(errors.PASS_RULES_TERM, days=LONGEST.days, column="expires_on")
    proposed = passes.RuleSet(version=0, rules=tuple(rules), expires_at=expires_at)
    row = PassRuleSet(
        rules=written_rules.written(rules),
        reason=reason,
        trial=rule_sets.written(rule_sets.trial(proposed, at=at)),
        expires_at=expires_at,
    )
    SETS.ask(row, actor=actor, at=at)
    _tell("asked", row, actor=actor, at=at)
    return row


@transaction.atomic
def decide_pass_rules(proposal_id: UUID, *, is_agreed: bool, actor: Actor, at: datetime) -> None:
    """Let a proposal hold from now on, or decline it. Once.

    Raises Refusal: 403, NOT_FOUND for what does not wait or was proposed by the actor.
    """
    actor.require(EDIT_PASS_RULES)
    hold_lock("health.pass_rules")
    row = SETS.decide(rule_sets.waiting(actor=actor, at=at), proposal_id, is_agreed, actor, at)
    if is_agreed:
        notify(CHANNEL)
    _tell("agreed" if is_agreed else "declined", row, actor=actor, at=at)


def _changed(row: PassRuleSet) -> int:
    """How many people's colour the trial changed."""
    return sum(one.people for one in rule_sets.changes_of(row) if one.is_other_colour)


def _tell(what: str, row: PassRuleSet, *, actor: Actor, at: datetime) -> None:
    SETS.tell(what, row, _changed(row), {"expires_at": row.expires_at.isoformat()}, actor=actor, at=at)
