"""The ledger of venues by file: what goes in, what comes back and why, undone, sent again."""

import openpyxl
import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.exchange import files
from outpost.exchange.models import Import
from outpost.exchange.queries import replaced_rows
from outpost.testing.cast import NOON, Cast
from outpost.venues import errors
from outpost.venues.codes import code_text
from outpost.venues.models import Checkpoint, Venue, VenueCode
from outpost.venues.queries.codes import codes_of, living_codes
from outpost.venues.queries.venues import manager_of, scanned
from outpost.venues.services import leaving, naming
from outpost.venues.tests.ledger import FAR_TOWN, bring, brought, command, send, undo, venue_row

pytestmark = pytest.mark.django_db
FIRST = "第1农贸市场"


def checkpoints(name: str = FIRST) -> list[str]:
    found = Checkpoint.objects.filter(venue__name=name, venue__removed_at=None, closed_at=None)
    return list(found.values_list("name", flat=True))


def reasons(task: Import) -> list[str]:
    sheet = openpyxl.load_workbook(files.failure_file(task.id)).active
    assert sheet is not None
    return [str(row[-1]) for row in sheet.iter_rows(min_row=2, values_only=True)]


def test_a_file_goes_in_once(cast: Cast) -> None:
    rows = venue_row(1), venue_row(2, 检测点="", 经度="", 纬度="")
    assert bring(*rows)[1] == (2, 0, 0, 0)
    assert checkpoints() == ["南门", "北门"]
    assert checkpoints("第2农贸市场") == ["正门"]
    venue = Venue.objects.get(name=FIRST)
    assert (manager_of(venue).name, manager_of(venue).phone) == ("甄管理", "13700000001")
    assert b"13700000001" not in bytes(venue.sealed)
    assert bring(*rows)[1] == (0, 0, 2, 0)
    assert VenueCode.objects.count() == 3


def test_wrong_rows_come_back_with_their_reasons(cast: Cast) -> None:
    bring(venue_row(1))
    wrong = (
        venue_row(2, 场所类型="赌场"),
        venue_row(3, 所属镇街="五山街道"),
        venue_row(4, 经度="22.8", 纬度="113.5"),
        venue_row(5, 纬度=""),
        venue_row(6, 管理员手机="13700000009"),
        venue_row(7, 检测点="门" * 31),
        venue_row(8, 管理员姓名=""),
    )
    with translation.override("zh-hans"):
        task, counts = bring(venue_row(9), *wrong, venue_row(10, 管理员手机="13700000009"))
        assert counts == (1, 0, 0, 8)
        told = reasons(task)
    parts = (
        "场所类型",
        "五山街道",
        "经度",
        "经度",
        "前面已有一行",
        "检测点",
        "管理员姓名",
        "管理员手机",
    )
    for reason, part in zip(told, parts, strict=True):
        assert part in reason


def test_what_a_file_leaves_out_stays_and_checkpoints_are_added(cast: Cast) -> None:
    bring(venue_row(1))
    row = venue_row(1, 检测点="东门", 详细地址="港前大道9号")
    for absent in ("经度", "纬度", "统一社会信用代码"):
        del row[absent]
    task, counts = bring(row)
    assert counts == (0, 1, 0, 0)
    venue = Venue.objects.get()
    assert (str(venue.longitude), venue.address) == ("113.5000000", "港前大道9号")
    assert checkpoints() == ["东门", "南门", "北门"]
    undo(task)
    venue.refresh_from_db()
    assert venue.address == "环市大道1号"
    assert checkpoints() == ["南门", "北门"]


def test_the_summary_shows_what_is_replaced_masked(cast: Cast) -> None:
    bring(venue_row(1))
    task = send([venue_row(1, 管理员姓名="王新", 管理员手机="13800138999", 检测点="东门")])
    (change,) = replaced_rows(task, actor=command(), first=0, size=10)
    with translation.override("zh-hans"):
        told = {one.label: (one.before, one.after) for one in change.differences}
    assert [after for _, after in told.values()] == ["王*", "138****8999", "南门、北门、东门"]


def test_a_manager_of_another_venue_is_told_once_tries_are_counted(cast: Cast) -> None:
    """A check of many phones that fit a mask would tell the true one; so it counts them and says nothing (T11)."""
    bring(venue_row(1, 所属镇街=FAR_TOWN))
    town = cast.actor("town")
    task = send([venue_row(2), venue_row(3, 管理员手机="13700000001")], actor=town)
    assert (task.state, task.new, task.rejected) == ("checked", 2, 0)
    task, _ = bring(venue_row(2), venue_row(3, 管理员手机="13700000001"), actor=town)
    refusal = task.refusal or {}
    assert (refusal["code"], refusal["fields"]) == (errors.MANAGERS_TAKEN.code, {"rows": "3"})
    assert Venue.objects.count() == 1
    alike = [venue_row(n + 10, 管理员手机=f"137{n:04}0001") for n in range(40)]
    assert (send(alike, actor=town).refusal or {})["code"] == "access.tries_used_up"


def test_an_undone_file_takes_its_venues_and_codes_back(cast: Cast) -> None:
    task, _ = bring(venue_row(1))
    code = VenueCode.objects.filter(checkpoint__name="南门").get()
    text = code_text(ring(), code.id)
    assert scanned(text).checkpoint == "南门"
    assert undo(task).state == "undone"
    assert not Venue.objects.current().exists()
    assert living_codes(actor=command()) == []
    with pytest.raises(Refusal) as refused:
        scanned(text)
    assert refused.value.problem is errors.CODE_ENDED
    assert bring(venue_row(1))[1] == (1, 0, 0, 0)


def test_an_undo_brings_no_manager_back_who_has_another_venue_by_now(cast: Cast) -> None:
    bring(venue_row(1))
    task, _ = bring(venue_row(1, 管理员手机="13800138999"))
    bring(venue_row(2, 管理员手机="13700000001"))
    undone = undo(task)
    assert (undone.state, (undone.refusal or {})["code"]) == ("applied", errors.MANAGER_TAKEN.code)
    assert manager_of(Venue.objects.get(name=FIRST)).phone == "13800138999"


def test_the_database_keeps_one_venue_a_manager(cast: Cast) -> None:
    first, second = brought(venue_row(1), venue_row(2))
    second.manager_phone_hash = first.manager_phone_hash
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save(update_fields=["manager_phone_hash"])


def test_a_town_brings_in_and_reads_its_own(cast: Cast) -> None:
    bring(venue_row(1), venue_row(2, 所属镇街=FAR_TOWN))
    town = cast.actor("town")
    assert bring(venue_row(3), venue_row(4, 所属镇街=FAR_TOWN), actor=town)[1] == (1, 0, 0, 1)
    assert {one.venue for one in living_codes(actor=town)} == {FIRST, "第3农贸市场"}
    assert {one.text for one in codes_of(Venue.objects.get(name=FIRST))} <= {
        one.text for one in living_codes(actor=cast.actor("command"))
    }
    with pytest.raises(Refusal):
        bring(venue_row(5), actor=cast.actor("outsider"))


def test_an_undo_leaves_what_was_set_of_a_venue_since(cast: Cast) -> None:
    """How many branches, whether who leaves says so: no file states them."""
    (venue,) = brought(venue_row(1))
    task, _told = bring(venue_row(1, 详细地址="新路2号"))
    naming.let_branch(venue.id, 3, actor=command(), at=NOON)
    leaving.offer_check_out(venue.id, offers=True, actor=command(), at=NOON)
    assert undo(task).state == "undone"
    venue.refresh_from_db()
    assert (venue.address, venue.most_branches, venue.checks_out) == ("环市大道1号", 3, True)
