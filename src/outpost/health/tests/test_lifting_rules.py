"""Rules for lifting on the word of two: every class of running dispositions is counted before, nothing moves until the
second word, then each has a version of its own; an order never moves by a rule alone."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.errors import Refusal
from outpost.core.masking import mask_document
from outpost.health import services
from outpost.health.lifting import BUILT_IN, LiftingRule, Rules, Running, done, read, written
from outpost.health.models import DispositionRecord
from outpost.health.models.rule_sets import LiftingRuleSet, OrderTerm
from outpost.health.pass_facts import DISPOSITIONS, read_anew
from outpost.health.queries import lifting_sets, proposals
from outpost.health.rules import Disposition
from outpost.health.sheets.orders import OrderExport
from outpost.health.tests.records import person
from outpost.notifications.models import InboxMessage
from outpost.people.rules import DocumentType, normalise_document
from outpost.people.services import register_person
from outpost.sentinel.tests.ledgers import id_number
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ISOLATION, ADMITTED = Disposition.ISOLATION, Disposition.ADMITTED
SHORTER: Rules = {**BUILT_IN, ISOLATION: LiftingRule(10, 2)}
LONGER: Rules = {**BUILT_IN, ISOLATION: LiftingRule(19, 2)}
DOCUMENT = normalise_document(DocumentType.RESIDENT_ID, id_number(71), today=local_day(NOON))
ON_DAY = (3, 9, 10, 11, 14)


def hold(person_id: UUID, days_ago: int, disposition: Disposition = ISOLATION) -> None:
    at = NOON - days_ago * DAY
    order = {"person_id": person_id, "started_at": at, "disposition": disposition.value}
    DispositionRecord(**order, received_at=at, agreed_at=at).save(force_insert=True)
    read_anew(DISPOSITIONS, "SELECT %(person)s::uuid AS person_id", {"person": person_id})


@pytest.fixture
def two(cast: Cast) -> tuple[Actor, Actor]:
    """Two officers; five people are held, on these days, and one no more."""
    for place, days in enumerate(ON_DAY):
        hold(person(place), days)
    hold(person(9), 12)
    hold(person(9), 2, ADMITTED)
    command = cast.actor("command")
    return command, Actor(id="user:second", label="second", reaches=command.reaches)


def propose(actor: Actor, how: Running, rules: Rules = SHORTER) -> LiftingRuleSet:
    return services.propose_lifting_rules(rules, how, reason="循证调整", actor=actor, at=NOON)


def agree(actor: Actor, row: LiftingRuleSet) -> None:
    services.decide_lifting_rules(row.id, is_agreed=True, actor=actor, at=NOON)


def ends(who: int) -> date:
    found = proposals.standing_of(person(who), at=NOON).done
    assert found is not None
    return found.ends_on


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.code


@pytest.mark.rules
def test_days_are_counted_as_at_the_gate_and_the_last_full_one_is_told() -> None:
    for began_on, last, over in (
        (date(2022, 1, 31), date(2022, 2, 14), date(2022, 2, 15)),
        (date(2024, 2, 16), date(2024, 3, 1), date(2024, 3, 2)),
        (date(2023, 2, 16), date(2023, 3, 2), date(2023, 3, 3)),
        (date(2022, 12, 18), date(2023, 1, 1), date(2023, 1, 2)),
    ):
        far = done(BUILT_IN[ISOLATION], began_on, (), today=last)
        assert (far.last_full_on, far.ends_on, far.days_done) == (last, over, 13)
        assert done(BUILT_IN[ISOLATION], began_on, (), today=over).days_done == 14


@pytest.mark.rules
def test_a_rule_says_nothing_else() -> None:
    assert read(written(SHORTER)) == SHORTER
    for days, tests in ((-1, 0), (61, 0), (0, -1), (0, 11)):
        with pytest.raises(ValueError, match="rule"):
            LiftingRule(days, tests)


def test_each_class_is_counted_before_and_nothing_moves_until_the_second_word(
    two: tuple[Actor, Actor],
) -> None:
    first, second = two
    row = propose(first, Running.SHORTEN)
    classes = lifting_sets.trial(SHORTER, Running.SHORTEN, at=NOON)
    today = local_day(NOON)
    assert [(one.began_on, one.people, one.differs) for one in classes] == [
        (today - days * DAY, 1, -4) for days in sorted(ON_DAY, reverse=True)
    ]
    assert len(row.trial) == len(ON_DAY)
    assert not OrderTerm.objects.exists()
    assert ends(0) == today - 3 * DAY + 15 * DAY
    assert refused(lambda: agree(first, row)) == "core.not_found"
    agree(second, row)
    assert OrderTerm.objects.count() == len(ON_DAY)
    assert {(one.version, one.rule_version, one.days) for one in OrderTerm.objects.all()} == {(2, 1, 10)}
    assert [ends(place) for place in range(5)] == [today + (11 - days) * DAY for days in ON_DAY]
    assert refused(lambda: agree(second, row)) == "core.not_found"
    told = AuditEntry.objects.get(action="health.lifting_rules_agreed")
    assert (told.count, told.detail["running"], told.detail["version"]) == (5, "shorten", 1)
    assert {one.template for one in InboxMessage.objects.all()} == {
        "health.lifting_rules_asked",
        "health.lifting_rules_agreed",
    }


def test_each_word_opens_the_rules_for_who_decides_and_nothing_for_who_audits(
    cast: Cast, two: tuple[Actor, Actor]
) -> None:
    agree(two[1], propose(two[0], Running.SHORTEN))
    page = reverse("health:lifting")
    for name, link in (("command", page), ("auditor", "")):
        told = InboxMessage.objects.filter(user=cast.users[name])
        assert dict(told.values_list("template", "link")) == {
            "health.lifting_rules_asked": link,
            "health.lifting_rules_agreed": link,
        }


@pytest.mark.parametrize("how", [Running.KEEP, Running.SHORTEN, Running.DECIDE])
def test_a_longer_rule_never_moves_what_was_ordered_by_itself(two: tuple[Actor, Actor], how: Running) -> None:
    before = [ends(place) for place in range(5)]
    agree(two[1], propose(two[0], how, LONGER))
    assert [ends(place) for place in range(5)] == before
    assert {one.days for one in OrderTerm.objects.all()} == {14}
    assert OrderTerm.objects.filter(waits=True).count() == (5 if how is Running.DECIDE else 0)
    hold(person(6), 0)  # of this moment: agreed to with the new rules
    DispositionRecord.objects.filter(person_id=person(6)).update(agreed_at=NOON + DAY)
    assert ends(6) == local_day(NOON) + 20 * DAY


def test_an_officer_decides_anew_about_each_and_it_says_by_how_many_days_it_would_differ(
    two: tuple[Actor, Actor],
) -> None:
    first, second = two
    agree(second, propose(first, Running.DECIDE, LONGER))
    waiting = OrderTerm.objects.get(person_id=person(1))
    asked = lifting_sets.orders(actor=first, at=NOON, due="waits")
    assert {one.person_id for one in asked} == {person(place) for place in range(len(ON_DAY))}
    row = lifting_sets.order_waiting(waiting.id, actor=first, at=NOON)
    assert (row.compared.differs, row.term.version, ends(1)) == (5, 2, local_day(NOON) + 6 * DAY)

    def decide(takes_new: bool, ground: str = "再次暴露") -> None:
        services.decide_term(waiting.id, takes_new=takes_new, ground=ground, actor=first, at=NOON)

    assert refused(lambda: decide(True, " ")) == "health.ground_missing"
    decide(True)
    assert (ends(1), ends(0)) == (local_day(NOON) + 11 * DAY, local_day(NOON) + 12 * DAY)
    assert refused(lambda: decide(False)) == "core.not_found"
    assert person(1) not in {one.person_id for one in asked.all()}
    versions = OrderTerm.objects.filter(person_id=person(1)).order_by("version")
    assert [(one.version, one.days, one.waits) for one in versions] == [(2, 14, False), (3, 19, False)]
    other = OrderTerm.objects.get(person_id=person(0), waits=True)
    hold(person(0), 0, ADMITTED)  # let in meanwhile: nothing is left to decide
    assert refused(lambda: lifting_sets.order_waiting(other.id, actor=first, at=NOON)) == "core.not_found"


def test_the_same_rules_are_no_proposal_and_a_declined_one_changes_nothing(two: tuple[Actor, Actor]) -> None:
    first, second = two
    assert refused(lambda: propose(first, Running.KEEP, BUILT_IN)) == "health.lifting_rules_same"
    row = propose(first, Running.SHORTEN)
    services.decide_lifting_rules(row.id, is_agreed=False, actor=second, at=NOON)
    assert (lifting_sets.rules_at(NOON, lifting_sets.versions()), OrderTerm.objects.count()) == (
        (0, BUILT_IN),
        0,
    )


def test_whose_days_are_over_is_found_by_their_own_term(two: tuple[Actor, Actor]) -> None:
    first, second = two
    hold(person(5), 15)

    def over() -> set[UUID]:
        found = lifting_sets.orders(actor=first, at=NOON, due="over")
        return {one.person_id for one in found}

    assert over() == {person(5)}
    agree(second, propose(first, Running.SHORTEN))
    assert over() == {person(5), person(3), person(4)}  # on day 11 and 14, of ten
    assert lifting_sets.orders(actor=first, at=NOON).count() == 6


@pytest.mark.parametrize("role", ["town", "bureau", "principal", "feeder", "operator", "auditor", "outsider"])
def test_nobody_else_proposes_or_decides(cast: Cast, two: tuple[Actor, Actor], role: str) -> None:
    row, actor = propose(two[0], Running.SHORTEN), cast.actor(role)
    for act in (
        lambda: propose(actor, Running.KEEP),
        lambda: agree(actor, row),
        lambda: lifting_sets.orders(actor=actor, at=NOON),
    ):
        assert refused(act) == "core.forbidden"


def test_the_pages_show_the_classes_and_whom_they_are_about_masked(
    cast: Cast, two: tuple[Actor, Actor]
) -> None:
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["command"])
    form = {
        f"{one}_{name}": getattr(rule, name) for one, rule in SHORTER.items() for name in ("days", "tests")
    }
    asked = client.post(reverse("health:propose_lifting"), form | {"reason": "循证调整"}, follow=True)
    assert "This field is required" in asked.content.decode()  # what happens to running ones
    wrong = client.post(reverse("health:propose_lifting"), form | {"isolation_days": "99"}, follow=True)
    assert "Full days: To be isolated" in wrong.content.decode()  # of which of the three
    client.post(reverse("health:propose_lifting"), form | {"reason": "循证调整", "running": "shorten"})
    page = client.get(reverse("health:lifting")).content.decode()
    assert ("循证调整" in page, "4 days earlier" in page, "The shorter of both holds" in page) == (True,) * 3
    assert 'name="agree"' not in page  # one's own
    services.decide_lifting_rules(LiftingRuleSet.objects.get().id, is_agreed=True, actor=two[1], at=NOON)
    page = client.get(reverse("health:lifting")).content.decode()
    assert ("Version 1" in page, "second" in page) == (True, True)
    began_on = (local_day(NOON) - 9 * DAY).isoformat()
    listed = client.get(reverse("health:orders"), {"disposition": "isolation", "began_on": began_on})
    assert "4 days earlier" not in listed.content.decode()  # the new rules are those in force
    assert "By other rules" not in listed.content.decode()
    assert "1 row<" in " ".join(listed.content.decode().split()).replace("> ", ">").replace(" <", "<")


def test_what_one_was_told_binds_no_other_order_of_the_same_instant(two: tuple[Actor, Actor]) -> None:
    """One that is taken away and set anew from the same instant on goes by the rules of the moment it was agreed to."""
    agree(two[1], propose(two[0], Running.SHORTEN))
    DispositionRecord.objects.filter(person_id=person(0)).update(
        disposition=Disposition.CONFIRMED.value, agreed_at=NOON + DAY
    )
    (record,) = DispositionRecord.objects.filter(person_id=person(0))
    term = lifting_sets.terms_of([record])[lifting_sets.key_of(record)]
    assert (term.rule, term.rule_version) == (SHORTER[Disposition.CONFIRMED], 1)
    assert lifting_sets.history_of([lifting_sets.key_of(record)]) != {}
    later: Rules = {**SHORTER, Disposition.CONFIRMED: LiftingRule(3, 0)}
    agreed = services.propose_lifting_rules(
        later, Running.SHORTEN, reason="循证调整", actor=two[0], at=NOON + 2 * DAY
    )
    services.decide_lifting_rules(agreed.id, is_agreed=True, actor=two[1], at=NOON + 2 * DAY)
    assert OrderTerm.objects.filter(person_id=person(0)).latest("version").version == 3


def test_what_goes_on_as_it_was_told_names_the_rules_it_was_told_by(two: tuple[Actor, Actor]) -> None:
    agree(two[1], propose(two[0], Running.DECIDE, LONGER))
    assert set(OrderTerm.objects.values_list("days", "rule_version")) == {(14, 0)}
    waiting = OrderTerm.objects.get(person_id=person(1))
    services.decide_term(waiting.id, takes_new=False, ground="无新暴露", actor=two[0], at=NOON)
    last = OrderTerm.objects.filter(person_id=person(1)).latest("version")
    assert (last.days, last.rule_version) == (14, 0)


def test_the_list_goes_out_masked_as_its_filter_finds_it(
    cast: Cast, two: tuple[Actor, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outpost.core.clock.now", lambda: NOON)
    first, second = two
    agree(second, propose(first, Running.DECIDE, LONGER))
    kind, named = OrderExport(), register_person(DOCUMENT, "甄在管", at=NOON)
    hold(named, 20)
    params = kind.checked({"due": "over", "disposition": "isolation", "page": "2"}, first)
    assert params == {"due": "over", "disposition": "isolation"}
    (row,) = kind.rows(params, first)
    with translation.override("en"):
        assert len(row) == len(kind.headers(params))
    today = local_day(NOON)
    assert row[:2] == ("甄**", mask_document(DOCUMENT.number))
    assert row[5:] == (14, 19, 2, 0, today - 5 * DAY, today, 2, "", None)  # of this moment's rules: 19 days
    assert (kind.count(params, first), kind.count({}, first), len(list(kind.rows({}, first)))) == (1, 6, 6)
    with translation.override("en"):
        assert [row[-2] for row in kind.rows({}, first)] == ["", *["yes"] * len(ON_DAY)]
    for odd in ({"due": "x"}, {"disposition": "admitted"}, {"began_on": "x"}):
        assert refused(partial(kind.checked, odd, first)) == "core.not_found"
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["command"])
    monkeypatch.undo()
    page = client.get(reverse("health:orders"), {"due": "over"}).content.decode()
    assert "Days already over" in page  # the chip of the filter, no date
    assert f"{reverse('exchange:new_export', args=['health.orders'])}?due=over" in page
    for role in ("town", "bureau", "auditor"):
        assert refused(partial(kind.checked, {}, cast.actor(role))) == "core.forbidden"
