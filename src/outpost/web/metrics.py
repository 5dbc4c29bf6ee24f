"""Figures for Prometheus: requests by route, and how the queue of jobs stands. No names, no counts of people."""

import time
from collections.abc import Callable
from math import nan

from django.db import connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

REQUESTS = Counter("outpost_requests", "Answered requests", ["route", "method", "status"])
SECONDS = Histogram("outpost_request_seconds", "Time in the server", ["route"])
JOBS = Gauge("outpost_jobs", "Jobs by state", ["state"])
COPY_BEHIND = Gauge("outpost_copy_behind_bytes", "How far the second copy is behind; NaN where there is none")
_BEHIND = """SELECT min(pg_current_wal_lsn() - restart_lsn) FROM pg_replication_slots
  WHERE starts_with(slot_name, 'outpost_copy_')"""
JOB_STATES = ("todo", "doing", "failed")
# Every label is one of few: a stranger chooses the method, and each new value would stay in memory for good.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "OTHER"


class MetricsMiddleware:
    """Counts every answer under its route's name, never under its address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = match.view_name if match and match.view_name else "unknown"
        method = request.method if request.method in METHODS else OTHER
        REQUESTS.labels(route, method, response.status_code).inc()
        SECONDS.labels(route).observe(time.perf_counter() - begun)
        return response


def exposition() -> HttpResponse:
    """The figures in Prometheus' text format."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1")
        found = dict(cursor.fetchall())
        cursor.execute(_BEHIND)
        (behind,) = cursor.fetchone()
    COPY_BEHIND.set(nan if behind is None else behind)
    for state in JOB_STATES:
        JOBS.labels(state).set(found.get(state, 0))
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
