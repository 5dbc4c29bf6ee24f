"""How many people of the ledger an import of facts is about, and who is told."""

from pathlib import Path

import pytest

from outpost.core.actor import Actor
from outpost.exchange.services import run_import
from outpost.sentinel.services.staff import remove_staff
from outpost.sentinel.tests.ledgers import add, confirm, csv_file, id_number, send
from outpost.sentinel.tests.pages import browser, page, text
from outpost.testing.cast import NOON, Cast

HEADER = ("来源", "记录编号", "证件号码", "采样时间")
TOLD = "People of the ledger"


@pytest.fixture
def file(cast: Cast, tmp_path: Path) -> Path:
    """Five tests of four people: two stand in the ledger, one has left it, one never stood there."""
    add(cast, 1)
    add(cast, 2, to=cast.far.id)
    remove_staff([add(cast, 3).id], actor=cast.actor("command"), at=NOON)
    rows = [
        ("lims", f"R{n}", id_number(person), "2022-06-07 08:30") for n, person in enumerate((1, 1, 2, 3, 4))
    ]
    return csv_file(tmp_path / "tests.csv", HEADER, rows)


@pytest.mark.parametrize(("who", "concerned"), [("command", 2), ("feeder", None)])
def test_it_is_told_to_who_sees_the_ledger_once_the_rows_are_taken_over(
    cast: Cast, file: Path, who: str, concerned: int | None
) -> None:
    actor, client = cast.actor(who), browser(cast, who)
    task = send(file, "health.tests", {}, actor=actor)
    assert (task.new, task.concerned) == (5, None)
    assert TOLD not in text(page(client, "exchange:import", task.id))
    assert confirm(task, actor=actor).concerned == concerned
    assert (f"{TOLD} {concerned}" in text(page(client, "exchange:import", task.id))) is (
        concerned is not None
    )


def test_the_command_line_tells_it(file: Path) -> None:
    done = run_import(file, kind="health.tests", params={}, actor=Actor.system("test"), at=NOON)
    assert done.concerned == 2
    assert "涉及台账 2 人。" in done.summary()
