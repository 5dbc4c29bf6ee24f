"""Entering an organisation that others keep as well gives nobody more than they had (hole 1 of the attack)."""

from pathlib import Path
from typing import Any

import pytest

from outpost.access.models import Grant
from outpost.core.errors import Refusal
from outpost.exchange import queries
from outpost.regions.models import Organization
from outpost.regions.queries import principal_of
from outpost.sentinel import errors
from outpost.sentinel.models import Enrolment
from outpost.sentinel.services.organizations import add_organization, change_organization
from outpost.sentinel.tests.ledgers import (
    ORGANIZATION_HEADER,
    confirm,
    counts,
    csv_file,
    organization_entry,
    send,
)
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.promise("T9")

AS_IT_STANDS: dict[str, Any] = {
    "name": "近岸冷链有限公司",
    "principal_name": "甄近安",
    "principal_phone": "13800138001",
    "address": "环市大道1号",
}
MINE = "13800138066"


@pytest.fixture
def post(cast: Cast) -> Cast:
    """The bureau keeps the couriers; the cold chain is another bureau's."""
    Grant.objects.filter(user=cast.users["bureau"]).update(scope_key="post")
    return cast


def stands(cast: Cast) -> tuple[str, str]:
    """Address and principal's phone of the near organisation."""
    organization = Organization.objects.get(id=cast.near.organization_id)
    return organization.address, principal_of(organization).phone


@pytest.mark.parametrize("changes", [{"principal_phone": MINE}, {"address": "别处1号"}])
def test_by_hand_nothing_of_it_changes(post: Cast, changes: dict[str, Any]) -> None:
    entry = organization_entry(**AS_IT_STANDS | changes)
    with pytest.raises(Refusal) as refused:
        add_organization("cast-courier", entry, actor=post.actor("bureau"), at=NOON)
    assert refused.value.problem is errors.ORGANIZATION_SHARED
    assert stands(post) == ("环市大道1号", "13800138001")
    assert not Enrolment.objects.filter(category="cast-courier").exists()


def test_in_a_file_the_row_is_refused(post: Cast, tmp_path: Path) -> None:
    row = ("近岸冷链有限公司", "南沙街道", "甄近安", MINE, "环市大道1号")
    new = ("新岸冷库", "南沙街道", "甄新岸", "13800138009", "港前大道9号")
    path = csv_file(tmp_path / "主体.csv", ORGANIZATION_HEADER, [row, new])
    task = send(path, "sentinel.organizations", {"category": "cast-courier"}, actor=post.actor("bureau"))
    assert counts(task) == (1, 0, 0, 1)
    confirm(task, actor=post.actor("bureau"))
    assert stands(post) == ("环市大道1号", "13800138001")


def entered_as_it_stands(cast: Cast) -> Enrolment:
    entry = organization_entry(**AS_IT_STANDS)
    add_organization("cast-cold", organization_entry(), actor=cast.actor("command"), at=NOON)
    change_organization(
        cast.near.id, entry, actor=cast.actor("command"), at=NOON
    )  # brings the digest of the cast up
    return add_organization("cast-courier", entry, actor=cast.actor("bureau"), at=NOON)


def test_as_it_stands_it_enters_and_then_changes_for_those_who_reach_all_of_it(post: Cast) -> None:
    mine = entered_as_it_stands(post)
    moved = organization_entry(**AS_IT_STANDS | {"address": "别处1号"})
    with pytest.raises(Refusal) as refused:
        change_organization(mine.id, moved, actor=post.actor("bureau"), at=NOON)
    assert refused.value.problem is errors.ORGANIZATION_SHARED
    change_organization(mine.id, moved, actor=post.actor("town"), at=NOON)
    assert stands(post) == ("别处1号", "13800138001")


def test_one_that_others_took_up_after_the_check_stops_the_file(post: Cast, tmp_path: Path) -> None:
    bureau = post.actor("bureau")
    add_organization("cast-courier", organization_entry(), actor=bureau, at=NOON)
    row = ("新岸冷库", "南沙街道", "甄新岸", "13800138009", "别处1号")
    path = csv_file(tmp_path / "主体.csv", ORGANIZATION_HEADER, [row])
    task = send(path, "sentinel.organizations", {"category": "cast-courier"}, actor=bureau)
    assert counts(task) == (0, 1, 0, 0)
    add_organization("cast-cold", organization_entry(), actor=post.actor("command"), at=NOON)
    task = confirm(task, actor=bureau)
    assert (task.state, (task.refusal or {})["code"]) == ("refused", "sentinel.table_changed")
    assert Organization.objects.get(name="新岸冷库").address == "港前大道9号"


def test_a_new_row_that_changes_a_known_organisation_is_listed_before_it_is_confirmed(
    cast: Cast, tmp_path: Path
) -> None:
    row = ("近岸冷链有限公司", "南沙街道", "甄近安", "13800138001", "别处1号")
    path = csv_file(tmp_path / "主体.csv", ORGANIZATION_HEADER, [row])
    task = send(path, "sentinel.organizations", {"category": "cast-courier"}, actor=cast.actor("command"))
    assert counts(task) == (1, 0, 0, 0)
    assert queries.replaced_total(task) == 1
    (listed,) = queries.replaced_rows(task, actor=cast.actor("command"), first=0, size=20)
    assert [(one.label, one.before, one.after) for one in listed.differences] == [
        ("主体地址", "环市大道1号", "别处1号")
    ]
