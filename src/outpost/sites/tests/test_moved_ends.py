"""The last day of a running order moves: the person and the leads are told once, of what holds at that moment, and
nobody of what was taken back before."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.health import services
from outpost.health.lifting import BUILT_IN, LiftingRule, Rules, Running
from outpost.health.models import DispositionRecord
from outpost.health.models.rule_sets import OrderTerm
from outpost.health.pass_facts import DISPOSITIONS, read_anew
from outpost.health.queries import lifting_sets
from outpost.health.rules import Disposition, ExposureKind
from outpost.notifications import templates
from outpost.notifications.models import InboxMessage, Message
from outpost.notifications.services import send
from outpost.people.models import DocumentLink
from outpost.people.stated import seal_stated
from outpost.sites.models import SEALED_AS, Registration
from outpost.sites.queries.leads import leads_of
from outpost.sites.services import ordered
from outpost.sites.services.moved_ends import LATEST, TOLD, tell_moved_ends
from outpost.sites.services.ordered import END_MOVED, RELEASED
from outpost.sites.services.releasing import tell_released
from outpost.sites.tests.gate import lead
from outpost.sites.tests.test_passing import (  # noqa: F401 - fixtures
    HOUR,
    command,
    crew,
    dispose,
    registered,
)
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ISOLATION = Disposition.ISOLATION
BEGAN = local_day(NOON) - 3 * DAY


def rules(days: int, tests: int = 2) -> Rules:
    return {**BUILT_IN, ISOLATION: LiftingRule(days, tests)}


@pytest.fixture
def second(command: Actor) -> Actor:  # noqa: F811 - the fixture's value
    return Actor(id="user:second", label="second", reaches=command.reaches)


@pytest.fixture
def held(crew: list[Registration]) -> Registration:  # noqa: F811 - the fixture's value
    """Somebody of two sites, isolated for 14 days since three."""
    row = next(row for row in crew if Registration.objects.filter(person=row.person_id).count() == 2)
    dispose(row.person_id, "isolation", NOON - 3 * DAY)
    return row


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """What goes out: the message, and what is filled in."""
    told: list[tuple[str, object]] = []

    def keep(template: str, **about: object) -> object:
        told.append((template, about.get("secret")))
        return send(template, **about)  # type: ignore[arg-type]

    monkeypatch.setattr(ordered, "send", keep)
    return told


class Officers:
    """Both words, and the job."""

    def __init__(self, first: Actor, second: Actor) -> None:
        self.first, self.second = first, second

    def rules(self, wanted: Rules, how: Running, *, at: datetime = NOON, is_agreed: bool = True) -> None:
        row = services.propose_lifting_rules(wanted, how, reason="循证调整", actor=self.first, at=at)
        services.decide_lifting_rules(row.id, is_agreed=is_agreed, actor=self.second, at=at)

    def term(self, person_id: UUID, *, at: datetime = NOON) -> None:
        """The new days."""
        waiting = OrderTerm.objects.get(person_id=person_id, waits=True)
        services.decide_term(waiting.id, takes_new=True, ground="逐人研判", actor=self.first, at=at)

    def tell(self, at: datetime = NOON + MINUTE) -> int:
        return tell_moved_ends(actor=Actor.system("sites.moved_ends"), at=at)


@pytest.fixture
def officers(command: Actor, second: Actor) -> Officers:  # noqa: F811 - the fixture's value
    return Officers(command, second)


def days_told(sent: list[tuple[str, object]]) -> list[object]:
    return [about for template, about in sent if template == END_MOVED]


def last(days: int) -> dict[str, str]:
    return {"last_day": (BEGAN + days * DAY).isoformat()}


def test_the_shorter_is_told_after_the_second_word_once_with_the_new_last_day(
    officers: Officers, held: Registration, sent: list[tuple[str, object]]
) -> None:
    row = services.propose_lifting_rules(
        rules(10), Running.SHORTEN, reason="循证调整", actor=officers.first, at=NOON
    )
    assert (officers.tell(NOON), sent) == (0, [])  # the word of one
    services.decide_lifting_rules(row.id, is_agreed=True, actor=officers.second, at=NOON)
    assert [officers.tell(at) for at in (NOON + MINUTE, NOON + 2 * MINUTE, NOON + HOUR)] == [2, 0, 0]
    assert days_told(sent) == [last(10)]  # once, of two sites
    inbox = InboxMessage.objects.filter(template=TOLD)
    assert set(inbox.values_list("user_id", flat=True)) == {
        lead for one in Registration.objects.filter(person=held.person_id) for lead in leads_of(one.contract)
    }
    assert not any(one.params for one in inbox)
    assert AuditEntry.objects.get(action=TOLD).count == 2


@pytest.mark.parametrize(
    ("wanted", "how"),
    [
        (rules(10), Running.KEEP),
        (rules(10), Running.DECIDE),  # until an officer decides
        (rules(19), Running.SHORTEN),  # the longer one is none
        (rules(14, 1), Running.SHORTEN),  # other tests, the same last day
    ],
)
def test_whose_last_day_stays_hears_nothing(
    officers: Officers, held: Registration, sent: list[tuple[str, object]], wanted: Rules, how: Running
) -> None:
    officers.rules(wanted, how)
    assert (officers.tell(), sent) == (0, [])
    assert not OrderTerm.objects.filter(tells=True).exists()


def test_what_was_declined_or_taken_back_before_is_told_to_nobody(
    officers: Officers, held: Registration, sent: list[tuple[str, object]]
) -> None:
    officers.rules(rules(10), Running.SHORTEN, is_agreed=False)
    officers.rules(rules(10), Running.SHORTEN, at=NOON)
    officers.rules(rules(14), Running.DECIDE, at=NOON + MINUTE / 3)
    officers.term(held.person_id, at=NOON + MINUTE / 2)
    assert OrderTerm.objects.filter(tells=True).count() == 2
    assert (officers.tell(), sent) == (0, [])
    assert not OrderTerm.objects.filter(tells=True).exists()
    officers.rules(rules(12), Running.SHORTEN, at=NOON + HOUR)
    assert (officers.tell(NOON + HOUR + MINUTE), days_told(sent)) == (2, [last(12)])


def test_of_several_changes_the_last_is_told_and_the_next_one_again(
    officers: Officers, held: Registration, sent: list[tuple[str, object]]
) -> None:
    officers.rules(rules(12), Running.SHORTEN)
    officers.rules(rules(10), Running.SHORTEN)
    assert (officers.tell(), days_told(sent)) == (2, [last(10)])
    officers.rules(rules(12), Running.DECIDE, at=NOON + HOUR)
    assert officers.tell(NOON + HOUR) == 0
    officers.term(held.person_id, at=NOON + HOUR)
    assert (officers.tell(NOON + HOUR + MINUTE), days_told(sent)) == (2, [last(10), last(12)])


def test_an_end_that_an_exposure_moved_is_told_once_an_officer_took_it_over(
    officers: Officers, held: Registration, sent: list[tuple[str, object]]
) -> None:
    span = NOON - DAY, NOON + 7 * DAY
    exposed = services.Exposed(people={held.person_id: span}, kind=ExposureKind.CONTACT, ground="流调18号")
    batch = services.state_exposures(exposed, actor=officers.first, at=NOON)
    services.agree_to_exposures(batch, actor=officers.second, at=NOON)
    assert (officers.tell(), sent) == (0, [])
    officers.term(held.person_id)
    assert (officers.tell(), days_told(sent)) == (2, [last(16)])


def test_whoever_is_let_in_again_meanwhile_or_long_since_hears_nothing(
    officers: Officers,
    held: Registration,
    crew: list[Registration],  # noqa: F811 - the fixture's value
    sent: list[tuple[str, object]],
) -> None:
    other = next(row for row in crew if row.person_id != held.person_id)
    dispose(other.person_id, "isolation", NOON - 3 * DAY)
    officers.rules(rules(10), Running.SHORTEN)
    dispose(held.person_id, "admitted", NOON + MINUTE / 2)
    assert officers.tell() == 1
    officers.rules(rules(8), Running.SHORTEN, at=NOON + HOUR)
    assert officers.tell(NOON + HOUR + LATEST) == 0
    assert len(days_told(sent)) == 1


def test_who_is_not_verified_is_told_nothing_and_another_phone_of_theirs_counts(
    officers: Officers, held: Registration, sent: list[tuple[str, object]]
) -> None:
    stated = replace(held.stated(ring()), phone="")
    held.state(seal_stated(ring(), held.sealing_context, stated, kind=SEALED_AS))
    held.save()
    officers.rules(rules(10), Running.SHORTEN)
    assert (officers.tell(), len(days_told(sent))) == (2, 1)
    Registration.objects.filter(person=held.person_id).update(unverified_since=NOON)
    officers.rules(rules(8), Running.SHORTEN, at=NOON + HOUR)
    assert (officers.tell(NOON + HOUR + MINUTE), len(days_told(sent))) == (0, 1)


def test_the_second_officer_sees_whose_day_moves_and_whom_a_message_reaches(
    cast: Cast,
    officers: Officers,
    held: Registration,
    crew: list[Registration],  # noqa: F811 - the fixture's value
    client: Client,
) -> None:
    other = next(row for row in crew if row.person_id != held.person_id)
    dispose(other.person_id, "isolation", NOON - 3 * DAY)
    stated = replace(other.stated(ring()), phone="")
    other.state(seal_stated(ring(), other.sealing_context, stated, kind=SEALED_AS))
    other.save()
    at = clock.now()
    services.propose_lifting_rules(
        rules(10), Running.SHORTEN, reason="循证调整", actor=officers.second, at=at
    )
    assert set(lifting_sets.moving(rules(10), Running.SHORTEN, at=NOON)) == {held.person_id, other.person_id}
    assert lifting_sets.moving(rules(10), Running.DECIDE, at=NOON) == []
    sign_in(client, cast.users["command"])
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    page = " ".join(client.get(reverse("health:lifting")).content.decode().split())
    assert "Whose last day moves with the second word</dt><dd>2</dd>" in page
    assert 'Get a message</dt><dd class="number">1</dd>' in page
    assert 'no phone on record</dt> <dd class="number">1</dd>' in page
    officers.rules(rules(19), Running.DECIDE, at=at)
    for row, said in ((held, "a message within a minute"), (other, "no phone is on record")):
        term = OrderTerm.objects.get(person_id=row.person_id, waits=True)
        assert said in client.get(reverse("health:decide_order", args=[term.id])).content.decode()


def test_the_texts_name_nobody_and_no_illness() -> None:
    for language in ("en", "zh-hans"):
        with translation.override(language):
            for code in (TOLD, END_MOVED):
                said = templates.text_of(code).casefold()
                assert not any(
                    word in said for word in ("isolat", "test", "case", "隔离", "核酸", "确诊", "疑似")
                )
            assert templates.places_of(END_MOVED) == {"last_day"}


def test_a_day_that_was_told_once_is_told_again_when_the_end_comes_back_to_it(
    officers: Officers, held: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[str] = []

    def keep(template: str, *, dedupe: str, **about: object) -> None:
        if template == END_MOVED:
            keys.append(dedupe)

    monkeypatch.setattr(ordered, "send", keep)
    for step, days in enumerate((10, 14, 10)):
        at = NOON + step * HOUR
        officers.rules(rules(days), Running.DECIDE, at=at)
        officers.term(held.person_id, at=at)
        assert officers.tell(at + MINUTE) == 2
    assert len(set(keys)) == len(keys) == 3  # a key that is there sends nothing
    assert not any(last(days)["last_day"] in key for key in keys for days in (10, 14))  # it is not sealed


def test_of_several_orders_the_one_that_lasts_longest_says_the_last_day(
    officers: Officers, held: Registration, sent: list[tuple[str, object]]
) -> None:
    dispose(held.person_id, "suspected", NOON + DAY)  # begins tomorrow, for longer
    DispositionRecord.objects.filter(started_at=NOON + DAY).update(agreed_at=NOON - HOUR)
    longer = {**BUILT_IN, Disposition.SUSPECTED: LiftingRule(30, 2)}
    officers.rules(longer, Running.DECIDE)
    officers.term(held.person_id)
    told = {"last_day": (local_day(NOON + DAY) + 30 * DAY).isoformat()}
    assert (officers.tell(), days_told(sent)) == (2, [told])
    shorter = {**longer, ISOLATION: LiftingRule(10, 2)}
    assert lifting_sets.moving(shorter, Running.SHORTEN, at=NOON) == []
    officers.rules(shorter, Running.SHORTEN, at=NOON + HOUR)  # of the first alone
    assert (officers.tell(NOON + HOUR + MINUTE), len(days_told(sent))) == (0, 1)


def test_a_word_about_one_order_leaves_the_other_to_be_decided(
    officers: Officers, held: Registration
) -> None:
    dispose(held.person_id, "suspected", NOON + DAY)
    DispositionRecord.objects.filter(started_at=NOON + DAY).update(agreed_at=NOON - HOUR)
    wanted = {**rules(10), Disposition.SUSPECTED: LiftingRule(30, 2)}
    officers.rules(wanted, Running.DECIDE)
    first, other = OrderTerm.objects.filter(waits=True).order_by("started_at")
    services.decide_term(first.id, takes_new=True, ground="逐人研判", actor=officers.first, at=NOON)
    assert list(OrderTerm.objects.filter(waits=True)) == [other]


def test_what_was_taken_back_while_the_worker_was_down_is_told_to_nobody(
    officers: Officers, held: Registration, sent: list[tuple[str, object]]
) -> None:
    officers.rules(rules(10), Running.SHORTEN)
    later = NOON + 2 * DAY
    officers.rules(rules(14), Running.DECIDE, at=later)
    officers.term(held.person_id, at=later)
    assert (officers.tell(later + MINUTE), sent) == (0, [])
    assert not OrderTerm.objects.filter(tells=True).exists()


def test_a_later_word_overtakes_the_one_that_still_waits_for_its_channel(
    officers: Officers,
    held: Registration,
    crew: list[Registration],  # noqa: F811 - the fixture's value
) -> None:
    other = next(row for row in crew if row.person_id != held.person_id)

    def waits(template: str, row: Registration) -> Message:
        key, end = f"{template}:{row.id}:{NOON.isoformat()}", NOON + DAY
        return Message.objects.create(template=template, dedupe_key=key, created_at=NOON, expires_at=end)

    waiting = [waits(template, held) for template in (END_MOVED, RELEASED)]
    others = [waits(END_MOVED, other), waits("sites.entered_elsewhere", held)]
    officers.rules(rules(10), Running.SHORTEN)
    assert officers.tell() == 2
    assert {Message.objects.get(id=one.id).expires_at for one in waiting} == {NOON + MINUTE}
    assert {Message.objects.get(id=one.id).expires_at for one in others} == {NOON + DAY}
    waiting[0].save()
    dispose(held.person_id, "admitted", NOON + HOUR)
    assert tell_released(actor=Actor.system("sites.release"), at=NOON + HOUR) == 2
    assert Message.objects.get(id=waiting[0].id).expires_at == NOON + HOUR


def test_who_is_held_under_two_documents_is_told_once_of_the_later_day(
    officers: Officers,
    held: Registration,
    crew: list[Registration],  # noqa: F811 - the fixture's value
    sent: list[tuple[str, object]],
) -> None:
    one, same = held.person_id, next(row for row in crew if row.person_id != held.person_id).person_id
    dispose(same, "suspected", NOON - 3 * DAY)
    for document in (one, same):
        link = {"person_id": document, "group_id": one, "ground": "both_seen", "linked_by": "user:town"}
        DocumentLink.objects.create(**link, linked_at=NOON)
    read_anew(DISPOSITIONS, f"SELECT unnest(ARRAY['{one}', '{same}']::uuid[]) AS person_id", {})
    wanted = {**rules(10), Disposition.SUSPECTED: LiftingRule(12, 2)}
    assert len(lifting_sets.moving(wanted, Running.SHORTEN, at=NOON)) == 1
    officers.rules(wanted, Running.SHORTEN)
    ends = [one.last_on for one in lifting_sets.terms_of(list(lifting_sets.running(NOON))).values()]
    assert (officers.tell(), len(days_told(sent))) == (3, 1)
    assert days_told(sent) == [{"last_day": max(ends).isoformat()}]


def test_the_lead_finds_the_new_day_on_the_page_that_the_message_opens(
    cast: Cast, client: Client, officers: Officers, held: Registration
) -> None:
    held = next(iter(Registration.objects.filter(person=held.person_id, contract__number="HT0001")))
    officers.rules(rules(10), Running.SHORTEN)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    page = reverse("sites:person", args=[held.id])

    def shown() -> str:
        return " ".join(client.get(page).content.decode().split())

    sign_in(client, lead(held.contract))
    said = (
        f"The last day is {(BEGAN + 10 * DAY).isoformat()}, as computed; the order holds until it is lifted."
    )
    assert said in shown()
    Registration.objects.filter(id=held.id).update(unverified_since=NOON)
    assert "The last day is" not in shown()
