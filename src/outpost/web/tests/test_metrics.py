"""The figures for Prometheus."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_metrics_count_requests_by_route_and_jobs_by_state(client: Client) -> None:
    client.get("/healthz")
    text = client.get("/metrics").content.decode()
    assert 'outpost_requests_total{method="GET",route="web:healthz",status="200"}' in text
    assert 'outpost_jobs{state="failed"} 0.0' in text
    assert "outpost_copy_behind_bytes NaN" in text
    assert "/healthz" not in text
