"""`outpost report compliance --reveal`: a purpose in due form, and the audit says whom it showed."""

from datetime import date
from typing import Any

import pytest

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.people.queries import looks_at
from outpost.sentinel.services.revealing import reveal_missed
from outpost.sentinel.tests.ledgers import add
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.promise("L2")]
OPERATOR = Actor.system("command-line")
DAY = date(2022, 6, 8)


def reveal(purpose: str, **options: Any) -> dict[str, Any]:
    return reveal_missed(DAY, purpose=purpose, actor=OPERATOR, at=NOON, **options)


def test_it_says_how_many_people_it_showed_and_to_each_of_them(cast: Cast) -> None:
    members = [add(cast, number, joined_on=date(2022, 1, 1)) for number in (1, 2)]
    add(cast, 1, to=cast.far.id, joined_on=date(2022, 1, 1))  # at two posts, but one person
    document = reveal("  health   follow-up by phone ")
    assert [one["name"] for one in document["categories"][0]["people"]] == ["甄测试"] * 3
    entry = AuditEntry.objects.get(action="people.revealed")
    assert (entry.count, entry.purpose) == (2, "health follow-up by phone")
    for member in members:
        (look,) = looks_at(member.person_id, actor=OPERATOR)
        assert look.who == "command-line"


@pytest.mark.parametrize("purpose", ["", "   ", "x" * 201])
def test_without_a_purpose_in_form_nothing_is_shown(cast: Cast, purpose: str) -> None:
    add(cast, 1, joined_on=date(2022, 1, 1))
    with pytest.raises(Refusal) as refused:
        reveal(purpose)
    assert refused.value.code in {"people.purpose_missing", "people.purpose_unknown"}
    assert not AuditEntry.objects.filter(action="people.revealed").exists()


def test_a_day_without_anybody_is_no_look(cast: Cast) -> None:
    assert reveal("tracing")["categories"]
    assert not AuditEntry.objects.filter(action="people.revealed").exists()
