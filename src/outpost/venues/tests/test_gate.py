"""What a gate's device states becomes check-ins and temperatures, each once; what does not is kept for a person."""

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from outpost.core import clock
from outpost.core.crypto import ring
from outpost.desks import queries
from outpost.desks.gates import limits
from outpost.desks.models import Entry
from outpost.desks.services.devices import revoke
from outpost.desks.services.taking import Answer
from outpost.health.live_passes import LIVE, LivePass, pass_text
from outpost.people.models import Person
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast
from outpost.testing.gates import HAND, Gate
from outpost.venues.days import keep_days
from outpost.venues.models import Abnormal, CheckIn, Checkpoint, Member, MemberFlow, Venue
from outpost.venues.models.gate import GateEntry
from outpost.venues.queries import check_ins, flow
from outpost.venues.rules import COLDEST, HOTTEST, NORMAL_UP_TO, VENUE
from outpost.venues.services import recount_flow, running
from outpost.venues.tests.gate import document, gate, member, quick, visit
from outpost.venues.tests.ledger import FAR_TOWN, brought, check_in, venue_row

pytestmark = pytest.mark.django_db
TODAY = clock.local_day(NOON)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KEPT = ("kept", "")
SHARED = Path(settings.PACKAGE).parents[1] / "tests" / "shared"


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    keep_days(TODAY)
    brought(venue_row(1))


@pytest.fixture
def venue() -> Venue:
    return Venue.objects.get()


@pytest.fixture
def desk(venue: Venue) -> Gate:
    return gate(venue, at=NOON - 31 * DAY)


def states(answers: Sequence[Answer]) -> list[tuple[str, str]]:
    return [(one.state, one.problem.code if one.problem else "") for one in answers]


def came(venue: Venue) -> int:
    return CheckIn.objects.filter(venue_id=venue.id).count()


def waiting(venue: Venue) -> set[str]:
    return set(queries.open_ones(str(VENUE), str(venue.id)).values_list("code", flat=True))


def test_a_visit_becomes_a_check_in_with_its_flow(venue: Venue, desk: Gate) -> None:
    made = [
        desk.entry(visit(1), NOON - 10 * MINUTE),
        desk.entry(quick(), NOON - 5 * MINUTE),
        desk.entry(visit(2, temperature="38.1", second="37.9", isolated=True), NOON),
    ]
    assert states(desk.hand_in(*made)) == [KEPT] * 3
    rows = CheckIn.objects.filter(venue_id=venue.id).order_by("occurred_at")
    assert [(one.source, one.occurred_at, one.received_at) for one in rows] == [
        ("gate", NOON - 10 * MINUTE, NOON),
        ("gate", NOON, NOON),
    ]
    assert Person.objects.filter(person_id__in=[one.person_id for one in rows]).count() == 2
    total = flow.day_flow(venue, TODAY).total
    assert (total.check_ins, total.temperatures, total.abnormal) == (2, 3, 1)
    recount_flow({(venue.id, TODAY)})
    assert flow.day_flow(venue, TODAY).total == total
    assert GateEntry.objects.filter(member_id=desk.member_id).count() == 3
    mine = MemberFlow.objects.filter(member_id=desk.member_id).values_list(
        "check_ins", "temperatures", "abnormal"
    )
    assert [tuple(map(sum, zip(*mine, strict=True)))] == [(2, 3, 1)]
    assert Abnormal.objects.get().isolated is True
    assert not any(
        map(bytes, Entry.objects.values_list("sealed", flat=True))
    )  # nothing stays that nobody needs


def test_a_pass_names_its_person_and_a_foreign_one_nobody(venue: Venue, desk: Gate) -> None:
    shown = LivePass(kind=LIVE, person_id=uuid4(), issued_at=NOON, name="甄*", number_end="1234")
    text = pass_text(ring(), shown)
    answers = desk.hand_in(
        desk.entry(visit(person={"pass": text}, way="scan", verdict="look"), NOON),
        desk.entry(visit(person={"pass": text[:-3] + "AAA"}), NOON),
        desk.entry(visit(person={"pass": "HTTPS://EXAMPLE.ORG"}), NOON),
    )
    assert states(answers) == [KEPT, ("refused", "venues.gate_pass"), ("refused", "venues.gate_pass")]
    assert CheckIn.objects.get(venue_id=venue.id).person_id == shown.person_id


@pytest.mark.promise("O1")
def test_one_bad_entry_never_stops_the_others(venue: Venue, desk: Gate) -> None:
    """G3: mixed answers in one batch, each its own; whatever is refused waits for a person."""
    other = brought(venue_row(2, 所属镇街=FAR_TOWN))[0]
    stranger = member(other, number=2)
    foreign = Checkpoint.objects.filter(venue=other)[0].id
    good = desk.entry(visit(1), NOON)
    bad: list[tuple[Any, str]] = [
        (desk.entry(visit(temperature="99.0"), NOON), "venues.no_temperature"),
        (desk.entry(visit(temperature=36.5), NOON), "venues.no_temperature"),
        (desk.entry(visit(checkpoint_id=str(foreign)), NOON), "venues.gate_checkpoint"),
        (desk.entry(visit(person=document(1) | {"document_number": "1"}), NOON), "venues.gate_document"),
        (desk.entry(visit(person=document(1) | {"name": "一" * 300}), NOON), "venues.gate_name"),
        (desk.entry(visit(person=document(1) | {"name": "\x00"}), NOON), "venues.gate_name"),
        (desk.entry(visit(person=document(1) | {"phone": "1"}), NOON), "venues.gate_phone"),
        (desk.entry(visit(person=None), NOON), "venues.gate_form"),
        (desk.entry(visit(way="told"), NOON), "venues.gate_form"),
        (desk.entry(visit(kind="exit"), NOON), "venues.gate_form"),
        (desk.entry({}, NOON), "venues.gate_form"),
        (desk.entry(visit(), NOON, member_id=str(stranger.id)), "desks.unknown_member"),
        (desk.entry(visit(), NOON + 6 * MINUTE), "desks.time_ahead"),
        (desk.entry(visit(), NOON - 30 * DAY - MINUTE), "desks.time_past"),
        (desk.entry(visit(), NOON) | {"seq": 999}, "desks.broken_seal"),  # sealed for another number
        (desk.entry(visit(), NOON) | {"id": str(uuid4())}, "desks.broken_seal"),  # for another id
        (desk.entry(visit(), NOON, sealed="AAAA"), "desks.broken_seal"),
        (desk.entry(visit(), NOON) | {"seq": "1"}, "desks.unreadable"),
        (desk.entry(visit(), NOON) | {"at": "today"}, "desks.unreadable"),
        (desk.entry(visit(), NOON) | {"at": NOON.replace(tzinfo=None).isoformat()}, "desks.unreadable"),
        ("x", "desks.unreadable"),
        (None, "desks.unreadable"),
    ]
    answers = desk.hand_in(*(entry for entry, _code in bad), good, desk.entry(visit(2), NOON - DAY))
    assert states(answers) == [*(("refused", code) for _entry, code in bad), KEPT, KEPT]
    assert came(venue) == 2
    assert came(other) == 0
    kept = [code for entry, code in bad if code != "desks.unreadable"]
    assert queries.open_ones(str(VENUE), str(venue.id)).count() == len(kept)
    assert waiting(venue) == set(kept)
    assert Person.objects.filter(registered_at=NOON).count() == 2


@pytest.mark.promise("O1")
@pytest.mark.parametrize("odd", [[], {}, [[]], 7, 1.5, True, "", "\0", "九" * 300], ids=repr)
def test_a_form_of_any_shape_stops_nobody(venue: Venue, desk: Gate, odd: object) -> None:
    forms = [visit(n, **{name: odd}) for n, name in enumerate(visit(), 1)]
    forms += [visit(person=document(50) | {name: odd}) for name in document(50)]
    good = desk.entry(visit(99), NOON)
    *_, last = desk.hand_in(*(desk.entry(one, NOON) for one in forms), desk.entry(odd, NOON), good)  # type: ignore[arg-type]  # odd on purpose
    assert last.state == "kept"


def test_a_batch_that_is_sent_again_changes_nothing(venue: Venue, desk: Gate) -> None:
    """G5: the answer was lost; the same is answered as repeated, with what was said first."""
    made = [
        desk.entry(visit(1), NOON),
        desk.entry(visit(temperature="99.0"), NOON),
        desk.entry(quick(), NOON),
    ]
    desk.hand_in(*made)
    again = states(desk.hand_in(*reversed(made), made[0], at=NOON + HOUR))
    assert again == [
        ("repeated", ""),
        ("repeated", "venues.no_temperature"),
        ("repeated", ""),
        ("repeated", ""),
    ]
    twice = desk.entry(visit(3), NOON)
    assert states(desk.hand_in(twice, twice)) == [KEPT, ("repeated", "")]
    assert (came(venue), Entry.objects.count(), GateEntry.objects.count()) == (2, 4, 3)
    assert flow.day_flow(venue, TODAY).total.check_ins == 2


@pytest.mark.promise("O5")
@pytest.mark.promise("O6")
def test_the_same_id_with_other_content_is_a_conflict_and_kept(venue: Venue, desk: Gate) -> None:
    id_ = uuid4()
    first, other = desk.entry(visit(1), NOON, id=id_), desk.entry(visit(2), NOON, id=id_)
    assert states(desk.hand_in(first, other)) == [KEPT, ("conflict", "desks.conflict")]
    second = gate(venue)
    assert states(second.hand_in(second.entry(visit(1), NOON, id=id_))) == [("conflict", "desks.conflict")]
    assert states(second.hand_in(first)) == [("conflict", "desks.conflict")]  # another device's entry
    assert states(desk.hand_in(first, other)) == [("repeated", ""), ("repeated", "desks.conflict")]
    assert (came(venue), Entry.objects.filter(id=id_).count()) == (1, 4)
    assert all(map(bytes, Entry.objects.exclude(code="").values_list("sealed", flat=True)))


def test_an_id_that_a_phone_has_used_is_a_conflict(venue: Venue, desk: Gate) -> None:
    used = check_in(venue, TODAY)
    assert states(desk.hand_in(desk.entry(visit(1), NOON, id=used))) == [("conflict", "venues.other_content")]
    assert came(venue) == 1


@pytest.mark.promise("O6")
@pytest.mark.parametrize("skew", [DAY, -DAY, timedelta(hours=-3)])
def test_a_wrong_clock_is_corrected_and_both_times_stay(venue: Venue, desk: Gate, skew: timedelta) -> None:
    """G4: found at the time of the visit, not at that of the upload."""
    desk.skew = skew
    desk.hand_in(desk.entry(visit(1), NOON - 4 * HOUR))
    assert CheckIn.objects.get(venue_id=venue.id).occurred_at == NOON - 4 * HOUR
    row = Entry.objects.get()
    assert (row.at, row.occurred_at, row.received_at) == (NOON - 4 * HOUR + skew, NOON - 4 * HOUR, NOON)


def test_a_clock_that_was_never_compared_is_flagged(venue: Venue, desk: Gate) -> None:
    assert states(desk.hand_in(desk.entry(visit(1), NOON, skew_ms=None))) == [("kept", "desks.clock_unknown")]
    assert came(venue) == 1
    assert waiting(venue) == {"desks.clock_unknown"}


def test_a_shift_change_keeps_everybody_s_own(venue: Venue, desk: Gate) -> None:
    """G13: A's entries come up under A when B is signed in; those made after A was unbound are flagged."""
    other = member(venue, number=3)
    Member.objects.filter(id=desk.member_id).update(removed_at=NOON - HOUR)
    before, after = desk.entry(visit(1), NOON - 2 * HOUR), desk.entry(visit(2), NOON - MINUTE)
    mine = desk.entry(visit(3), NOON, member_id=str(other.id))
    assert states(desk.hand_in(before, after, mine)) == [KEPT, ("kept", "desks.member_ended"), KEPT]
    counted = GateEntry.objects.filter(venue_id=venue.id).order_by("occurred_at")
    assert [one.member_id for one in counted] == [desk.member_id, desk.member_id, other.id]
    setup = queries.setup_of(desk.device, at=NOON)
    assert setup is not None
    assert [one["id"] for one in setup["members"]] == [str(other.id)]


@pytest.mark.promise("O5")
@pytest.mark.promise("A3")
def test_what_a_revoked_device_made_afterwards_is_quarantined(venue: Venue, desk: Gate) -> None:
    revoke(str(VENUE), str(venue.id), desk.device.id, actor=HAND, at=NOON - HOUR)
    before, after = desk.entry(visit(1), NOON - 2 * HOUR), desk.entry(visit(2), NOON - MINUTE)
    assert states(desk.hand_in(before, after)) == [("kept", "desks.late"), ("refused", "desks.revoked")]
    assert came(venue) == 1
    quarantined = Entry.objects.get(code="desks.revoked")
    (shown,) = queries.waiting_rows([quarantined])
    assert shown.content is not None
    assert shown.content["person"] == document(2)


def test_a_closed_venue_takes_what_was_made_before(venue: Venue, desk: Gate) -> None:
    running.close_venue(venue.id, actor=HAND, at=NOON)
    before, after = desk.entry(visit(1), NOON - HOUR), desk.entry(visit(2), NOON + MINUTE)
    answers = desk.hand_in(before, after, at=NOON + HOUR)
    assert states(answers) == [KEPT, ("refused", "venues.gate_checkpoint")]
    assert queries.setup_of(desk.device, at=NOON) is None


def test_a_day_without_a_partition_is_made(venue: Venue, desk: Gate) -> None:
    assert states(desk.hand_in(desk.entry(visit(1), NOON - 29 * DAY))) == [KEPT]
    assert came(venue) == 1


def test_numbers_that_are_missing_are_said_until_they_come(venue: Venue, desk: Gate) -> None:
    made = [desk.entry(quick(), NOON + MINUTE * n / 60) for n in range(20)]

    def gaps(*numbers: int) -> list[tuple[int, int]]:
        desk.hand_in(*(made[number - 1] for number in numbers))
        (row,) = queries.device_rows(str(VENUE), str(venue.id), at=NOON)
        return row.gaps

    assert gaps(1, 2, 3) == []
    assert gaps(11, 18, 19, 20) == [(4, 10), (12, 17)]
    assert gaps(*range(12, 18)) == [(4, 10)]
    assert gaps(*range(4, 11)) == []
    desk.device.refresh_from_db()
    assert (desk.device.whole_to, desk.device.last_seq) == (20, 20)


@pytest.mark.promise("T11")
def test_an_answer_says_nothing_of_who_is_known(venue: Venue, desk: Gate) -> None:
    desk.hand_in(desk.entry(visit(1), NOON))
    known, unknown = desk.hand_in(desk.entry(visit(1), NOON + MINUTE), desk.entry(visit(2), NOON + MINUTE))
    assert (known.state, known.problem) == (unknown.state, unknown.problem) == (*KEPT[:1], None)


def test_what_the_database_refuses_stops_only_itself(venue: Venue, desk: Gate) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE venues_gateentry ADD CHECK (temperature <> 40.4)")
    made = [desk.entry(visit(n, temperature="40.4" if n == 3 else "36.4"), NOON) for n in range(1, 6)]
    assert states(desk.hand_in(*made)) == [KEPT, KEPT, ("refused", "desks.unwritable"), KEPT, KEPT]
    assert came(venue) == flow.day_flow(venue, TODAY).total.check_ins == 4


def test_a_gate_s_visits_stand_in_the_list_of_check_ins(venue: Venue, desk: Gate) -> None:
    desk.hand_in(desk.entry(visit(1), NOON))
    (row,) = check_ins.check_in_rows(check_ins.check_ins(venue, TODAY))
    assert (row.checkpoint, row.occurred_at) == ("南门", NOON)


def test_a_fever_counts_after_a_reading_that_failed_or_was_none(venue: Venue, desk: Gate) -> None:
    made = [
        desk.entry(visit(1, temperature="34.2", second="38.5", second_method="ear"), NOON),
        desk.entry(visit(2, temperature="36.6", second="38.5"), NOON),
        desk.entry(quick(temperature="34.2", second="38.5"), NOON),
    ]
    assert states(desk.hand_in(*made)) == [KEPT] * 3
    noted = Abnormal.objects.order_by("failed")
    assert [(str(one.first), one.outcome) for one in noted] == [("38.5", "")] * 3
    assert [(one.method, one.failed and str(one.failed)) for one in noted] == [
        *(("ear", "34.2"), ("", "34.2")),
        ("", None),
    ]
    total = flow.day_flow(venue, TODAY).total
    assert (total.temperatures, total.abnormal) == (3, 3)
    recount_flow({(venue.id, TODAY)})
    assert flow.day_flow(venue, TODAY).total == total


def test_what_a_gate_read_is_kept_whole_beside_how_it_was_read(venue: Venue, desk: Gate) -> None:
    told = json.loads((SHARED / "temperatures.json").read_text("utf-8"))["stated"]
    assert told["limits"] == limits(COLDEST, HOTTEST, NORMAL_UP_TO)
    for number, case in enumerate(told["cases"], start=1):
        entry = desk.entry(visit(number, **case["said"]), NOON)
        assert states(desk.hand_in(entry)) == [KEPT], case
        kept = GateEntry.objects.defer("person_id").get(id=entry["id"])
        said = {name: getattr(kept, name) or None for name in case["said"]}
        assert {name: str(one) if isinstance(one, Decimal) else one for name, one in said.items()} == case[
            "said"
        ]
        noted = Abnormal.objects.filter(id=entry["id"])
        is_fever = kept.temperature is not None and kept.temperature > NORMAL_UP_TO
        assert [not one.outcome for one in noted] == ([case["is_open"]] if is_fever else [])
        assert [(one.method, one.failed) for one in noted] == (
            [(kept.method, kept.failed)] if is_fever else []
        )
    (inspector,) = flow.day_flow(venue, TODAY).inspectors
    assert inspector.today.failed == sum(case["has_failed"] for case in told["cases"])
    wrong = visit(99, failed="36.5"), visit(99, failed_method="by hand"), visit(99, failed="33.9")
    assert {
        problem for _state, problem in states(desk.hand_in(*(desk.entry(one, NOON) for one in wrong)))
    } == {*("venues.gate_form", "venues.no_temperature")}


def test_who_is_turned_away_is_counted_and_nobody(venue: Venue, desk: Gate) -> None:
    away: dict[str, Any] = {"kind": "turned_away", "person": None, "temperature": None}
    made = [
        desk.entry(visit(**away, way="scan", verdict="red"), NOON),
        desk.entry(visit(**away | {"person": document(1), "temperature": "38.5"}), NOON),
        desk.entry(visit(1, temperature=None), NOON),
    ]
    assert states(desk.hand_in(*made)) == [KEPT] * 3
    assert {state for state, _problem in states(desk.hand_in(*made))} == {"repeated"}
    kept = GateEntry.objects.defer("person_id").filter(is_turned_away=True)
    assert {(one.is_visit, one.temperature, one.verdict) for one in kept} == {
        (False, None, "red"),
        (False, None, ""),
    }
    found = flow.day_flow(venue, TODAY)
    (inspector,) = found.inspectors
    assert (inspector.today.turned_away, inspector.today.check_ins, inspector.today.temperatures) == (2, 1, 0)
    assert found.report(venue)["turned_away"] == 2
    assert (found.total.check_ins, found.total.temperatures, Abnormal.objects.count()) == (1, 0, 0)
    again = desk.entry(quick(), NOON, id=UUID(made[0]["id"]))
    assert states(desk.hand_in(again)) == [("conflict", "desks.conflict")]


def test_a_second_reading_counts_once_it_was_taken_late_enough_by_another_method(
    venue: Venue, desk: Gate
) -> None:
    again = {"temperature": "37.7", "method": "forehead", "second": "36.8", "second_method": "armpit"}
    made = [
        desk.entry(visit(1, **again, second_after=1_200), NOON),
        desk.entry(visit(2, **again, second_after=60), NOON),
        desk.entry(visit(3, **again | {"second": "34.2"}, second_after=1_200), NOON),
        desk.entry(visit(4, **again | {"second_method": None}, second_after=1_200), NOON),
    ]
    assert states(desk.hand_in(*made)) == [KEPT] * 4
    outcomes = Abnormal.objects.order_by("outcome").values_list("second", "outcome")
    assert [outcome for _second, outcome in outcomes] == ["", "", "", "normal"]
    assert {str(second) for second, _outcome in outcomes} == {"34.2", "36.8"}
    for wrong in (
        {"method": "by hand"},
        {"second_after": -1},
        {"second_after": True},
        {"second_after": "60"},
    ):
        assert states(desk.hand_in(desk.entry(visit(5, **again | wrong), NOON))) == [
            ("refused", "venues.gate_form")
        ]


def test_a_temperature_of_somebody_unregistered_counts_and_the_list_says_so(
    cast: Cast, venue: Venue, desk: Gate
) -> None:
    desk.hand_in(
        desk.entry(visit(1, temperature="36.4"), NOON),
        desk.entry(quick(), NOON),
        desk.entry(quick(temperature="38.5"), NOON - HOUR),
    )
    hour, south = NOON.astimezone(clock.zone()).hour, str(Checkpoint.objects.get(venue=venue, name="南门").id)
    chosen: list[tuple[dict[str, Any], int, int]] = [
        ({"temperature": check_ins.MEASURED}, 1, 2),
        ({"temperature": check_ins.MEASURED, "hour": hour}, 1, 1),
        ({"temperature": check_ins.MEASURED, "checkpoint": south}, 1, 2),
        ({"temperature": check_ins.ABNORMAL}, 0, 1),
        ({"temperature": check_ins.MEASURED, "mark": "remote"}, 0, 0),
        ({}, 1, 0),
    ]
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    for narrowed, listed, nameless in chosen:
        assert check_ins.check_ins(venue, TODAY, **narrowed).count() == listed, narrowed
        assert check_ins.without_names(venue, TODAY, listed=listed, **narrowed) == nameless, narrowed
        where = reverse("venues:check_ins", args=[venue.id])
        page = client.get(where, {"on": TODAY.isoformat(), **narrowed}).content.decode()
        assert (f"另有 {nameless} 次在门岗测温" in page) is bool(nameless), narrowed
