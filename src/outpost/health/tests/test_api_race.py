"""The same lines sent by five clients at once are one row each."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from outpost.audit.models import RowVersion
from outpost.health.models import TestRecord
from outpost.health.services import records
from outpost.health.tests.records import (
    a_test,
    brute_force,
    document,
    latest_samples,
    make_token,
    ndjson,
    outcomes,
    post,
)

pytestmark = [pytest.mark.slow, pytest.mark.promise("R3")]

CLIENTS, LINES, ROUNDS = 5, 40, 3


def _send_all(bodies: list[bytes]) -> list[list[dict[str, Any]]]:
    """Each body from a client of its own, all at the same moment."""
    start = Barrier(len(bodies))

    def send(body: bytes) -> list[dict[str, Any]]:
        try:
            start.wait()
            response = post(Client(), "tests", body)
            assert response.status_code == 200, response.content
            return outcomes(response)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


def test_one_row_for_each_id_and_one_client_that_made_it(transactional_db: None) -> None:
    make_token()
    for number in range(ROUNDS):
        lines = [a_test(record_id=f"{number}-{i}", document_number=document(i)) for i in range(LINES)]
        answers = _send_all([ndjson(*lines)] * CLIENTS)
        by_line = zip(*answers, strict=True)
        told = [Counter(line["outcome"] for line in same) for same in by_line]
        assert told == [Counter(new=1, unchanged=CLIENTS - 1)] * LINES
        assert TestRecord.objects.filter(record_id__startswith=f"{number}-").count() == LINES
    assert latest_samples() == brute_force()


def test_of_different_contents_each_is_kept(transactional_db: None) -> None:
    make_token()
    tubes = [f"T{i}" for i in range(CLIENTS)]
    answers = _send_all([ndjson(a_test(tube=tube)) for tube in tubes])
    assert Counter(line["outcome"] for (line,) in answers) == Counter(new=1, replaced=CLIENTS - 1)
    kept = [version.row["tube"] for version in RowVersion.objects.filter(table="health_testrecord")]
    assert sorted([TestRecord.objects.get().tube, *kept]) == tubes
    assert latest_samples() == brute_force()


def test_a_call_does_not_wait_behind_a_large_import(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_token()
    monkeypatch.setattr(records, "LOCK_PATIENCE", "200ms")
    with psycopg.connect(**connection.get_connection_params()) as importer:
        importer.execute("LOCK TABLE health_testrecord IN EXCLUSIVE MODE")
        response = post(Client(), "tests", ndjson(a_test()))
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert outcomes(post(Client(), "tests", ndjson(a_test())))[0]["outcome"] == "new"
