"""The figures for Prometheus."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from outpost.health.tests.records import SECRET, make_token
from outpost.web.metrics import REQUESTS


@pytest.mark.django_db
def test_metrics_count_requests_by_route_and_jobs_by_state(client: Client) -> None:
    client.get("/healthz")
    text = client.get("/metrics").content.decode()
    assert 'outpost_requests_total{method="GET",route="web:healthz",status="200"}' in text
    assert 'outpost_jobs{state="failed"} 0.0' in text
    assert "outpost_copy_behind_bytes NaN" in text
    assert "/healthz" not in text


@pytest.mark.promise("P6")
@pytest.mark.django_db
def test_made_up_methods_are_refused_and_make_no_label(client: Client) -> None:
    client.get("/healthz")
    before = {tuple(sample.labels.values()) for metric in REQUESTS.collect() for sample in metric.samples}
    answers = [
        client.generic(f"MADEUP{n}", path) for n in range(20) for path in ("/healthz", "/me", "/api/v1/tests")
    ]
    assert {answer.status_code for answer in answers} == {501}
    assert all(answer.headers["X-Frame-Options"] == "DENY" for answer in answers)
    after = {tuple(sample.labels.values()) for metric in REQUESTS.collect() for sample in metric.samples}
    assert {labels for labels in after - before if "MADEUP" in str(labels)} == set()
    assert len(after - before) <= 1  # OTHER


@pytest.mark.promise("W5")
@pytest.mark.django_db
def test_production_closes_what_tells_of_the_machine(client: Client, settings: Settings) -> None:
    for path in ("/metrics", "/api/v1/docs", "/api/v1/openapi.json"):
        assert client.get(path, REMOTE_ADDR="192.0.2.1").status_code == 200
    settings.OUTPOST_PRODUCTION = True
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
    for path in ("/api/v1/docs", "/api/v1/openapi.json"):
        assert client.get(path).status_code == 401
    make_token()
    described = client.get("/api/v1/openapi.json", headers={"authorization": f"Bearer {SECRET}"})
    assert described.status_code == 200
