"""Files of declarations and dispositions through the whole import, and the facts of the pass that follow from them."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.sheets.columns import Sheet
from outpost.exchange.services import ImportResult, request_undo, run_import, undo_import
from outpost.health import pass_facts
from outpost.health.conditions import Colour
from outpost.health.models import Declaration, DispositionRecord, PassFactsRow
from outpost.health.passes import Decision
from outpost.health.queries import pass_now
from outpost.health.sealing import declaration_context
from outpost.health.services import Declared, agree_to_dispositions, declare
from outpost.health.sheets import DECLARATIONS, DISPOSITIONS
from outpost.health.tests.records import a_declaration, a_test, csv_file, document, person
from outpost.testing.cast import NOON, Cast

OPERATOR = Actor.system("command-line")
LATER = NOON + timedelta(hours=1)
Load = Callable[..., ImportResult]


@pytest.fixture
def load(tmp_path: Path, cast: Cast) -> Load:
    def run(
        content: bytes, *, kind: str = "declarations", at: Any = NOON, actor: Actor = OPERATOR
    ) -> ImportResult:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return run_import(path, kind=f"health.{kind}", params={}, actor=actor, at=at)

    return run


def counts(result: ImportResult) -> tuple[int, int, int, int, int]:
    assert result.read == result.new + result.replaced + result.unchanged + result.rejected
    return result.read, result.new, result.replaced, result.unchanged, result.rejected


def some_columns(sheet: Sheet, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A file of the columns that its rows state, and no others."""
    rows = list(rows)
    named = [column for column in sheet.columns if any(column.name in row for row in rows)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(column.zh for column in named)
    writer.writerows([row.get(column.name) for column in named] for row in rows)
    return text.getvalue().encode()


def declared(*rows: Mapping[str, Any]) -> bytes:
    return some_columns(DECLARATIONS, [a_declaration(**row) for row in rows])


def disposed(*rows: Mapping[str, Any]) -> bytes:
    stated = {"document_number": document(1), "ground_kind": "密切接触", "ground": "疾控通知18号"}
    return some_columns(DISPOSITIONS, [{**stated, **row} for row in rows])


def pass_of(who: int, at: Any = NOON) -> Decision:
    assert pass_facts.mend() == 0  # what is kept is what the records say
    return pass_now.passes_of([person(who)], at=at)[person(who)]


def reasons(result: ImportResult) -> list[str]:
    assert result.failures is not None
    sheet = openpyxl.load_workbook(result.failures).active
    assert sheet is not None
    return [str(row[-1]) for row in list(sheet.iter_rows(values_only=True))[1:]]


def test_a_file_of_declarations_goes_in_and_the_same_again_changes_nothing(load: Load) -> None:
    stated = {
        "symptoms": "发热、咳嗽",
        "risk_area": "是",
        "temperature": "37.0",
        "home": "南沙街道1号",
        "phone": "13800138009",
    }
    content = declared({}, {"record_id": "2", "document_number": document(2), **stated})
    assert counts(load(content)) == (2, 2, 0, 0, 0)
    assert counts(load(content, at=LATER)) == (2, 0, 0, 2, 0)
    row = Declaration.objects.get(record_id="2")
    assert (row.symptoms, row.was_in_risk_area, str(row.temperature)) == (["发热", "咳嗽"], True, "37.0")
    assert row.sealed is not None
    assert "南沙街道1号".encode() in ring().open(bytes(row.sealed), declaration_context(row.id))
    facts = PassFactsRow.objects.get(person_id=person(2))
    assert (facts.has_symptoms, facts.was_in_risk_area, facts.declared_at) == (True, True, row.declared_at)
    assert (pass_of(2).colour, pass_of(2).condition.value) == (Colour.YELLOW, "symptoms")


def test_what_is_not_stated_stays(load: Load) -> None:
    load(declared({"symptoms": "咳嗽", "risk_area": "是", "departure": "上海", "home": "南沙街道1号"}))
    before: dict[str, Any] = dict(Declaration.objects.values().get())
    assert counts(load(declared({"destination": "广州"}), at=LATER)) == (1, 0, 1, 0, 0)
    after: dict[str, Any] = dict(Declaration.objects.values().get())
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"destination", "received_at", "import_id"}


def test_mistakes_come_back_each_with_its_reason(load: Load) -> None:
    wrong = [
        {"temperature": "99"},
        {"temperature": "33.9"},
        {"declared_at": "2022-06-09 08:00"},
        {"document_number": "11010119000101"},
        {"phone": "123"},
        {"risk_area": "也许"},
        {"name": ""},
    ]
    rows = [{"record_id": f"r{i}", **one} for i, one in enumerate(wrong)]
    result = load(declared(*rows, {"record_id": "good"}))
    assert counts(result) == (8, 1, 0, 0, 7)
    said = reasons(result)
    assert len({*said}) == 7 or len({*said}) == 6  # two temperatures are one reason
    assert "43.0" in said[0]


def test_an_undone_file_of_declarations_takes_its_facts_back(load: Load, cast: Cast) -> None:
    feeder = cast.actor("feeder")
    load(declared({}))
    content = declared({"symptoms": "发热"}, {"record_id": "2", "document_number": document(2)})
    changed = load(content, at=LATER, actor=feeder)
    assert pass_of(1).condition.value == "symptoms"
    request_undo(changed.import_id, actor=feeder, at=LATER)
    undo_import(changed.import_id, at=LATER)
    assert [row.record_id for row in Declaration.objects.all()] == ["1"]
    assert pass_of(1).condition.value == "no_negative"
    assert not PassFactsRow.objects.filter(person_id=person(2)).exists()


def test_the_examples_of_the_template_are_accepted(load: Load) -> None:
    for sheet, kind in ((DECLARATIONS, "declarations"), (DISPOSITIONS, "dispositions")):
        row = {column.name: column.example for column in sheet.columns}
        assert load(csv_file([row], sheet=sheet), kind=kind).rejected == 0


def test_what_somebody_declares_counts_at_once_and_once(cast: Cast) -> None:
    key = uuid4()
    said = Declared(symptoms=("咳嗽",), was_in_risk_area=False, phone="13800138009")
    assert declare(person(3), said, key=key, is_seen=True, actor=OPERATOR, at=NOON)
    assert not declare(person(3), said, key=key, is_seen=True, actor=OPERATOR, at=LATER)
    assert pass_of(3).condition.value == "symptoms"
    well = Declared(symptoms=(), was_in_risk_area=False)
    assert declare(person(3), well, key=uuid4(), is_seen=True, actor=OPERATOR, at=LATER)
    assert pass_of(3, LATER).condition.value == "no_negative"
    assert AuditEntry.objects.filter(action="health.declared").count() == 2


def test_a_negative_test_and_a_declaration_make_a_green_pass(load: Load) -> None:
    load(declared({}))
    load(csv_file([a_test(sampled_at="2022-06-07 20:00", result="阴性")]), kind="tests")
    found = pass_of(1)
    assert (found.colour, found.rule.reason("zh-hans")) == (Colour.GREEN, "48小时核酸阴性")
    load(csv_file([a_test(record_id="2", sampled_at="2022-06-07 20:30", result="阳性")]), kind="tests")
    assert pass_of(1).colour is Colour.RED
    load(csv_file([a_test(record_id="2", sampled_at="2022-06-07 20:30", status="作废")]), kind="tests")
    assert pass_of(1).colour is Colour.GREEN


def test_the_operators_dispositions_count_at_once_and_the_latest_holds(load: Load) -> None:
    first = disposed(
        {"disposition": "需隔离", "started_at": "2022-06-01", "means": "集中隔离", "ground": "疾控通知18号"}
    )
    assert counts(load(first, kind="dispositions")) == (1, 1, 0, 0, 0)
    assert counts(load(first, kind="dispositions", at=LATER)) == (1, 0, 0, 1, 0)
    assert pass_of(1).condition.value == "isolation"
    freed = disposed({"disposition": "可进场", "started_at": "2022-06-08 09:00"})
    load(freed, kind="dispositions", at=LATER)
    assert pass_of(1).condition.value == "no_negative"
    changed = disposed({"disposition": "确诊", "started_at": "2022-06-01"})
    result = load(changed, kind="dispositions", at=LATER)
    assert counts(result) == (1, 0, 0, 0, 1)
    ahead = disposed({"disposition": "确诊", "started_at": "2022-06-10"})
    assert counts(load(ahead, kind="dispositions", at=LATER)) == (1, 0, 0, 0, 1)
    unstated = disposed({"disposition": "疑似", "document_number": document(2)})
    for _again in range(2):
        load(unstated, kind="dispositions", at=LATER)
    assert DispositionRecord.objects.filter(person_id=person(2)).count() == 1


@pytest.mark.promise("V4")
def test_an_officers_list_of_dispositions_makes_nobody_red_without_a_second_word(
    load: Load, cast: Cast
) -> None:
    command, town = cast.actor("command"), cast.actor("town")
    brought = load(
        disposed(*({"document_number": document(i), "disposition": "需隔离"} for i in range(5))),
        kind="dispositions",
        actor=command,
    )
    assert brought.new == 5
    assert {pass_of(i).colour for i in range(5)} == {Colour.YELLOW}
    for actor in (command, town, cast.actor("outsider")):
        with pytest.raises(Refusal):
            agree_to_dispositions(brought.import_id, actor=actor, at=LATER)
    assert {pass_of(i).colour for i in range(5)} == {Colour.YELLOW}
    second = Actor(id="user:another", label="another", reaches=command.reaches, roles=command.roles)
    assert agree_to_dispositions(brought.import_id, actor=second, at=LATER) == 5
    assert {pass_of(i).colour for i in range(5)} == {Colour.RED}
    entry = AuditEntry.objects.get(action="health.dispositions_agreed")
    assert (entry.count, entry.actor_id) == (5, "user:another")
    with pytest.raises(Refusal):  # once
        agree_to_dispositions(brought.import_id, actor=second, at=LATER)
    request_undo(brought.import_id, actor=command, at=LATER)
    undo_import(brought.import_id, at=LATER)  # and one person does not take it back
    assert pass_of(0).colour is Colour.RED
