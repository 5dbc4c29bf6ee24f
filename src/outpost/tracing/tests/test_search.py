"""The search for co-presence: kept before it reads, equal to brute force over the rows, by index alone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from random import Random
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from outpost.audit import services as audit
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health.models import PassFactsRow
from outpost.health.models.exposures import Exposure
from outpost.health.services import agree_to_exposures
from outpost.people.rules import Document, DocumentType
from outpost.people.services import register_person
from outpost.sentinel.tests.ledgers import id_number
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast
from outpost.tracing import errors, rules, visits
from outpost.tracing.models import Case
from outpost.tracing.rules import Stay
from outpost.tracing.services import Found, Search, reveal_met, search_co_presence, state_met
from outpost.tracing.services.exposing import COUNTS
from outpost.tracing.tests.cases import open_case_of
from outpost.venues import days
from outpost.venues.models import CheckIn, Checkpoint, Venue
from outpost.venues.tests.ledger import brought, venue_row

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
TODAY = date(2022, 6, 8)
MARKET_STAY, HOTEL_STAY = timedelta(minutes=30), timedelta(hours=12)


def local(hour: int, minute: int = 0, *, back: int = 0) -> datetime:
    return datetime(2022, 6, 8, tzinfo=clock.zone()) + timedelta(days=-back, hours=hour, minutes=minute)


@pytest.fixture(scope="module", autouse=True)
def opened(cast_of_file: Cast) -> None:
    """A market and a hotel; a case that is open over the days of the tests."""
    days.keep_days(TODAY)
    brought(venue_row(1), venue_row(2, 场所类型="住宿"))
    open_case_of(1, local(0, back=13), local(24), cast_of_file)


@pytest.fixture
def places() -> list[Venue]:
    return list(Venue.objects.order_by("name"))


@pytest.fixture
def case() -> UUID:
    """Whose case it is."""
    return Case.objects.get().person_id


def visit(venue: Venue, who: UUID, at: datetime, left_at: datetime | None = None, gate: str = "南门") -> None:
    day, checkpoint = clock.local_day(at), Checkpoint.objects.get(venue=venue, name=gate)
    row = CheckIn(id=uuid4(), venue_id=venue.id, day=day, checkpoint_id=checkpoint.id, person_id=who)
    row.occurred_at = row.received_at = at
    row.left_at = left_at
    row.save(force_insert=True)


def search(ground: str = "案例 7", **terms: object) -> Found:
    span = {"begins_at": local(0, back=13), "ends_at": local(24)}
    case_id = Case.objects.get().id
    return search_co_presence(Search(case_id, ground=ground, **span | terms), actor=SYSTEM, at=NOON)  # type: ignore[arg-type]


def test_check_outs_and_usual_stays(places: list[Venue], case: UUID) -> None:
    market, hotel = places
    stated, usual, late, guest = (uuid4() for _ in range(4))
    visit(market, case, local(9), local(9, 40))
    visit(market, stated, local(9, 20), local(9, 25))
    visit(market, usual, local(8, 31))
    visit(market, late, local(9, 40))
    visit(hotel, case, local(23, back=1))
    visit(hotel, guest, local(13, back=3), local(23, 30, back=1))
    told = search().document()
    assert (told["visits"], told["people"]) == (2, 3)
    assert [(one["person"], one["minutes"], one["certainty"]) for one in told["meetings"]] == [
        (str(guest), 30, "usual_stay"),
        (str(usual), 1, "usual_stay"),
        (str(stated), 5, "stated"),
    ]
    first = told["meetings"][0]
    assert (first["from"], first["to"]) == ("2022-06-07T23:00:00+08:00", "2022-06-07T23:30:00+08:00")
    assert (first["venue"], first["checkpoint"]) == (hotel.name, "南门")
    assert str(late) in str(search(tolerance=timedelta(minutes=1)).document())
    assert search(begins_at=local(9, 30)).document()["meetings"] == []


def test_names_are_shown_for_a_purpose_and_kept(places: list[Venue], case: UUID) -> None:
    other = register_person(Document(DocumentType.RESIDENT_ID, id_number(2)), "甄旁人", at=NOON)
    visit(places[0], case, local(9))
    visit(places[0], other, local(9))
    found = search()
    assert "甄旁人" not in str(found.document())
    names = reveal_met(found, purpose="流调", actor=SYSTEM, at=NOON)
    assert found.document(names)["meetings"][0]["name"] == "甄旁人"
    assert AuditEntry.objects.order_by("-seq")[0].action == "people.revealed"


@pytest.mark.promise("V1")
def test_a_search_is_kept_before_anything_is_read(
    places: list[Venue], case: UUID, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    known = AuditEntry.objects.count()

    def note(_reading: visits.Reading) -> list[visits.Seen]:
        read.append(AuditEntry.objects.count())
        return []

    monkeypatch.setattr(visits, "visits_of", note)
    search()
    assert read == [known + 1]
    kept = AuditEntry.objects.order_by("-seq")[0]
    assert (kept.action, kept.purpose, kept.object_id) == (
        "tracing.co_presence_searched",
        "案例 7",
        str(case),
    )
    monkeypatch.setattr(audit, "record", _fails)
    with pytest.raises(ZeroDivisionError):
        search()
    assert len(read) == 1
    wrong: tuple[tuple[dict[str, object], object], ...] = (
        ({"ground": " "}, errors.GROUND_MISSING),
        ({"ground": "——。"}, errors.GROUND_MISSING),
        ({"begins_at": local(25)}, errors.SPAN_REVERSED),
        ({"begins_at": local(0, back=40)}, errors.SPAN_TOO_LONG),
    )
    for terms, problem in wrong:
        with pytest.raises(Refusal) as refused:
            search(**terms)  # type: ignore[arg-type]
        assert refused.value.problem is problem
    with pytest.raises(Refusal) as refused:
        search_co_presence(
            Search(Case.objects.get().id, local(0), local(1), "x"), actor=cast.actor("town"), at=NOON
        )
    assert refused.value.status == 403
    assert len(read) == 1


def _fails(*_arguments: object, **_named: object) -> None:
    raise ZeroDivisionError


@pytest.mark.promise("R10")
@pytest.mark.parametrize("seed", range(8))
def test_a_search_is_what_brute_force_finds(places: list[Venue], case: UUID, seed: int) -> None:
    chance = Random(seed)
    people = [case, *(UUID(int=n) for n in range(1, 8))]
    for who in people:
        for _ in range(12):
            at = local(0, chance.randrange(-3 * 1440, 1400))
            left_at = at + timedelta(minutes=chance.choice([1, 20, 90, 700, 4000]))
            gate = chance.choice(["南门", "北门"])
            visit(chance.choice(places), who, at, chance.choice([None, left_at]), gate)
    begins_at, ends_at = local(chance.randrange(24), back=2), local(chance.randrange(24))
    tolerance, same = timedelta(minutes=chance.choice([0, 7])), chance.random() < 0.3
    own = [
        cut
        for one in stays(places)
        if one.person_id == case and (cut := rules.clipped(one, begins_at, ends_at)) is not None
    ]
    others = [one for one in stays(places) if one.person_id != case]
    expected = rules.meetings(product(own, others), tolerance=tolerance, same_checkpoint=same)
    found = search(begins_at=begins_at, ends_at=ends_at, tolerance=tolerance, same_checkpoint=same)
    assert found.meetings == expected
    assert found.visits == len(own)


def stays(places: list[Venue]) -> Iterator[Stay]:
    """Everybody's, of all rows."""
    usual = {places[0].id: MARKET_STAY, places[1].id: HOTEL_STAY}
    for row in CheckIn.objects.all():
        ends_at = row.left_at or row.occurred_at + usual[row.venue_id]
        yield Stay(
            row.person_id,
            row.venue_id,
            row.checkpoint_id,
            row.occurred_at,
            ends_at,
            is_stated=row.left_at is not None,
        )


@pytest.mark.promise("V4")
def test_whom_a_search_found_is_exposed_once_another_officer_agrees(
    places: list[Venue], case: UUID, cast: Cast
) -> None:
    market, met, elsewhere = places[0], uuid4(), uuid4()
    visit(market, case, local(9, back=2), local(9, 40, back=2))
    visit(market, met, local(9, 20, back=2), local(9, 30, back=2))
    visit(market, elsewhere, local(15, back=2), local(16, back=2))
    wanted = Search(Case.objects.get().id, local(0, back=13), local(24), "案例 7")
    assert state_met(wanted, actor=cast.actor("command"), at=NOON) == 1
    row = Exposure.objects.get()
    assert (row.person_id, row.kind, row.case_id) == (met, "venue", wanted.case_id)
    assert (row.begins_at, row.ends_at - row.begins_at) == (local(9, 20, back=2), COUNTS)
    assert not PassFactsRow.objects.filter(person_id=met).exists()
    second = Actor(id="user:second", label="second", reaches=cast.actor("command").reaches)
    agree_to_exposures(row.batch_id, actor=second, at=NOON)
    assert PassFactsRow.objects.get(person_id=met).exposed_at == local(9, 20, back=2)


@pytest.mark.promise("V4")
def test_without_an_open_case_or_a_meeting_nobody_is_exposed(
    places: list[Venue], case: UUID, cast: Cast
) -> None:
    visit(places[0], case, local(9, back=2))
    wanted = Search(Case.objects.get().id, local(0, back=13), local(24), "案例 7")
    with pytest.raises(Refusal) as nobody:
        state_met(wanted, actor=cast.actor("command"), at=NOON)
    assert nobody.value.code == "tracing.nobody_met"
    with pytest.raises(Refusal) as none:
        state_met(replace(wanted, case_id=uuid4()), actor=cast.actor("command"), at=NOON)
    assert none.value.code == "tracing.no_open_case"
    assert AuditEntry.objects.filter(action="tracing.search_refused").count() == 1
    assert not Exposure.objects.exists()


def test_the_page_of_a_search_states_whom_it_shows(
    places: list[Venue], case: UUID, cast: Cast, client: Client
) -> None:
    visit(places[0], case, local(9, back=2), local(9, 40, back=2))
    visit(places[0], uuid4(), local(9, 20, back=2), local(9, 30, back=2))
    sign_in(client, cast.users["command"])
    asked = {"first": "2022-06-01", "last": "2022-06-08", "tolerance": "5"}
    where = reverse("tracing:expose", args=[Case.objects.get().id])
    page = client.get(where.replace("/expose", "/search"), asked).content.decode()
    sent = re.findall(r'<input type="hidden" name="(first|last|tolerance)" value="([^"]*)">', page)
    assert dict(sent) == asked
    assert client.post(where, dict(sent)).status_code == 302
    assert Exposure.objects.count() == 1
