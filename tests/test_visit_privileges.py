"""The application's own database role learns whose visits there were within an open case alone (V1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from outpost.access.services.accounts import open_phone_account
from outpost.audit.models import RowVersion
from outpost.audit.purging import PURGE, Span, purging
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.retention import first_kept_days, periods
from outpost.people.models import Person
from outpost.people.real_names import Statement, state_real_name
from outpost.people.rules import Document, DocumentType
from outpost.sentinel.tests.ledgers import id_number
from outpost.server.provision import grant_application_role
from outpost.testing.cast import NOON, Cast
from outpost.tracing.cases import Ending
from outpost.tracing.models import Case
from outpost.tracing.services import Search, close_case, search_co_presence
from outpost.tracing.tests.cases import ASKS, open_case_of
from outpost.venues.days import keep_days
from outpost.venues.models import Venue
from outpost.venues.models.gate import GateEntry
from outpost.venues.queries import check_ins, flow
from outpost.venues.tests.ledger import brought, check_in, undo, venue_row
from outpost.venues.tests.test_visits import bring, form

pytestmark = [pytest.mark.django_db, pytest.mark.promise("V1")]
ROLE = "outpost_test_app"
TODAY = clock.local_day(NOON)
BEGINS, ENDS = clock.day_span(TODAY - timedelta(days=7), TODAY)


@pytest.fixture
def venue(cast: Cast) -> Venue:
    keep_days(TODAY)
    (found,) = brought(venue_row(1))
    return found


@pytest.fixture
def case(cast: Cast, venue: Venue) -> Case:
    """Whose person was at the venue today, with somebody else."""
    made = open_case_of(1, BEGINS, ENDS, cast)
    for who in (made.person_id, uuid4()):
        check_in(venue, TODAY, who)
    return made


@contextmanager
def application() -> Iterator[None]:
    """The connection of the test in the application's role."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(ROLE)))
        grant_application_role(connection.connection, role=ROLE)
        cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(ROLE)))
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def refused(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            cursor.cursor.execute(statement, values)
        cursor.execute("ROLLBACK TO SAVEPOINT before")


def test_whose_visits_is_no_column_for_the_application(case: Case, venue: Venue) -> None:
    partition = f"venues_checkin_{TODAY:%Y%m%d}"
    with application():
        refused("SELECT person_id FROM venues_checkin")
        refused("SELECT * FROM venues_checkin")
        refused("SELECT to_jsonb(c) FROM venues_checkin c")
        refused("SELECT 1 FROM venues_checkin WHERE person_id = %s", case.person_id)
        refused("UPDATE venues_checkin SET temperature = 36 WHERE person_id = %s", case.person_id)
        refused("DELETE FROM venues_checkin WHERE person_id = %s", case.person_id)
        refused("COPY venues_checkin TO STDOUT")
        refused(f"SELECT count(*) FROM {partition}")
        refused("SELECT person_id FROM venues_conflict")
        refused("SELECT person_id FROM venues_gateentry")
        refused("ALTER TABLE tracing_case DISABLE TRIGGER USER")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM venues_checkin WHERE venue_id = %s", [venue.id])
            assert cursor.fetchone() == (2,)


def test_a_purge_asks_who_is_named_and_reads_it_nowhere(case: Case, venue: Venue) -> None:
    came, passed, nobody = case.person_id, uuid4(), uuid4()
    GateEntry.objects.create(
        venue_id=venue.id,
        day=TODAY,
        id=uuid4(),
        checkpoint_id=uuid4(),
        member_id=uuid4(),
        person_id=passed,
        occurred_at=NOON,
        way="id",
    )
    Person.objects.filter(person_id=came).delete()
    for one in (came, passed, nobody):
        Person.objects.create(
            person_id=one,
            doc_type="id_card",
            sealed=b"",
            name_hash=b"",
            registered_at=NOON - timedelta(days=9999),
        )
    span = Span(first_kept_days(TODAY, periods()))
    with application(), purging(PURGE, span, actor=Actor.system("test"), at=NOON, progress=lambda *_: None):
        pass
    assert set(
        Person.objects.filter(person_id__in=[came, passed, nobody]).values_list("person_id", flat=True)
    ) == {came, passed}


def test_the_functions_of_a_case_look_for_themselves_whether_it_is_open(case: Case, venue: Venue) -> None:
    reads = "SELECT * FROM tracing_visits(%s, %s, %s)"
    beside = "SELECT * FROM tracing_beside(%s, %s, %s, %s::int[], %s::uuid[], %s::timestamptz[], %s::timestamptz[],"
    beside += " %s::timestamptz[], %s::date[], %s::timestamptz[], %s::date[], %s::date[])"

    def at_venue(id_: UUID, first: datetime | None = BEGINS) -> list[Any]:
        return [
            case.id,
            BEGINS,
            ENDS,
            [0],
            [id_],
            [first],
            [ENDS],
            [first],
            [TODAY],
            [first],
            [TODAY],
            [TODAY],
        ]

    with application():
        with connection.cursor() as cursor:
            cursor.execute(reads, [case.id, BEGINS, ENDS])
            assert [row[0] for row in cursor.fetchall()] == [case.person_id]
            cursor.execute(beside, at_venue(venue.id))
            assert len(cursor.fetchall()) == 1
        refused(reads, uuid4(), BEGINS, ENDS)
        refused(reads, case.id, BEGINS - timedelta(days=1), ENDS)
        refused(beside, *at_venue(uuid4()))
        refused(beside, *at_venue(venue.id, BEGINS - timedelta(days=1)))
        refused(beside, *at_venue(venue.id, None))
        assert len(search_co_presence(Search(case.id, BEGINS, ENDS, "x"), actor=ASKS, at=NOON).people) == 1
        close_case(case.id, Ending.DONE, actor=ASKS, at=NOON)
        refused(reads, case.id, BEGINS, ENDS)
        refused(beside, *at_venue(venue.id))


def test_a_result_that_no_longer_stands_opens_nothing(case: Case) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE health_testrecord SET is_withdrawn = true WHERE record_id = %s", [case.record_id]
        )
    with application():
        refused("SELECT * FROM tracing_visits(%s, %s, %s)", case.id, BEGINS, ENDS)


def test_pages_and_files_work_without_that_column(case: Case, venue: Venue) -> None:
    with application():
        assert flow.people_on(venue.id, TODAY) == 2
        rows = check_ins.check_in_rows(check_ins.check_ins(venue, TODAY).order_by("-occurred_at"))
        assert len(rows) == 2
        assert check_ins.check_in_rows(check_ins.conflicts(venue)) == []
        assert check_ins.own_check_ins(uuid4(), since=None, at=NOON) == []


def test_paper_forms_go_in_are_replaced_and_taken_back_without_it(venue: Venue) -> None:
    with application():
        first, counts = bring(venue, form(1), form(2))
        assert counts == (2, 0, 0, 0)
        second, counts = bring(venue, form(1, 体温="37.4"))
        assert counts == (0, 1, 0, 0)
        assert undo(second).state == undo(first).state == "undone"
        assert not RowVersion.objects.filter(table="venues_checkin", row__has_key="person_id").exists()
        assert RowVersion.objects.filter(table="venues_checkin").exists()


def test_an_account_reads_the_visits_of_its_own_person_alone(case: Case, cast: Cast) -> None:
    speaks = open_phone_account("13700000001", address="", at=NOON)
    statement = Statement("甄病例", Document(DocumentType.RESIDENT_ID, id_number(1)))
    state_real_name(speaks, statement, actor=ASKS, at=NOON)
    with application():
        assert len(check_ins.own_check_ins(speaks.id, since=None, at=NOON)) == 1
        assert check_ins.own_check_ins(speaks.id, since=None, at=NOON + timedelta(days=20)) == []
        assert check_ins.own_check_ins(cast.users["command"].id, since=None, at=NOON) == []
