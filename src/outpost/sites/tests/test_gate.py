"""What a site's gate states becomes stays with their true times; what cannot hold is listed, nobody is lost."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pydantic import ValidationError

from outpost.access.models import Grant
from outpost.audit.models import AuditEntry
from outpost.config.env import Env, complaints
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.desks import queries
from outpost.desks.sealing import from_b64u, list_key
from outpost.desks.services.devices import set_pin
from outpost.desks.services.taking import Answer
from outpost.health.daily import Wellness
from outpost.health.live_passes import LIVE, LivePass, pass_text
from outpost.health.models import DailyReport, DispositionProposal
from outpost.health.services.daily import wellness_of
from outpost.people.seals import Identity
from outpost.sentinel.tests.ledgers import id_number
from outpost.sites import services
from outpost.sites.models import Contract, Registration, Stay
from outpost.sites.models.gate import GatePass
from outpost.sites.queries.people import to_leave_seen
from outpost.sites.reading.gate import number_digest
from outpost.sites.services.registering import withdraw_registration
from outpost.sites.tests.gate import gate, lead, passing, waiting
from outpost.sites.tests.test_passing import dispose, other_of
from outpost.sites.tests.test_registrations import crew_of_two
from outpost.sites.vocabularies import Checked
from outpost.testing.cast import NOON, Cast
from outpost.testing.gates import HAND, Gate, unboxed

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KEPT = ("kept", "")


@pytest.fixture
def command(cast: Cast) -> Actor:
    return cast.actor("command")


@pytest.fixture(scope="module", autouse=True)
def registered(cast_of_file: Cast, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Three people under the first of two contracts, one of them under both."""
    crew_of_two(cast_of_file.actor("command"), tmp_path_factory.mktemp("crew"), (1, 2, 3), both=[1])


@pytest.fixture
def crew() -> list[Registration]:
    """Whoever stands under both contracts comes first."""
    both = Registration.objects.get(contract__number="HT0002").person_id
    rows = list(Registration.objects.filter(contract__number="HT0001"))
    return sorted(rows, key=lambda row: row.person_id != both)


@pytest.fixture
def contract() -> Contract:
    return Contract.objects.get(number="HT0001")


@pytest.fixture
def desk(contract: Contract) -> Gate:
    return gate(contract, at=NOON - 20 * HOUR)


def states(answers: Sequence[Answer]) -> list[tuple[str, str]]:
    return [(one.state, one.problem.code if one.problem else "") for one in answers]


def stays(row: Registration) -> list[tuple[Any, Any]]:
    found = Stay.objects.filter(registration=row).order_by("entered_at")
    return list(found.values_list("entered_at", "left_at"))


@pytest.mark.promise("O1")
def test_entering_and_leaving_at_the_gate_are_stays_with_their_true_times(
    crew: list[Registration], desk: Gate
) -> None:
    made = [
        desk.entry(passing(crew[0]), NOON - 8 * HOUR),
        desk.entry(passing(crew[0], "leave"), NOON - HOUR),
        desk.entry(passing(crew[1], temperature="36.6"), NOON - MINUTE),
    ]
    assert states(desk.hand_in(*made)) == [KEPT] * 3
    assert states(desk.hand_in(*reversed(made))) == [("repeated", "")] * 3
    assert stays(crew[0]) == [(NOON - 8 * HOUR, NOON - HOUR)]
    assert stays(crew[1]) == [(NOON - MINUTE, None)]
    report = DailyReport.objects.get()
    assert (report.person_id, report.reported_at, str(report.temperature)) == (
        crew[1].person_id,
        NOON - MINUTE,
        "36.6",
    )
    kept = AuditEntry.objects.get(action="sites.gate_passed")
    assert kept.detail == {"entered": 2, "left": 1, "waiting": 0}


@pytest.mark.promise("O6")
def test_who_was_let_in_though_an_order_was_set_meanwhile_is_inside_and_has_to_leave(
    crew: list[Registration], contract: Contract, desk: Gate, command: Actor
) -> None:
    """The list of the gate is ten hours old; the command decided five hours ago."""
    dispose(crew[0].person_id, "isolation", NOON - 5 * HOUR)
    dispose(crew[1].person_id, "isolation", NOON - HOUR)
    answers = desk.hand_in(
        desk.entry(passing(crew[0]), NOON - 2 * HOUR),
        desk.entry(passing(crew[1]), NOON - 2 * HOUR),
        desk.entry(passing(crew[2]), NOON - 2 * HOUR),
    )
    assert states(answers) == [("kept", "sites.gate_let_in"), KEPT, KEPT]
    assert waiting(contract) == ["sites.gate_let_in"]
    assert GatePass.objects.get(code="sites.gate_let_in").failing == [
        ["sites.ordered", {"disposition": "isolation"}]
    ]
    held = {stay.registration_id for stay in to_leave_seen(actor=command, at=NOON)}
    assert held == {crew[0].id, crew[1].id}
    assert Stay.objects.inside().count() == 3


def test_an_abnormal_reading_is_kept_and_lets_nobody_in(crew: list[Registration], desk: Gate) -> None:
    answers = desk.hand_in(
        desk.entry(passing(crew[0], "reading", temperature="37.3"), NOON),
        desk.entry(passing(crew[1], "reading"), NOON),
        desk.entry(passing(crew[2], temperature="99.0"), NOON),
    )
    assert states(answers) == [KEPT, ("refused", "sites.gate_form"), ("refused", "sites.gate_temperature")]
    assert (DailyReport.objects.count(), Stay.objects.count(), GatePass.objects.count()) == (1, 0, 0)


def test_who_took_a_reading_is_named_and_no_number_of_an_account(
    crew: list[Registration], contract: Contract, desk: Gate
) -> None:
    """The command reads it of the proposal that follows, the auditor of the entries."""
    warm = desk.entry(passing(crew[1], "reading", temperature="38.2"), NOON)
    desk.hand_in(warm, desk.entry(passing(crew[0]), NOON))
    named = lead(contract).display_name
    assert DispositionProposal.objects.get().asked_label == named
    assert AuditEntry.objects.get(action="sites.gate_passed").actor_label == named


def test_a_pass_names_its_own_person_alone(crew: list[Registration], desk: Gate) -> None:
    def shown(person_id: UUID) -> str:
        return pass_text(
            ring(), LivePass(kind=LIVE, person_id=person_id, issued_at=NOON, name="甄*", number_end="1")
        )

    answers = desk.hand_in(
        desk.entry(passing(crew[0], way="scan", **{"pass": shown(crew[0].person_id)}), NOON),
        desk.entry(passing(crew[1], way="scan", **{"pass": shown(crew[0].person_id)}), NOON),
        desk.entry(passing(crew[1], way="scan", **{"pass": "AAAA"}), NOON),
        desk.entry(passing(other_of(crew[0])), NOON),
        desk.entry(passing(crew[1], registration_id=str(uuid4())), NOON),
    )
    foreign = ("refused", "sites.gate_person")
    forged = ("refused", "sites.gate_pass")
    assert states(answers) == [KEPT, forged, forged, foreign, foreign]
    assert Stay.objects.get().checked == Checked.CODE


@pytest.mark.promise("O6")
def test_what_cannot_hold_is_listed(
    crew: list[Registration], contract: Contract, desk: Gate, command: Actor
) -> None:
    """Inside already, inside elsewhere, withdrawn, nobody inside: each is said, and nobody is inside unseen."""
    elsewhere = other_of(crew[0])
    services.enter(
        [elsewhere.id], Checked.WORD, occurred_at=NOON - 3 * HOUR, actor=command, at=NOON - 3 * HOUR
    )
    services.withdraw_registration(crew[1].id, actor=command, at=NOON - HOUR)
    answers = desk.hand_in(
        desk.entry(passing(crew[0]), NOON - 2 * HOUR),
        desk.entry(passing(crew[0]), NOON - HOUR),
        desk.entry(passing(crew[1]), NOON - 2 * HOUR),
        desk.entry(passing(crew[2], "leave"), NOON),
    )
    assert states(answers) == [
        ("kept", "sites.gate_elsewhere"),
        ("conflict", "sites.gate_inside"),
        ("conflict", "sites.gate_withdrawn"),
        ("conflict", "sites.gate_outside"),
    ]
    assert sorted(waiting(contract)) == [
        *("sites.gate_elsewhere", "sites.gate_inside", "sites.gate_outside", "sites.gate_withdrawn"),
    ]
    assert [stay.registration_id for stay in Stay.objects.inside()] == [crew[0].id]
    assert stays(elsewhere) == [(NOON - 3 * HOUR, NOON - 2 * HOUR)]


def test_a_contract_that_was_closed_meanwhile_takes_nobody_in_and_says_so(
    crew: list[Registration], contract: Contract, desk: Gate, command: Actor
) -> None:
    services.close_contract(contract.id, actor=command, at=NOON - HOUR)
    answers = desk.hand_in(desk.entry(passing(crew[1]), NOON - 2 * HOUR))
    assert states(answers) == [("conflict", "sites.gate_closed")]
    assert waiting(contract) == ["sites.gate_closed"]
    assert queries.setup_of(desk.device, at=NOON) is None


@pytest.mark.promise("O6")
def test_two_gates_are_heard_in_any_order(crew: list[Registration], contract: Contract, desk: Gate) -> None:
    """The leaving is known before the entering: once both are, it is one stay, and nothing waits any more."""
    south = gate(contract, at=NOON - 20 * HOUR)
    assert states(south.hand_in(south.entry(passing(crew[0], "leave"), NOON - HOUR))) == [
        ("conflict", "sites.gate_outside")
    ]
    assert states(desk.hand_in(desk.entry(passing(crew[0]), NOON - 2 * HOUR))) == [KEPT]
    assert stays(crew[0]) == [(NOON - 2 * HOUR, NOON - HOUR)]
    assert waiting(contract) == []
    earlier = [
        south.entry(passing(crew[0]), NOON - 5 * HOUR),
        south.entry(passing(crew[0], "leave"), NOON - 4 * HOUR),
    ]
    assert states(south.hand_in(*earlier)) == [KEPT, KEPT]
    assert stays(crew[0]) == [(NOON - 5 * HOUR, NOON - 4 * HOUR), (NOON - 2 * HOUR, NOON - HOUR)]


def test_a_gate_reports_nobody_who_was_not_of_its_site_any_more(
    crew: list[Registration], contract: Contract, desk: Gate, command: Actor
) -> None:
    """Else whoever holds its device could have somebody isolated who left the crew long ago."""
    withdraw_registration(crew[1].id, actor=command, at=NOON - 3 * HOUR)
    made = [
        desk.entry(passing(crew[1], "reading", temperature="39.0"), NOON - 4 * HOUR),
        desk.entry(passing(crew[1], "reading", temperature="39.0"), NOON - 2 * HOUR),
        desk.entry(passing(crew[1], temperature="39.0"), NOON - HOUR),
    ]
    gone = ("conflict", "sites.gate_withdrawn")
    assert states(desk.hand_in(*made)) == [KEPT, gone, gone]
    services.close_contract(contract.id, actor=command, at=NOON - MINUTE)
    closed = ("conflict", "sites.gate_closed")
    reading = passing(crew[0], "reading", temperature="39.0")
    assert states(desk.hand_in(desk.entry(reading, NOON))) == [closed]
    assert [one.reported_at for one in DailyReport.objects.all()] == [NOON - 4 * HOUR]


def test_a_gate_that_repeats_itself_costs_no_more_each_time(
    crew: list[Registration], contract: Contract, desk: Gate
) -> None:
    """All gates of the district wait for one another."""

    def asked(first: int) -> int:
        said = passing(crew[0], "leave")
        made = [desk.entry(said, NOON - 9 * HOUR + number * MINUTE) for number in range(first, first + 60)]
        with CaptureQueriesContext(connection) as asked:
            desk.hand_in(*made)
        return len(asked)

    assert max(asked(0), asked(60), asked(120)) < 50
    assert states(desk.hand_in(desk.entry(passing(crew[0]), NOON - 8 * HOUR - MINUTE / 2))) == [KEPT]
    assert stays(crew[0]) == [(NOON - 8 * HOUR - MINUTE / 2, NOON - 8 * HOUR)]


@pytest.mark.promise("A3")
def test_who_is_no_longer_in_charge_counts_for_what_was_before(
    crew: list[Registration], contract: Contract, desk: Gate
) -> None:
    """A right that ends while the gate is away: what was done before counts, what comes after is flagged."""
    Grant.objects.filter(user_id=desk.member_id).update(revoked_at=NOON - HOUR)
    before = desk.entry(passing(crew[0]), NOON - 2 * HOUR)
    after = desk.entry(passing(crew[1]), NOON - MINUTE)
    assert states(desk.hand_in(before, after)) == [KEPT, ("kept", "desks.member_ended")]
    setup = queries.setup_of(desk.device, at=NOON)
    assert setup is not None
    assert setup["members"] == []


def test_the_list_goes_sealed_and_opens_by_the_pin_alone(
    crew: list[Registration], contract: Contract, desk: Gate
) -> None:
    set_pin(desk.member_id, "246813", actor=HAND, at=NOON)
    dispose(crew[0].person_id, "isolation", NOON - HOUR)
    setup = queries.setup_of(desk.device, at=NOON)
    assert setup is not None
    (member,) = setup["members"]
    assert (member["name"], member["id"]) == ("甄项目", str(lead(contract).id))
    assert "list_key" not in member
    own = list_key("246813", from_b64u(member["salt"]) or b"", member["rounds"])
    bound = b"outpost.desks.people.1" + desk.device.id.bytes
    key = unboxed(own, setup["people"]["keys"][member["id"]], bound + desk.member_id.bytes)
    listed = orjson.loads(unboxed(key, setup["people"]["sealed"], bound))
    rows = {one["id"]: one for one in listed["people"]}
    assert set(rows) == {str(row.id) for row in crew}
    assert (listed["at"], listed["holds_to"], listed["holds_hours"]) == (NOON.isoformat(), None, 72)
    first = rows[str(crew[0].id)]
    assert (first["name"], first["disposition"], first["inside"]) == ("甄**", "isolation", False)
    numbers = {
        number_digest(from_b64u(listed["salt"]) or b"", Identity("resident_id", "", id_number(number)))
        for number in (1, 2, 3)
    }
    assert {one["number"] for one in rows.values()} == numbers
    assert not any(id_number(n) in orjson.dumps(setup).decode() for n in (1, 2, 3))


def test_readings_of_a_gate_count_as_those_of_the_page(crew: list[Registration], desk: Gate) -> None:
    """37.7 at the forehead, 34.2 a minute later: a fever; 36.8 under the arm at a quarter past: well again."""
    told = ((21, "37.7", "forehead"), (20, "34.2", "forehead"), (1, "36.8", "armpit"))
    states_of = []
    for minutes, degrees, method in told:
        said = passing(crew[0], "reading", temperature=degrees, method=method)
        assert states(desk.hand_in(desk.entry(said, NOON - minutes * MINUTE))) == [KEPT]
        states_of.append(wellness_of([crew[0].person_id], NOON.date())[crew[0].person_id])
    assert states_of == [Wellness.ABNORMAL, Wellness.ABNORMAL, Wellness.NORMAL]
    assert set(DailyReport.objects.values_list("method", flat=True)) == {"forehead", "armpit"}
    answer = desk.hand_in(desk.entry(passing(crew[1], "reading", temperature="36.5", method="by hand"), NOON))
    assert states(answer) == [("refused", "sites.gate_form")]


@pytest.mark.parametrize("hours", ["0", "", "-1", "4.5", "169", "never"])
def test_an_age_of_the_list_that_is_none_is_refused_at_the_start(hours: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Env(OUTPOST_GATE_LIST_HOURS=hours)
    (line,) = complaints(refused.value)
    assert line.startswith("OUTPOST_GATE_LIST_HOURS")
    assert "from 1 to 168" in line
    assert Env(OUTPOST_GATE_LIST_HOURS="4").gate_list_hours == 4
