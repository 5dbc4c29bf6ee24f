"""How long each class of data is kept: names, defaults, the least that may be set. Pure; `audit.purging` removes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """Days that a class is kept by default, and the fewest that a deployment may set."""

    days: int
    least: int


# Imports can be taken back for as long as every installation keeps replaced rows.
UNDO_DAYS = 60

# In the order in which they are purged: what refers to something goes before it.
PERIODS: Mapping[str, Period] = {
    "tests": Period(365, 62),  # the widest rule looks back 31 days, the statistics a month and the one before
    "objections": Period(180, 31),
    "declarations": Period(90, 62),  # a pass looks back at most 60 days
    "dispositions": Period(365, 62),
    "findings": Period(180, 31),
    "follow_ups": Period(180, 31),
    "runs": Period(365, 62),
    "staff": Period(180, 31),
    "organizations": Period(180, 31),
    "check_ins": Period(30, 30),  # as long as an offline gate may send one again
    "venues": Period(180, 31),
    "sites": Period(180, 31),
    "cases": Period(365, 62),
    "vaccinations": Period(90, 31),
    "history": Period(180, UNDO_DAYS),
    "files": Period(365, UNDO_DAYS),
    "people": Period(30, 1),
    "messages": Period(180, 7),
    "deliveries": Period(90, 7),
    "jobs": Period(30, 1),
    "audit": Period(365, 184),  # six months by law, whichever six
}

# Classes that have another name now: a deployment that sets them must not lose its period in silence.
RENAMED = {"events": "jobs"}

_SETTING = re.compile(r"([a-z_]+)=(\d{1,5})")


def periods(text: str = "") -> dict[str, int]:
    """Days by class: the defaults, changed by a setting like `tests=180,audit=400`.

    Raises ValueError that names the entry and what is allowed.
    """
    found = {name: period.days for name, period in PERIODS.items()}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        match = _SETTING.fullmatch(entry)
        if match and match[1] in RENAMED:
            new = RENAMED[match[1]]
            raise ValueError(f"{entry}: the class {match[1]} is called {new} now; write {new}={match[2]}")
        if match is None or match[1] not in PERIODS:
            raise ValueError(f"{entry}: write <class>=<days>; classes are {', '.join(PERIODS)}")
        days, least = int(match[2]), PERIODS[match[1]].least
        if days < least:
            raise ValueError(f"{entry}: {match[1]} are kept for {least} days at least")
        found[match[1]] = days
    return found


def first_kept_days(today: date, kept: Mapping[str, int]) -> dict[str, date]:
    """By class the first local day that stays when the classes are purged on `today`."""
    return {name: today - timedelta(days=days) for name, days in kept.items()}
