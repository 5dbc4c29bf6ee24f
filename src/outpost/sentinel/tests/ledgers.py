"""Invented people and files for the tests of the ledgers."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.parsing import StatedCells
from outpost.exchange import services as exchange
from outpost.exchange.models import Import
from outpost.people.rules import check_character
from outpost.sentinel.models import StaffMember
from outpost.sentinel.services.staff import add_staff
from outpost.testing.cast import NOON, Cast

STAFF_HEADER = ("主体名称", "姓名", "人员类别", "手机号码", "身份证号码", "居住地址")
ORGANIZATION_HEADER = ("主体名称", "所属镇街", "负责人姓名", "负责人电话", "主体地址")


def id_number(number: int) -> str:
    """A valid resident ID number of nobody."""
    first = f"110101190001{number // 1000 % 28 + 1:02}{number % 1000:03}"
    return first + check_character(first)


def entry(person: int = 1, /, fields: StatedCells | None = None, **changes: Raw) -> dict[str, Raw]:
    """What is stated of somebody, by column; `fields` are those of the category."""
    return {
        "name": "甄测试",
        "phone": f"139{person:08}",
        "document_number": id_number(person),
        "address": "金沙路8号",
        "job_type": "搬运工",
        **changes,
        **(fields or {}),
    }


def organization_entry(fields: StatedCells | None = None, **changes: Raw) -> dict[str, Raw]:
    """What is stated of an organisation, by column; `fields` are those of the category."""
    return {
        "name": "新岸冷库",
        "town": "南沙街道",
        "address": "港前大道9号",
        "principal_name": "甄新岸",
        "principal_phone": "13800138009",
        **changes,
        **(fields or {}),
    }


def add(cast: Cast, person: int = 1, /, *, to: UUID | None = None, **changes: Any) -> StaffMember:
    """Somebody in the near organisation, added by its command officer."""
    enrolment = cast.near.id if to is None else to
    return add_staff(enrolment, entry(person, **changes), actor=cast.actor("command"), at=NOON)


def staff_row(number: int, organization: str = "近岸冷链有限公司", **changes: str) -> tuple[str, ...]:
    values = {
        "主体名称": organization,
        "姓名": "甄测试",
        "人员类别": "搬运工",
        "手机号码": f"139{number:08}",
        "身份证号码": id_number(number),
        "居住地址": "金沙路8号",
    } | changes
    return tuple(values[name] for name in STAFF_HEADER)


def csv_file(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def send(path: Path, kind: str, params: Mapping[str, str], *, actor: Actor, at: datetime = NOON) -> Import:
    """Upload and check a file as a page does it."""
    task = exchange.upload([path.read_bytes()], path.name, kind=kind, params=params, actor=actor, at=at)
    exchange.check_import(task.id, at=at)
    task.refresh_from_db()
    return task


def confirm(task: Import, *, actor: Actor, at: datetime = NOON) -> Import:
    """Apply a checked import."""
    exchange.confirm_import(task.id, actor=actor, at=at)
    exchange.apply_import(task.id, at=at)
    task.refresh_from_db()
    return task


def undo(task: Import, *, actor: Actor, at: datetime = NOON) -> Import:
    """Take an applied import back."""
    exchange.request_undo(task.id, actor=actor, at=at)
    exchange.undo_import(task.id, at=at)
    task.refresh_from_db()
    return task


def counts(task: Import) -> tuple[int, int, int, int]:
    """New, replaced, unchanged, rejected."""
    return task.new, task.replaced, task.unchanged, task.rejected


def actions() -> list[str]:
    """What the audit holds, oldest first."""
    return list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))
