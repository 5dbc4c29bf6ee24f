"""An end that somebody states of a disposition is kept and shown beside the computed one, which alone holds; no order
ends before it begins, by form, file or by anything else that writes the row."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import translation

from outpost.core.actor import Actor
from outpost.core.clock import day_start, local_day
from outpost.core.errors import Refusal
from outpost.health.lifting import BUILT_IN, StatedEnd, stated_end
from outpost.health.models import DispositionRecord
from outpost.health.models.proposals import DispositionProposal
from outpost.health.queries import lifting_sets, proposals
from outpost.health.rules import Disposition, Ground
from outpost.health.services.proposals import Wanted, confirm_proposal, propose_disposition
from outpost.health.tests.records import document, person
from outpost.health.tests.test_declarations import Load, counts, disposed, load, reasons  # noqa: F401 - a fixture
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = local_day(NOON)
COMPUTED = TODAY + 14 * DAY
ISOLATION = Disposition.ISOLATION


def wanted(last_on: date | None, disposition: Disposition = ISOLATION, **other: Any) -> Wanted:
    stated = {
        "disposition": disposition,
        "ground": "疾控通知18号",
        "means": "区隔离酒店",
        "stated_last_on": last_on,
    }
    kind = None if disposition is Disposition.ADMITTED else Ground.CONTACT
    return Wanted(**(stated | {"ground_kind": kind} | other))


@pytest.fixture
def two(cast: Cast) -> tuple[Actor, Actor]:
    command = cast.actor("command")
    return command, Actor(id="user:second", label="second", reaches=command.reaches)


def order(two: tuple[Actor, Actor], last_on: date | None) -> DispositionRecord:
    first, second = two
    propose_disposition(person(1), wanted(last_on), actor=first, at=NOON)
    confirm_proposal(DispositionProposal.objects.get().id, wanted(last_on), actor=second, at=NOON)
    return DispositionRecord.objects.get()


@pytest.mark.rules
def test_the_difference_is_in_days_and_nothing_stated_differs_from_nothing() -> None:
    began_on, rule = date(2022, 1, 31), BUILT_IN[ISOLATION]
    assert stated_end(None, began_on, rule) is None
    for last_on, differs in ((date(2022, 2, 14), 0), (date(2022, 2, 19), 5), (date(2022, 2, 13), -1)):
        found = stated_end(last_on, began_on, rule)
        assert found == StatedEnd(last_on, date(2022, 2, 14))
        assert found.differs == differs


def test_the_computed_end_holds_and_the_statement_stays_on_the_order(two: tuple[Actor, Actor]) -> None:
    row = order(two, TODAY + 9 * DAY)
    assert row.stated_ends_at == day_start(TODAY + 10 * DAY)
    standing = proposals.standing_of(person(1), at=NOON)
    assert standing.done is not None
    assert standing.done.last_full_on == COMPUTED
    (history,) = proposals.history_of(person(1))
    assert history.stated == StatedEnd(TODAY + 9 * DAY, COMPUTED)
    with translation.override("en"):
        said = " ".join(render_to_string("health/_stated_end.html", {"stated": history.stated}).split())
    assert said == (
        f"Stated last day {TODAY + 9 * DAY}, computed {COMPUTED}: differs by 5 days, earlier. The computed one holds."
    )


@pytest.mark.parametrize(("days", "found"), [(9, 1), (14, 0), (20, 1), (None, 0)])
def test_the_list_finds_those_whose_stated_end_differs(
    two: tuple[Actor, Actor], days: int | None, found: int
) -> None:
    order(two, None if days is None else TODAY + days * DAY)
    listed = lifting_sets.orders(actor=two[0], at=NOON, due="differs")
    assert listed.count() == found
    (row,) = lifting_sets.order_rows(
        list(lifting_sets.orders(actor=two[0], at=NOON)), at=NOON, against=lifting_sets.compared_with(NOON)
    )
    assert (row.stated is None) == (days is None)


def test_whoever_decides_sees_the_difference_before_it_holds(two: tuple[Actor, Actor]) -> None:
    first, second = two
    propose_disposition(person(1), wanted(TODAY + 20 * DAY), actor=first, at=NOON)
    (row,) = proposals.waiting(actor=second)
    assert row.stated == StatedEnd(TODAY + 20 * DAY, COMPUTED)
    assert row.stated.differs == 6


@pytest.mark.parametrize(
    ("last_on", "disposition", "begins_at", "code"),
    [
        (TODAY - DAY, ISOLATION, None, "health.end_before_start"),
        (TODAY + DAY, ISOLATION, NOON + 3 * DAY, "health.end_before_start"),
        (TODAY + DAY, Disposition.ADMITTED, None, "health.end_of_lifting"),
    ],
)
def test_an_end_before_the_beginning_or_of_a_lifting_is_refused_and_nothing_is_written(
    two: tuple[Actor, Actor], last_on: date, disposition: Disposition, begins_at: datetime | None, code: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        propose_disposition(
            person(1), wanted(last_on, disposition, begins_at=begins_at), actor=two[0], at=NOON
        )
    assert refusal.value.code == code
    assert not DispositionProposal.objects.exists()


def test_the_day_on_which_it_begins_may_be_its_last(two: tuple[Actor, Actor]) -> None:
    assert order(two, TODAY).stated_ends_at == day_start(TODAY + DAY)


def test_a_file_states_an_end_and_is_refused_where_it_lies_before_the_start(load: Load) -> None:  # noqa: F811
    stated = {"disposition": "需隔离", "started_at": "2022-05-02 08:00"}
    rows = [
        {**stated, "last_day": "2022-05-10"},
        {**stated, "last_day": "2022-05-01", "document_number": document(2)},
        {**stated, "disposition": "可进场", "last_day": "2022-05-10", "document_number": document(3)},
        {**stated, "last_day": "2022-05-02", "document_number": document(4)},
    ]
    result = load(disposed(*rows), kind="dispositions")
    assert counts(result) == (4, 2, 0, 0, 2)
    assert len({*reasons(result)}) == 2
    kept = dict(DispositionRecord.objects.values_list("person_id", "stated_ends_at"))
    assert kept == {person(1): day_start(date(2022, 5, 11)), person(4): day_start(date(2022, 5, 3))}
    again = load(disposed({**stated, "ground": "补充文号"}), kind="dispositions", at=NOON + DAY)
    assert counts(again) == (1, 0, 1, 0, 0)
    assert DispositionRecord.objects.get(person_id=person(1)).stated_ends_at == kept[person(1)]


def test_the_database_refuses_it_whoever_writes(cast: Cast) -> None:
    for ends_at in (NOON - timedelta(seconds=1), NOON):
        with pytest.raises(IntegrityError, match="health_disposition_span"), transaction.atomic():
            DispositionRecord.objects.create(
                person_id=person(1),
                started_at=NOON,
                disposition="isolation",
                stated_ends_at=ends_at,
                received_at=NOON,
            )
