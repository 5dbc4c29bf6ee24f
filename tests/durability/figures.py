"""The figures of a served installation, held against its facts, which are read past it and counted by hand."""

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from outpost.health.rules import (
    BUILT_IN_PRODUCTS,
    DOSES,
    DoseGiven,
    DoseStatus,
    VaccinationHistory,
    dose_states,
)
from tests.durability.poster import CIRCLE
from tests.faults.installation import CATEGORY, Installation
from tests.faults.tables import BODIES, a_row, number_of, write_csv

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2022, 6, 1), date(2022, 6, 28)
JUDGED = tuple(FIRST + timedelta(days=days) for days in range(3, 28))
WINDOW_DAYS, LEAST_TESTS = 3, 2
PATIENCE = 60.0
PRODUCTS = {product.code: product for product in BUILT_IN_PRODUCTS}

STAFF = """SELECT s.person_id, r.name FROM sentinel_staffmember s JOIN sentinel_enrolment e ON e.id = s.enrolment_id
  JOIN regions_organization o ON o.id = e.organization_id JOIN regions_region r ON r.code = o.region_id"""
SAMPLES = "SELECT DISTINCT person_id, date_trunc('minute', sampled_at) FROM health_testrecord WHERE NOT is_withdrawn"
STORED = "SELECT (SELECT count(*) FROM health_testrecord), (SELECT count(*) FROM health_vaccination)"
GIVEN = "SELECT person_id, given_on, dose, product_id FROM health_vaccination WHERE NOT is_withdrawn"


Told = tuple[dict[str, tuple[int, int, int]], dict[str, list[tuple[int, int]]], int]
"""Tests by town, doses by town, how many missed."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Who works in which town, on which days each was sampled (a day a sample), what each was given."""

    towns: Mapping[UUID, str]
    sampled_on: Mapping[UUID, Sequence[date]]
    given: Mapping[UUID, Sequence[DoseGiven]]

    @classmethod
    def of(cls, installation: Installation) -> "Facts":
        """As they stand now."""
        towns = dict(installation.rows(STAFF))
        days: dict[UUID, list[date]] = {person: [] for person in towns}
        for person, at in sorted(installation.rows(SAMPLES)):
            days[person].append(local_day(at))
        given: dict[UUID, list[DoseGiven]] = {person: [] for person in towns}
        for person, on, dose, product in sorted(installation.rows(GIVEN)):
            given[person].append(DoseGiven(given_on=on, dose=dose, product=product))
        return cls(towns, days, given)

    def tests(self) -> dict[str, tuple[int, int, int]]:
        """By town: staff, tested, samples of the four weeks."""
        found = {town: [0, 0, 0] for town in self.towns.values()}
        for person, town in self.towns.items():
            samples = sum(FIRST <= day <= LAST for day in self.sampled_on[person])
            for place, count in enumerate((1, int(samples > 0), samples)):
                found[town][place] += count
        return {town: (staff, tested, samples) for town, (staff, tested, samples) in found.items()}

    def doses(self) -> dict[str, list[tuple[int, int]]]:
        """By town, for each dose: who may have it, who has had it, on the last of the four weeks."""
        counts: Counter[tuple[str, int, DoseStatus]] = Counter()
        for person, town in self.towns.items():
            history = VaccinationHistory(tuple(self.given[person]))
            for dose, state in zip(DOSES, dose_states(history, LAST, PRODUCTS), strict=True):
                counts[town, dose, state.status] += 1
        standings = (DoseStatus.ELIGIBLE, DoseStatus.DONE)
        return {
            town: [(counts[town, dose, standings[0]], counts[town, dose, standings[1]]) for dose in DOSES]
            for town in set(self.towns.values())
        }

    def missed(self, on: date) -> int:
        """How many have too few samples in the window before a day."""
        window = {on - timedelta(days=days) for days in range(1, WINDOW_DAYS + 1)}
        return sum(sum(day in window for day in days) < LEAST_TESTS for days in self.sampled_on.values())


def local_day(at: datetime) -> date:
    return at.astimezone(ZONE).date()


@dataclass(frozen=True, slots=True)
class Figures:
    """What the installation tells: statistics by the served calls, the match by its command."""

    installation: Installation
    address: str
    token: str

    def report(self, name: str, **asked: str) -> list[dict[str, Any]]:
        """The rows of a statistic, by town. Raises OSError where nobody answers."""
        address = f"{self.address}/api/v1/sentinel/{name}?{urlencode({'by': 'town', **asked})}"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {self.token}"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310 - our own server
            rows: list[dict[str, Any]] = json.load(response)["rows"]
        return rows

    def tests(self) -> dict[str, tuple[int, int, int]]:
        rows = self.report("test-statistics", **{"from": FIRST.isoformat(), "to": LAST.isoformat()})
        return {row["group"]: (row["staff"], row["tested"], row["samples"]) for row in rows}

    def doses(self) -> dict[str, list[tuple[int, int]]]:
        rows = self.report("vaccination-statistics", date=LAST.isoformat())
        return {row["group"]: [(dose["eligible"], dose["done"]) for dose in row["doses"]] for row in rows}

    def missed(self, on: date) -> int:
        """Match a day anew. Raises OSError where the database is away."""
        done = self.installation.run("nightly", "--date", on.isoformat(), "--category", CATEGORY, "--json")
        if done.code:
            raise OSError(done.err)
        (category,) = done.document["categories"]
        assert category["judged"] == CIRCLE
        return int(category["missed"])

    def check(self, on: date) -> None:
        """Require that all figures equal the facts, while the senders are paused."""
        deadline = time.monotonic() + PATIENCE
        while not (found := self.of_an_instant(on)):
            assert time.monotonic() < deadline, "nobody answers, or the facts go on changing"
            time.sleep(0.2)
        facts, told = found
        assert told == (facts.tests(), facts.doses(), facts.missed(on)), "figures differ from the facts"

    def of_an_instant(self, on: date) -> tuple[Facts, Told] | None:
        """Facts and figures; None where a call was still under way, or what was killed is still being started."""
        try:
            before = self.installation.rows(STORED)
            told = (self.tests(), self.doses(), self.missed(on))
            facts = Facts.of(self.installation)
            return (facts, told) if self.installation.rows(STORED) == before else None
        except (OSError, psycopg.OperationalError):
            return None


def enter_staff(installation: Installation, directory: Path) -> None:
    """Everybody of whom facts are sent works here, in one of two towns; the category's rule is set."""
    bodies = [body["主体名称"] for body in BODIES]
    rows = [
        a_row("staff", person, 主体名称=bodies[person % 2], 身份证号码=number_of(person))
        for person in range(CIRCLE)
    ]
    done = installation.import_file("staff", write_csv(directory / "staff.csv", "staff", rows))
    assert done.counts == (CIRCLE, CIRCLE, 0, 0, 0), done.err
    rule = f"{WINDOW_DAYS}/{LEAST_TESTS}"
    assert installation.run("category", "set", CATEGORY, "--rule", rule, "--json").code == 0
