"""待核验: a declaration is asked for outside; slow, down, wrong and late answers let nobody in, and the waiting ends by
itself."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.outgoing import outgoing
from outpost.core.signed_calls import is_genuine
from outpost.core.tests.peers import Behave, answer
from outpost.health.daily import Wellness
from outpost.health.models import Declaration
from outpost.health.outside import OUTSIDE
from outpost.health.services.daily import Days
from outpost.notifications.models import InboxMessage
from outpost.people.queries import looks_at
from outpost.people.rules import REGISTERED_AT_SITE
from outpost.sentinel.tests.ledgers import counts, id_number
from outpost.sites import gate
from outpost.sites.models import Contract, Registration
from outpost.sites.models.arrivals import Arrival
from outpost.sites.queries.entering import obstacles_of
from outpost.sites.queries.people import registration_rows, registrations, reports_today
from outpost.sites.services import arrival_switch, enter
from outpost.sites.services.arrivals import number_waiting
from outpost.sites.services.daily_health import report_one
from outpost.sites.services.excepting import agree_to_exception, ask_exception
from outpost.sites.services.registering import register
from outpost.sites.services.verifying import verify_due
from outpost.sites.tests.ledger import brought, contract_row
from outpost.sites.tests.test_passing import dispose
from outpost.sites.tests.test_registrations import Bring, declare, person_row
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast
from outpost.testing.declaration_service import SECRET, DeclarationService, leading_to, standing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger")]
SYSTEM = Actor.system("command-line")
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def service() -> DeclarationService:
    return DeclarationService()


def enrol(
    contract: Contract,
    number: int,
    cast: Cast,
    *,
    phone: str = "",
    name: str = "甄工友",
    at: datetime = NOON,
) -> Registration:
    stated = {
        "document_type": "",
        "document_number": id_number(number),
        "name": name,
        "departure": "湖南省长沙市",
        "employer": "丙劳务有限公司",
        "roll": "",
        "phone": phone,
        "trade": "",
    }
    return register(contract.id, stated, actor=cast.actor("command"), at=at)


def ask_again(at: datetime = LATER) -> int:
    return verify_due(clock=lambda: at, out=outgoing())


def refused(row: Registration, *, at: datetime = NOON) -> list[str]:
    row.refresh_from_db()
    return [one.problem.code for one in obstacles_of([row], at=at)[row.id]]


def test_who_declared_with_the_service_is_registered_at_once(
    cast: Cast, contract: Contract, service: DeclarationService
) -> None:
    service.knows(
        id_number(1),
        "甄工友",
        departure="湖南省长沙市",
        phone="13400000001",
        symptoms="无",
        temperature="36.5",
    )
    with standing(service) as peer:
        row = enrol(contract, 1, cast)
        (seen,) = peer.seen
        assert is_genuine(seen.headers, seen.body, secret=SECRET, at=NOON)
        declared = Declaration.objects.get(person_id=row.person_id)
        assert (declared.source, declared.departure, str(declared.temperature)) == (
            OUTSIDE,
            "湖南省长沙市",
            "36.5",
        )
        assert row.unverified_since is None
        assert refused(row) == []
        (shown,) = registration_rows([row], at=NOON)
        assert shown.person.phone == "134****0001"
        assert ask_again() == 0
        assert len(peer.seen) == 1  # nobody is asked about twice


def test_our_own_declaration_goes_first_and_none_outside_is_declare_first(
    cast: Cast, contract: Contract, service: DeclarationService
) -> None:
    declare(1)
    with standing(service):
        enrol(contract, 1, cast)
        assert service.asked == []
        with pytest.raises(Refusal) as told:
            enrol(contract, 2, cast)
        assert told.value.code == "sites.declare_first_alone"
        service.knows(id_number(3), "甄工友", declared_at="2022-05-01 08:00")  # too old
        with pytest.raises(Refusal) as told:
            enrol(contract, 3, cast)
        assert told.value.code == "sites.declare_first_alone"
        assert Registration.objects.count() == 1


def drop(handler: Any, _seen: Any) -> None:
    handler.connection.close()


WRONG: dict[str, Behave] = {
    "down": answer(500),
    "forbidden": answer(403),
    "a page": answer(200, b"<html>found</html>"),
    "a list": answer(200, b"[]"),
    "somebody's": answer(200, b'{"id": "0", "found": true, "declaration": {}}'),
    "hangs up": drop,
}


@pytest.mark.parametrize("how", WRONG)
def test_whatever_is_no_answer_lets_them_wait_and_nobody_in(
    cast: Cast, contract: Contract, service: DeclarationService, how: str
) -> None:
    service.knows(id_number(1), "甄工友", phone="13400000001")
    with standing(service):
        service.says = WRONG[how]
        row = enrol(contract, 1, cast)
        assert row.unverified_since == NOON
        assert refused(row) == ["sites.unverified"]
        outcome = enter([row.id], Checked.DOCUMENT, occurred_at=NOON, actor=SYSTEM, at=NOON)
        assert (outcome.passed, list(outcome.refused)) == ([], [row.id])
        assert ask_again() == 0
        assert refused(row, at=LATER) == ["sites.unverified"]
        service.says = None
        assert ask_again() == 0  # not before its time
        assert ask_again(NOON + timedelta(minutes=3)) == 1
    assert refused(row) == []
    (shown,) = registration_rows([row], at=NOON)
    assert shown.person.phone == "134****0001"
    looks = [one.who for one in looks_at(row.person_id, actor=SYSTEM) if one.purpose == REGISTERED_AT_SITE]
    assert sorted(looks) == ["command", "sites.verify"]


@pytest.mark.parametrize(
    "twist",
    [
        {"id": "00000000-0000-0000-0000-000000000000"},  # the answer to another question
        {"found": "yes"},
        {"found": True, "declaration": None},
        {"document_number": id_number(2)},
        {"name": "甄他人"},
        {"declared_at": "2023-01-01 08:00"},
        {"declared_at": ""},
        {"temperature": "98.6"},
        {"symptoms": 7},
    ],
)
def test_a_declaration_of_somebody_else_or_that_cannot_be_is_none(
    cast: Cast, contract: Contract, service: DeclarationService, twist: dict[str, Any]
) -> None:
    service.knows(id_number(1), "甄工友")
    if twist.keys() <= {"id", "found", "declaration"}:
        service.twist = twist
    else:
        service.known[id_number(1), "甄工友"] |= twist
    with standing(service):
        row = enrol(contract, 1, cast)
        assert refused(row) == ["sites.unverified"]
        assert not Declaration.objects.exists()


def test_a_slow_service_holds_nobody_up(
    cast: Cast, contract: Contract, service: DeclarationService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outpost.health.outside.SECONDS", 0.3)
    service.knows(id_number(1), "甄工友")
    with standing(service):
        service.says = answer(200, b"{}", after=1.0)
        row = enrol(contract, 1, cast)
        assert refused(row) == ["sites.unverified"]
        service.says = None
        assert ask_again() == 1
    assert refused(row, at=LATER) == []


def test_a_service_that_is_down_for_days_is_asked_less_and_for_one_at_a_time(
    cast: Cast, contract: Contract, service: DeclarationService
) -> None:
    for number in (1, 2, 3):
        service.knows(id_number(number), "甄工友")
    with standing(service) as peer:
        port, lost = peer.port, leading_to(peer)
    with lost:
        rows = [enrol(contract, number, cast) for number in (1, 2, 3)]
        at = NOON
        for minute in range(1, 600):
            at = NOON + timedelta(minutes=minute)
            assert ask_again(at) == 0
        assert Registration.objects.filter(verify_next_at__lte=NOON + timedelta(minutes=661)).count() == 3
    with standing(service, port=port):
        assert ask_again(at + timedelta(hours=1)) == 3
        assert len(service.asked) == 3
    assert [refused(row) for row in rows] == [[], [], []]


def test_the_service_answers_that_there_is_none_and_the_lead_is_told_once(
    cast: Cast, contract: Contract, service: DeclarationService
) -> None:
    with standing(service):
        service.says = answer(503)
        row = enrol(contract, 1, cast)
        service.says = None
        for minute in (1, 30, 180):
            assert ask_again(NOON + timedelta(minutes=minute)) == 0
        assert refused(row) == ["sites.unverified"]
        told = InboxMessage.objects.filter(template="sites.not_declared")
        assert {one.user_id for one in told} == {one.user_id for one in told.order_by().distinct()}
        assert told.filter(user=cast.users["town"]).count() == 1
        declare(1)  # here, at last
        assert ask_again(NOON + timedelta(hours=9)) == 1
    assert refused(row) == []


def test_a_file_waits_for_the_service_and_is_taken_up(
    cast: Cast, contract: Contract, service: DeclarationService, tmp_path: Path
) -> None:
    bring = Bring(cast.actor("command"), tmp_path)
    declare(1)
    service.knows(id_number(2), "甄工友")
    with standing(service):
        assert counts(bring(person_row(1), person_row(2), person_row(3))) == (3, 0, 0, 0)
        waiting = registrations(contract, {"verification": "waiting"}, actor=cast.actor("command"), at=NOON)
        assert waiting.count() == 2
        at = max(row.verify_next_at for row in waiting if row.verify_next_at)
        assert ask_again(at) == 1
        assert waiting.all().count() == 1
        assert len(service.asked) == 2
    assert counts(bring.sent(person_row(4))) == (0, 0, 0, 1)  # without the service as ever: declare first


def test_a_number_alone_tells_nothing_of_whom_it_belongs_to(
    cast: Cast, contract: Contract, service: DeclarationService
) -> None:
    """A false name is registered while the service is down: neither list, page, filter nor gate tells an order, a
    positive test or a report of another site; what two officers agree to lifts no order."""
    (other,) = brought(contract_row(2), actor=cast.actor("command"))
    declare(1)
    theirs = enrol(other, 1, cast)
    report_one(theirs.id, Decimal("38.5"), (), actor=cast.actor("command"), at=NOON)
    dispose(theirs.person_id, "isolation", NOON - timedelta(days=1))
    with standing(service):
        service.says = answer(500)
        row = enrol(contract, 1, cast, name="甄假名")
    assert row.person_id == theirs.person_id
    assert refused(row) == ["sites.unverified"]
    (shown,) = registration_rows([row], at=NOON)
    assert (shown.wellness, reports_today(row, at=NOON)) == (Wellness.MISSING, Days())
    (listed,) = registration_rows(registrations(contract, {}, actor=cast.actor("command"), at=NOON), at=NOON)
    assert listed.undecided == ""
    found = [
        one
        for one in Wellness
        if registrations(contract, {"wellness": one.value}, actor=SYSTEM, at=NOON).exists()
    ]
    assert found == [Wellness.MISSING]
    (told,) = gate.people(str(contract.id), NOON)["people"]
    assert (told["disposition"], told["is_positive"], told["tests_done"]) == (None, False, 0)
    assert (told["undecided_on"], told["undecided_fever"]) == (None, False)
    asked = ask_exception(
        row.id, "证件原件已核对", NOON.date() + timedelta(days=1), actor=cast.actor("town"), at=NOON
    )
    agree_to_exception(asked.id, actor=cast.actor("command"), at=NOON)
    assert refused(row) == ["sites.ordered"]


def test_the_list_shows_who_waits(cast: Cast, contract: Contract, service: DeclarationService) -> None:
    arrival_switch.ask(actor=SYSTEM, at=NOON)
    with standing(service):
        service.says = answer(500)
        enrol(contract, 1, cast)
        declare(2)
        enrol(contract, 2, cast)
    browser = Client(headers={"accept-language": "zh-hans"})
    sign_in(browser, cast.users["town"])
    url = reverse("sites:registrations", args=[contract.id])
    page = browser.get(f"{url}?verification=waiting").content.decode()
    assert page.count("待核验</span>") == 1
    number_waiting()
    assert Arrival.objects.filter(number__isnull=False).count() == 2  # who waits goes out, too
