"""Files of one account neither fill the queue nor stand before those of others (hole 13)."""

from datetime import timedelta
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from outpost.core.errors import Refusal
from outpost.exchange import check_worker, services
from outpost.exchange.models import Import
from outpost.exchange.services import fairness
from outpost.sentinel.tests.ledgers import STAFF_HEADER, staff_row
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.promise("P6")

COLD = {"category": "cast-cold"}


def content(*rows: tuple[str, ...]) -> bytes:
    return "\n".join(",".join(row) for row in (STAFF_HEADER, *rows)).encode()


def upload(cast: Cast, who: str, *rows: tuple[str, ...], at: Any = NOON) -> Import:
    body = content(*rows or (staff_row(1),))
    return services.upload(
        [body], "名单.csv", kind="sentinel.staff", params=COLD, actor=cast.actor(who), at=at
    )


def refused(cast: Cast, who: str, at: Any = NOON) -> str:
    with pytest.raises(Refusal) as found:
        upload(cast, who, at=at)
    assert found.value.status == 429
    return found.value.code


def checked(cast: Cast, who: str, at: Any = NOON) -> Import:
    task = upload(cast, who, at=at)
    services.check_import(task.id, at=at)
    return task


def test_a_few_at_a_time(cast: Cast) -> None:
    first, *_others = [upload(cast, "principal") for _ in range(fairness.RUNNING)]
    assert refused(cast, "principal") == "exchange.too_many_running"
    assert upload(cast, "town").state == "uploaded"
    services.check_import(first.id, at=NOON)
    assert upload(cast, "principal").state == "uploaded"


def test_each_in_turn(cast: Cast) -> None:
    tasks = [upload(cast, who) for who in ("principal", "principal", "principal", "town")]
    names = {str(task.id): n for n, task in enumerate(tasks)}
    waiting = ProcrastinateJob.objects.filter(task_name="exchange.check").order_by("-priority", "id")
    assert [names[job.args["import_id"]] for job in waiting] == [0, 3, 1, 2]


def test_what_nobody_decides_on_is_not_piled_up(cast: Cast) -> None:
    tasks = [checked(cast, "principal") for _ in range(fairness.UNFINISHED)]
    assert refused(cast, "principal") == "exchange.too_many_unfinished"
    services.discard_import(tasks[0].id, actor=cast.actor("principal"), at=NOON)
    assert upload(cast, "principal").state == "uploaded"


def test_a_day_has_an_end(cast: Cast) -> None:
    actor = cast.actor("principal")
    for _ in range(fairness.A_DAY.tries):
        fairness.refuse_too_many_checks(cast.users["principal"].id, actor=actor, at=NOON)
    assert refused(cast, "principal") == "exchange.too_many_today"
    assert upload(cast, "principal", at=NOON + timedelta(days=1)).state == "uploaded"


def test_exports_wait_for_each_other(cast: Cast) -> None:
    def ask() -> None:
        services.request_export(
            "sentinel.own_staff", params={}, purpose="", actor=cast.actor("principal"), at=NOON
        )

    for _ in range(fairness.RUNNING):
        ask()
    with pytest.raises(Refusal) as found:
        ask()
    assert found.value.code == "exchange.too_many_running"


@pytest.mark.parametrize(("wrong", "right", "state"), [(60, 0, "refused"), (60, 100, "checked")])
def test_a_hopeless_file_is_not_read_to_its_end(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, wrong: int, right: int, state: str
) -> None:
    monkeypatch.setattr(check_worker, "BLOCK_ROWS", 20)
    monkeypatch.setattr(check_worker, "HOPELESS", 40)
    rows = [staff_row(n) for n in range(1, right + 1)]
    rows += [staff_row(n, 手机号码="1") for n in range(wrong)]
    task = upload(cast, "principal", *rows)
    services.check_import(task.id, at=NOON)
    task.refresh_from_db()
    assert task.state == state
    if state == "refused":
        assert (task.refusal or {})["code"] == "exchange.too_many_rejected"
        assert task.rejected == 40
