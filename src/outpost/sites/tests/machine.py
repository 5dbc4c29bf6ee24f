"""Acts at random, through the services, on a few construction sites with a clock of its own (R16). `checks.py` says
what must hold after each."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from outpost.audit import deletions
from outpost.audit.models import Deletion
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.core.stated import name_hash
from outpost.exchange.models import Import
from outpost.health import followers
from outpost.health.models import Declaration, DispositionRecord, TestRecord
from outpost.health.pass_facts import DECLARATIONS, DISPOSITIONS, TESTS, Part, read_anew
from outpost.health.rules import Disposition
from outpost.health.sealing import seal_texts
from outpost.people.rules import Document, DocumentType
from outpost.people.services import register_person
from outpost.sentinel.tests import ledgers
from outpost.sentinel.tests.ledgers import csv_file, id_number
from outpost.sites import services
from outpost.sites.models import Contract, PlaceRuleRow, Registration, SiteException
from outpost.sites.models.families import FamilyMember
from outpost.sites.rules.entering import PlaceRule
from outpost.sites.services.addresses import check_address
from outpost.sites.services.daily_health import report_one, report_rest
from outpost.sites.services.families import register_family, withdraw_family
from outpost.sites.services.recalling import recall
from outpost.sites.services.registering import register
from outpost.sites.tests.ledger import FAR_TOWN, NEAR_TOWN, contract_row
from outpost.sites.tests.test_registrations import person_row, stated
from outpost.sites.vocabularies import Checked, Relation
from outpost.testing.at_random import ActsAtRandom
from outpost.testing.cast import NOON

NAME = "甄工友"
EMPLOYERS = ("丙劳务有限公司", "丁劳务有限公司")
PLACES = ("湖南省长沙市", "湖南省株洲市", "贵州省")
HOMES = ("", "南沙街道示例路3号宿舍", "示例路3号宿舍", "南沙街道示例路5号宿舍")
RULED = ("", "湖南省", "湖南省 长沙市", "贵")
LEAP = datetime(2024, 2, 20, 17, 30, tzinfo=UTC)  # 29 February is near, and UTC is a day behind

people = st.integers(1, 8)
any_one = st.integers(0, 99)
numbers = st.integers(1, 3)
employers = st.sampled_from(EMPLOYERS)
places = st.sampled_from(PLACES)
homes = st.sampled_from(HOMES)


class SiteActs(ActsAtRandom):
    """The acts."""

    def __init__(self) -> None:
        super().__init__()
        self.imports: list[Import] = []

    def registration(self, number: int) -> Registration | None:
        living = Registration.objects.current().order_by("created_at", "trade", "contract__number")
        found: Registration | None = _turned(living, number)
        return found

    @initialize(start=st.sampled_from((NOON, LEAP)), declared=st.sets(people, min_size=5))
    def settle(self, start: datetime, declared: set[int]) -> None:
        """Two sites in one town, one in another; most people have declared, some are registered."""
        self.at = start
        rows = [
            contract_row(number, 所属镇街=FAR_TOWN if number == 3 else NEAR_TOWN, 用人单位=employer)
            for number in (1, 2, 3)
            for employer in EMPLOYERS[: 1 + number % 2]
        ]
        self._import("sites.contracts", rows)
        for person in sorted(declared):
            self.declare(person, person % 5, PLACES[person % 3], HOMES[person % 4])
        for person in sorted(declared)[:5]:
            self.register(person % 3 + 1, person, PLACES[person % 3], EMPLOYERS[0], HOMES[1])

    # --- contracts ------------------------------------------------------------------------------------------------

    @rule(number=numbers, employed=st.sets(employers, min_size=1), station=st.sampled_from("一二"))
    def file_contract(self, number: int, employed: set[str], station: str) -> None:
        """Anew, with further employers, or as it stands."""
        town = FAR_TOWN if number == 3 else NEAR_TOWN
        changes = {"所属镇街": town, "监督站": f"第{station}监督站"}
        rows = [contract_row(number, 用人单位=one, **changes) for one in sorted(employed)]
        self._import("sites.contracts", rows)

    @rule(number=numbers)
    def close(self, number: int) -> None:
        if found := self._contract(number):
            with self.act():
                services.close_contract(found.id, actor=self.command, at=self.at)

    @rule(back=st.integers(0, 3))
    def restore(self, back: int) -> None:
        """One of the last things that were taken away, whatever it was."""
        if found := list(Deletion.objects.order_by("-deleted_at")[back : back + 1]):
            with self.act():
                deletions.restore(found[0].id, actor=self.command, at=self.at)

    # --- people ---------------------------------------------------------------------------------------------------

    @rule(
        number=numbers,
        found=st.sets(people, min_size=1, max_size=3),
        place=places,
        employer=employers,
        home=homes,
    )
    def import_people(self, number: int, found: set[int], place: str, employer: str, home: str) -> None:
        changes = {"出发地": place, "用人单位": employer, "工种": str(self.at.minute), "居住地址": home}
        rows = [person_row(person, **changes) for person in sorted(found)]
        self._import("sites.registrations", rows, contract=f"HT{number:04}")

    @rule(back=st.integers(0, 2))
    def undo_import(self, back: int) -> None:
        if len(self.imports) > back:
            task = self.imports.pop(-1 - back)
            with self.act():
                ledgers.undo(task, actor=self.command, at=self.at)

    @rule(number=numbers, person=people, place=places, employer=employers, home=homes)
    def register(self, number: int, person: int, place: str, employer: str, home: str) -> None:
        if found := self._contract(number):
            told = stated(person, departure=place, employer=employer, trade=str(person), address=home)
            with self.act():
                register(found.id, told, actor=self.command, at=self.at)

    @rule(who=any_one)
    def withdraw(self, who: int) -> None:
        if row := self.registration(who):
            with self.act():
                services.withdraw_registration(row.id, actor=self.command, at=self.at)

    @rule(who=any_one)
    def check_address(self, who: int) -> None:
        if row := self.registration(who):
            with self.act():
                check_address(row.id, "本人另租房，已看合同", actor=self.command, at=self.at)

    @rule(who=any_one, person=people, relation=st.sampled_from(Relation.codes()))
    def bring_family(self, who: int, person: int, relation: str) -> None:
        if row := self.registration(who):
            told = {"document_number": id_number(person), "name": NAME, "relation": relation}
            with self.act():
                register_family(row.id, told, actor=self.command, at=self.at)

    @rule(who=any_one)
    def withdraw_family(self, who: int) -> None:
        if one := _turned(FamilyMember.objects.current().order_by("created_at"), who):
            with self.act():
                withdraw_family(one.id, actor=self.command, at=self.at)

    # --- in and out -----------------------------------------------------------------------------------------------

    @rule(who=st.sets(any_one, min_size=1, max_size=4), ago=st.sampled_from((0, 0, 0, 7)))
    def enter(self, who: set[int], ago: int) -> None:
        ids = {row.id for number in who if (row := self.registration(number))}
        with self.act():
            when = self.at - timedelta(hours=ago)
            services.enter(ids, Checked.DOCUMENT, occurred_at=when, actor=self.command, at=self.at)

    @rule(who=st.sets(any_one, min_size=1, max_size=3))
    def leave(self, who: set[int]) -> None:
        ids = {row.id for number in who if (row := self.registration(number))}
        with self.act():
            services.leave(ids, occurred_at=self.at, actor=self.command, at=self.at)

    @rule(who=any_one, days=st.integers(1, 5))
    def ask_exception(self, who: int, days: int) -> None:
        if row := self.registration(who):
            last_day = clock.local_day(self.at) + timedelta(days=days)
            with self.act():
                services.ask_exception(row.id, "抢修值班", last_day, actor=self.command, at=self.at)

    @rule(who=any_one, agrees=st.booleans())
    def answer_exception(self, who: int, agrees: bool) -> None:
        standing = SiteException.objects.filter(ended_at__isnull=True).order_by("asked_at")
        if found := _turned(standing, who):
            answer = services.agree_to_exception if agrees else services.end_exception
            with self.act():
                answer(found.id, actor=self.cast.actor("town"), at=self.at)

    @rule(who=any_one, place=st.sampled_from(RULED), days=st.sampled_from((0, 3, 7)), tests=st.integers(0, 2))
    def rule_for_place(self, who: int, place: str, days: int, tests: int) -> None:
        """The rule that holds for the place ends, or there is one from a day near today on."""
        holding = PlaceRuleRow.objects.filter(place=place, ends_on__isnull=True).first()
        with self.act():
            if holding is not None:
                services.end_place_rule(holding.id, actor=self.command, at=self.at)
            elif days or tests:
                begins_on = clock.local_day(self.at) + timedelta(days=who % 5 - 3)
                services.add_place_rule(
                    PlaceRule(place, days, tests, begins_on), actor=self.command, at=self.at
                )

    @rule()
    def recall(self) -> None:
        with self.act():
            recall(actor=self.command, at=self.at)

    # --- facts ----------------------------------------------------------------------------------------------------

    @rule(person=people, ago=st.integers(0, 12), place=places, home=homes)
    def declare(self, person: int, ago: int, place: str, home: str) -> None:
        """A declaration, of a journey some days ago or of none, with a home or without."""
        self.at += timedelta(minutes=1)
        row = Declaration(
            source="own", record_id=str(uuid4()), id=uuid4(), person_id=_person(person, self.at)
        )
        row.declared_at = row.received_at = self.at
        row.name_hash, row.departure = name_hash(ring(), NAME), place
        row.travelled_on = clock.local_day(self.at) - timedelta(days=ago) if ago else None
        row.sealed, row.stated_hash = seal_texts(ring(), row.id, {"home": home})
        row.save(force_insert=True)
        self._follow(row.person_id)

    @rule(person=people)
    def withdraw_declaration(self, person: int) -> None:
        """The last one that stands."""
        person_id = _person(person, self.at)
        standing = Declaration.objects.filter(person_id=person_id, is_withdrawn=False)
        if last := standing.order_by("-declared_at").first():
            Declaration.objects.filter(id=last.id).update(is_withdrawn=True)
            self._follow(person_id)

    @rule(person=people, disposition=st.sampled_from((*Disposition, Disposition.ADMITTED)))
    def dispose(self, person: int, disposition: Disposition) -> None:
        self.at += timedelta(minutes=1)
        row = DispositionRecord(person_id=_person(person, self.at), disposition=disposition)
        row.started_at = row.received_at = row.agreed_at = self.at
        row.save(force_insert=True)
        _read(DISPOSITIONS, row.person_id)

    @rule(person=people, hours=st.integers(0, 60), result=st.sampled_from(("negative",) * 4 + ("positive",)))
    def test(self, person: int, hours: int, result: str) -> None:
        row = TestRecord(
            source="lab", record_id=str(uuid4()), person_id=_person(person, self.at), result=result
        )
        row.sampled_at, row.received_at = self.at - timedelta(hours=hours), self.at
        row.save(force_insert=True)
        _read(TESTS, row.person_id)

    @rule(who=any_one, temperature=st.sampled_from((None, "36.5", "38.1")))
    def report_health(self, who: int, temperature: str | None) -> None:
        if row := self.registration(who):
            measured = Decimal(temperature) if temperature else None
            with self.act():
                report_one(row.id, measured, (), actor=self.command, at=self.at)

    @rule(number=numbers)
    def report_rest(self, number: int) -> None:
        if found := self._contract(number):
            with self.act():
                report_rest(found.id, None, actor=self.command, at=self.at)

    @rule(later=st.sampled_from((1, 7, 24, 60, 24 * 9)))
    def wait(self, later: int) -> None:
        self.at += timedelta(hours=later)

    def _follow(self, person_id: UUID) -> None:
        _read(DECLARATIONS, person_id)
        followers.tell_declared([person_id])

    def _contract(self, number: int) -> Contract | None:
        return Contract.objects.current().filter(number=f"HT{number:04}").first()

    def _import(self, kind: str, rows: list[dict[str, str]], **params: str) -> None:
        path = csv_file(self.folder / "sites.csv", list(rows[0]), [list(row.values()) for row in rows])
        with self.act():
            task = ledgers.send(path, kind, params, actor=self.command, at=self.at)
            if task.state == "checked":
                self.imports.append(ledgers.confirm(task, actor=self.command, at=self.at))


def _turned(found: Any, number: int) -> Any:
    rows = list(found)
    return rows[number % len(rows)] if rows else None


def _person(number: int, at: datetime) -> UUID:
    return register_person(Document(DocumentType.RESIDENT_ID, id_number(number)), NAME, at=at)


def _read(part: Part, person_id: UUID) -> None:
    read_anew(part, "SELECT %(person)s::uuid AS person_id", {"person": person_id})
