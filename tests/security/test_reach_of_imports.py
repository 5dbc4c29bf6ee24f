"""A right lost between two steps of an import stops it: preview, failures, correction, confirm, apply, undo."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from outpost.access.models import Grant
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.rights import WHOLE
from outpost.exchange import services
from outpost.exchange.models import Import
from outpost.health.models import TestRecord
from outpost.regions.models import Organization
from outpost.regions.rules import REGION
from outpost.sentinel.models import Category, Enrolment, StaffMember
from outpost.sentinel.services.organizations import add_organization
from outpost.sentinel.tests.ledgers import (
    ORGANIZATION_HEADER,
    STAFF_HEADER,
    add,
    confirm,
    csv_file,
    id_number,
    organization_entry,
    send,
    staff_row,
    undo,
)
from outpost.sentinel.tests.pages import browser, text
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.promise("T10")
LATER = NOON + timedelta(hours=1)
COLD = {"category": "cast-cold"}

File = tuple[str, Mapping[str, str], Sequence[str], Sequence[Sequence[str]]]
STAFF: File = (
    "sentinel.staff",
    COLD,
    STAFF_HEADER,
    [staff_row(1, 居住地址="别处"), staff_row(2), staff_row(3, 手机号码="1")],
)
ORGANIZATIONS: File = (
    "sentinel.organizations",
    COLD,
    ORGANIZATION_HEADER,
    [
        ("近岸冷链有限公司", "南沙街道", "甄近安", "13800138001", "别处1号"),
        ("新岸冷库", "南沙街道", "甄新岸", "13800138009", "港前大道9号"),
        ("新湾冷库", "南沙街道", "甄新岸", "1", "港前大道9号"),
    ],
)
TESTS: File = (
    "health.tests",
    {},
    ("来源", "记录编号", "证件号码", "采样时间", "检测结果"),
    [
        ("lims", "1", id_number(1), "2022-06-07 08:00", "阴性"),
        ("lims", "2", "1", "2022-06-07 08:00", "阴性"),
    ],
)


def regrant(who: str, **scope: str) -> Callable[[Cast], None]:
    """Leave the role, over something else."""

    def lose(cast: Cast) -> None:
        Grant.objects.filter(user=cast.users[who]).update(**scope)

    return lose


def move_organization(cast: Cast) -> None:
    Organization.objects.filter(id=cast.near.organization_id).update(region="440115100")


def move_category(cast: Cast) -> None:
    Category.objects.filter(code="cast-cold").update(department="post")


def to_far(cast: Cast) -> None:
    Grant.objects.filter(user=cast.users["principal"]).update(scope_key=str(cast.far.organization_id))


CASES = {
    "a principal of another organisation now": ("principal", STAFF, to_far),
    "a town officer of another town now": ("town", STAFF, regrant("town", scope_key="440115100")),
    "an organisation moved to another town": ("town", STAFF, move_organization),
    "a bureau of another department now": ("bureau", STAFF, regrant("bureau", scope_key="post")),
    "a category under another bureau": ("bureau", STAFF, move_category),
    "a town officer of another town, organisations": (
        "town",
        ORGANIZATIONS,
        regrant("town", scope_key="440115100"),
    ),
    "a category under another bureau, organisations": ("bureau", ORGANIZATIONS, move_category),
    "a command officer of a town now": ("command", ORGANIZATIONS, regrant("command", scope_key="440115100")),
    "a feeder of a town now": ("feeder", TESTS, regrant("feeder", scope_kind=REGION, scope_key="440115100")),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, cast: Cast) -> tuple[str, File, Callable[[Cast], None]]:
    Grant.objects.filter(user=cast.users["feeder"]).update(scope_kind=WHOLE)
    add(cast)
    return CASES[request.param]


def checked(cast: Cast, folder: Path, who: str, file: File) -> Import:
    kind, params, header, rows = file
    path = csv_file(folder / "名单.csv", header, rows)
    task = send(path, kind, params, actor=cast.actor(who))
    assert (task.state, task.rejected) == ("checked", 1), task.refusal
    return task


def contents() -> list[Any]:
    return [
        list(StaffMember.objects.order_by("id").values()),
        list(Enrolment.objects.order_by("id").values()),
        list(Organization.objects.order_by("id").values()),
        list(TestRecord.objects.order_by("record_id").values()),
    ]


def test_a_checked_file_goes_no_further(cast: Cast, tmp_path: Path, case: Any) -> None:
    who, file, lose = case
    task = checked(cast, tmp_path, who, file)
    seen = task.checked_at.isoformat()  # type: ignore[union-attr]  # it is checked
    lose(cast)
    before, actor = contents(), cast.actor(who)
    steps: list[Callable[[Actor], Any]] = [
        lambda actor: services.confirm_import(task.id, actor=actor, at=LATER),
        lambda actor: services.fetch_failures(task.id, actor=actor, at=LATER),
        lambda actor: services.see_rejected(task.id, first=0, size=20, actor=actor, at=LATER),
        lambda actor: services.correct_rows(task.id, {4: {"phone": "1"}}, seen=seen, actor=actor, at=LATER),
    ]
    for step in steps:
        with pytest.raises(Refusal) as refused:
            step(actor)
        assert refused.value.status == 403
    page = browser(cast, who).get(reverse("exchange:import", args=[task.id]))
    assert "rights have changed" in text(page)
    assert "replaced" not in page.context
    assert reverse("exchange:confirm", args=[task.id]) not in page.content.decode()
    assert contents() == before


def test_a_confirmed_file_is_not_applied(cast: Cast, tmp_path: Path, case: Any) -> None:
    who, file, lose = case
    task = checked(cast, tmp_path, who, file)
    services.confirm_import(task.id, actor=cast.actor(who), at=LATER)
    lose(cast)
    before = contents()
    services.apply_import(task.id, at=LATER)
    task.refresh_from_db()
    assert task.state == "refused"
    assert contents() == before


def test_an_applied_file_is_not_taken_back(cast: Cast, tmp_path: Path, case: Any) -> None:
    who, file, lose = case
    task = confirm(checked(cast, tmp_path, who, file), actor=cast.actor(who))
    assert task.state == "applied", task.refusal
    lose(cast)
    before, is_stopped = contents(), False
    try:
        undo(task, actor=cast.actor(who))
    except Refusal as refused:
        is_stopped = refused.status == 403
    task.refresh_from_db()
    assert is_stopped or task.refusal
    assert task.state == "applied"
    assert contents() == before


def test_an_undo_leaves_what_another_bureau_keeps_by_now(cast: Cast, tmp_path: Path) -> None:
    bureau = cast.actor("bureau")
    task = confirm(checked(cast, tmp_path, "bureau", ORGANIZATIONS), actor=bureau)
    entry = organization_entry(
        name="近岸冷链有限公司", address="别处1号", principal_name="甄近安", principal_phone="13800138001"
    )
    add_organization("cast-courier", entry, actor=cast.actor("command"), at=LATER)
    undo(task, actor=bureau)
    assert Organization.objects.get(id=cast.near.organization_id).address == "别处1号"
