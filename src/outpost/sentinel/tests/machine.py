"""Acts at random, through the services, on a small district with a clock of its own (R16). `checks.py` says what must
hold after each."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from outpost.audit import deletions
from outpost.audit.models import Deletion
from outpost.audit.purging import Span
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.exchange.models import Import
from outpost.health import retention as health_retention
from outpost.health import services as health
from outpost.health.models import Product
from outpost.health.sheets import TESTS, VACCINATIONS, TestParser, VaccinationParser
from outpost.health.tests.records import a_dose, a_test, cells, csv_file, dose_file
from outpost.sentinel import retention
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import Category, Enrolment, StaffMember
from outpost.sentinel.queries import match
from outpost.sentinel.services import categories
from outpost.sentinel.services.alerts import AlertEntry, send_alerts, set_alert, set_command_group
from outpost.sentinel.services.categories import CategoryEntry, JobRuleEntry
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.services.organizations import add_organization, remove_organizations
from outpost.sentinel.services.staff import add_staff, change_staff, remove_staff
from outpost.sentinel.tests import ledgers
from outpost.sentinel.tests.checks import check_run, read_district
from outpost.sentinel.tests.figures import check_messages
from outpost.sentinel.tests.ledgers import entry, id_number, organization_entry, staff_row
from outpost.testing.at_random import ActsAtRandom

SYSTEM = Actor.system("test")
JOBS = ("搬运工", "司机", "保洁员")
RULES = ("3/2", "7/1", "1/1", "2/1", "7/3", "off")
STATUS = ("有效", "有效", "作废")
HEADER = (*ledgers.STAFF_HEADER, "入职日期", "在岗状态")
MANY = 20  # samples: more of a person than are kept apart

people = st.integers(1, 10)
any_one = st.integers(0, 99)
jobs = st.sampled_from(JOBS)
days = st.sampled_from((-2, 0, 1, 2, 3, 7, 30))
hours = st.one_of(
    st.integers(0, 240), st.sampled_from((12, 24, 36, 48, 60, 72, 84, 336))
)  # noon: the midnights
records = st.integers(1, 12)


class LedgerActs(ActsAtRandom):
    """The acts."""

    def __init__(self) -> None:
        super().__init__()
        self.imports: list[Import] = []

    def clocks(self) -> list[AbstractContextManager[Callable[[], datetime]]]:
        return [*super().clocks(), patch.object(match, "data_as_of", lambda: self.at)]

    @property
    def today(self) -> str:
        return clock.local_day(self.at).isoformat()

    def member(self, number: int) -> StaffMember | None:
        living = list(StaffMember.objects.current().order_by("created_at", "position", "id"))
        return living[number % len(living)] if living else None

    def place(self, number: int) -> Enrolment:
        known = Enrolment.objects.select_related("organization")
        placed = list(
            known.order_by("created_at", "category", "organization__name")
        )  # no id: a seed repeats a run
        return placed[number % len(placed)]

    def day(self, back: int) -> str:
        return (clock.local_day(self.at) - timedelta(days=back)).isoformat()

    def moment(self, back: int) -> str:
        local = (self.at - timedelta(hours=back)).astimezone(clock.zone())
        return local.strftime("%Y-%m-%d %H:%M:%S")

    # --- the ledger ---------------------------------------------------------------------------------------------

    @initialize()
    def settle(self) -> None:
        """A third organisation, in both categories; alerts on; people who are there already."""
        health.ensure_products()
        for code in ("cast-cold", "cast-courier"):
            add_organization(code, organization_entry(), actor=self.command, at=self.at)
            set_alert(AlertEntry(code, is_on=True, tells_principals=True), actor=SYSTEM, at=self.at)
        set_command_group([self.cast.users["command"].id], actor=SYSTEM, at=self.at)
        for person in range(1, 6):
            self.enter(person, person, JOBS[person % 3], 30)

    @rule(person=people, where=any_one, job=jobs, joined=days)
    def enter(self, person: int, where: int, job: str, joined: int) -> None:
        stated = entry(person, job_type=job, joined_on=self.day(joined))
        with self.act():
            add_staff(self.place(where).id, stated, actor=self.command, at=self.at)

    @rule(who=any_one, person=people, job=jobs, joined=days)
    def change(self, who: int, person: int, job: str, joined: int) -> None:
        """Another job and day, and of half of them another number."""
        if member := self.member(who):
            number = id_number(person) if person % 2 else ""
            stated = entry(person, document_number=number, job_type=job, joined_on=self.day(joined))
            with self.act():
                change_staff(member.id, stated, actor=self.command, at=self.at)

    @rule(who=any_one)
    def remove(self, who: int) -> None:
        if member := self.member(who):
            with self.act():
                remove_staff([member.id], actor=self.command, at=self.at)

    @rule(who=any_one, person=people, where=any_one)
    def move(self, who: int, person: int, where: int) -> None:
        """Out of one organisation and into another at the same instant."""
        if member := self.member(who):
            with self.act():
                remove_staff([member.id], actor=self.command, at=self.at)
                add_staff(self.place(where).id, entry(person), actor=self.command, at=self.at)

    @rule(where=any_one)
    def remove_organization(self, where: int) -> None:
        with self.act():
            remove_organizations([self.place(where).id], actor=self.command, at=self.at)

    @rule(back=st.integers(0, 3))
    def restore(self, back: int) -> None:
        """One of the last deletions, whatever it was."""
        if found := list(Deletion.objects.order_by("-deleted_at")[back : back + 1]):
            with self.act():
                deletions.restore(found[0].id, actor=self.command, at=self.at)

    @rule(
        who=any_one, state=st.sampled_from(DutyState.codes()), begins=days, lasts=st.sampled_from((0, 1, 3))
    )
    def duty(self, who: int, state: str, begins: int, lasts: int) -> None:
        if member := self.member(who):
            starts_on = clock.local_day(self.at) - timedelta(days=begins)
            ends_on = starts_on + timedelta(days=lasts) if lasts else None
            with self.act():
                set_duty(
                    [member.id], state, starts_on=starts_on, ends_on=ends_on, actor=self.command, at=self.at
                )

    @rule(
        where=any_one,
        rows=st.lists(
            st.tuples(people, jobs, days, st.sampled_from(("", "在岗", "轮休"))), min_size=1, max_size=4
        ),
    )
    def import_staff(self, where: int, rows: list[tuple[int, str, int, str]]) -> None:
        place = self.place(where)
        content = [
            (*staff_row(person, place.organization.name, 人员类别=job), self.day(joined), duty)
            for person, job, joined, duty in rows
        ]
        path = ledgers.csv_file(self.folder / "staff.csv", HEADER, content)
        self._import(path, "sentinel.staff", self.command, category=place.category_id)

    @rule(back=st.integers(0, 2))
    def undo_import(self, back: int) -> None:
        if len(self.imports) > back:
            task = self.imports.pop(-1 - back)
            actor = self.command if task.kind == "sentinel.staff" else self.cast.actor("feeder")
            with self.act():
                ledgers.undo(task, actor=actor, at=self.at)

    def _import(self, path: Path, kind: str, actor: Actor, **params: str) -> None:
        with self.act():
            task = ledgers.send(path, kind, params, actor=actor, at=self.at)
            if task.state == "checked":
                self.imports.append(ledgers.confirm(task, actor=actor, at=self.at))

    # --- facts --------------------------------------------------------------------------------------------------

    @rule(person=people, back=hours, record=records, status=st.sampled_from(STATUS))
    def tested(self, person: int, back: int, record: int, status: str) -> None:
        """A test; one of a known record corrects it, withdraws it, or moves it to somebody else."""
        self._record_tests(self._a_test(person, back, str(record), status))

    @rule(person=people, back=st.integers(0, 100), record=st.integers(1, 2))
    def tested_often(self, person: int, back: int, record: int) -> None:
        self._record_tests(
            *(self._a_test(person, back + 7 * n, f"m{record}-{n}", "有效") for n in range(MANY))
        )

    @rule(rows=st.lists(st.tuples(people, hours, records, st.sampled_from(STATUS)), min_size=1, max_size=6))
    def import_tests(self, rows: list[tuple[int, int, int, str]]) -> None:
        tests = [self._a_test(person, back, str(record), status) for person, back, record, status in rows]
        path = self.folder / "tests.csv"
        path.write_bytes(csv_file(tests))
        self._import(path, "health.tests", self.cast.actor("feeder"))

    @rule(
        person=people,
        dose=st.integers(1, 4),
        back=st.sampled_from((0, 1, 20, 21, 28, 179, 180, 300)),
        record=records,
        product=any_one,
        status=st.sampled_from(STATUS),
        by_file=st.booleans(),
    )
    def vaccinated(
        self, person: int, dose: int, back: int, record: int, product: int, status: str, by_file: bool
    ) -> None:
        known = list(Product.objects.order_by("code").values_list("name", flat=True))
        row = a_dose(
            document_number=id_number(person),
            dose=str(dose),
            given_on=self.day(back),
            record_id=str(record),
            product=known[product % len(known)],
            status=status,
        )
        if by_file:
            path = self.folder / "doses.csv"
            path.write_bytes(dose_file([row]))
            self._import(path, "health.vaccinations", self.cast.actor("feeder"))
            return
        with self.act():
            staged = VaccinationParser(at=self.at)(cells(VACCINATIONS, row)).checked()
            health.record_vaccinations([staged], actor=self.cast.actor("feeder"), at=self.at)

    def _a_test(self, person: int, back: int, record: str, status: str) -> dict[str, str]:
        number, moment = id_number(person), self.moment(back)
        return a_test(document_number=number, sampled_at=moment, record_id=record, status=status)

    def _record_tests(self, *tests: dict[str, str]) -> None:
        with self.act():
            parse = TestParser(at=self.at)
            staged = [parse(cells(TESTS, test)).checked() for test in tests]
            health.record_tests(staged, actor=self.cast.actor("feeder"), at=self.at)

    # --- rules, the clock, what happens by itself ------------------------------------------------------------------

    @rule(
        code=st.sampled_from(("cast-cold", "cast-courier")),
        text=st.sampled_from(RULES),
        joiners=st.booleans(),
    )
    def rule_changed(self, code: str, text: str, joiners: bool) -> None:
        known = Category.objects.get(code=code)
        stated = CategoryEntry(code, known.name, text, known.department_id or "", judges_new_joiners=joiners)
        with self.act():
            categories.set_category(stated, actor=SYSTEM, at=self.at)

    @rule(code=st.sampled_from(("cast-cold", "cast-courier")), job=jobs, text=st.sampled_from((*RULES, "")))
    def job_rule_changed(self, code: str, job: str, text: str) -> None:
        with self.act():
            if text:
                categories.set_job_rule(
                    JobRuleEntry(code, job, text, counts_days=True), actor=SYSTEM, at=self.at
                )
            else:
                categories.remove_job_rule(code, job, actor=SYSTEM, at=self.at)

    @rule(later=st.sampled_from((1, 3, 6, 12, 24)))
    def wait(self, later: int) -> None:
        self.at += timedelta(hours=later)

    @rule()
    def match(self) -> None:
        """Of the day, for the first time or again."""
        with self.act():
            run_match(clock.local_day(self.at), actor=SYSTEM, at=self.at)
            check_run(read_district(), clock.local_day(self.at))

    @rule()
    def alert(self) -> None:
        with self.act():
            if send_alerts(clock.local_day(self.at), actor=SYSTEM, at=self.at):
                check_messages(self.at)

    @rule()
    def purge(self) -> None:
        """Far shorter periods than anybody may set, so that something goes."""
        today = clock.local_day(self.at)
        kept = {"tests": 9, "findings": 2, "follow_ups": 2, "runs": 3, "staff": 1, "organizations": 1}
        span = Span({name: today - timedelta(days=back) for name, back in kept.items()})
        with self.act():
            for rows in (*health_retention.ROWS, *retention.ROWS):
                if condition := span.condition(rows):
                    rows.remove(condition, span.values(rows))
