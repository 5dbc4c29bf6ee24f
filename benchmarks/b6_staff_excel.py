"""B6: a workbook of staff through the whole import (read, checked, sealed, upserted, failure workbook), and out again.

The limits are python-calamine reading the same workbook, and rustpy-xlsxwriter writing the cells of our export. The
peer is django-import-export with its defaults on a plain model with a unique key: no sealing, no search keys, no
history. It runs over the first `PEER_ROWS` rows only (its work is per row), so compare the rates. Ours runs as a
process of its own, whose memory is sampled together with its reading child; the database is not counted. Each rate
is given by the clock and by CPU time of the processes without the database, which other work on the machine spares.
"""

import csv
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, models
from import_export import resources
from python_calamine import CalamineWorkbook
from rustpy_xlsxwriter import write_worksheet
from tablib import Dataset

from benchmarks.harness import Result, here, timed
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.sheets.writing import write_workbook
from outpost.exchange import files
from outpost.exchange.models import Export
from outpost.exchange.services import request_export, run_import, write_export
from outpost.people.rules import check_character
from outpost.regions.services import load_divisions
from outpost.sentinel.services.templates import ensure_templates
from outpost.server import proc

SMALL, FULL = 5_000, 100_000
PEER_ROWS = 2_000
BODIES = 200
BAD_EVERY = 500
CATEGORY = {"category": "cold-chain"}
ACTOR = Actor.system("bench")
SAMPLE_SECONDS = 0.1
UNITS = ("rows/s", "rows/CPU s")
MB = 1_000_000
CHILD = (
    "import sys, django; django.setup()\n"
    "from benchmarks import b6_staff_excel as b6\n"
    "b6.act(sys.argv[1], sys.argv[2])"
)
STAFF_HEADER = (
    *("主体名称", "姓名", "人员类别", "手机号码", "证件类型", "身份证号码", "居住地址", "入职日期"),
    *("接触进口冷链食品", "健康证有效期"),
)
BODY_HEADER = ("主体名称", "所属镇街", "负责人姓名", "负责人电话", "主体地址")
TOWNS = ("南沙街道", "珠江街道", "龙穴街道", "黄阁镇", "大岗镇", "横沥镇", "榄核镇", "东涌镇", "万顷沙镇")


def run(*, full: bool) -> Iterable[Result]:
    """Import, import again, export; then the limits and the peer."""
    n = FULL if full else SMALL
    source = here().data / "staff.xlsx"
    _prepare()
    write_workbook(source, "员工", STAFF_HEADER, _rows(n))
    good = n - n // BAD_EVERY
    first, memory = _measured("import", source)
    assert _counts(first) == (n, good, 0, 0, n - good), first
    again, _ = _measured("import", source)
    assert _counts(again) == (n, 0, 0, good, n - good), again
    read = _spent("limit: calamine reads", lambda: _read(source))
    peer_in, peer_out = _peer()
    for unit in UNITS:
        ours, peer, limit = (what[unit] for what in (first, peer_in, read))
        yield Result("B6 import", unit, n, ours=n / ours, peer=PEER_ROWS / peer, limit=n / limit)
        yield Result("B6 second import, against the first", unit, n, ours=n / again[unit], limit=n / ours)
    yield Result("B6 memory of the import (PSS, goal 300)", "MB", n, ours=memory / MB)
    export, memory = _measured("export", source)
    assert export["rows"] == good, export
    written = _limit_of_writing(Path(export["path"]))
    for unit in UNITS:
        ours, peer, limit = (what[unit] for what in (export, peer_out, written))
        yield Result("B6 export", unit, good, ours=good / ours, peer=PEER_ROWS / peer, limit=good / limit)
    yield Result("B6 memory of the export (PSS, goal 300)", "MB", good, ours=memory / MB)


# --- ours -------------------------------------------------------------------------------------------------------


def act(what: str, path: str) -> None:
    """One act in a process of its own: prints its seconds and what came of it, as JSON."""
    told: dict[str, Any] = {}
    spent = _spent(what, lambda: told.update(_import(Path(path)) if what == "import" else _export()))
    print(json.dumps({**spent, **told}))


def _spent(what: str, work: Callable[[], object]) -> dict[str, float]:
    """Seconds by the clock and of CPU (of this process and of its children that have ended), by unit of the rate."""
    before = os.times()
    seconds, _ = timed(what, work)
    after = os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    print(f"  {what}: {cpu:.2f} s of CPU", file=sys.stderr, flush=True)
    return dict(zip(UNITS, (seconds, cpu), strict=True))


def _import(path: Path) -> Mapping[str, Any]:
    done = run_import(path, kind="sentinel.staff", params=CATEGORY, actor=ACTOR, at=clock.now())
    assert done.failures is not None
    return {
        "read": done.read,
        "new": done.new,
        "replaced": done.replaced,
        "unchanged": done.unchanged,
        "rejected": done.rejected,
    }


def _export() -> Mapping[str, Any]:
    task = request_export(
        "sentinel.staff_in_clear", params=CATEGORY, purpose="supervision", actor=ACTOR, at=clock.now()
    )
    write_export(task.id, at=clock.now())
    rows = Export.objects.get(id=task.id, state="ready").rows_done
    return {"rows": rows, "path": str(files.export_file(task.id))}


def _measured(what: str, path: Path) -> tuple[dict[str, Any], int]:
    """Run `act` in a process of its own; what it printed, and the peak of its memory and its children's in bytes."""
    command = [sys.executable, "-c", CHILD, what, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        is_over = threading.Event()
        peak = 0

        def watch() -> None:
            nonlocal peak
            while not is_over.wait(SAMPLE_SECONDS):
                family = [process.pid, *proc.descendants(process.pid)]
                peak = max(peak, sum(map(proc.memory_share, family)))

        watcher = threading.Thread(target=watch)
        watcher.start()
        told, _ = process.communicate()
        is_over.set()
        watcher.join()
    assert process.returncode == 0
    return json.loads(told), peak


def _counts(told: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(told[name] for name in ("read", "new", "replaced", "unchanged", "rejected"))


def _prepare() -> None:
    """The district, the built-in categories and the organisations of one of them."""
    load_divisions("440115", actor=ACTOR, at=clock.now())
    ensure_templates(region="440115", actor=ACTOR, at=clock.now())
    path = here().data / "bodies.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(BODY_HEADER)
        for i in range(BODIES):
            writer.writerow((_body(i), TOWNS[i % len(TOWNS)], "张三", f"1380013{i:04}", f"环市大道{i}号"))
    done = run_import(path, kind="sentinel.organizations", params=CATEGORY, actor=ACTOR, at=clock.now())
    assert (done.new, done.rejected) == (BODIES, 0), done


def _body(i: int) -> str:
    return f"南沙示例冷链{i:03}有限公司"


def _rows(n: int) -> Iterator[tuple[str, ...]]:
    """Staff of all organisations; every 500th has a wrong check character."""
    chance = random.Random(20220608)
    for i in range(n):
        birth = date(1960, 1, 1) + timedelta(days=i // 500)
        first = f"440115{birth:%Y%m%d}{i % 500:03}"
        right = check_character(first)
        last = right if (i + 1) % BAD_EVERY else "01"[right == "0"]
        name = (
            chance.choice("王李张刘陈杨黄赵周吴")
            + chance.choice("伟芳娜敏静")
            + chance.choice("一子文国志海")
        )
        yield (
            *(_body(i % BODIES), name, "搬运工", f"139{i:08}", "居民身份证", first + last),
            *(f"环市大道{i % 300}号{i % 97}房", "2022-05-01", "不接触", "2023-05-01"),
        )


# --- limits -----------------------------------------------------------------------------------------------------


def _read(path: Path) -> list[list[Any]]:
    workbook = CalamineWorkbook.from_path(path)
    return list(workbook.get_sheet_by_index(0).iter_rows())


def _limit_of_writing(path: Path) -> dict[str, float]:
    header, *rows = _read(path)
    records = [dict(zip(header, row, strict=True)) for row in rows]
    target = here().data / "limit.xlsx"
    return _spent("limit: rustpy writes", lambda: write_worksheet(records, str(target), "S"))


# --- the peer ---------------------------------------------------------------------------------------------------


class PeerStaff(models.Model):
    """What a plain Django project would keep of a staff member."""

    organization = models.CharField(max_length=120)
    name = models.CharField(max_length=60)
    job_type = models.CharField(max_length=60)
    phone = models.CharField(max_length=20)
    document_type = models.CharField(max_length=20)
    document_number = models.CharField(max_length=30)
    address = models.CharField(max_length=300)
    joined_on = models.DateField()
    contact = models.CharField(max_length=20)
    health_certificate_until = models.DateField()

    class Meta:
        app_label = "core"  # any installed one: the library asks for it
        constraints = [
            models.UniqueConstraint(fields=["organization", "document_number"], name="bench_peer_key")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PeerResource(resources.ModelResource):
    class Meta:
        model = PeerStaff
        exclude = ("id",)
        import_id_fields = ("organization", "document_number")


def _peer() -> tuple[dict[str, float], dict[str, float]]:
    """What `PEER_ROWS` rows cost in and out."""
    with connection.schema_editor() as editor:
        editor.create_model(PeerStaff)
    header = [field.name for field in PeerStaff._meta.fields if field.name != "id"]  # noqa: SLF001 - Django's public API
    path = here().data / "peer.xlsx"
    write_workbook(path, "staff", header, _rows(PEER_ROWS))
    come_in = _spent(f"peer: import of {PEER_ROWS} rows", lambda: _peer_import(path))
    assert PeerStaff.objects.count() == PEER_ROWS
    target = here().data / "peer-out.xlsx"
    go_out = _spent(
        f"peer: export of {PEER_ROWS} rows",
        lambda: target.write_bytes(PeerResource().export().export("xlsx")),
    )
    return come_in, go_out


def _peer_import(path: Path) -> None:
    data = Dataset().load(path.read_bytes(), format="xlsx")
    result = PeerResource().import_data(data, raise_errors=True)
    assert not result.has_errors()
