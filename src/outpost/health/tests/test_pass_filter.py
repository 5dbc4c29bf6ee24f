"""Lists find people by what decides their pass: exactly those of whom the rule itself says so."""

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from outpost.health import passes, written_rules
from outpost.health.conditions import Colour, Condition
from outpost.health.models import LatestSamples, PassFactsRow, PassRuleSet
from outpost.health.passes import BUILT_IN
from outpost.health.queries import pass_now
from outpost.health.queries.pass_filter import decided_by
from outpost.health.rules import Disposition
from outpost.testing.cast import NOON

pytestmark = pytest.mark.django_db
PEOPLE = 400
EDGES = (0, 1, 24, 47, 48, 49, 14 * 24, 14 * 24 + 1, 60 * 24, -1)
"""Hours before now at which facts begin: at the edges of the built-in rules, and ahead of the clock."""


def some_facts(random: Random) -> dict[str, Any]:
    def instant() -> Any:
        if random.random() < 0.3:
            return None
        return NOON - timedelta(hours=random.choice(EDGES), seconds=random.choice((0, 1)))

    facts = {"negative_at": instant(), "positive_at": instant(), "declared_at": instant()}
    if facts["declared_at"]:
        facts |= {name: random.random() < 0.4 for name in ("has_symptoms", "was_in_risk_area")}
    if exposed_at := instant():
        until = NOON + timedelta(hours=random.choice((-1, 0, 1)), seconds=1)
        facts |= {"exposed_at": exposed_at, "exposed_until": max(until, exposed_at + timedelta(seconds=1))}
    if disposed_at := instant():
        facts |= {"disposed_at": disposed_at, "disposition": random.choice(list(Disposition)).value}
    return facts


def people(random: Random) -> list[UUID]:
    """Some of whom nothing is known, and many with facts."""
    ids = [uuid4() for _number in range(PEOPLE)]
    LatestSamples.objects.bulk_create(LatestSamples(person_id=one, sampled_at=[]) for one in ids)
    PassFactsRow.objects.bulk_create(
        PassFactsRow(person_id=one, **some_facts(random)) for one in ids[: PEOPLE - 20]
    )
    return ids


@pytest.mark.parametrize(
    "rules", [BUILT_IN.rules, BUILT_IN.rules[1:2] + BUILT_IN.rules[:1] + BUILT_IN.rules[-1:]]
)
def test_a_list_finds_whom_the_rule_decides_so(rules: tuple[passes.Rule, ...]) -> None:
    decided = {"decided_at": NOON, "asked_at": NOON, "expires_at": NOON + timedelta(days=1)}
    PassRuleSet.objects.create(version=1, rules=written_rules.written(rules), trial=[], **decided)
    ids = people(Random(9))
    truth = pass_now.passes_of(ids, at=NOON)
    found = {
        condition: set(
            LatestSamples.objects.filter(decided_by(condition, at=NOON)).values_list("person_id", flat=True)
        )
        for condition in Condition
    }
    assert found == {
        condition: {one for one in ids if truth[one].condition is condition} for condition in Condition
    }
    assert sum(map(len, found.values())) == PEOPLE
    if rules is BUILT_IN.rules:
        assert all(found.values())  # each was tried
    assert {truth[one].colour for one in found[Condition.NOTHING]} <= {Colour.GREEN}
