"""A run of all that reads and writes the tables that grow, set by set, with the counts that it must come to."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest
from psycopg import sql

from outpost.core.actor import Actor
from outpost.core.outgoing import outgoing
from outpost.desks import queries as desks
from outpost.exchange.models import Import
from outpost.health import pass_facts
from outpost.health.conditions import Condition
from outpost.health.daily import Wellness
from outpost.health.models.proposals import DispositionProposal
from outpost.health.models.rule_sets import OrderTerm
from outpost.health.queries import exposures
from outpost.health.retention import FACTS
from outpost.health.rules import LATEST_KEPT, ExposureKind
from outpost.health.services import Exposed, agree_to_exposures, state_exposures, withdraw_exposure
from outpost.health.services.proposals import drop_proposal
from outpost.health.tests.records import a_dose, a_test, csv_file, document, dose_file
from outpost.health.tests.test_latest import store
from outpost.people.grounds import LinkGround, UnlinkReason
from outpost.people.links import link_documents, linked_to, unlink_documents
from outpost.people.real_names import Statement
from outpost.people.rules import DocumentType, normalise_document
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries import match
from outpost.sentinel.queries.outlook import outlook
from outpost.sentinel.queries.staff import staff_page
from outpost.sentinel.queries.staff_filter import StaffFilter
from outpost.sentinel.queries.statistics import lists, nat, vaccination
from outpost.sentinel.queries.statistics.ledger import ANY, FEW, Grouping
from outpost.sentinel.rules import State, TestingRule
from outpost.sentinel.services import latest
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.tests import ledgers
from outpost.sites.models import Registration
from outpost.sites.queries import people
from outpost.sites.queries.contradictions import contradiction_rows, contradictions
from outpost.sites.queries.families import family_rows, family_with
from outpost.sites.queries.weak_runs import weak_runs
from outpost.sites.services import arrival_switch, enter, leave, users
from outpost.sites.services.arrival_delivery import deliver, fetch
from outpost.sites.services.daily_health import report_rest
from outpost.sites.services.families import register_family, withdraw_family
from outpost.sites.services.moved_ends import tell_moved_ends
from outpost.sites.services.recalling import recall
from outpost.sites.services.registering import register
from outpost.sites.services.releasing import tell_released
from outpost.sites.services.verifying import verify_due
from outpost.sites.tests.gate import gate as site_gate
from outpost.sites.tests.gate import passing
from outpost.sites.tests.ledger import brought as filed
from outpost.sites.tests.ledger import contract_row
from outpost.sites.tests.test_entries import Entries, entry_row
from outpost.sites.tests.test_families import child
from outpost.sites.tests.test_family_files import Files as FamilyFiles
from outpost.sites.tests.test_family_files import child_row
from outpost.sites.tests.test_health_file import Files, health_row, told
from outpost.sites.tests.test_passing import dispose
from outpost.sites.tests.test_registrations import declare, stated
from outpost.sites.tests.test_users import stated as registrar
from outpost.sites.vocabularies import Checked
from outpost.testing.cast import NOON, Cast
from outpost.tracing.services import Search, search_co_presence
from outpost.tracing.tests.cases import open_case_of
from outpost.venues.queries import check_ins, flow, overview
from outpost.venues.retention import ROWS as VISITS
from outpost.venues.rules import VENUE
from outpost.venues.services import recount_flow
from outpost.venues.tests.gate import gate, quick
from outpost.venues.tests.ledger import brought, venue_row

TODAY = date(2022, 6, 8)
SYSTEM = Actor.system("tests")


def run(cast: Cast, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ledger, facts, match, statistics with their lists, the nightly mending and the purge."""
    _keep_ledger(folder / "人员.csv", cast.actor("command"))
    _bring_tests(folder / "核酸.csv", cast.actor("feeder"))
    _bring_doses(folder / "疫苗.csv", cast.actor("feeder"))
    _judge()
    _count(cast.actor("command"), monkeypatch)
    _link(cast.actor("town"))
    assert latest.mend() == 0
    _visit()
    _build(cast.actor("command"), folder)
    _trace(cast)
    _purge()


def _file(
    path: Path, content: bytes, kind: str, actor: Actor, said: tuple[int, ...], **params: str
) -> Import:
    path.write_bytes(content)
    task = ledgers.confirm(ledgers.send(path, kind, params, actor=actor), actor=actor)
    assert ledgers.counts(task) == said, (kind, task.refusal)
    return task


def _keep_ledger(path: Path, actor: Actor) -> None:
    def send(people: Iterable[int], job: str, said: tuple[int, ...]) -> Import:
        header = (*ledgers.STAFF_HEADER, "入职日期")
        stated = [(*ledgers.staff_row(n, 身份证号码=document(n), 人员类别=job), "2022-01-01") for n in people]
        content = ledgers.csv_file(path, header, stated).read_bytes()
        return _file(path, content, "sentinel.staff", actor, said, category="cast-cold")

    send(range(6), "搬运工", (6, 0, 0, 0))
    ledgers.undo(send((0, 1, 9), "司机", (1, 2, 0, 0)), actor=actor)


def _bring_tests(path: Path, actor: Actor) -> None:
    """By file and by call: new, replaced, corrected, withdrawn, moved to another person, of one tube, undone."""
    many = [
        a_test(
            record_id=f"f{n}",
            document_number=document(n % 4),
            sampled_at=f"2022-06-0{1 + n % 7} 08:{n // 4:02}",
        )
        for n in range(4 * (LATEST_KEPT + 2))
    ]
    _file(path, csv_file(many), "health.tests", actor, (len(many), 0, 0, 0))
    changed = [{**many[0], "result": "positive"}, {**many[1], "record_id": "n1"}]
    moved = {**many[2], "document_number": document(3), "status": "corrected"}
    ledgers.undo(_file(path, csv_file([*changed, moved]), "health.tests", actor, (1, 2, 0, 0)), actor=actor)
    assert store([(1, 0, 5, False, "T1"), (2, 4, 6, False)]) == ["new", "new"]
    assert store([(1, 4, 7, False, "T1"), (2, 4, 6, True), (3, 4, 9, False, "T1")]) == [
        "replaced",
        "replaced",
        "new",
    ]


def _bring_doses(path: Path, actor: Actor) -> None:
    doses = [
        a_dose(
            record_id=str(n),
            document_number=document(n % 4),
            dose=str(1 + n // 8),
            given_on=f"2022-0{1 + n // 4}-05",
        )
        for n in range(16)
    ]
    _file(path, dose_file(doses), "health.vaccinations", actor, (16, 0, 0, 0))
    changed = [{**doses[0], "dose": "3"}, {**doses[1], "record_id": "n1"}]
    ledgers.undo(_file(path, dose_file(changed), "health.vaccinations", actor, (1, 1, 0, 0)), actor=actor)


def _judge() -> None:
    run_match(TODAY, actor=SYSTEM, at=NOON)
    runs = {run.category: run for run in run_match(TODAY, actor=SYSTEM, at=NOON)}
    assert (runs["cast-cold"].staff, runs["cast-cold"].missed) == (7, 3)  # who left after the dawn too
    staff = list(StaffMember.objects.values_list("id", flat=True))
    for rule in (TestingRule(3, 2), TestingRule(7, 7, counts_days=True), TestingRule(7, LATEST_KEPT + 3)):
        tasks = [match.Task("cast-cold", rule, TODAY)]
        match.states(tasks, staff)
        match.evidence(tasks, staff)
    assert staff_page(StaffFilter(state=State.MISSED), actor=SYSTEM, at=NOON)[1] == 2  # without who left
    assert outlook(ANY, actor=SYSTEM, at=NOON).counts


def _count(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    for few in (FEW, 0):  # who is counted from the records: one by one, or all at once
        monkeypatch.setattr(nat, "FEW", few)
        for first in (date(2022, 5, 1), TODAY):
            for by in Grouping:
                nat.nat_statistics(first, TODAY, by=by, actor=SYSTEM)
            _open(lists.Asked(first, TODAY, ANY, "tested"), actor)
    for last in (date(2022, 3, 1), TODAY):
        for by in Grouping:
            vaccination.vaccination_statistics(last, by=by, actor=SYSTEM)
        _open(lists.Asked(last, last, ANY, "done_2"), actor)


def _open(asked: lists.Asked, actor: Actor) -> None:
    for of in (lists.STAFF, lists.SAMPLES, lists.ORGANIZATIONS):
        opened = lists.opened(of, asked, actor=actor)
        found, total = opened.page(limit=20, offset=0)
        assert len(found) == min(total, 20)


def _link(actor: Actor) -> None:
    member = StaffMember.objects.filter(enrolment__organization__region__code__startswith="440115001").first()
    assert member is not None
    permit = normalise_document(DocumentType.HK_MACAO_PERMIT, "H61200001", today=TODAY)
    stated = Statement("甄市民", permit)
    link_documents(member.person_id, stated, LinkGround.BOTH_SEEN, actor=actor, at=NOON)
    assert (latest.mend(), pass_facts.mend()) == (0, 0)
    link_id = linked_to(member.person_id)[0].id
    unlink_documents(member.person_id, link_id, UnlinkReason.MISTYPED, actor=actor, at=NOON)


def _trace(cast: Cast) -> None:
    case = open_case_of(900, NOON - timedelta(days=1), NOON, cast)
    assert search_co_presence(Search(case.id, case.begins_at, NOON, "x"), actor=SYSTEM, at=NOON).visits == 0
    span = (NOON - timedelta(days=1), NOON + timedelta(days=1))
    exposed = Exposed(people={case.person_id: span}, kind=ExposureKind.VENUE, ground="x", case_id=case.id)
    batch = state_exposures(exposed, actor=SYSTEM, at=NOON)
    assert [one.people for one in exposures.waiting(actor=SYSTEM)] == [1]
    assert agree_to_exposures(batch, actor=cast.actor("command"), at=NOON) == 1
    (counting,) = exposures.counting(actor=SYSTEM, at=NOON)
    withdraw_exposure(counting.row.id, "x", actor=SYSTEM, at=NOON)
    for condition in Condition:
        staff_page(StaffFilter(pass_reason=condition), actor=SYSTEM, at=NOON)


def _visit() -> None:
    (venue,) = brought(venue_row())
    assert check_ins.checked_in(venue, TODAY) == check_ins.check_ins(venue, TODAY).count() == 0
    assert check_ins.check_in_rows(check_ins.check_ins(venue, TODAY)) == []
    recount_flow({(venue.id, TODAY)})
    assert flow.day_flow(venue, TODAY).total == flow.NOBODY
    assert list(flow.flow_rows(venue, TODAY, TODAY)) == []
    assert [one.check_ins for one in overview.venue_states(actor=SYSTEM, at=NOON)] == [0]
    assert flow.daily_flow(venue, TODAY, TODAY) == [(TODAY, flow.NOBODY)]
    desk = gate(venue)
    assert [one.state for one in desk.hand_in(desk.entry(quick(), NOON))] == ["kept"]
    assert desks.open_ones(str(VENUE), str(venue.id)).count() == 0


def _build(actor: Actor, folder: Path) -> None:
    """Somebody is registered at a site, with a child, enters by file and by hand, is reported on, recalled, passes a
    gate, is verified, told to public security."""
    (contract,) = filed(contract_row(1), actor=actor)
    arrival_switch.ask(actor=SYSTEM, at=NOON)
    declare(77)  # whom the ledger does not know
    row = register(contract.id, stated(77), actor=SYSTEM, at=NOON)
    register_family(row.id, child("鱻小"), actor=SYSTEM, at=NOON)
    (one,) = family_rows(family_with(row), at=NOON)
    assert not one.works_elsewhere
    assert withdraw_family(one.id, actor=SYSTEM, at=NOON) == row.id
    assert ledgers.counts(FamilyFiles(actor, folder)(child_row(7, of=77))) == (1, 0, 0, 0)
    entries, health = Entries(actor, folder), Files(actor, folder)
    early = NOON - timedelta(hours=3)
    assert ledgers.counts(entries(entry_row(77, "进场", early))) == (1, 0, 0, 0)
    left = entries(entry_row(77, "退场", NOON - timedelta(hours=2)))
    assert entries.undo(left).kept_on_undo == 0
    assert leave([row.id], occurred_at=NOON - timedelta(hours=1), actor=SYSTEM, at=NOON).passed == [row.id]
    users.authorise_user(contract.id, registrar(78), None, actor=SYSTEM, at=NOON)
    assert users.end_overdue(actor=SYSTEM, at=NOON) == 0
    assert enter([row.id], Checked.DOCUMENT, occurred_at=NOON, actor=SYSTEM, at=NOON).passed == [row.id]
    assert report_rest(contract.id, None, actor=SYSTEM, at=NOON) == 1
    (shown,) = people.registration_rows(people.registrations(contract, {}, actor=SYSTEM, at=NOON), at=NOON)
    assert shown.wellness is Wellness.NORMAL
    assert (recall(actor=SYSTEM, at=NOON), tell_released(actor=SYSTEM, at=NOON)) == (0, 0)
    assert ledgers.counts(health(health_row(77, "38.1"), health_row(77, "36.5", 时间=told(early)))) == (
        2,
        0,
        0,
        0,
    )
    assert len(contradiction_rows(contradictions(actor=SYSTEM, at=NOON), actor=SYSTEM)) == 1
    assert weak_runs([contract], at=NOON) == []
    (asked,) = DispositionProposal.objects.all()
    drop_proposal(asked.id, "鱻已复测", actor=SYSTEM, at=NOON)
    desk = site_gate(contract)
    assert desk.hand_in(desk.entry(passing(row, "leave"), NOON))[0].state == "kept"
    Registration.objects.filter(id=row.id).update(unverified_since=NOON, verify_next_at=NOON)
    assert verify_due(clock=lambda: NOON, out=outgoing()) == 1
    assert deliver(clock=lambda: NOON, out=outgoing()) == 0  # without an address the peer fetches
    dispose(row.person_id, "isolation", NOON - timedelta(days=3))
    term = OrderTerm(person_id=row.person_id, started_at=NOON - timedelta(days=3), version=2, rule_version=1)
    term.days, term.tests, term.cause, term.tells, term.set_at = 10, 2, "shorten", True, NOON
    term.save(force_insert=True)
    assert tell_moved_ends(actor=SYSTEM, at=NOON) == 1
    assert len(fetch(0, 10, actor=SYSTEM, at=NOON)) == 4


def _purge() -> None:
    before = {"before": NOON + timedelta(days=1), "first": TODAY}
    for rows in FACTS:
        rows.remove(sql.SQL("t.received_at < %(before)s"), before)
    for kept in VISITS:
        kept.remove(sql.SQL(kept.expired), before)
