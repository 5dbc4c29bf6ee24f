"""解除与告知: who has done all that their order asks for is let in again together on two words, of the orders as they
stand at each of them; nobody is told before, nobody twice, and whose stated end differs is left out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.clock import day_start, local_day
from outpost.core.errors import Refusal
from outpost.health.conditions import Condition
from outpost.health.lifting import Left
from outpost.health.models import DailyReport, Declaration, DispositionRecord, TestRecord
from outpost.health.models.proposals import DispositionProposal
from outpost.health.notices import Notices
from outpost.health.pass_facts import DECLARATIONS, DISPOSITIONS, TESTS, read_anew
from outpost.health.queries.pass_now import passes_of
from outpost.health.queries.releases import Releases, releases
from outpost.health.rules import Disposition
from outpost.health.services.late_results import propose_after_late_positives
from outpost.health.services.proposals import drop_proposal
from outpost.health.services.releases import confirm_releases, propose_releases
from outpost.notifications.models import InboxMessage
from outpost.people.models import DocumentLink
from outpost.sites.models import Registration
from outpost.sites.queries.leads import leads_of
from outpost.sites.queries.releases import notices_of
from outpost.sites.services import ordered
from outpost.sites.services.releasing import tell_released
from outpost.sites.tests.test_passing import (  # noqa: F401 - fixtures
    command,
    crew,
    dispose,
    registered,
)
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
DAY, HOUR, MINUTE, SECOND = (timedelta(seconds=n) for n in (86_400, 3_600, 60, 1))
OVER_AT = day_start(local_day(NOON))  # fourteen full days after the day on which it began
BEGAN_AT = OVER_AT - 15 * DAY + timedelta(hours=8)
_ONE = "SELECT %(person)s::uuid AS person_id"


@pytest.fixture
def other(command: Actor) -> Actor:  # noqa: F811 - the fixture's value
    return Actor(id="user:other", label="other", reaches=command.reaches, roles=command.roles)


def sampled(person_id: UUID, *days_ago: int, result: str = "negative") -> None:
    for days in days_ago:
        at = NOON - days * DAY
        row = TestRecord(
            source="lab", record_id=f"{person_id}{days}{result}", person_id=person_id, result=result
        )
        row.sampled_at = row.received_at = at
        row.save(force_insert=True)
    read_anew(TESTS, _ONE, {"person": person_id})


@pytest.fixture
def held(crew: list[Registration]) -> list[UUID]:  # noqa: F811
    """Three whose isolation is over today, with their tests."""
    people = [row.person_id for row in crew]
    for person_id in people:
        dispose(person_id, "isolation", BEGAN_AT)
        sampled(person_id, 1, 2)
    return people


def state_end(person_id: UUID, days: int) -> None:
    stated = DispositionRecord.objects.filter(person_id=person_id, disposition="isolation")
    stated.update(stated_ends_at=OVER_AT + days * DAY)


def code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.code


def found(actor: Actor, at: object = NOON) -> Releases:
    return releases(actor=actor, at=at)  # type: ignore[arg-type]


def why(actor: Actor) -> dict[UUID, Left | None]:
    return {one.person_id: one.why for one in found(actor).left}


def proposed(actor: Actor) -> int:
    return propose_releases(found(actor).to_propose.seen, actor=actor, at=NOON)


def test_two_words_release_all_of_them_and_each_is_told_once(
    held: list[UUID],
    command: Actor,  # noqa: F811
    other: Actor,
) -> None:
    ready = found(command).to_propose
    assert ({one.person_id for one in ready.rows}, ready.earliest) == ({*held}, local_day(NOON))
    assert proposed(command) == 3
    assert tell_released(actor=command, at=NOON + MINUTE) == 0
    batch = found(other).to_agree
    assert (len(batch.rows), batch.earliest, batch.latest) == (3, local_day(NOON), local_day(NOON))
    at = NOON + MINUTE
    assert confirm_releases(batch.seen, actor=other, at=at) == 3
    assert [tell_released(actor=command, at=at + i * MINUTE) for i in range(3)] == [
        4,
        0,
        0,
    ]  # one is on two sites
    told = InboxMessage.objects.filter(template="sites.released").values_list("user_id", flat=True)
    assert set(told) == {one for row in Registration.objects.all() for one in leads_of(row.contract)}
    kept = AuditEntry.objects.filter(action__startswith="health.releases_")
    assert {(one.action, one.count) for one in kept} == {
        ("health.releases_proposed", 3),
        ("health.releases_confirmed", 3),
    }
    assert code(lambda: confirm_releases(batch.seen, actor=other, at=at)) == "health.nothing_to_release"


def test_one_second_before_its_end_nobody_is_there(held: list[UUID], command: Actor) -> None:  # noqa: F811
    assert len(found(command, OVER_AT).to_propose.rows) == len(held)
    before = found(command, OVER_AT - SECOND)
    assert (before.to_propose.rows, before.left) == ([], [])


def test_a_day_typed_wrongly_is_shown_and_releases_nobody(
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
) -> None:
    """Of three that end today by what was stated, one ends in five days by the rule."""
    for row, later in zip(crew, (0, 0, 5), strict=True):
        dispose(row.person_id, "isolation", BEGAN_AT + later * DAY)
        sampled(row.person_id, 1, 2)
        state_end(row.person_id, 0)
    typed = crew[2].person_id
    assert why(command) == {typed: Left.STATED}
    assert {one.person_id for one in found(command).to_propose.rows} == {row.person_id for row in crew[:2]}


def test_each_is_left_out_for_the_reason_that_it_has(held: list[UUID], command: Actor) -> None:  # noqa: F811
    ill, again, asked = held
    sampled(ill, 3, result="positive")
    dispose(again, "admitted", NOON + DAY)
    row = DispositionProposal(
        person_id=asked, disposition="suspected", ground="发热", asked_by="x", asked_label="x"
    )
    row.asked_at = NOON
    row.save(force_insert=True)
    assert why(command) == {ill: Left.POSITIVE, again: Left.OTHER, asked: Left.PROPOSED}
    TestRecord.objects.filter(person_id=asked).delete()
    row.delete()
    assert why(command)[asked] is Left.TESTS
    assert code(lambda: proposed(command)) == "health.nothing_to_release"


def declare(person_id: UUID, at: datetime, *symptoms: str) -> None:
    row = Declaration(id=uuid4(), source="own", record_id=f"{person_id}{at}", person_id=person_id)
    row.declared_at = row.received_at = at
    row.symptoms = list(symptoms)
    row.save(force_insert=True)
    read_anew(DECLARATIONS, _ONE, {"person": person_id})


def report(person_id: UUID, at: datetime, degrees: str, *symptoms: str) -> None:
    row = DailyReport(person_id=person_id, reported_at=at, day=local_day(at), received_at=at)
    row.temperature, row.symptoms, row.source = Decimal(degrees), list(symptoms), "site"
    row.save(force_insert=True)


def test_who_says_that_they_are_ill_is_not_let_in_together_with_others(
    held: list[UUID],
    command: Actor,  # noqa: F811
) -> None:
    """Of whoever is held nobody proposes anything when they are reported ill: nothing else would say so here."""
    declared, reported, well = held
    declare(declared, NOON - 2 * MINUTE, "发热")
    report(reported, NOON - DAY, "38.4")
    report(well, NOON - 9 * DAY, "38.4")
    report(well, NOON - DAY, "36.5")
    assert why(command) == {declared: Left.ILL, reported: Left.ILL}
    assert {one.person_id for one in found(command).to_propose.rows} == {well}
    declare(declared, NOON - MINUTE)
    assert why(command) == {reported: Left.ILL}


def test_the_order_under_the_same_instant_is_not_another_kind_of_one(
    held: list[UUID],
    command: Actor,  # noqa: F811
) -> None:
    """A file that is taken back and brought anew may state another disposition from the same instant on."""
    stale = found(command).to_propose
    DispositionRecord.objects.filter(person_id=held[0]).update(disposition="confirmed")
    read_anew(DISPOSITIONS, _ONE, {"person": held[0]})
    fresh = found(command).to_propose
    assert len(stale.rows) == len(fresh.rows)
    assert stale.seen != fresh.seen


def test_whoever_proposed_does_not_agree_and_what_changed_meanwhile_is_not_sent(
    held: list[UUID],
    command: Actor,  # noqa: F811
    other: Actor,
) -> None:
    stale = found(command).to_propose.seen
    state_end(held[0], 3)
    assert code(lambda: propose_releases(stale, actor=command, at=NOON)) == "health.releases_changed"
    assert not DispositionProposal.objects.exists()
    assert proposed(command) == 2
    own = found(command)
    assert (own.to_agree.rows, len(own.own.rows)) == ([], 2)
    assert code(lambda: confirm_releases(own.own.seen, actor=command, at=NOON)) == "health.nothing_to_release"
    looked_at = found(other).to_agree.seen
    sampled(held[1], 0, result="positive")
    assert code(lambda: confirm_releases(looked_at, actor=other, at=NOON)) == "health.releases_changed"
    assert why(other)[held[1]] is Left.POSITIVE
    assert confirm_releases(found(other).to_agree.seen, actor=other, at=NOON) == 1
    lifted = DispositionRecord.objects.filter(disposition=Disposition.ADMITTED)
    assert set(lifted.values_list("person_id", flat=True)) == {held[2]}


def test_both_words_ask_who_may(held: list[UUID], cast: Cast, command: Actor) -> None:  # noqa: F811
    seen = found(command).to_propose.seen
    for role in ("town", "bureau", "auditor"):
        actor = cast.actor(role)
        assert {
            code(lambda actor=actor: releases(actor=actor, at=NOON)),  # type: ignore[misc]
            code(lambda actor=actor: propose_releases(seen, actor=actor, at=NOON)),  # type: ignore[misc]
            code(lambda actor=actor: confirm_releases(seen, actor=actor, at=NOON)),  # type: ignore[misc]
        } == {"core.forbidden"}


def test_it_is_known_before_whom_no_message_reaches(held: list[UUID]) -> None:
    first = Registration.objects.filter(person=held[1])
    first.update(unverified_since=NOON)
    Registration.objects.filter(person=held[2]).update(removed_at=NOON)
    assert notices_of(held) == Notices(told=1, elsewhere=1, unverified=1, no_phone=0)


def test_the_page_shows_counts_and_reasons_and_acts_by_what_was_seen(
    held: list[UUID],
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("outpost.core.clock.now", lambda: NOON)
    state_end(held[0], 4)
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["command"])
    where = reverse("sites:releases")
    page = " ".join(client.get(where).content.decode().split())
    assert "Propose to release 2 people? Days are over since 2022-06-08 at the earliest." in page
    assert "The stated last day differs from the computed one" in page
    answer = client.post(reverse("sites:propose_releases"), {"seen": "x"}, follow=True).content.decode()
    assert "has changed since" in answer
    assert not DispositionProposal.objects.exists()
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    client.post(reverse("sites:propose_releases"), {"seen": seen})
    assert DispositionProposal.objects.filter(source="release").count() == 2
    assert "Waits for another officer" in client.get(where).content.decode()


def test_who_is_held_under_two_documents_is_let_in_once_and_told_once(
    held: list[UUID],
    command: Actor,  # noqa: F811
    other: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, same, _else = held
    for document in (one, same):
        link = {"person_id": document, "group_id": one, "ground": "both_seen", "linked_by": "user:town"}
        DocumentLink.objects.create(**link, linked_at=NOON)
    for facts in (TESTS, DISPOSITIONS):
        read_anew(facts, f"SELECT unnest(ARRAY['{one}', '{same}']::uuid[]) AS person_id", {})
    state_end(same, 5)
    assert why(command) == {same: Left.STATED}  # what speaks against one of them speaks against the person
    state_end(same, 0)
    assert len(found(command).to_propose.rows) == 2
    Registration.objects.filter(person=one).update(removed_at=NOON)
    assert notices_of([one]) == notices_of([same]) == Notices(1, 0, 0, 0)
    Registration.objects.filter(person=one).update(removed_at=None)
    assert proposed(command) == 2
    at = NOON + MINUTE
    assert confirm_releases(found(other).to_agree.seen, actor=other, at=at) == 2
    after = releases(actor=command, at=at)
    assert (after.to_propose.rows, after.left) == ([], [])
    told: list[str] = []
    monkeypatch.setattr(ordered, "send", lambda template, **_about: told.append(template))
    assert tell_released(actor=command, at=at) == 4  # one is on two sites
    assert told.count("sites.released_person") == 2


def late(person_id: UUID, *, sampled_at: datetime, received_at: datetime) -> None:
    row = TestRecord(
        source="lab", record_id=f"{person_id}{received_at}", person_id=person_id, result="positive"
    )
    row.sampled_at, row.received_at = sampled_at, received_at
    row.save(force_insert=True)
    read_anew(TESTS, _ONE, {"person": person_id})


def test_a_result_that_comes_after_the_release_is_put_before_the_officers(
    held: list[UUID],
    command: Actor,  # noqa: F811
    other: Actor,
) -> None:
    """Its sample was taken before: it changes no pass, and nobody could weigh it."""
    proposed(command)
    confirm_releases(found(other).to_agree.seen, actor=other, at=NOON)
    ill, long_ago, never = held
    late(ill, sampled_at=NOON - 2 * HOUR, received_at=NOON + HOUR)
    late(long_ago, sampled_at=NOON - 20 * DAY, received_at=NOON + HOUR)
    system = Actor.system("t")
    asked = [propose_after_late_positives(actor=system, at=NOON + n * HOUR) for n in (2, 3)]
    assert asked == [1, 0]
    (waits,) = DispositionProposal.objects.filter(decided_at__isnull=True)
    assert (waits.person_id, waits.disposition, waits.ground_kind) == (ill, "suspected", "positive")
    assert waits.ground == "解除后收到阳性结果，采样时间2022-06-08 10:00"
    assert InboxMessage.objects.filter(template="health.disposition_proposed").exists()
    drop_proposal(waits.id, "复核为假阳性", actor=other, at=NOON + 4 * HOUR)
    assert propose_after_late_positives(actor=system, at=NOON + 5 * HOUR) == 0
    late(ill, sampled_at=NOON - HOUR, received_at=NOON + 6 * HOUR)
    assert propose_after_late_positives(actor=system, at=NOON + 7 * HOUR) == 1
    assert never not in set(
        DispositionProposal.objects.filter(source="late_result").values_list("person_id", flat=True)
    )


def test_what_was_known_when_two_agreed_asks_nothing_and_a_later_sample_needs_no_word(
    held: list[UUID],
    command: Actor,  # noqa: F811
) -> None:
    weighed, later, _else = held
    for one in (weighed, later):
        late(one, sampled_at=NOON - 2 * HOUR, received_at=NOON - HOUR)
        dispose(one, "admitted", NOON)
    late(later, sampled_at=NOON + HOUR, received_at=NOON + 2 * HOUR)
    assert propose_after_late_positives(actor=command, at=NOON + 3 * HOUR) == 0
    assert passes_of([later], at=NOON + 3 * HOUR)[later].rule.condition is Condition.POSITIVE


def test_every_name_leads_to_the_page_of_the_person_unless_the_number_may_be_anothers(
    held: list[UUID],
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("outpost.core.clock.now", lambda: NOON)
    state_end(held[0], 4)
    Registration.objects.filter(person=held[2]).update(unverified_since=NOON)
    rows = [list(Registration.objects.filter(person=person)) for person in held]  # one is on two sites
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["command"])
    for where in ("sites:releases", "health:orders"):
        page = client.get(reverse(where)).content.decode()
        links = [[reverse("sites:person", args=[row.id]) for row in own] for own in rows]
        shown = [sum(f'href="{link}"' in page for link in own) for own in links]
        assert shown == [1, 1, 0], where


def test_the_list_says_how_many_of_the_left_out_it_shows(
    held: list[UUID],
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("outpost.core.clock.now", lambda: NOON)
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["command"])
    for person_id in held:
        state_end(person_id, 4)
    assert "are shown, the longest over first" not in client.get(reverse("sites:releases")).content.decode()
    monkeypatch.setattr("outpost.sites.web.releases.MOST_SHOWN", 2)
    page = " ".join(client.get(reverse("sites:releases")).content.decode().split())
    assert "The first 2 are shown, the longest over first." in page
