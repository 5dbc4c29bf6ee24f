"""The cases that a gate reads, too, hold here: who may enter on which day, on which day an instant lies, digests."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from outpost.core.clock import local_day
from outpost.desks.gates import limits
from outpost.desks.sealing import from_b64u
from outpost.health.daily import Report, wellness
from outpost.health.rules import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, Disposition
from outpost.people.rules import DocumentType, normalise_document
from outpost.people.seals import Identity
from outpost.sites.gate import NORMAL_UP_TO
from outpost.sites.reading.gate import number_digest, told_of
from outpost.sites.rules.entering import Coming, Standing, failing

SHARED = Path(settings.PACKAGE).parents[1] / "tests" / "shared"
CASES = json.loads((SHARED / "entering.json").read_text("utf-8"))
DAYS = ("declared_on", "base_on", "left_on", "excepted_to")

pytestmark = pytest.mark.rules


def standing(told: dict[str, Any]) -> Standing:
    days = {name: date.fromisoformat(told[name]) if told[name] else None for name in DAYS}
    disposition = Disposition(told["disposition"]) if told["disposition"] else None
    coming = Coming(**_coming(told["coming"])) if told["coming"] else None
    return Standing(**told | days | {"disposition": disposition, "coming": coming})


def _coming(told: dict[str, Any]) -> dict[str, Any]:
    return told | {
        "at": datetime.fromisoformat(told["at"]),
        "disposition": Disposition(told["disposition"]),
    }


def test_who_may_enter_on_which_day() -> None:
    assert len(CASES["persons"]) > 100
    for case in CASES["persons"]:
        person = standing(case["person"])
        found = failing(person, date.fromisoformat(case["today"]))
        assert [[one.problem.code, dict(one.numbers)] for one in found] == case["failing"], case
        assert json.loads(json.dumps(told_of(person))) == case["person"]


def test_from_which_instant_one_that_begins_later_holds() -> None:
    assert len(CASES["instants"]) > 10
    for case in CASES["instants"]:
        person, at = standing(case["person"]), datetime.fromisoformat(case["at"])
        found = failing(person.as_of(at), local_day(at))
        assert [[one.problem.code, dict(one.numbers)] for one in found] == case["failing"], case
        assert json.loads(json.dumps(told_of(person))) == case["person"]


def test_the_golden_days_are_among_them() -> None:
    """29 February, 31 December, the nights on which Shanghai's clocks were shifted."""
    opened = {case["today"] for case in CASES["persons"] if case["failing"] == []}
    assert {"2024-03-01", "2024-03-02", "2023-01-01", "1986-05-10"} <= opened
    days = {case["day"] for case in CASES["days"]}
    assert {"1986-05-04", "1986-09-14", "1991-04-14", "1991-09-15", "2024-02-29", "2023-12-31"} <= days


def test_on_which_day_an_instant_lies() -> None:
    for case in CASES["days"]:
        assert local_day(datetime.fromisoformat(case["at"])).isoformat() == case["day"], case


def test_by_what_a_number_is_found() -> None:
    salt, today = from_b64u(CASES["salt"]) or b"", date(2022, 6, 8)
    for case in CASES["numbers"]:
        document = normalise_document(DocumentType(case["type"]), case["text"], today=today)
        identity = Identity(document.doc_type, "", document.number)
        assert number_digest(salt, identity) == case["digest"], case


def test_which_of_several_readings_counts() -> None:
    told = json.loads((SHARED / "temperatures.json").read_text("utf-8"))
    assert told["limits"] == limits(LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE, NORMAL_UP_TO)
    start = datetime.fromisoformat("2022-06-08T00:00:00+00:00")
    for case in told["readings"]:
        reports = [
            Report(
                start + timedelta(minutes=one["minutes"]), Decimal(one["degrees"]), (), one["method"] or ""
            )
            for one in case["taken"]
        ]
        days = [local_day(one.reported_at) for one in reports]
        today = [one for one in reports if local_day(one.reported_at) == days[-1]]
        before = [one for one in reports if local_day(one.reported_at) != days[-1]]
        assert wellness(today, before) == case["amounts_to"], case
