"""The pages of cases: asked for by one, agreed to by another, searched within the window, closed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import Grant, User
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.rights import Role
from outpost.regions.rules import REGION
from outpost.sentinel.tests.ledgers import id_number
from outpost.testing.cast import NOON, Cast
from outpost.tracing.models import Case
from outpost.tracing.tests.cases import open_case_of, with_result
from outpost.venues.days import keep_days
from outpost.venues.tests.ledger import brought, check_in, venue_row

pytestmark = [pytest.mark.django_db, pytest.mark.promise("V1")]
FIRST, LAST = NOON.date() - timedelta(days=7), NOON.date()


@pytest.fixture
def second(cast: Cast) -> User:
    """Another command officer."""
    user = User(username="second", display_name="second", created_at=NOON)
    user.set_unusable_password()
    user.save(force_insert=True)
    scope = {"scope_kind": REGION, "scope_key": "440115", "granted_by": "cast", "granted_at": NOON}
    Grant(user=user, role=Role.COMMAND, **scope).save(force_insert=True)
    return user


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    session = client.session
    session["is_verified"] = True
    session.save()
    return client


def test_two_officers_open_a_case_and_one_of_them_searches(cast: Cast, second: User) -> None:
    keep_days(LAST)
    (venue,) = brought(venue_row(1))
    person, other = with_result(1), uuid4()
    for who in (person, other):
        check_in(venue, LAST, who)
    first = browser(cast.users["command"])
    stated = {"document": id_number(1), "purpose": "contacts", "ground": "南防指〔2022〕7号"}
    days = {"begins_on": FIRST.isoformat(), "ends_on": LAST.isoformat()}
    answer = first.post(reverse("tracing:new_case"), stated | days)
    case = Case.objects.get()
    page = reverse("tracing:case", args=[case.id])
    assert answer.headers["Location"] == page
    assert "Waits for another command officer." in first.get(page).content.decode()
    assert first.post(reverse("tracing:approve", args=[case.id])).status_code == 422
    search = reverse("tracing:search", args=[case.id])
    assert first.get(search).status_code == 403
    other_officer = browser(second)
    assert "Waits for your word" in other_officer.get(page).content.decode()
    assert other_officer.post(reverse("tracing:approve", args=[case.id])).status_code == 302
    assert "Nothing was read yet" in first.get(search).content.decode()
    assert not AuditEntry.objects.filter(action="tracing.co_presence_searched").exists()
    found = first.get(search, {"first": FIRST.isoformat(), "last": LAST.isoformat()}).content.decode()
    assert str(other) in found
    assert id_number(1) not in found
    assert AuditEntry.objects.order_by("-seq")[0].action == "tracing.co_presence_searched"
    listed = first.get(reverse("tracing:cases")).content.decode()
    assert "Finding contacts" in listed
    assert id_number(1) not in listed
    assert first.post(reverse("tracing:close", args=[case.id]), {"ending": "done"}).status_code == 302
    assert first.get(search, {"first": FIRST.isoformat(), "last": LAST.isoformat()}).status_code == 403


def test_every_route_without_a_case_or_a_right_is_refused(cast: Cast) -> None:
    case = open_case_of(1, *clock.day_span(FIRST, LAST), cast)
    search = reverse("tracing:search", args=[case.id])
    outside = {"first": (FIRST - timedelta(days=1)).isoformat(), "last": LAST.isoformat()}
    command = browser(cast.users["command"])
    assert command.get(search, outside).status_code == 403
    assert AuditEntry.objects.order_by("-seq")[0].action == "tracing.search_refused"
    assert command.get(reverse("tracing:search", args=[uuid4()])).status_code == 404
    assert command.post(reverse("tracing:new_case"), {"purpose": "curiosity"}, follow=True).status_code == 200
    assert Case.objects.count() == 1
    names = ("case", "widen", "close", "search")
    for role in ("town", "bureau", "operator", "security", "auditor"):
        stranger = browser(cast.users[role])
        answers = [stranger.get(reverse(f"tracing:{name}", args=[case.id])).status_code for name in names]
        assert answers == [403] * len(names), role


def test_another_window_is_asked_for(cast: Cast) -> None:
    case = open_case_of(1, *clock.day_span(FIRST, LAST), cast)
    command = browser(cast.users["command"])
    window = reverse("tracing:widen", args=[case.id])
    assert FIRST.isoformat() in command.get(window).content.decode()
    days = {"begins_on": LAST.isoformat(), "ends_on": FIRST.isoformat()}
    assert "Swap them." in command.post(window, days, follow=True).content.decode()
    days = {"begins_on": (FIRST - timedelta(days=3)).isoformat(), "ends_on": LAST.isoformat()}
    assert command.post(window, days).status_code == 302
    case.refresh_from_db()
    assert (case.approved_at, case.asked_label) == (None, "command")
