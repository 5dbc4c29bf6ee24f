"""离开打卡: offered by a venue, said by who came; it ends their own stay and alters nothing that was said before."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import User
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Problem, Refusal
from outpost.people.models import Dependant, RealName
from outpost.people.queries import spoken_for
from outpost.people.tokens import Holder, person_token
from outpost.regions.models import Region
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast
from outpost.venues import days, errors
from outpost.venues.models import CheckIn, Kind, Venue
from outpost.venues.queries.leaving import open_visits, sight
from outpost.venues.rules import ENDED_WITHIN, FARTHEST_AHEAD, SHORTEST_STAY, CheckInSource
from outpost.venues.services.leaving import check_out, offer_check_out
from outpost.venues.tests.ledger import FAR_TOWN, brought, check_in, venue_row
from outpost.venues.tests.test_citizens import citizen

pytestmark = pytest.mark.django_db
TODAY = clock.local_day(NOON)
LATER = NOON + timedelta(minutes=50)


@pytest.fixture
def venue(cast: Cast) -> Venue:
    days.keep_days(TODAY)
    (found,) = brought(venue_row(1))
    offer_check_out(found.id, offers=True, actor=cast.actor("town"), at=NOON)
    return found


@pytest.fixture
def visitor(venue: Venue) -> User:
    return citizen()


def person_of(user: User) -> UUID:
    return RealName.objects.get(account=user).person_id


def leave(user: User, visit: UUID, *, at: datetime = LATER, left_at: datetime | None = None) -> int:
    spoken = spoken_for(user.id)
    assert spoken is not None
    return check_out(user.id, spoken, visit, left_at=left_at, at=at)


def waiting(user: User, *, at: datetime = LATER) -> list[UUID]:
    spoken = spoken_for(user.id)
    seen = sight(spoken, at=at) if spoken else None
    return [one.id for one in open_visits(user.id, seen)] if seen else []


def left(visit: UUID) -> datetime | None:
    return CheckIn.objects.values_list("left_at", flat=True).get(id=visit)


def problem(user: User, visit: UUID, *, at: datetime = LATER, left_at: datetime | None = None) -> Problem:
    with pytest.raises(Refusal) as refusal:
        leave(user, visit, at=at, left_at=left_at)
    return refusal.value.problem


def refused(user: User, visit: UUID, *, at: datetime = LATER) -> bool:
    return problem(user, visit, at=at) is errors.NO_OPEN_VISIT


def test_who_leaves_ends_the_stay_once(venue: Venue, visitor: User) -> None:
    visit = check_in(venue, TODAY, person_of(visitor))
    assert waiting(visitor) == [visit]
    assert leave(visitor, visit) == 1
    assert (left(visit), waiting(visitor)) == (LATER, [])
    assert refused(visitor, visit, at=LATER + timedelta(minutes=1))
    assert left(visit) == LATER


def test_nobody_ends_the_visit_of_another(venue: Venue, visitor: User) -> None:
    visit = check_in(venue, TODAY, person_of(visitor))
    other = citizen("13700000003", 2)
    assert refused(other, visit)
    assert (left(visit), waiting(other)) == (None, [])


def test_it_is_offered_where_the_venue_does_and_for_a_day(cast: Cast, venue: Venue, visitor: User) -> None:
    visit = check_in(venue, TODAY, person_of(visitor))
    assert waiting(visitor, at=NOON + timedelta(hours=24, seconds=1)) == []
    assert refused(visitor, visit, at=NOON + timedelta(hours=24, seconds=1))
    assert problem(visitor, visit, at=NOON) is errors.LEFT_AT_ONCE  # not before one came
    offer_check_out(venue.id, offers=False, actor=cast.actor("town"), at=NOON)
    assert waiting(visitor) == []
    assert refused(visitor, visit)


def test_what_was_said_stays_whatever_is_set_later(cast: Cast, venue: Venue, visitor: User) -> None:
    visit = check_in(venue, TODAY, person_of(visitor))
    leave(visitor, visit)
    ended = left(visit)
    offer_check_out(venue.id, offers=False, actor=cast.actor("town"), at=LATER)
    Kind.objects.update(usual_minutes=5)
    offer_check_out(venue.id, offers=True, actor=cast.actor("town"), at=LATER)
    assert left(visit) == ended
    done = AuditEntry.objects.filter(action="venues.check_out_offered", object_id=str(venue.id)).order_by(
        "seq"
    )
    assert [one.detail["offers"] for one in done] == [True, False, True]


def test_whoever_came_by_the_same_touch_leaves_as_well(venue: Venue, visitor: User) -> None:
    child, stranger = (person_of(citizen(f"1370000000{n}", n)) for n in (3, 4))
    own, brought_along, beside = (
        check_in(venue, TODAY, one) for one in (person_of(visitor), child, stranger)
    )
    Dependant.objects.create(
        account=visitor,
        person_id=child,
        region=Region.objects.get(code="440115001"),
        asked_at=NOON,
        confirmed_at=NOON,
        sealed=b"s",
        name_hash=b"n",
        phone_hash=b"p",
    )
    assert leave(visitor, own) == 2
    assert (left(brought_along), left(beside)) == (LATER, None)


def test_two_scans_at_a_door_are_left_by_one_touch(venue: Venue, visitor: User) -> None:
    """The others go on only where they say nothing of now: elsewhere, or of a stay that was over before."""
    (elsewhere,) = brought(venue_row(2))
    Venue.objects.update(checks_out=True)
    person = person_of(visitor)
    first, again, before, there = (
        check_in(place, TODAY, person) for place in (venue, venue, venue, elsewhere)
    )
    gone_at = NOON + timedelta(minutes=venue.kind.usual_minutes)
    for visit, minutes in ((first, 10), (again, 11)):
        CheckIn.objects.filter(id=visit).update(occurred_at=NOON + timedelta(minutes=minutes))
    assert leave(visitor, again, at=gone_at) == 2
    assert [left(one) for one in (first, again, before, there)] == [gone_at, gone_at, None, None]
    assert leave(visitor, before) == 1
    assert left(first) == gone_at


def test_who_only_stated_a_number_ends_no_paper_form(venue: Venue, visitor: User) -> None:
    visit = check_in(venue, TODAY, person_of(visitor))
    CheckIn.objects.update(source=CheckInSource.PAPER)
    assert (waiting(visitor), refused(visitor, visit)) == ([], True)
    RealName.objects.update(seen_at=NOON, seen_by="town")
    assert waiting(visitor) == [visit]


def test_the_switch_is_for_who_runs_the_venue(cast: Cast, venue: Venue) -> None:
    (far,) = brought(venue_row(2, 所属镇街=FAR_TOWN))
    with pytest.raises(Refusal) as refusal:
        offer_check_out(far.id, offers=True, actor=cast.actor("town"), at=NOON)
    assert refusal.value.problem is NOT_FOUND
    for role in ("bureau", "outsider"):
        with pytest.raises(Refusal) as refusal:
            offer_check_out(venue.id, offers=False, actor=cast.actor(role), at=NOON)
        assert refusal.value.status == 403


def test_the_pages_of_leaving(cast: Cast, venue: Venue, visitor: User) -> None:
    now = clock.now()
    days.keep_days(clock.local_day(now))
    visit = check_in(venue, clock.local_day(now), person_of(visitor))
    CheckIn.objects.filter(id=visit).update(occurred_at=now - timedelta(minutes=30))
    client, officer = Client(headers={"accept-language": "zh-hans"}), Client()
    sign_in(client, visitor)
    sign_in(officer, cast.users["town"])
    where = reverse("venues:check_outs")
    assert where in client.get(reverse("web:my")).content.decode()
    assert "第1农贸市场" in client.get(where).content.decode()
    end = reverse("venues:check_out")
    assert client.post(end, {"visit": "nobody's"}).status_code == 404
    CheckIn.objects.filter(id=visit).update(occurred_at=clock.now())
    assert client.post(end, {"visit": str(visit)})["Location"] == where
    assert "不到一分钟" in client.get(where).content.decode()
    CheckIn.objects.filter(id=visit).update(occurred_at=now - timedelta(minutes=30))
    assert client.post(end, {"visit": str(visit)})["Location"] == where
    page = client.get(where).content.decode()
    assert "已离开" in page
    assert where not in client.get(reverse("web:my")).content.decode()
    switch = reverse("venues:offer_check_out", args=[venue.id])
    officer.post(switch)
    assert not Venue.objects.get(id=venue.id).checks_out
    officer.post(switch, {"offers": "yes"})
    assert Venue.objects.get(id=venue.id).checks_out


def test_who_touches_at_once_has_not_left(venue: Venue, visitor: User) -> None:
    """Else a touch by mistake would take somebody out of the searches for contacts; the visit stays open."""
    visit = check_in(venue, TODAY, person_of(visitor))
    soon = NOON + SHORTEST_STAY - timedelta(seconds=1)
    assert problem(visitor, visit, at=soon) is errors.LEFT_AT_ONCE
    assert problem(visitor, visit, left_at=soon) is errors.LEFT_AT_ONCE
    assert (left(visit), waiting(visitor)) == (None, [visit])
    assert leave(visitor, visit, at=NOON + SHORTEST_STAY) == 1


def test_a_kept_end_counts_by_its_own_time_and_once(venue: Venue, visitor: User) -> None:
    visit, gone_at = check_in(venue, TODAY, person_of(visitor)), NOON + timedelta(minutes=20)
    assert leave(visitor, visit, left_at=gone_at) == 1
    assert left(visit) == gone_at
    assert leave(visitor, visit, left_at=gone_at, at=LATER + timedelta(minutes=5)) == 0  # its answer was lost
    assert problem(visitor, visit, left_at=LATER) is errors.NO_OPEN_VISIT
    other = citizen("13700000003", 2)
    assert problem(other, visit, left_at=gone_at) is errors.NO_OPEN_VISIT
    assert left(visit) == gone_at


def test_nobody_shortens_a_stay_once_it_is_known_whom_they_met(venue: Venue, visitor: User) -> None:
    """A kept end may be a day late; more only as long as its check-in was not here either."""
    visit, gone_at = check_in(venue, TODAY, person_of(visitor)), NOON + timedelta(minutes=20)
    late = gone_at + ENDED_WITHIN + timedelta(seconds=1)
    assert problem(visitor, visit, left_at=gone_at, at=late) is errors.NO_OPEN_VISIT
    CheckIn.objects.filter(id=visit).update(received_at=late - timedelta(seconds=10))
    assert leave(visitor, visit, left_at=gone_at, at=late) == 1
    assert left(visit) == gone_at


def test_the_clock_of_a_phone_may_be_wrong_as_for_a_check_in(venue: Venue, visitor: User) -> None:
    visit = check_in(venue, TODAY, person_of(visitor))
    ahead = LATER + FARTHEST_AHEAD
    assert problem(visitor, visit, left_at=ahead + timedelta(seconds=1)) is errors.TIME_AHEAD
    ancient = NOON.replace(year=1)
    assert problem(visitor, visit, left_at=ancient) is errors.NO_OPEN_VISIT
    assert problem(visitor, visit, left_at=NOON - timedelta(minutes=1)) is errors.LEFT_AT_ONCE
    assert leave(visitor, visit, left_at=ahead) == 1


def test_what_a_phone_kept_is_its_own_person_s(venue: Venue, visitor: User) -> None:
    now = clock.now()
    days.keep_days(clock.local_day(now))
    visit = check_in(venue, clock.local_day(now), person_of(visitor))
    CheckIn.objects.filter(id=visit).update(occurred_at=now - timedelta(minutes=30), received_at=now)
    other = citizen("13700000003", 2)
    client, stranger = Client(headers={"accept-language": "en"}), Client()
    sign_in(client, visitor)
    sign_in(stranger, other)
    said = {
        "visit": str(visit),
        "left_at": (now - timedelta(minutes=10)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "token": person_token(ring(), Holder(person_of(visitor), is_seen=False), issued_at=now),
    }
    where = reverse("venues:check_out_kept")
    assert Client().post(where, said).status_code == 302
    assert (
        stranger.post(where, said).status_code == client.post(where, said | {"token": "X"}).status_code == 401
    )
    for wrong in ({"left_at": "soon"}, {"left_at": "2022-06-08T12:00:00"}, {"visit": "x"}):
        answer = client.post(where, said | wrong)
        assert (answer.status_code, answer.json()["error"]) == (422, errors.LEFT_WRONGLY.code)
    assert left(visit) is None
    assert [client.post(where, said).json() for _again in range(2)] == [{"ended": 1}, {"ended": 0}]
    assert left(visit) == datetime.fromisoformat(said["left_at"])
    again = client.post(where, said | {"left_at": now.isoformat()})
    assert (again.status_code, again.json()["error"]) == (409, errors.NO_OPEN_VISIT.code)
    assert again.json()["message"]
