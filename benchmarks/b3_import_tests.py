"""B3: a file of test records through the whole import (read, checked, pseudonyms, merged, latest samples).

The limit is psql's COPY of the same finished rows into the same tables with the same indexes. The peer is pandas:
`read_csv` and `to_sql` in chunks into a table with the same indexes, without pseudonyms, checks or idempotence.
"""

import csv
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pandas
import sqlalchemy
from django.db import connection

from benchmarks.harness import Result, here, timed
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.exchange.services import ImportResult, run_import
from outpost.people.rules import check_character

SMALL, FULL = 100_000, 857_000
TABLES = ("health_testrecord", "health_latestsamples")
HEADER = (
    "来源",
    "记录编号",
    "证件类型",
    "证件号码",
    "姓名",
    "采样时间",
    "结果时间",
    "检测结果",
    "检测机构",
    "采样点",
    "试管条码",
)
PEER_TABLE = """
CREATE TABLE bench_peer (
    source text, record_id text, document_type text, document_number text NOT NULL, name text,
    sampled_at timestamptz NOT NULL, result_at timestamptz, result text, laboratory text, sampling_point text,
    tube text,
    PRIMARY KEY (source, record_id));
CREATE INDEX bench_peer_person ON bench_peer (document_number, sampled_at);
"""


def run(*, full: bool) -> Iterable[Result]:
    """Import, import again, then the limit and the peer."""
    n = FULL if full else SMALL
    path = here().data / "tests.csv"
    _write_file(path, n)
    first, result = timed("first import", lambda: _import(path))
    assert (result.read, result.new, result.rejected) == (n, n, 0), result
    again, result = timed("second import of the same file", lambda: _import(path))
    assert (result.read, result.unchanged) == (n, n), result
    limit = min(_limit_seconds() for _ in range(2))
    peer = _peer_seconds(path)
    yield Result("B3", "rows/s", n, ours=n / first, peer=n / peer, limit=n / limit)
    yield Result("B3 second import, against the first", "rows/s", n, ours=n / again, limit=n / first)


def _import(path: Path) -> ImportResult:
    return run_import(path, kind="health.tests", params={}, actor=Actor.system("bench"), at=clock.now())


def _write_file(path: Path, n: int) -> None:
    """A day of mass testing: `n` people, one record each, tubes of ten."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_rows(n))


def _rows(n: int) -> Iterator[tuple[str, ...]]:
    chance = random.Random(20220601)
    begin = datetime(2022, 6, 1, 6)  # noqa: DTZ001 - local, as laboratories write it
    births = [datetime(1935, 1, 1) + timedelta(days=days) for days in range(30_000)]  # noqa: DTZ001
    for i in range(n):
        number = f"440115{chance.choice(births):%Y%m%d}{chance.randrange(1000):03}"
        name = (
            chance.choice("王李张刘陈杨黄赵周吴")
            + chance.choice("伟芳娜敏静强磊洋勇军")
            + chance.choice("一子文国志海建晓玉明")
        )
        sampled = begin + timedelta(seconds=i * 50_000 // n)
        yield (
            *("lims", f"20220601-{i:07}", "居民身份证", number + check_character(number), name),
            *(f"{sampled:%Y-%m-%d %H:%M:%S}", "2022-06-02 03:00", "阴性", "南沙医院检验科"),
            *(f"采样点{chance.randrange(118):03}", f"T{i // 10:07}"),
        )


def _limit_seconds() -> float:
    folder = here().data
    files = [(table, folder / f"{table}.copy") for table in TABLES]
    if not files[0][1].exists():
        _psql(*(f"\\copy {table} to '{path}'" for table, path in files))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}")
        cursor.execute("CHECKPOINT")
    return timed("limit: COPY", lambda: _psql(*(f"\\copy {table} from '{path}'" for table, path in files)))[0]


def _psql(*commands: str) -> None:
    options = [option for command in commands for option in ("-c", command)]
    subprocess.run([*here().psql(), *options], check=True, stdout=sys.stderr)


def _peer_seconds(path: Path) -> float:
    with connection.cursor() as cursor:
        cursor.execute(PEER_TABLE)
        cursor.execute("CHECKPOINT")
    return timed("peer: pandas", lambda: _pandas(path))[0]


def _pandas(path: Path) -> None:
    engine = sqlalchemy.create_engine(
        here().database.dsn("superuser").replace("postgresql:", "postgresql+psycopg:")
    )
    names = pandas.read_sql("SELECT * FROM bench_peer LIMIT 0", engine).columns
    frame = pandas.read_csv(path, dtype=str, header=0, names=list(names))
    for column in ("sampled_at", "result_at"):
        frame[column] = pandas.to_datetime(frame[column]).dt.tz_localize("Asia/Shanghai")
    frame.to_sql("bench_peer", engine, if_exists="append", index=False, chunksize=10_000)
    engine.dispose()
