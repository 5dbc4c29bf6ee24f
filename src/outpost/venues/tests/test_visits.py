"""Paper forms: visits of one venue go in with their true time, count, come back, change nothing twice."""

import csv
import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.exchange import files
from outpost.exchange import services as exchange
from outpost.exchange.models import Import
from outpost.people.models import Person
from outpost.sentinel.tests.ledgers import id_number
from outpost.testing.cast import NOON, Cast
from outpost.venues import days
from outpost.venues.models import CheckIn, Checkpoint, Flow, Venue
from outpost.venues.queries.flow import Counts, day_flow
from outpost.venues.tests.ledger import FAR_TOWN, brought, check_in, command, undo, venue_row

pytestmark = pytest.mark.django_db
TODAY = date(2022, 6, 8)


def form(number: int, **changes: str) -> dict[str, str]:
    """The row of a paper form."""
    return {
        "证件号码": id_number(number),
        "姓名": "甄来访",
        "手机号码": "",
        "到访时间": "2022-06-07 08:30",
        "离开时间": "",
        "检测点": "北门",
        "体温": "36.5",
    } | changes


def bring(
    venue: Venue, *rows: dict[str, str], actor: Actor | None = None, name: str = ""
) -> tuple[Import, tuple[int, int, int, int]]:
    actor = actor or command()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    params = {"venue": name or str(venue.id)}
    content = [text.getvalue().encode()]
    task = exchange.upload(content, "登记.csv", kind="venues.visits", params=params, actor=actor, at=NOON)
    exchange.check_import(task.id, at=NOON)
    task.refresh_from_db()
    if task.state == "checked":
        exchange.confirm_import(task.id, actor=actor, at=NOON)
        exchange.apply_import(task.id, at=NOON)
        task.refresh_from_db()
    return task, (task.new, task.replaced, task.unchanged, task.rejected)


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    brought(venue_row(1))
    days.keep_days(TODAY)


@pytest.fixture
def venue() -> Venue:
    return Venue.objects.get()


def flow_is_rows(venue: Venue, on: date = date(2022, 6, 7)) -> Counts:
    rows = CheckIn.objects.filter(venue_id=venue.id, day=on)
    total = day_flow(venue, on).total
    assert total.check_ins == rows.count()
    assert total.temperatures == rows.filter(temperature__isnull=False).count()
    assert total.abnormal == rows.filter(temperature__gt="37.3").count()
    return total


def test_paper_forms_go_in_once_with_their_time(venue: Venue) -> None:
    check_in(venue, date(2022, 6, 7))
    rows = (
        form(1),
        form(2, 体温="38.2", 离开时间="2022-06-07 09:10"),
        form(1, 到访时间="2022-06-07 23:50", 检测点=""),
    )
    assert bring(venue, *rows, name=venue.name)[1] == (3, 0, 0, 0)
    assert flow_is_rows(venue) == Counts(4, 3, 1)
    row = CheckIn.objects.get(temperature="38.2")
    assert row.occurred_at == datetime(2022, 6, 7, 8, 30, tzinfo=clock.zone())
    assert row.left_at == datetime(2022, 6, 7, 9, 10, tzinfo=clock.zone())
    assert (row.source, row.received_at) == ("paper", NOON)
    assert Checkpoint.objects.get(id=row.checkpoint_id).name == "北门"
    assert Person.objects.filter(person_id=row.person_id).exists()
    assert bring(venue, *rows)[1] == (0, 0, 3, 0)
    assert flow_is_rows(venue) == Counts(4, 3, 1)


def test_a_corrected_form_replaces_and_an_undo_takes_back(venue: Venue) -> None:
    first, _ = bring(venue, form(1), form(2))
    second, counts = bring(venue, form(1, 检测点="南门", 体温="37.4"))
    assert counts == (0, 1, 0, 0)
    assert flow_is_rows(venue) == Counts(2, 2, 1)
    assert {one.name: one.today for one in day_flow(venue, date(2022, 6, 7)).checkpoints} == {
        "南门": 1,
        "北门": 1,
    }
    assert undo(second).state == "undone"
    assert flow_is_rows(venue) == Counts(2, 2, 0)
    assert undo(first).state == "undone"
    assert flow_is_rows(venue) == Counts(1, 1, 0)  # somebody worked on the other since
    third, _ = bring(venue, form(3, 到访时间="2022-06-06 07:00"))
    assert undo(third).state == "undone"
    assert flow_is_rows(venue, date(2022, 6, 6)) == Counts()
    assert Flow.objects.count() == 1


def test_a_form_that_is_sent_again_takes_back_no_check_out(venue: Venue) -> None:
    """Whoever came may end a visit of a paper form on their phone; the sheet knows nothing of it."""
    bring(venue, form(1))
    left_at = datetime(2022, 6, 7, 9, tzinfo=clock.zone())
    CheckIn.objects.update(left_at=left_at)
    assert bring(venue, form(1))[1] == (0, 0, 1, 0)
    assert bring(venue, form(1, 检测点="南门"))[1] == (0, 1, 0, 0)
    assert CheckIn.objects.get().left_at == left_at
    assert bring(venue, form(1, 检测点="南门", 离开时间="2022-06-07 09:10"))[1] == (0, 1, 0, 0)
    assert CheckIn.objects.get().left_at == left_at + timedelta(minutes=10)


def test_wrong_forms_come_back_with_their_reasons(venue: Venue) -> None:
    wrong = (
        form(1, 到访时间="2022-06-07"),
        form(2, 到访时间="2022-05-20 08:00"),
        form(3, 到访时间="2022-06-09 08:00"),
        form(4, 离开时间="2022-06-07 08:30"),
        form(5, 检测点="东门"),
        form(6, 体温="99"),
        form(7, 证件号码="440106199001017770"),
        form(9, 离开时间="2022-06-07"),
    )
    task, counts = bring(venue, *wrong, form(8))
    assert counts == (1, 0, 0, 8)
    sheet = openpyxl.load_workbook(files.failure_file(task.id)).active
    assert sheet is not None
    reasons = [str(row[-1]) for row in sheet.iter_rows(min_row=2, values_only=True)]
    parts = ("到访时间", "到访时间", "到访时间", "离开时间", "南门、北门", "体温", "证件号码", "离开时间")
    assert [part in reason for part, reason in zip(parts, reasons, strict=True)] == [True] * 8, reasons


def test_a_town_enters_the_forms_of_its_own_venues(cast: Cast, venue: Venue) -> None:
    (far,) = brought(venue_row(2, 所属镇街=FAR_TOWN))
    town = cast.actor("town")
    assert bring(venue, form(1), actor=town)[1] == (1, 0, 0, 0)
    task, _ = bring(far, form(1), actor=town)
    assert (task.refusal or {})["code"] == "venues.unknown"
    with pytest.raises(Refusal):
        bring(venue, form(2), actor=cast.actor("principal"))
