"""Exposures: stated on a ground, counting on the word of a second officer, withdrawn; told to the person later."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from outpost.access.models import User
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health import pass_facts, services
from outpost.health.conditions import Condition
from outpost.health.models import PassFactsRow
from outpost.health.models.exposures import Exposure
from outpost.health.queries import exposures, pass_now
from outpost.health.rules import ExposureKind
from outpost.health.services import Exposed
from outpost.health.tests.records import document, person
from outpost.health.tests.test_citizens import MY, browser, citizen, own
from outpost.notifications.models import InboxMessage
from outpost.testing.browsers import shown, sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.promise("V4")]
DAY = timedelta(days=1)
LATER = NOON + timedelta(hours=1)


def exposed(who: UUID | None = None, **changes: Any) -> Exposed:
    span = changes.pop("span", (NOON - DAY, NOON + 7 * DAY))
    return Exposed(
        **{"people": {who or person(1): span}, "kind": ExposureKind.CONTACT, "ground": "流调18号"} | changes
    )


def second_officer(cast: Cast) -> Actor:
    return Actor(id="user:second", label="second", reaches=cast.actor("command").reaches)


def condition(at: Any = LATER) -> Condition:
    assert pass_facts.mend() == 0  # what is kept is what the records say
    return pass_now.passes_of([person(1)], at=at)[person(1)].condition


def test_it_counts_on_the_word_of_two_until_its_day_or_its_withdrawal(cast: Cast) -> None:
    first, second = cast.actor("command"), second_officer(cast)
    batch = services.state_exposures(exposed(), actor=first, at=NOON)
    assert condition() is Condition.NO_NEGATIVE
    assert InboxMessage.objects.filter(template="health.exposures_asked").exists()
    with pytest.raises(Refusal) as own_word:
        services.agree_to_exposures(batch, actor=first, at=LATER)
    assert own_word.value.status == 404
    assert services.agree_to_exposures(batch, actor=second, at=LATER) == 1
    with pytest.raises(Refusal):
        services.agree_to_exposures(batch, actor=second, at=LATER)
    decision = pass_now.passes_of([person(1)], at=LATER)[person(1)]
    assert (condition(), decision.since, decision.until) == (Condition.EXPOSED, NOON - DAY, NOON + 7 * DAY)
    assert condition(at=NOON + 7 * DAY) is Condition.NO_NEGATIVE
    row = Exposure.objects.get()
    services.withdraw_exposure(row.id, "另一人", actor=first, at=LATER)
    assert condition() is Condition.NO_NEGATIVE
    assert not PassFactsRow.objects.exists()
    assert Exposure.objects.get().ground == "流调18号"  # it stays in the history
    with pytest.raises(Refusal):
        services.withdraw_exposure(row.id, "另一人", actor=first, at=LATER)
    acts = AuditEntry.objects.filter(action__startswith="health.exposure").order_by("seq")
    assert [one.action.removeprefix("health.") for one in acts] == [
        *("exposures_stated", "exposures_agreed", "exposure_withdrawn")
    ]
    assert str(person(1)) not in str([one.detail for one in acts])


def test_of_several_the_one_that_counts_longest_stands(cast: Cast) -> None:
    for span in ((NOON - 2 * DAY, NOON + 9 * DAY), (NOON - DAY, NOON + 2 * DAY)):
        batch = services.state_exposures(exposed(span=span), actor=cast.actor("command"), at=NOON)
        services.agree_to_exposures(batch, actor=second_officer(cast), at=LATER)
    assert pass_now.passes_of([person(1)], at=LATER)[person(1)].until == NOON + 9 * DAY
    longest = Exposure.objects.order_by("-ends_at")[0]
    services.withdraw_exposure(longest.id, "更正", actor=cast.actor("command"), at=LATER)
    assert pass_now.passes_of([person(1)], at=LATER)[person(1)].until == NOON + 2 * DAY
    assert condition() is Condition.EXPOSED


def test_the_database_keeps_that_two_agree(cast: Cast) -> None:
    services.state_exposures(exposed(), actor=cast.actor("command"), at=NOON)
    row = Exposure.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Exposure.objects.update(agreed_at=NOON, agreed_by=row.stated_by)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"span": (NOON + DAY, NOON + 2 * DAY)}, "health.exposure_span"),
        ({"span": (NOON - DAY, NOON - 2 * DAY)}, "health.exposure_span"),
        ({"span": (NOON - DAY, NOON + 60 * DAY)}, "health.exposure_span"),
        ({"ground": " "}, "health.exposure_ground"),
        ({"ground": "——。"}, "health.exposure_ground"),
        ({"people": {}}, "health.exposure_people"),
    ],
)
def test_what_it_must_say(cast: Cast, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        services.state_exposures(exposed(**changes), actor=cast.actor("command"), at=NOON)
    assert refused.value.code == code
    assert not Exposure.objects.exists()


@pytest.mark.parametrize("role", ["town", "bureau", "principal", "feeder", "auditor", "security", "outsider"])
def test_nobody_but_the_command_states_agrees_or_withdraws(cast: Cast, role: str) -> None:
    batch = services.state_exposures(exposed(), actor=cast.actor("command"), at=NOON)
    other, row = cast.actor(role), Exposure.objects.get()
    for act in (
        lambda: services.state_exposures(exposed(), actor=other, at=NOON),
        lambda: services.agree_to_exposures(batch, actor=other, at=NOON),
        lambda: services.withdraw_exposure(row.id, "更正", actor=other, at=NOON),
        lambda: exposures.waiting(actor=other),
        lambda: exposures.counting(actor=other, at=NOON),
        lambda: exposures.past(actor=other, at=NOON),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.status == 403
    assert Exposure.objects.get() == row


def test_the_person_reads_of_it_a_day_later_and_not_on_which_ground(cast: Cast) -> None:
    user: User = citizen(is_seen=True)
    at = clock.now()
    span = (at - 3 * DAY, at + 7 * DAY)
    stated = services.state_exposures(exposed(own(user), span=span), actor=cast.actor("command"), at=at)
    services.agree_to_exposures(stated, actor=second_officer(cast), at=at)
    page = browser(user).get(reverse(MY)).content.decode()
    assert "与病例有接触或时空交集" in page  # the pass says why at once
    assert "与病例的接触情况" not in page
    Exposure.objects.update(agreed_at=at - exposures.TOLD_AFTER)
    page = browser(user).get(reverse(MY)).content.decode()
    assert "与病例的接触情况" in page
    assert "密切接触" in page
    assert "流调18号" not in page


def test_the_pages(cast: Cast, client: Client) -> None:
    sign_in(client, cast.users["command"])
    today = clock.local_day(clock.now())
    new = reverse("health:new_exposure")
    days = {"first_day": (today - DAY).isoformat(), "last_day": (today + 7 * DAY).isoformat()}
    stated = {
        "document_type": "resident_id",
        "document_number": document(1),
        "kind": "contact",
        "ground": "流调18号",
    } | days
    for wrong in ({"ground": ""}, {"document_number": "1"}, {"last_day": "2099-01-01"}, {"kind": "red"}):
        assert 'role="alert"' in shown(client, client.post(new, {**stated, **wrong})).content.decode()
    assert not Exposure.objects.exists()
    assert client.post(new, stated).status_code == 302
    page = client.get(reverse("health:exposures")).content.decode()
    assert "流调18号" in page
    assert "等待另一名指挥部人员" in page
    services.agree_to_exposures(Exposure.objects.get().batch_id, actor=second_officer(cast), at=clock.now())
    withdraw = reverse("health:withdraw_exposure", args=[Exposure.objects.get().id])
    assert withdraw in client.get(reverse("health:exposures")).content.decode()
    assert client.post(withdraw, {"because": "更正"}).status_code == 302
    assert "更正" in client.get(reverse("health:exposures")).content.decode()
    assert client.get(withdraw).status_code == 404
