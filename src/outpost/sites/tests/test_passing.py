"""进退场: who may enters, everybody else is told why; one site at a time; nobody is inside and in no list."""

from datetime import datetime, timedelta
from unittest.mock import patch
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health.models import DispositionRecord
from outpost.health.pass_facts import DISPOSITIONS, read_anew
from outpost.notifications.models import InboxMessage
from outpost.sentinel.tests.ledgers import undo
from outpost.sites import services
from outpost.sites.models import Contract, Registration, Stay
from outpost.sites.queries.contracts import contract_rows, contracts, headline
from outpost.sites.queries.entering import known_of
from outpost.sites.queries.leads import leads_of
from outpost.sites.queries.people import to_leave_seen
from outpost.sites.rules.entering import PlaceRule
from outpost.sites.services.recalling import recall
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.ledger import bring as bring_contracts
from outpost.sites.tests.test_registrations import Bring, crew_of_two, declare, person_row
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def command(cast: Cast) -> Actor:
    return cast.actor("command")


@pytest.fixture(scope="module", autouse=True)
def registered(cast_of_file: Cast, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Three people, registered under the first of two contracts, the first of them under both."""
    crew_of_two(cast_of_file.actor("command"), tmp_path_factory.mktemp("crew"), (1, 2, 3), both=[1])


@pytest.fixture
def crew() -> list[Registration]:
    return list(Registration.objects.filter(contract__number="HT0001").order_by("trade", "id"))


def other_of(row: Registration) -> Registration:
    return Registration.objects.exclude(contract=row.contract_id).get(person=row.person_id)


def dispose(person_id: UUID, disposition: str, at: datetime) -> None:
    DispositionRecord(
        person_id=person_id, started_at=at, disposition=disposition, received_at=at, agreed_at=at
    ).save(force_insert=True)
    read_anew(DISPOSITIONS, "SELECT %(person)s::uuid AS person_id", {"person": person_id})


def test_a_crew_enters_and_leaves_with_an_outcome_for_each(crew: list[Registration], command: Actor) -> None:
    ids = [row.id for row in crew]
    dispose(crew[1].person_id, "isolation", NOON - HOUR)
    outcome = services.enter(ids, Checked.DOCUMENT, occurred_at=NOON, actor=command, at=NOON)
    assert set(outcome.passed) == {crew[0].id, crew[2].id}
    assert [one.problem.code for one in outcome.refused[crew[1].id]] == ["sites.ordered"]
    again = services.enter(ids[:1], Checked.WORD, occurred_at=NOON + HOUR, actor=command, at=NOON + HOUR)
    assert [one.problem.code for one in again.refused[ids[0]]] == ["sites.already_inside"]
    found, on = contracts({}, actor=command), NOON.date()
    rows = {row.contract.number: row for row in contract_rows(found, actor=command, on=on)}
    assert (rows["HT0001"].on_site, rows["HT0001"].people) == (2, 2)
    assert headline(found, actor=command, on=on).on_site == 2
    later = NOON + 9 * HOUR
    left = services.leave(ids, occurred_at=later, actor=command, at=later)
    assert (len(left.passed), list(left.refused)) == (2, [crew[1].id])
    assert Stay.objects.inside().count() == 0
    assert Stay.objects.inside(NOON + HOUR).count() == 2
    assert [Stay.objects.inside(at).count() for at in (NOON - HOUR, later)] == [0, 0]


def test_who_enters_another_site_has_left_the_first_and_that_is_marked(
    crew: list[Registration], command: Actor
) -> None:
    here = Registration.objects.filter(person__in=_on_two_sites()).get(contract__number="HT0001")
    there = other_of(here)
    services.enter([here.id], Checked.CODE, occurred_at=NOON, actor=command, at=NOON)
    services.enter([there.id], Checked.WORD, occurred_at=NOON + HOUR, actor=command, at=NOON + HOUR)
    first, second = Stay.objects.order_by("entered_at")
    assert (first.left_at, first.is_inferred) == (NOON + HOUR, True)
    assert (second.left_at, second.is_inferred) == (None, False)
    gone = services.leave([here.id], occurred_at=NOON + 2 * HOUR, actor=command, at=NOON + 2 * HOUR)
    assert [one.problem.code for one in gone.refused[here.id]] == ["sites.not_inside"]


def _on_two_sites() -> list[UUID]:
    return list(Registration.objects.filter(contract__number="HT0002").values_list("person_id", flat=True))


def test_times_ahead_long_ago_and_before_what_is_known_are_refused(
    crew: list[Registration], command: Actor
) -> None:
    ids = [crew[0].id]
    for wrong in (NOON + HOUR, NOON - timedelta(days=15)):
        with pytest.raises(Refusal) as refusal:
            services.enter(ids, Checked.WORD, occurred_at=wrong, actor=command, at=NOON)
        assert refusal.value.problem.code == "sites.passed_when"
    services.enter(ids, Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    early = services.leave(ids, occurred_at=NOON - HOUR, actor=command, at=NOON)
    assert [one.problem.code for one in early.refused[ids[0]]] == ["sites.out_of_order"]


def test_one_person_of_two_registrations_in_one_call_is_on_one_site(
    crew: list[Registration], command: Actor
) -> None:
    here = Registration.objects.filter(person__in=_on_two_sites()).get(contract__number="HT0001")
    ids = [here.id, other_of(here).id]
    outcome = services.enter(ids, Checked.CODE, occurred_at=NOON, actor=command, at=NOON)
    assert sorted(outcome.passed) == sorted(ids)
    assert sorted(Stay.objects.values_list("is_inferred", flat=True)) == [False, True]
    assert Stay.objects.inside().count() == 1


def test_what_was_decided_later_lifts_no_order_of_who_is_entered_late(
    crew: list[Registration], command: Actor
) -> None:
    row, late = crew[0], NOON - 5 * HOUR
    dispose(row.person_id, "isolation", NOON - 9 * HOUR)
    dispose(row.person_id, "admitted", NOON - HOUR)
    refused = services.enter([row.id], Checked.WORD, occurred_at=late, actor=command, at=NOON).refused
    assert [one.problem.code for one in refused[row.id]] == ["sites.ordered"]
    assert services.enter([row.id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON).passed == [row.id]


def test_a_file_that_is_undone_leaves_who_is_inside(
    command: Actor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    filed = bring_contracts(contract_row(3), contract_row(4), actor=command)
    for number in (4, 5):
        declare(number)
    bring = Bring(command, tmp_path_factory.mktemp("more"))
    task = bring(person_row(4), person_row(5), number="HT0003")
    theirs = Registration.objects.filter(contract__number="HT0003")
    inside, outside = theirs.order_by("id")
    services.enter([inside.id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    undone = undo(task, actor=command)
    assert (undone.state, undone.kept_on_undo) == ("undone", 1)
    assert list(theirs.current()) == [inside]
    undo(filed, actor=command)
    assert {one.number for one in Contract.objects.current()} == {"HT0001", "HT0002", "HT0003"}
    assert [one.registration_id for one in Stay.objects.inside()] == [inside.id]
    assert outside.id not in Registration.objects.current().values_list("id", flat=True)


def test_nobody_who_is_inside_is_withdrawn_nor_their_contract_closed(
    crew: list[Registration], command: Actor
) -> None:
    row = crew[0]
    services.enter([row.id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    with pytest.raises(Refusal):
        services.withdraw_registration(row.id, actor=command, at=NOON)
    with pytest.raises(Refusal):
        services.close_contract(row.contract_id, actor=command, at=NOON)
    services.leave([row.id], occurred_at=NOON + HOUR, actor=command, at=NOON + HOUR)
    services.withdraw_registration(row.id, actor=command, at=NOON + HOUR)
    with pytest.raises(Refusal):
        services.enter([row.id], Checked.WORD, occurred_at=NOON + 2 * HOUR, actor=command, at=NOON + 2 * HOUR)


def test_a_town_lets_nobody_in_beyond_its_reach(cast: Cast, crew: list[Registration]) -> None:
    (far,) = brought(contract_row(3, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    Contract.objects.filter(id=crew[0].contract_id).update(project=far.project)
    for act in (
        lambda: services.enter(
            [crew[0].id], Checked.WORD, occurred_at=NOON, actor=cast.actor("town"), at=NOON
        ),
        lambda: services.leave([crew[0].id], occurred_at=NOON, actor=cast.actor("town"), at=NOON),
        lambda: services.ask_exception(
            crew[0].id, "家属病危", NOON.date() + timedelta(days=2), actor=cast.actor("town"), at=NOON
        ),
    ):
        with pytest.raises(Refusal) as refusal:
            act()
        assert refusal.value.status == 404


def test_a_rule_for_a_place_asks_until_it_is_ended(crew: list[Registration], command: Actor) -> None:
    rule = PlaceRule("湖南省", 14, 1, NOON.date() - timedelta(days=30))
    row = services.add_place_rule(rule, actor=command, at=NOON)
    with pytest.raises(Refusal):
        services.add_place_rule(rule, actor=command, at=NOON)
    ids = [crew[0].id]
    refused = services.enter(ids, Checked.WORD, occurred_at=NOON, actor=command, at=NOON).refused
    assert [one.problem.code for one in refused[ids[0]]] == ["sites.isolation_runs", "sites.tests_missing"]
    services.end_place_rule(row.id, actor=command, at=NOON)
    assert services.enter(ids, Checked.WORD, occurred_at=NOON, actor=command, at=NOON).passed == ids


def test_an_exception_takes_two_and_ends(cast: Cast, crew: list[Registration], command: Actor) -> None:
    services.add_place_rule(PlaceRule("", 14, 0, NOON.date() - timedelta(days=30)), actor=command, at=NOON)
    row, until = crew[0], NOON.date() + timedelta(days=3)
    for reason, last_day in (
        ("急", until),
        ("\u200b\u200b\u200b\u200b", until),  # nobody sees them
        ("抢修值班", NOON.date()),
        ("抢修值班", until + timedelta(days=30)),
    ):
        with pytest.raises(Refusal):
            services.ask_exception(row.id, reason, last_day, actor=command, at=NOON)
    asked = services.ask_exception(row.id, "抢修值班", until, actor=command, at=NOON)
    with pytest.raises(Refusal):
        services.ask_exception(row.id, "抢修值班", until, actor=command, at=NOON)
    assert services.enter([row.id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON).refused
    with pytest.raises(Refusal):
        services.agree_to_exception(asked.id, actor=command, at=NOON)
    services.agree_to_exception(asked.id, actor=cast.actor("town"), at=NOON)
    dispose(row.person_id, "suspected", NOON - HOUR)
    refused = services.enter([row.id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON).refused
    assert [one.problem.code for one in refused[row.id]] == ["sites.ordered"]
    dispose(row.person_id, "admitted", NOON - HOUR / 2)
    assert services.enter([row.id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON).passed
    services.leave([row.id], occurred_at=NOON, actor=command, at=NOON)
    services.end_exception(asked.id, actor=command, at=NOON)
    assert services.enter([row.id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON).refused


def test_who_may_agree_is_told_that_an_exception_waits_and_the_lead_what_became_of_it(
    cast: Cast, crew: list[Registration], command: Actor
) -> None:
    def told(name: str) -> set[tuple[UUID, str]]:
        found = InboxMessage.objects.filter(template=f"sites.exception_{name}")
        return {(one.user_id, one.link.rpartition("/")[2]) for one in found}

    def user(who: str) -> UUID:
        return UUID(cast.actor(who).id.removeprefix("user:"))

    first, second = crew[:2]
    until, [lead] = NOON.date() + timedelta(days=3), leads_of(first.contract)
    asked = services.ask_exception(first.id, "抢修值班", until, actor=command, at=NOON)
    assert told("asked") == {(user("town"), str(first.id))}
    services.agree_to_exception(asked.id, actor=cast.actor("town"), at=NOON)
    assert told("agreed") == {(lead, str(first.id))}
    assert told("ended") == set()
    of_town = services.ask_exception(second.id, "抢修值班", until, actor=cast.actor("town"), at=NOON)
    assert told("asked") == {(user("town"), str(first.id)), (user("command"), str(second.id))}
    services.end_exception(of_town.id, actor=command, at=NOON)
    assert told("ended") == {(lead, str(second.id))}


def test_who_asked_for_an_exception_takes_it_back_while_it_waits(
    cast: Cast, crew: list[Registration], command: Actor
) -> None:
    row, until = crew[0], NOON.date() + timedelta(days=3)
    [lead_id] = leads_of(row.contract)
    user = User.objects.get(id=lead_id)
    lead, client = actor_of(user, is_verified=True), Client()
    sign_in(client, user)

    def offers() -> bool:
        with patch.object(clock, "now", lambda: NOON):
            page = client.get(reverse("sites:person", args=[row.id]))
        return f'action="{reverse("sites:end_exception", args=[asked.id])}"' in page.content.decode()

    asked = services.ask_exception(row.id, "抢修值班", until, actor=command, at=NOON)
    assert not offers()
    with pytest.raises(Refusal):  # another's
        services.end_exception(asked.id, actor=lead, at=NOON)
    services.end_exception(asked.id, actor=command, at=NOON)
    asked = services.ask_exception(row.id, "抢修值班", until, actor=lead, at=NOON)
    assert offers()
    services.end_exception(asked.id, actor=lead, at=NOON)
    assert not InboxMessage.objects.filter(template="sites.exception_ended").exists()  # it is their own word
    asked = services.ask_exception(row.id, "抢修值班", until, actor=lead, at=NOON)
    services.agree_to_exception(asked.id, actor=command, at=NOON)
    assert not offers()
    with pytest.raises(Refusal):  # two have agreed: it takes an officer
        services.end_exception(asked.id, actor=lead, at=NOON)


def test_the_page_says_of_a_rule_for_a_place_when_it_ended_or_that_it_never_held(
    cast: Cast, command: Actor
) -> None:
    for place, days in (("湖北省", -3), ("湖南省", 1)):
        rule = PlaceRule(place, 7, 0, NOON.date() + timedelta(days=days))
        row = services.add_place_rule(rule, actor=command, at=NOON)
        services.end_place_rule(row.id, actor=command, at=NOON)
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["command"])
    page = client.get(reverse("sites:place_rules")).content.decode()
    assert page.count("ended before it began") == 1
    assert page.count(NOON.date().isoformat()) == 1  # on that day the other asked for nothing any more
    assert "Ended on" in page


def test_the_page_names_what_is_ended_a_request_or_an_exception(
    cast: Cast, crew: list[Registration], command: Actor
) -> None:
    row, until = crew[0], NOON.date() + timedelta(days=3)
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["command"])
    page, ends_now = reverse("sites:person", args=[row.id]), "Who is inside stays inside."

    def ended(asked: UUID) -> str:
        answer = client.post(reverse("sites:end_exception", args=[asked]), follow=True)
        [said] = answer.context["messages"]
        return str(said)

    with patch.object(clock, "now", lambda: NOON):
        asked = services.ask_exception(row.id, "抢修值班", until, actor=cast.actor("town"), at=NOON)
        assert ends_now not in client.get(page).content.decode()  # nobody could enter by it
        assert ended(asked.id) == "The request was declined."
        asked = services.ask_exception(row.id, "抢修值班", until, actor=command, at=NOON)
        assert ended(asked.id) == "The request was taken back."
        asked = services.ask_exception(row.id, "抢修值班", until, actor=command, at=NOON)
        services.agree_to_exception(asked.id, actor=cast.actor("town"), at=NOON)
        assert ends_now in client.get(page).content.decode()
        assert ended(asked.id) == "The exception has ended."


def test_an_exception_that_has_run_out_stands_on_no_page_and_the_next_can_be_asked_for(
    crew: list[Registration], command: Actor
) -> None:
    row, until = crew[0], NOON.date() + timedelta(days=3)
    asked = services.ask_exception(row.id, "抢修值班", until, actor=command, at=NOON)
    for days, found in ((3, [asked]), (4, [])):
        known = known_of(crew, at=NOON + timedelta(days=days))
        assert list(known.exceptions.values()) == found
    later = NOON + timedelta(days=4)
    services.ask_exception(row.id, "抢修值班", later.date() + timedelta(days=1), actor=command, at=later)


def test_who_is_inside_and_held_has_to_leave_and_is_told_once(
    crew: list[Registration], command: Actor
) -> None:
    ids = [row.id for row in crew[:2]]
    services.enter(ids, Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    assert recall(actor=command, at=NOON) == 0
    person = crew[0].person_id
    dispose(person, "isolation", NOON + HOUR)
    later = NOON + 2 * HOUR
    assert [recall(actor=command, at=at) for at in (NOON, later, later + HOUR)] == [0, 1, 0]
    assert [one.person_id for one in to_leave_seen(actor=command, at=later)] == [person]
    dispose(person, "admitted", later)
    assert not to_leave_seen(actor=command, at=later).exists()
    assert recall(actor=command, at=later) == 0
    dispose(person, "suspected", later + HOUR)
    assert recall(actor=command, at=later + HOUR) == 1
    services.leave([crew[0].id], occurred_at=later + HOUR, actor=command, at=later + HOUR)
    assert not to_leave_seen(actor=command, at=later + 2 * HOUR).exists()


def test_an_order_that_begins_later_hides_none_that_holds_and_counts_from_its_time_on(
    crew: list[Registration], command: Actor
) -> None:
    first, second, third = crew
    for row, now, later in ((first, "isolation", "admitted"), (second, "admitted", "isolation")):
        dispose(row.person_id, now, NOON - HOUR)
        dispose(row.person_id, later, NOON + HOUR)
    ids = [row.id for row in crew]
    outcome = services.enter(ids, Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    assert (set(outcome.passed), list(outcome.refused)) == ({second.id, third.id}, [first.id])
    assert [{one.person_id for one in to_leave_seen(actor=command, at=at)} for at in (NOON, NOON + HOUR)] == [
        set(),
        {second.person_id},
    ]
    again = services.enter([first.id], Checked.WORD, occurred_at=NOON + HOUR, actor=command, at=NOON + HOUR)
    assert again.passed == [first.id]
