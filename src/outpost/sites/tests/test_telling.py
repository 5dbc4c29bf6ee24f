"""What a site's lead is told of the prevention file: the verdict, and once a day that stock runs low; naming nobody."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import translation

from outpost.access.models import User
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.notifications.models import InboxMessage
from outpost.sites.jobs import MESSAGES
from outpost.sites.models import Contract
from outpost.sites.queries.people import registrations
from outpost.sites.rules.prevention import ChecklistState
from outpost.sites.services import enter
from outpost.sites.services.checklists import judge_checklist
from outpost.sites.services.registering import register
from outpost.sites.services.telling import tell_low_stock
from outpost.sites.tests.ledger import brought, contract_row
from outpost.sites.tests.prevention_files import moved, submitted
from outpost.sites.tests.test_registrations import declare, stated
from outpost.sites.vocabularies import Checked
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("tests")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TEMPLATES = ("sites.verdict", "sites.low_stock", "sites.entered_elsewhere")


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    brought(contract_row(1), contract_row(2), actor=cast_of_file.actor("command"))


@pytest.fixture
def contracts() -> list[Contract]:
    return list(Contract.objects.order_by("number"))


def told(template: str) -> list[str]:
    """Whom, by the last digit of their phone."""
    leads = {
        User.objects.get(phone_hash=ring().search_hash("phone", f"1350000000{n}")).id: str(n) for n in (1, 2)
    }
    return sorted(leads[one.user_id] for one in InboxMessage.objects.filter(template=template))


def test_the_lead_is_told_of_a_verdict_of_the_own_site(cast: Cast, contracts: list[Contract]) -> None:
    waiting = submitted(contracts[0], actor=SYSTEM)
    reason, actor = "缺盖章", cast.actor("town")
    judge_checklist(waiting.id, ChecklistState.TO_MEND, reason, actor=actor, at=NOON)
    assert told("sites.verdict") == ["1"]
    message = InboxMessage.objects.get(template="sites.verdict")
    assert message.link.endswith(f"/contracts/{contracts[0].id}/prevention")
    assert message.params == {}


def test_low_stock_is_told_once_a_day_and_only_where_it_is_low(contracts: list[Contract]) -> None:
    for contract in contracts:
        moved(contract, 700, actor=SYSTEM, ago=6)
    moved(contracts[0], -650, actor=SYSTEM)
    moved(contracts[0], -5, actor=SYSTEM)
    moved(contracts[1], -10, actor=SYSTEM)
    assert told("sites.low_stock") == ["1"]
    every = Contract.objects.current()
    assert tell_low_stock(every, at=NOON) == 1
    assert told("sites.low_stock") == ["1"]
    assert tell_low_stock(every, at=NOON + DAY) == 1
    assert told("sites.low_stock") == ["1", "1"]


def test_what_comes_in_is_told_to_nobody(contracts: list[Contract]) -> None:
    moved(contracts[0], 5, actor=SYSTEM)
    assert told("sites.low_stock") == []


def test_the_other_sites_lead_is_told_once_of_who_entered_another_one(
    cast: Cast, contracts: list[Contract]
) -> None:
    command, rows = cast.actor("command"), {}
    for number in (1, 2):
        declare(number)
        for contract in contracts:
            rows[contract.number, number] = register(contract.id, stated(number), actor=command, at=NOON).id
    here, there = ([rows[contract.number, number] for number in (1, 2)] for contract in contracts)
    enter(here, Checked.WORD, occurred_at=NOON - 3 * HOUR, actor=command, at=NOON)
    assert told("sites.entered_elsewhere") == []
    enter(there, Checked.WORD, occurred_at=NOON - 2 * HOUR, actor=command, at=NOON)
    assert told("sites.entered_elsewhere") == ["1"]  # of both at once
    message = InboxMessage.objects.get(template="sites.entered_elsewhere")
    assert message.params == {}
    assert message.link.endswith(f"/contracts/{contracts[0].id}/people?presence=inferred")

    def inferred(contract: Contract) -> set[UUID]:
        values = {"presence": "inferred"}
        return {row.id for row in registrations(contract, values, actor=command, at=NOON)}

    assert (inferred(contracts[0]), inferred(contracts[1])) == (set(here), set())
    later = NOON + HOUR
    enter(here[:1], Checked.WORD, occurred_at=later, actor=command, at=later)
    assert told("sites.entered_elsewhere") == ["1", "2"]
    assert (inferred(contracts[0]), inferred(contracts[1])) == ({here[1]}, {there[0]})


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_messages_name_nothing_that_differs(language: str) -> None:
    with translation.override(language):
        assert not any("{" in str(MESSAGES[one]) for one in TEMPLATES)
