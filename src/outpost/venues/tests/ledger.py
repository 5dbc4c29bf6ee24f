"""Invented venues and their files for the tests."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from uuid import UUID, uuid4

from django.db.models import F

from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.exchange import services as exchange
from outpost.exchange.models import Import
from outpost.testing.cast import NOON
from outpost.venues.models import CheckIn, CheckInId, Checkpoint, Flow, Venue
from outpost.venues.services import ensure_kinds

NEAR_TOWN, FAR_TOWN = "南沙街道", "万顷沙镇"


def command() -> Actor:
    """The command officer of the cast."""
    return actor_of(User.objects.get(username="command"), is_verified=True)


def venue_row(number: int = 1, **changes: str) -> dict[str, str]:
    """The row of a venue and its manager."""
    return {
        "场所名称": f"第{number}农贸市场",
        "统一社会信用代码": "",
        "场所类型": "农贸市场",
        "所属镇街": NEAR_TOWN,
        "详细地址": "环市大道1号",
        "经度": "113.5",
        "纬度": "22.8",
        "管理员姓名": "甄管理",
        "管理员手机": f"137{number:08}",
        "检测点": "南门、北门",
    } | changes


def send(
    rows: Iterable[Mapping[str, str]],
    *,
    actor: Actor | None = None,
    kind: str = "venues.venues",
    at: datetime = NOON,
) -> Import:
    """Upload and check a file, as a page does it."""
    ensure_kinds()
    actor = actor or command()
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    task = exchange.upload([content], "场所.csv", kind=kind, params={}, actor=actor, at=at)
    exchange.check_import(task.id, at=at)
    task.refresh_from_db()
    return task


def bring(
    *rows: Mapping[str, str], actor: Actor | None = None, kind: str = "venues.venues", at: datetime = NOON
) -> tuple[Import, tuple[int, int, int, int]]:
    """Bring a file in; the task, and how many were new, replaced, unchanged, rejected."""
    actor = actor or command()
    task = send(rows, actor=actor, kind=kind, at=at)
    exchange.confirm_import(task.id, actor=actor, at=at)
    exchange.apply_import(task.id, at=at)
    task.refresh_from_db()
    return task, (task.new, task.replaced, task.unchanged, task.rejected)


def undo(task: Import, *, actor: Actor | None = None, at: datetime = NOON) -> Import:
    """Take an applied file back."""
    actor = actor or command()
    exchange.request_undo(task.id, actor=actor, at=at)
    exchange.undo_import(task.id, at=at)
    task.refresh_from_db()
    return task


def brought(*rows: Mapping[str, str]) -> list[Venue]:
    """The venues of these rows, brought in, in their order."""
    bring(*rows)
    return [Venue.objects.current().get(name=row["场所名称"]) for row in rows]


def check_in(venue: Venue, day: date, person_id: UUID | None = None) -> UUID:
    """A check-in at noon of a day that has its partition, with all that the lane writes of it."""
    at, id_ = datetime.combine(day, time(12), clock.zone()), uuid4()
    gate = Checkpoint.objects.filter(venue=venue)[0]
    row = CheckIn(id=id_, venue_id=venue.id, day=day, checkpoint_id=gate.id, person_id=person_id or uuid4())
    row.occurred_at = row.received_at = at
    row.save(force_insert=True)
    CheckInId(id=id_, digest=b"d", received_at=at).save(force_insert=True)
    place = {"venue_id": venue.id, "day": day, "hour": 12, "checkpoint_id": gate.id}
    Flow.objects.update_or_create(
        **place, defaults={"check_ins": F("check_ins") + 1}, create_defaults={"check_ins": 1}
    )
    return id_
