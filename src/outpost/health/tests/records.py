"""Made-up records for the tests of this module, as cells, as files and as lines of a call."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from outpost.access.models import ApiToken
from outpost.access.queries import secret_hash
from outpost.core.clock import zone
from outpost.core.crypto import ring
from outpost.core.sheets.columns import Sheet
from outpost.health.models import LatestSamples, TestRecord
from outpost.health.rules import LATEST_KEPT, Report, one_sample
from outpost.health.sheets import TESTS, VACCINATIONS
from outpost.people.rules import check_character
from outpost.testing.cast import NOON

SECRET = "feeder-token-of-the-tests"
ONE_TEST: Mapping[str, Any] = {
    "source": "lims",
    "record_id": "1",
    "document_number": "11010119000101001X",
    "sampled_at": "2022-06-01 08:30",
}
ONE_DOSE: Mapping[str, Any] = {
    "source": "vaccine-system",
    "record_id": "1",
    "document_number": "11010119000101001X",
    "product": "新冠病毒灭活疫苗(Vero细胞)",
    "dose": "1",
    "given_on": "2022-01-05",
}

ONE_DECLARATION: Mapping[str, Any] = {
    "source": "hotline",
    "record_id": "1",
    "document_number": "11010119000101001X",
    "name": "张三",
    "declared_at": "2022-06-08 08:00",
}


def document(i: int) -> str:
    """The valid number of an invented person; `i` below 1000."""
    first_17 = f"11010119000101{i:03}"
    return first_17 + check_character(first_17)


def person(i: int) -> UUID:
    """The pseudonym of `document(i)`."""
    return ring().pseudonym("resident_id", document(i))


def a_test(**changes: Any) -> dict[str, Any]:
    """The fields of a test record."""
    return {**ONE_TEST, "document_number": document(1), **changes}


def a_dose(**changes: Any) -> dict[str, Any]:
    """The fields of a vaccination record."""
    return {**ONE_DOSE, "document_number": document(1), **changes}


def a_declaration(**changes: Any) -> dict[str, Any]:
    """The fields of a declaration."""
    return {**ONE_DECLARATION, "document_number": document(1), **changes}


def cells(sheet: Sheet, fields: Mapping[str, Any]) -> list[Any]:
    """The fields as a row of the sheet; absent ones are None."""
    return [fields.get(column.name) for column in sheet.columns]


def csv_file(rows: Iterable[Mapping[str, Any]], *, sheet: Sheet = TESTS, encoding: str = "utf-8") -> bytes:
    """A CSV file with Chinese headers and every column."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(sheet.headers("zh-hans"))
    writer.writerows(cells(sheet, row) for row in rows)
    return text.getvalue().encode(encoding)


def dose_file(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The same for vaccinations."""
    return csv_file(rows, sheet=VACCINATIONS)


def ndjson(*lines: Mapping[str, Any]) -> bytes:
    """The body of a call."""
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def make_token(
    *,
    role: str = "feeder",
    secret: str = SECRET,
    expires_in: timedelta | None = None,
    scope: str = "everything",
) -> ApiToken:
    """A bearer token that reaches everything, or the given `kind:key`."""
    kind, _colon, key = scope.partition(":")
    token = ApiToken(
        secret_hash=secret_hash(secret),
        label="laboratory",
        role=role,
        scope_kind=kind,
        scope_key=key,
        created_at=NOON,
        created_by="tests",
        expires_at=NOON + expires_in if expires_in else None,
    )
    token.save(force_insert=True)
    return token


def post(client: Client, path: str, body: bytes, *, secret: str = SECRET, **headers: str) -> Any:
    """Call the interface."""
    headers = {"authorization": f"Bearer {secret}", **headers} if secret else headers
    return client.post(f"/api/v1/{path}", body, content_type="application/x-ndjson", headers=headers)


def outcomes(response: Any) -> list[dict[str, Any]]:
    """The answered lines."""
    return [json.loads(line) for line in response.content.splitlines()]


def brute_force() -> dict[UUID, list[Any]]:
    """What the latest samples must be, from the records alone: one instant a sample."""
    reports: dict[UUID, list[Report]] = {}
    for row in TestRecord.objects.filter(is_withdrawn=False):
        reports.setdefault(row.person_id, []).append(Report(row.sampled_at, row.tube))
    return {person_id: _latest(found) for person_id, found in reports.items()}


def _latest(reports: list[Report]) -> list[Any]:
    times = [reports[group[0]].sampled_at for group in one_sample(reports, zone())]
    return sorted(times, reverse=True)[:LATEST_KEPT]


def latest_samples() -> dict[UUID, list[Any]]:
    """What stands in the table."""
    return dict(LatestSamples.objects.values_list("person_id", "sampled_at"))


def close_connection() -> None:
    """At the end of a thread of a test."""
    connection.close()
