"""An exposure that is stated after an order computes another end: the order stands, whoever decides is told "differs by
n days", and only their word gives it a new version; a withdrawal asks again."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.errors import Refusal
from outpost.health import services
from outpost.health.lifting import BUILT_IN, LiftingRule, Running
from outpost.health.models.exposures import Exposure
from outpost.health.models.rule_sets import OrderTerm
from outpost.health.queries import lifting_sets, proposals
from outpost.health.rules import Disposition, ExposureKind
from outpost.health.services import Exposed
from outpost.health.tests.records import document, person
from outpost.health.tests.test_declarations import Load, disposed, load  # noqa: F401 - a fixture
from outpost.health.tests.test_lifting_rules import hold
from outpost.notifications.models import InboxMessage
from outpost.people.models import DocumentLink
from outpost.people.rules import Document, DocumentType
from outpost.people.services import register_person
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = local_day(NOON)
BEGAN = TODAY - 9 * DAY


@pytest.fixture
def two(cast: Cast) -> tuple[Actor, Actor]:
    """Two officers; somebody is isolated since nine days."""
    hold(person(1), 9)
    command = cast.actor("command")
    return command, Actor(id="user:second", label="second", reaches=command.reaches)


def expose(two: tuple[Actor, Actor], days_ago: int, who: UUID | None = None) -> None:
    first, second = two
    begins_at = NOON - days_ago * DAY
    people = {who or person(1): (begins_at, NOON + 7 * DAY)}
    exposed = Exposed(people=people, kind=ExposureKind.CONTACT, ground="流调18号")
    batch = services.state_exposures(exposed, actor=first, at=NOON)
    services.agree_to_exposures(batch, actor=second, at=NOON)


def row(actor: Actor) -> lifting_sets.OrderRow:
    (found,) = lifting_sets.order_rows(
        list(lifting_sets.orders(actor=actor, at=NOON)), at=NOON, against=lifting_sets.compared_with(NOON)
    )
    return found


def ends() -> date:
    done = proposals.standing_of(person(1), at=NOON).done
    assert done is not None
    return done.ends_on


def decide(actor: Actor, *, takes_new: bool) -> None:
    term = OrderTerm.objects.get(waits=True)
    services.decide_term(term.id, takes_new=takes_new, ground="区疾控核定", actor=actor, at=NOON)


def code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.code


def test_the_order_stands_and_the_difference_is_told_until_an_officer_decides(
    two: tuple[Actor, Actor],
) -> None:
    expose(two, 4)
    assert ends() == BEGAN + 15 * DAY
    found = row(two[0])
    assert (found.compared.differs, found.compared.ends_then) == (5, BEGAN + 20 * DAY)
    assert (found.term.is_exposed, found.term.rule) == (True, BUILT_IN[Disposition.ISOLATION])
    assert lifting_sets.orders(actor=two[0], at=NOON, due="waits").count() == 1
    assert InboxMessage.objects.filter(template="health.order_differs").exists()
    assert AuditEntry.objects.get(action="health.order_differs").count == 1
    standing = proposals.standing_of(person(1), at=NOON)
    assert standing.order is not None
    assert standing.order.compared.differs == 5


@pytest.mark.parametrize(("takes_new", "days"), [(True, 20), (False, 15)])
def test_an_officers_word_gives_it_a_version_either_way(
    two: tuple[Actor, Actor], takes_new: bool, days: int
) -> None:
    expose(two, 4)
    decide(two[1], takes_new=takes_new)
    assert ends() == BEGAN + days * DAY
    last = OrderTerm.objects.order_by("-version")[0]
    assert (last.version, last.base_on, last.cause, last.waits) == (
        3,
        TODAY - 4 * DAY if takes_new else None,
        "exposure",
        False,
    )
    assert not OrderTerm.objects.filter(waits=True).exists()
    assert not row(two[0]).term.is_exposed
    assert code(lambda: decide_again(two[0], last.id)) == "core.not_found"


def decide_again(actor: Actor, term_id: UUID) -> None:
    services.decide_term(term_id, takes_new=True, ground="区疾控核定", actor=actor, at=NOON)


def test_tests_count_after_the_day_after_which_the_days_are_counted(two: tuple[Actor, Actor]) -> None:
    expose(two, 4)
    decide(two[1], takes_new=True)
    assert row(two[0]).done.days_done == 3


@pytest.mark.parametrize("days_ago", [9, 20])
def test_an_exposure_before_the_order_changes_nothing(two: tuple[Actor, Actor], days_ago: int) -> None:
    expose(two, days_ago)
    assert not OrderTerm.objects.exists()
    assert not InboxMessage.objects.filter(template="health.order_differs").exists()


def test_one_withdrawn_before_the_decision_asks_nothing_and_after_it_asks_again(
    two: tuple[Actor, Actor],
) -> None:
    first, second = two
    expose(two, 4)
    services.withdraw_exposure(Exposure.objects.get().id, "认错人", actor=first, at=NOON)
    assert not OrderTerm.objects.filter(waits=True).exists()
    expose(two, 3)
    decide(second, takes_new=True)
    assert ends() == BEGAN + 21 * DAY
    services.withdraw_exposure(Exposure.objects.get(withdrawn_at=None).id, "认错人", actor=first, at=NOON)
    assert ends() == BEGAN + 21 * DAY
    assert row(first).compared.differs == -6
    decide(second, takes_new=True)
    assert ends() == BEGAN + 15 * DAY


def test_one_that_two_have_not_agreed_to_asks_nothing(two: tuple[Actor, Actor]) -> None:
    exposed = Exposed(
        people={person(1): (NOON - DAY, NOON + DAY)}, kind=ExposureKind.CONTACT, ground="流调18号"
    )
    batch = services.state_exposures(exposed, actor=two[0], at=NOON)
    assert not OrderTerm.objects.exists()
    services.withdraw_exposure(Exposure.objects.get(batch_id=batch).id, "误报", actor=two[0], at=NOON)
    assert not OrderTerm.objects.exists()


def test_it_is_found_under_another_document_of_the_person(two: tuple[Actor, Actor]) -> None:
    for number in (1, 2):
        register_person(Document(DocumentType.RESIDENT_ID, document(number)), "甄连", at=NOON)
        link = {"person_id": person(number), "group_id": person(1), "ground": "同一人"}
        DocumentLink.objects.create(**link, linked_at=NOON, linked_by="user:town")
    expose(two, 4, person(2))
    assert row(two[0]).compared.differs == 5


def test_other_rules_keep_the_day_after_which_it_counts(two: tuple[Actor, Actor]) -> None:
    first, second = two
    expose(two, 4)
    decide(second, takes_new=True)
    shorter = {**BUILT_IN, Disposition.ISOLATION: LiftingRule(10, 2)}
    asked = services.propose_lifting_rules(shorter, Running.SHORTEN, reason="循证", actor=first, at=NOON)
    services.decide_lifting_rules(asked.id, is_agreed=True, actor=second, at=NOON)
    assert ends() == TODAY - 4 * DAY + 11 * DAY


def test_the_page_names_both_days_and_whoever_may_not_decide_sees_none(
    two: tuple[Actor, Actor], cast: Cast
) -> None:
    expose(two, 4)
    where = reverse("health:decide_order", args=[OrderTerm.objects.get().id])
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["command"])
    page = " ".join(client.get(where).content.decode().split())
    with translation.override("en"):
        for said in (
            f"{BEGAN} → {TODAY - 4 * DAY}",
            "5 days later",
            "The days counted anew from the exposure",
        ):
            assert said in page
    client = Client()
    sign_in(client, cast.users["town"])
    assert client.get(where).status_code == 403


def test_an_order_of_a_file_that_begins_before_a_known_exposure_asks_too(
    cast: Cast,
    load: Load,  # noqa: F811
) -> None:
    """Else a beginning that is stated far back would shorten what an exposure on record asks for."""
    command = cast.actor("command")
    both = command, Actor(id="user:second", label="second", reaches=command.reaches)
    expose(both, 4)
    stated = {"disposition": "需隔离", "document_number": document(1), "started_at": f"{BEGAN} 08:00"}
    brought = load(disposed(stated), kind="dispositions", actor=command)
    assert not OrderTerm.objects.exists()
    assert services.agree_to_dispositions(brought.import_id, actor=both[1], at=NOON) == 1
    assert row(command).compared.differs == 5
    assert lifting_sets.orders(actor=command, at=NOON, due="waits").count() == 1


def test_who_withdrew_an_exposure_does_not_shorten_the_order_alone(two: tuple[Actor, Actor]) -> None:
    first, second = two
    expose(two, 4)
    decide(second, takes_new=True)
    services.withdraw_exposure(Exposure.objects.get().id, "认错人", actor=first, at=NOON)
    assert row(first).compared.differs == -5
    assert code(lambda: decide(first, takes_new=True)) == "health.own_proposal"
    assert ends() == BEGAN + 20 * DAY
    decide(second, takes_new=True)
    assert ends() == BEGAN + 15 * DAY


def test_who_withdrew_an_exposure_may_leave_the_order_as_it_is(two: tuple[Actor, Actor]) -> None:
    expose(two, 4)
    decide(two[1], takes_new=True)
    services.withdraw_exposure(Exposure.objects.get().id, "认错人", actor=two[0], at=NOON)
    decide(two[0], takes_new=False)
    assert ends() == BEGAN + 20 * DAY
