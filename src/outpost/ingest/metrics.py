"""Figures of one lane for Prometheus. No names, no counts of people."""

from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from outpost.ingest.answers import Written

ANSWERS = Counter("outpost_lane_answers", "Answered check-ins", ["status"])
WAITING = Gauge("outpost_lane_waiting", "Check-ins that wait for the writer")
BATCH = Histogram("outpost_lane_batch", "Check-ins of one transaction", buckets=(1, 4, 16, 64, 256, 1024))
COMMIT = Histogram("outpost_lane_commit_seconds", "Time of one transaction")


def exposition() -> Written:
    """The figures in Prometheus' text format."""
    return HTTPStatus.OK, [("content-type", CONTENT_TYPE_LATEST)], generate_latest()
