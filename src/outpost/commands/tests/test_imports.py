"""`outpost import` as scripts meet it: the numbers, the failure file, the exit code."""

import json
from pathlib import Path

import openpyxl
import pytest

from outpost.commands import imports
from outpost.commands.base import DONE, REFUSED, Call
from outpost.core.errors import Refusal
from outpost.people.rules import check_character

FIRST_17 = "11010119900101100"
NUMBER = FIRST_17 + check_character(FIRST_17)
HEADER = "来源,记录编号,证件号码,采样时间"

pytestmark = pytest.mark.django_db


def write(path: Path, *numbers: str) -> Path:
    rows = [f"lims,R{place},{number},2022-06-01 08:30" for place, number in enumerate(numbers)]
    path.write_text("\n".join([HEADER, *rows]), encoding="gb18030")
    return path


def test_the_answer_balances_and_names_the_failure_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "tests.csv", NUMBER, "110101199001011")
    call = Call(tmp_path, as_json=True, language="zh_Hans")
    assert imports.answer(call, "health.tests", file) == REFUSED
    told = json.loads(capsys.readouterr().out)
    counts = {name: told[name] for name in ("read", "new", "replaced", "unchanged", "rejected")}
    assert counts == {"read": 2, "new": 1, "replaced": 0, "unchanged": 0, "rejected": 1}
    sheet = openpyxl.load_workbook(told["failures"]).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == [*HEADER.split(","), "失败原因"]


def test_a_file_without_mistakes_needs_no_failure_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "tests.csv", NUMBER)
    for new, unchanged in ((1, 0), (0, 1)):
        assert imports.answer(Call(tmp_path, as_json=True, language="en"), "health.tests", file) == DONE
        told = json.loads(capsys.readouterr().out)
        assert (told["new"], told["unchanged"], told["failures"]) == (new, unchanged, None)
    imports.answer(Call(tmp_path, as_json=False, language="en"), "health.tests", file)
    assert "1" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "broken.xlsx"
    file.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(Refusal):
        imports.answer(Call(tmp_path, as_json=True, language="en"), "health.tests", file)
