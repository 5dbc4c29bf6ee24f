"""A masked value cannot be found by trying (T11): every door that tells known from unknown, one budget."""

from collections.abc import Callable
from datetime import timedelta
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from outpost.access import tries
from outpost.access.models import Grant
from outpost.audit.models import AuditEntry
from outpost.core.clock import local_day
from outpost.core.errors import Refusal
from outpost.core.masking import mask_document, mask_phone
from outpost.core.sealed_text import seal_search
from outpost.exchange import registry, services
from outpost.exchange.models import Import
from outpost.people import watching
from outpost.people.rules import check_character
from outpost.people.unusual import Rule
from outpost.regions.queries import principal_of
from outpost.sentinel.services.organizations import change_organization
from outpost.sentinel.tests.ledgers import (
    ORGANIZATION_HEADER,
    STAFF_HEADER,
    add,
    confirm,
    counts,
    csv_file,
    id_number,
    organization_entry,
    send,
    staff_row,
)
from outpost.sentinel.tests.pages import at_clock, browser
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.promise("T11")

COLD = {"category": "cast-cold"}
TRUE = id_number(1)
ENOUGH = 40


def alike(number: str) -> list[str]:
    """Some of the 32,777 numbers that fit the mask of this one, not itself."""
    years, days = (
        range(1950, 2005),
        [f"{month:02}{day:02}" for month, day in product(range(1, 13), range(1, 29))],
    )
    found = (
        text
        for year, day in product(years, days)
        if (text := f"{number[:6]}{year}{day}{number[-4:]}") != number
        and check_character(text[:17]) == number[-1]
    )
    return list(islice(found, ENOUGH))


ALIKE = alike(TRUE)
PHONES = [f"139{middle:04}0001" for middle in range(1, ENOUGH + 1)]  # the true one is 13900000001


@pytest.fixture
def masked(cast: Cast) -> Cast:
    """Somebody whom the bureau sees masked."""
    add(cast)
    return cast


def uploaded(cast: Cast, folder: Path, numbers: list[str], who: str = "bureau", at: Any = NOON) -> Import:
    rows = [staff_row(n, 身份证号码=number) for n, number in enumerate(numbers, 1)]
    path = csv_file(folder / "名单.csv", STAFF_HEADER, rows)
    return send(path, "sentinel.staff", COLD, actor=cast.actor(who), at=at)


def code(task: Import) -> str:
    return str((task.refusal or {}).get("code", ""))


def test_the_numbers_fit_one_mask() -> None:
    assert len({*ALIKE, TRUE}) == ENOUGH + 1
    assert {mask_document(number) for number in ALIKE} == {mask_document(TRUE)}
    assert {mask_phone(phone) for phone in PHONES} == {mask_phone("13900000001")}


def test_a_file_of_all_numbers_of_a_mask_tells_nothing(masked: Cast, tmp_path: Path) -> None:
    task = uploaded(masked, tmp_path, [*ALIKE, TRUE])
    assert (task.state, code(task), counts(task)) == ("refused", "access.tries_used_up", (0, 0, 0, 0))
    (row,) = AuditEntry.objects.filter(action=tries.USED_UP)
    assert (row.actor_id, row.count) == (masked.actor("bureau").id, ENOUGH + 1)
    assert not AuditEntry.objects.filter(action="exchange.import_checked").exists()
    (signal,) = watching.watch(NOON.date(), at=NOON)
    assert (signal.rule, signal.subject) == (Rule.TRIES, row.actor_id)


def test_in_parts_they_are_no_fewer(masked: Cast, tmp_path: Path) -> None:
    states = [uploaded(masked, tmp_path, ALIKE[n : n + 10]).state for n in range(0, ENOUGH, 10)]
    assert states == ["checked", "checked", "checked", "refused"]
    assert uploaded(masked, tmp_path, ALIKE[:5], at=NOON + timedelta(days=1)).state == "checked"


def test_a_ledger_goes_through(masked: Cast, tmp_path: Path) -> None:
    task = uploaded(masked, tmp_path, [id_number(n) for n in range(1, 1500)])
    assert (task.state, task.new, task.rejected) == ("checked", 1498, 0)
    again = uploaded(masked, tmp_path, [id_number(n) for n in range(1, 1500)])
    assert again.state == "checked"


def test_which_rows_are_known_is_told_to_who_sees_them_in_clear(masked: Cast, tmp_path: Path) -> None:
    for who, shows in (("bureau", False), ("principal", True)):
        task = uploaded(masked, tmp_path, [id_number(2), TRUE], who)
        page = browser(masked, who).get(reverse("exchange:import", args=[task.id]))
        assert page.context["replaced_total"] == 1
        assert ('data-label="Row"' in page.content.decode()) is shows


def test_checks_and_discards_are_recorded_with_their_counts(masked: Cast, tmp_path: Path) -> None:
    task = uploaded(masked, tmp_path, [id_number(2), TRUE])
    services.discard_import(task.id, actor=masked.actor("bureau"), at=NOON)
    for action in ("exchange.import_checked", "exchange.import_discarded"):
        row = AuditEntry.objects.get(action=action)
        assert (row.object_id, row.count) == (str(task.id), 2)
        assert {"new": 1, "replaced": 1}.items() <= row.detail.items()


Door = Callable[[Cast, str, str], int]


def by_list(cast: Cast, number: str, phone: str) -> int:
    return int(
        browser(cast, "bureau")
        .get(reverse("sentinel:staff"), {"phone": sealed(cast, "bureau", phone)})
        .status_code
    )


def by_number_list(cast: Cast, number: str, phone: str) -> int:
    return int(
        browser(cast, "bureau")
        .get(reverse("sentinel:staff"), {"document": sealed(cast, "bureau", number)})
        .status_code
    )


def by_organizations(cast: Cast, number: str, phone: str) -> int:
    page = reverse("sentinel:organizations")
    return int(browser(cast, "bureau").get(page, {"phone": sealed(cast, "bureau", phone)}).status_code)


def by_export(cast: Cast, number: str, phone: str) -> int:
    try:
        registry.export_kind("sentinel.staff").check({"phone": phone}, cast.actor("bureau"))
    except Refusal as refused:
        return refused.status
    return 200


def by_check(cast: Cast, number: str, phone: str) -> int:
    typed = {"document_type": "resident_id", "document_number": number}
    page = reverse("sentinel:check_document", args=[cast.near.id])
    answer = browser(cast, "bureau").post(page, typed)
    return 429 if "too many numbers" in answer.content.decode().lower() else 200


def sealed(cast: Cast, name: str, text: str) -> str:
    return seal_search(text, reader=cast.actor(name).id, on=local_day(NOON))


@pytest.mark.parametrize("door", [by_list, by_number_list, by_organizations, by_export, by_check])
def test_each_door_stops(masked: Cast, door: Door) -> None:
    with at_clock(NOON):
        answers = [door(masked, number, phone) for number, phone in zip(ALIKE, PHONES, strict=True)]
        assert set(answers[: tries.OF_ONE_MASK]) == {200}
        assert set(answers[tries.OF_ONE_MASK :]) == {429}
        assert door(masked, TRUE, "13900000001") == 429
        assert door(masked, id_number(77), "13911112222") == 200  # others go on


def test_the_doors_share_one_budget(masked: Cast, tmp_path: Path) -> None:
    with at_clock(NOON):
        for number in ALIKE[:20]:
            by_check(masked, number, "")
        assert uploaded(masked, tmp_path, ALIKE[20:35]).state == "refused"
        assert by_check(masked, ALIKE[36], "") == 429


def test_one_by_one_a_day_has_an_end(masked: Cast) -> None:
    actor = masked.actor("bureau")
    for n in range(tries.SINGLES):
        tries.try_one(f"{n}", f"{n}", actor=actor, at=NOON)
    with pytest.raises(Refusal):
        tries.try_one("one more", "one more", actor=actor, at=NOON)


@pytest.mark.parametrize("who", ["command", "feeder"])
def test_the_check_of_a_file_of_tests_does_not_say_whose_name_is_another(
    masked: Cast, tmp_path: Path, who: str
) -> None:
    """Of forty numbers under a false name it would tell the one that is in the ledger, and nothing were written. Once
    the rows are taken over, each a record of whoever sent it, it is told."""
    rows = [("lims", f"R{n}", number, "李四", "2022-06-07 08:30") for n, number in enumerate([*ALIKE, TRUE])]
    header = ("来源", "记录编号", "证件号码", "姓名", "采样时间")
    actor = masked.actor(who)
    task = send(csv_file(tmp_path / "tests.csv", header, rows), "health.tests", {}, actor=actor)
    assert (task.new, task.warnings) == (ENOUGH + 1, {})
    assert not task.has_failure_file
    assert confirm(task, actor=actor).warnings == {"health.other_name": 1}


def test_own_staff_are_not_counted(masked: Cast, tmp_path: Path) -> None:
    assert uploaded(masked, tmp_path, [*ALIKE, TRUE], "principal").state == "checked"
    with at_clock(NOON):
        page = reverse("sentinel:staff")
        found = browser(masked, "principal").get(page, {"document": sealed(masked, "principal", TRUE)})
        assert found.status_code == 200


def test_of_an_organisation_of_others_a_file_compares_one_phone(cast: Cast, tmp_path: Path) -> None:
    true = principal_of(cast.near.organization)
    stands: dict[str, Any] = {
        "address": "环市大道1号",
        "principal_name": true.name,
        "principal_phone": true.phone,
    }
    entry = organization_entry(name="近岸冷链有限公司", **stands)
    change_organization(cast.near.id, entry, actor=cast.actor("command"), at=NOON)
    Grant.objects.filter(user=cast.users["bureau"]).update(scope_key="post")
    rows = [
        ("近岸冷链有限公司", "南沙街道", true.name, phone, "环市大道1号")
        for phone in (*PHONES[:5], true.phone)
    ]
    path = csv_file(tmp_path / "主体.csv", ORGANIZATION_HEADER, rows)
    task = send(path, "sentinel.organizations", {"category": "cast-courier"}, actor=cast.actor("bureau"))
    assert counts(task) == (0, 0, 0, 6)
    path = csv_file(tmp_path / "主体.csv", ORGANIZATION_HEADER, rows[-1:])
    task = send(path, "sentinel.organizations", {"category": "cast-courier"}, actor=cast.actor("bureau"))
    assert counts(task) == (1, 0, 0, 0)
