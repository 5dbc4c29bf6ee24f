"""An export from its request to its last download."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.utils import translation

from outpost.access.models import Grant
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor, Reach
from outpost.core.errors import Refusal
from outpost.core.sheets.writing import Cell
from outpost.exchange import files, queries, registry, services
from outpost.exchange.kinds import ExportKind
from outpost.exchange.models import Export
from outpost.exchange.tests.ledger import LedgerExport, told
from outpost.exchange.tests.test_interrupted import side_by_side
from outpost.regions.rules import ORGANIZATION, REGION
from outpost.testing.cast import NOON, Cast, build_cast

LATER = NOON + timedelta(minutes=5)


def code_of(task: Export) -> str:
    return str((task.refusal or {}).get("code"))


pytestmark = pytest.mark.slow


@pytest.fixture
def people(committed_ledger: None) -> Cast:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO exchange_test_ledger (id, place, number, value)"
            " SELECT gen_random_uuid(), 'a', lpad(n::text, 5, '0'), '=1+1' FROM generate_series(1, 12000) n"
        )
    return build_cast()


def ask(actor: Actor, **changes: str) -> Export:
    options = {"purpose": "supervision"} | changes
    return services.request_export("test.ledger", params={}, actor=actor, at=NOON, **options)


def written(actor: Actor) -> Export:
    task = ask(actor)
    services.write_export(task.id, at=LATER)
    task.refresh_from_db()
    return task


@pytest.mark.promise("R4")
@pytest.mark.promise("V3")
def test_an_export_is_whole_marked_recorded_and_announced(people: Cast) -> None:
    feeder = people.actor("feeder")
    task = written(feeder)
    path = files.export_file(task.id)
    assert (task.state, task.rows_total, task.expires_at) == ("ready", 12_000, LATER + timedelta(hours=24))
    assert task.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.stat().st_mode & 0o777 == 0o600
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    assert sheet.max_row == 12_001
    assert sheet["C2"].value == "'=1+1"
    assert book.properties.creator == "feeder"
    assert str(task.id) in str(book.properties.description)
    entry = AuditEntry.objects.get(action="exchange.export_written")
    assert (entry.count, entry.purpose, entry.detail["sha256"]) == (12_000, "supervision", task.sha256)
    assert told("notifications.tell_export", export_id=str(task.id)) == ["ready"]
    assert told("people.watch", export_id=str(task.id)) == ["ready"]


def test_two_users_files_differ_in_the_mark_on_every_sheet(people: Cast) -> None:
    """User, time, purpose and request: so that a list in a chat group says who took it."""
    books = []
    for name in ("feeder", "command"):
        task = written(people.actor(name))
        assert task.state == "ready", task.refusal
        book = openpyxl.load_workbook(files.export_file(task.id))
        marks = {sheet.oddFooter.left.text for sheet in book}
        local = LATER.astimezone(clock.zone()).strftime("%Y-%m-%d %H:%M")
        purpose = str(registry.export_kind("test.ledger").purposes["supervision"])
        assert marks == {f"{name} · {local} · {purpose} · {task.id}"}
        assert book.properties.description in marks
        books.append(marks)
    assert books[0].isdisjoint(books[1])


def test_identities_are_not_exported_without_a_purpose(people: Cast) -> None:
    for purpose in ("", "curiosity"):
        with pytest.raises(Refusal, match="purpose_required"):
            ask(people.actor("feeder"), purpose=purpose)
    with pytest.raises(Refusal, match="forbidden"):
        ask(people.actor("auditor"))


@pytest.mark.promise("R4")
def test_all_rows_are_of_one_snapshot(people: Cast) -> None:
    class Disturbed(LedgerExport):
        def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
            for number, row in enumerate(super().rows(params, actor)):
                if number == 10:
                    side_by_side(empty)
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT count(*) FROM exchange_test_ledger")
                        assert cursor.fetchone() == (12_000,)
                yield row

    def empty() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM exchange_test_ledger")

    registry.register_exports(Disturbed())
    assert written(people.actor("feeder")).rows_total == 12_000


def test_progress_is_seen_while_it_is_written(people: Cast) -> None:
    seen: list[tuple[str, int]] = []

    class Watched(LedgerExport):
        def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
            for number, row in enumerate(super().rows(params, actor)):
                if number == 11_000:
                    side_by_side(look)
                yield row

    def look() -> None:
        seen.append(Export.objects.values_list("state", "rows_done").get())

    registry.register_exports(Watched())
    written(people.actor("feeder"))
    assert seen == [("writing", 10_000)]


@pytest.mark.promise("F4")
@pytest.mark.promise("T8")
def test_each_download_asks_for_the_rights_anew(people: Cast) -> None:
    feeder = people.actor("feeder")
    task = written(feeder)
    assert services.fetch_export(task.id, actor=feeder, at=LATER).name.startswith("台账_20220608-")
    assert AuditEntry.objects.filter(action="exchange.export_fetched").count() == 1
    with pytest.raises(Refusal) as refused:
        services.fetch_export(task.id, actor=people.actor("command"), at=LATER)
    assert refused.value.status == 404
    Grant.objects.filter(user=people.users["feeder"]).update(scope_kind="region", scope_key="440115")
    with pytest.raises(Refusal, match="rights_changed"):
        services.fetch_export(task.id, actor=people.actor("feeder"), at=LATER)
    Grant.objects.filter(user=people.users["feeder"]).update(revoked_at=LATER)
    with pytest.raises(Refusal, match="forbidden"):
        services.fetch_export(task.id, actor=people.actor("feeder"), at=LATER)
    assert AuditEntry.objects.filter(action="exchange.export_fetched").count() == 1


@pytest.mark.promise("T8")
def test_a_right_revoked_in_mid_export_leaves_no_file(people: Cast) -> None:
    class Revoking(LedgerExport):
        def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
            side_by_side(lambda: people.users["feeder"].grants.update(revoked_at=LATER))
            yield from super().rows(params, actor)

    registry.register_exports(Revoking())
    task = written(people.actor("feeder"))
    assert (task.state, code_of(task)) == ("refused", "core.forbidden")
    assert not files.export_file(task.id).exists()


def test_an_export_expires_after_a_day(people: Cast) -> None:
    feeder = people.actor("feeder")
    task = written(feeder)
    after = LATER + timedelta(hours=24)
    with pytest.raises(Refusal, match="expired"):
        services.fetch_export(task.id, actor=feeder, at=after)
    services.expire(at=after)
    task.refresh_from_db()
    assert task.state == "expired"
    assert not files.export_file(task.id).exists()


def test_an_export_that_was_cut_off_is_written_anew_and_only_once(people: Cast) -> None:
    task = ask(people.actor("feeder"))
    Export.objects.filter(id=task.id).update(state="writing")
    files.export_file(task.id).write_bytes(b"half a file")
    services.write_export(task.id, at=LATER)
    services.write_export(task.id, at=LATER)
    task.refresh_from_db()
    assert task.state == "ready"
    assert AuditEntry.objects.filter(action="exchange.export_written").count() == 1


def covers(reach: Reach, stored: Reach) -> bool:
    return queries.still_covers(reach, queries.reach_as_json(stored))


def test_a_reach_covers_what_lies_within_it() -> None:
    district, town = Reach.over(REGION, "440115"), Reach.over(REGION, "440115001")
    everything, nothing = Reach(everything=True), Reach()
    one, two = Reach.over(ORGANIZATION, "a"), Reach.over(ORGANIZATION, "a", "b")
    assert covers(district, town)
    assert covers(everything, district)
    assert covers(two | town, one)
    assert not covers(town, district)
    assert not covers(district, everything)
    assert not covers(one, two)
    assert not covers(nothing, one)


@pytest.mark.parametrize(
    ("language", "rows", "said"),
    [("en", 1, "1 row"), ("en", 14825, "14,825 rows"), ("zh-hans", 14825, "14,825 行")],
)
def test_how_much_a_file_holds_is_said_with_separators(language: str, rows: int, said: str) -> None:
    with translation.override(language):
        assert ExportKind.holding(rows) == said
