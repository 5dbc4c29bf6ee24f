"""What must hold of construction sites at any instant: the tables read plainly against what the product says (R16).

Days are counted one by one here, and every row is looked at: slow, and with nothing of the product's own counting.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.health.daily import is_failed
from outpost.health.models import DailyReport, Declaration, DispositionRecord, TestRecord
from outpost.health.sealing import declaration_context
from outpost.sites.models import Contract, Employer, PlaceRuleRow, Registration, SiteException, Stay
from outpost.sites.models.families import FamilyMember
from outpost.sites.queries import contracts as queries
from outpost.sites.queries import families, people
from outpost.sites.queries.entering import obstacles_of
from outpost.sites.rules.addresses import is_same
from outpost.sites.sheets import supervision
from outpost.sites.vocabularies import ENTERED, Presence, Roll

AWAY_DAYS = 7


@dataclass(frozen=True)
class Sites:
    """All rows, and who reads them at which instant; `sees`: by the code of a town; `turn`: which of several contracts
    or filters is asked this time."""

    actor: Actor
    sees: Callable[[str], bool]
    at: datetime
    turn: int
    contracts: list[Contract]
    reported: set[UUID]
    employers: list[Employer]
    registrations: list[Registration]
    stays: list[Stay]
    family: list[FamilyMember]

    @classmethod
    def read(cls, actor: Actor, sees: Callable[[str], bool], at: datetime, turn: int) -> "Sites":
        """Closed and withdrawn ones too."""
        tables: Iterable[Any] = (Employer, Registration, Stay, FamilyMember)
        contracts = list(Contract.objects.select_related("project"))
        rows = (list(table.objects.all()) for table in tables)
        today = DailyReport.objects.filter(day=local_day(at))
        reported = {one.person_id for one in today if not is_failed(one.temperature) or one.symptoms}
        return cls(actor, sees, at, turn, contracts, reported, *rows)

    def seen(self) -> list[Contract]:
        return [one for one in self.contracts if one.removed_at is None and self.sees(one.project.region_id)]

    def one(self) -> list[Contract]:
        """One of those seen, each in its turn; none without any."""
        seen = sorted(self.seen(), key=lambda one: one.number)
        return [seen[self.turn % len(seen)]] if seen else []

    def of(self, contract: Contract) -> list[Registration]:
        return [
            one for one in self.registrations if one.contract_id == contract.id and one.removed_at is None
        ]

    def inside(self, row: Registration) -> bool:
        return any(stay.registration_id == row.id and stay.left_at is None for stay in self.stays)

    def entered(self, row: Registration) -> bool:
        return any(stay.registration_id == row.id for stay in self.stays)

    def counted(self, contract: Contract) -> tuple[int, ...]:
        """Employers, registered, on site, have entered, on site and not reported today, registered and reported, whose
        address waits to be cleared up."""
        employed = [
            one for one in self.employers if one.contract_id == contract.id and one.removed_at is None
        ]
        mine = self.of(contract)
        inside = [one for one in mine if self.inside(one)]
        unreported = sum(one.person_id not in self.reported for one in inside)
        known = [one for one in mine if one.unverified_since is None or self.entered(one)]
        reported = sum(one.person_id in self.reported for one in known)
        waiting = sum(self.waits(one) for one in mine)
        return (
            len(employed),
            len(mine),
            len(inside),
            sum(map(self.entered, mine)),
            unreported,
            reported,
            waiting,
        )

    def waits(self, row: Registration) -> bool:
        """Whether the address of somebody differs from the home declared last, and nobody has said why since."""
        declared = Declaration.objects.filter(person_id=row.person_id, is_withdrawn=False)
        known = sorted(
            (one for one in declared if one.declared_at <= self.at), key=lambda one: one.declared_at
        )
        homes = [(one, home) for one in known if (home := home_stated(one))]
        address = row.stated(ring()).address
        if row.unverified_since is not None or not address or not homes or is_same(address, homes[-1][1]):
            return False
        since = max(row.updated_at, homes[-1][0].received_at)
        return row.address_checked_at is None or row.address_checked_at < since


def home_stated(declared: Declaration) -> str:
    """What a declaration says of where somebody lives."""
    if declared.sealed is None:
        return ""
    opened = ring().open(bytes(declared.sealed), declaration_context(declared.id))
    return str(orjson.loads(opened).get("home", ""))


def check_figures(found: Sites) -> None:
    """监督查询: headline, rows, file, JSON, by station and all, against every row."""
    station = ("", "第一监督站")[found.turn % 2]
    shown = [one for one in found.seen() if station in ("", one.project.station)]
    plain = {one.number: found.counted(one) for one in shown}
    values = {"station": station} if station else {}
    contracts = queries.contracts(values, actor=found.actor)
    rows = {
        row.contract.number: (
            *(row.employers, row.registered, row.on_site, row.people, row.unreported, row.reported),
            row.addresses,
        )
        for row in queries.contract_rows(contracts, actor=found.actor, on=local_day(found.at))
    }
    assert rows == plain
    sums = [sum(column) for column in zip(*plain.values(), strict=True)] or [0] * 7
    firms = len({one.general_contractor for one in shown})
    total = queries.headline(contracts, actor=found.actor, on=local_day(found.at))
    assert total == queries.Headline(
        *(len(plain), firms, sums[0], sums[1], sums[2], sums[4], sums[6]),
        agreed=0,
        unregistered=0,
        not_stated=len(plain),
    )
    file = supervision.SupervisionExport(supervision.SupervisionExport.views[0])
    lines = list(file.rows(file.check(values, found.actor), found.actor))
    assert {line[0]: (*line[-9:-4], line[-3], line[-1]) for line in lines} == plain
    told = supervision.report(actor=found.actor, at=found.at, station=station)
    keys = ("employers", "pre_registered", "on_site", "people", "unreported", "reported", "addresses")
    assert {row["contract"]: tuple(row[key] for key in keys) for row in told["rows"]} == plain
    totals = ("contracts", "employers", "registered", "on_site", "unreported", "addresses")
    assert [told[key] for key in totals] == [len(plain), *sums[:3], sums[4], sums[6]]


def check_lists(found: Sites) -> None:
    """Each figure opens a list of so many, and its filters part it."""
    for contract in found.one():
        mine = found.of(contract)
        wanted = {
            "": [one.id for one in mine],
            ENTERED: [one.id for one in mine if found.entered(one)],
            Presence.INSIDE.value: [one.id for one in mine if found.inside(one)],
            Presence.LEFT.value: [one.id for one in mine if found.entered(one) and not found.inside(one)],
            Presence.NEVER.value: [one.id for one in mine if not found.entered(one)],
        }
        missing = [one.id for one in mine if found.inside(one) and one.person_id not in found.reported]
        assert sorted(
            row.id for row in people.unreported(contract, {}, actor=found.actor, at=found.at)
        ) == sorted(missing)
        differing = people.registrations(contract, {"address": "differs"}, actor=found.actor, at=found.at)
        assert sorted(row.id for row in differing) == sorted(one.id for one in mine if found.waits(one))
        for presence, ids in wanted.items():
            listed = people.registrations(
                contract, {"presence": presence} if presence else {}, actor=found.actor, at=found.at
            )
            assert sorted(row.id for row in listed) == sorted(ids), presence
        for roll in Roll:
            listed = people.registrations(contract, {"roll": roll.value}, actor=found.actor, at=found.at)
            assert listed.count() == sum(one.roll == roll for one in mine)
        _check_rows(found, contract, mine)


def _check_rows(found: Sites, contract: Contract, mine: list[Registration]) -> None:
    """What stands in the rows: where somebody is, with how many, how they are."""
    standing = {
        one.id: one for one in found.family if one.removed_at is None and one.registration_id in _ids(mine)
    }
    reports = list(DailyReport.objects.filter(day=local_day(found.at)))
    shown = people.registrations(contract, {}, actor=found.actor, at=found.at)
    for row in people.registration_rows(shown, at=found.at):
        where = Presence.NEVER if not found.entered(row.registration) else Presence.LEFT
        assert row.presence is (Presence.INSIDE if found.inside(row.registration) else where)
        assert row.family == sum(one.registration_id == row.id for one in standing.values())
        said = [one for one in reports if one.person_id == row.registration.person_id]
        assert (row.wellness == "missing") is (not said)
    listed = families.family_rows(families.family_listed(contract, actor=found.actor), at=found.at)
    assert {one.id for one in listed} == standing.keys()
    working = {one.person_id for one in found.registrations if _stands(found, one)}
    assert all(one.works_elsewhere is (one.member.person_id in working) for one in listed)
    assert not {one.person_id for one in mine} & {one.person_id for one in standing.values()}
    assert len({one.person_id for one in standing.values()}) == len(standing)


def check_inside(found: Sites) -> None:
    """Who is on site now and was at two instants before, at one site at most; who has to leave."""
    current = {one.id for one in found.contracts if one.removed_at is None}
    for contract in found.one():
        for back in (0, 3, 30):
            at = found.at - timedelta(hours=back)
            there = [
                stay.id
                for stay in found.stays
                if stay.contract_id == contract.id
                and stay.entered_at <= at
                and (stay.left_at is None or stay.left_at > at)
            ]
            assert sorted(stay.id for stay in people.inside(contract, at, actor=found.actor)) == sorted(there)
    open_ones = [stay for stay in found.stays if stay.left_at is None]
    assert len({stay.person_id for stay in open_ones}) == len(open_ones)
    registered = {one.id for one in found.registrations if one.removed_at is None}
    assert all(stay.registration_id in registered and stay.contract_id in current for stay in open_ones)
    towns = {one.id: one.project.region_id for one in found.contracts}
    held = [
        stay.id
        for stay in open_ones
        if found.sees(towns[stay.contract_id]) and _held(stay.person_id, found.at)
    ]
    assert sorted(one.id for one in people.to_leave_seen(actor=found.actor, at=found.at)) == sorted(held)


def check_verdicts(found: Sites) -> None:
    """Whether somebody may enter now, and every condition that fails, by days counted one by one; the same with the
    orders that held some hours ago."""
    rules = list(PlaceRuleRow.objects.all())
    for contract in found.one():
        rows = list(people.registrations(contract, {}, actor=found.actor, at=found.at))
        told = obstacles_of(rows, at=found.at)
        for row in rows:
            codes = sorted(one.problem.code for one in told[row.id])
            assert codes == sorted(_failing(row, rules, found)), codes
        earlier = found.at - timedelta(hours=7)
        before = obstacles_of(rows, at=earlier)
        for row in rows:
            ordered = any(one.problem.code == "sites.ordered" for one in before[row.id])
            assert ordered is (_order(row.person_id, earlier) not in (None, "admitted"))


def _failing(row: Registration, rules: list[PlaceRuleRow], found: Sites) -> Iterable[str]:
    today = local_day(found.at)
    excepted = any(
        one.agreed_at is not None and one.ended_at is None and one.last_day >= today
        for one in SiteException.objects.filter(registration=row)
    )
    if _order(row.person_id, found.at) not in (None, "admitted"):
        yield "sites.ordered"
    if _is_positive(row.person_id, found.at):
        yield "sites.tested_positive"
    if not excepted:
        yield from _missing(row, rules, found, today)


def _missing(row: Registration, rules: list[PlaceRuleRow], found: Sites, today: date) -> Iterable[str]:
    standing = Declaration.objects.filter(person_id=row.person_id, is_withdrawn=False)
    declared = sorted(standing, key=lambda one: one.declared_at)
    if not declared:
        yield "sites.not_declared"
        return
    last = declared[-1]
    left = [stay.left_at for stay in found.stays if stay.person_id == row.person_id and stay.left_at]
    is_away = bool(left) and _full_days(local_day(max(left)), today) > AWAY_DAYS
    if is_away and local_day(last.declared_at) <= local_day(max(left)):
        yield "sites.away_too_long"
    travelled = [one.travelled_on for one in declared if one.travelled_on]
    base_on = max(travelled) if travelled else local_day(last.declared_at)
    asked = [one for place in (row.departure, last.departure) if (one := _rule(place, rules, today))]
    days = max((one.isolation_days for one in asked), default=0)
    if _full_days(base_on, today) < days or today < base_on:
        yield "sites.isolation_runs"
    negative = TestRecord.objects.filter(person_id=row.person_id, result="negative")
    tested = {local_day(one.sampled_at) for one in negative}
    if len([day for day in tested if base_on < day <= today]) < max((one.tests for one in asked), default=0):
        yield "sites.tests_missing"


def _rule(place: str, rules: list[PlaceRuleRow], today: date) -> PlaceRuleRow | None:
    """The rule of the longest name that the place begins with; of two the one that began later."""
    best: PlaceRuleRow | None = None
    for one in rules:
        holds = one.begins_on <= today and (one.ends_on is None or today < one.ends_on)
        if not holds or not place.replace(" ", "").startswith(one.place.replace(" ", "")):
            continue
        rank = (len(one.place.replace(" ", "")), one.begins_on)
        if best is None or rank > (len(best.place.replace(" ", "")), best.begins_on):
            best = one
    return best


def _full_days(base_on: date, today: date) -> int:
    """Whole days after the base day and before today, one by one."""
    count, day = 0, base_on + timedelta(days=1)
    while day < today:
        count, day = count + 1, day + timedelta(days=1)
    return count


def _order(person_id: UUID, at: datetime) -> str | None:
    """The latest disposition by an instant."""
    found = [one for one in DispositionRecord.objects.filter(person_id=person_id) if one.started_at <= at]
    return max(found, key=lambda one: one.started_at).disposition if found else None


def _is_positive(person_id: UUID, at: datetime) -> bool:
    positive = [one.sampled_at for one in TestRecord.objects.filter(person_id=person_id, result="positive")]
    lifted = DispositionRecord.objects.filter(person_id=person_id).order_by("-started_at").first()
    is_lifted = lifted is not None and lifted.disposition == "admitted"
    return bool(positive) and not (is_lifted and lifted.started_at >= max(positive))  # type: ignore[union-attr]


def _held(person_id: UUID, at: datetime) -> bool:
    return _order(person_id, at) not in (None, "admitted") or _is_positive(person_id, at)


def _stands(found: Sites, row: Registration) -> bool:
    living = {one.id for one in found.contracts if one.removed_at is None}
    return row.removed_at is None and row.contract_id in living


def _ids(rows: list[Registration]) -> set[UUID]:
    return {row.id for row in rows}


CHECKS = (check_figures, check_lists, check_inside, check_verdicts)
