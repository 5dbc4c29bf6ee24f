"""Signing in by identity document, phone and code: the number on record with the phone; no word about others."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django.fixtures import Settings

from outpost.access import services
from outpost.access.models import Passcode, User
from outpost.access.queries import actor_of
from outpost.access.services.passcodes import TRIES
from outpost.access.tests.support import HERE, codes_printed
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.people.real_names import Statement, state_real_name
from outpost.people.rules import Document, DocumentType
from outpost.sentinel.tests.ledgers import id_number
from outpost.sites.models import SiteUser
from outpost.sites.services.users import authorise_user, end_user
from outpost.sites.tests.ledger import brought, contract_row
from outpost.sites.tests.test_registrations import declare
from outpost.sites.tests.test_users import stated
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")
PHONE, NUMBER = "13700000050", id_number(50)


@pytest.fixture
def registrar(cast: Cast) -> User:
    (contract,) = brought(contract_row(1), actor=cast.actor("command"))
    authorise_user(contract.id, stated(50), None, actor=SYSTEM, at=NOON)
    return User.objects.get(phone_hash=ring().search_hash("phone", PHONE))


@pytest.fixture
def code(registrar: User, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    services.ask_passcode(PHONE, device="a", address=HERE, at=NOON)
    (found,) = codes_printed(capsys.readouterr().out)
    return found


def enter(code: str, document: str) -> tuple[str, str]:
    """The problem's code and words; "in" for who is let in."""
    try:
        user = services.enter_passcode(PHONE, code, document=document, device="a", address=HERE, at=NOON)
    except Refusal as refusal:
        with translation.override("en"):
            return refusal.code, refusal.message
    return "in", str(user.id)


@pytest.mark.promise("A1")
def test_the_own_number_lets_in_however_it_is_typed(code: str, registrar: User) -> None:
    for typed in (NUMBER, f" {NUMBER[:6]} {NUMBER[6:]} ", ""):
        assert enter(code, typed) == ("in", str(registrar.id))


@pytest.mark.promise("T6")
def test_a_number_of_somebody_else_is_answered_like_one_of_nobody_and_like_a_wrong_code(
    code: str, settings: Settings
) -> None:
    settings.OUTPOST_PASSCODE_REUSE = "off"
    declare(1)
    wrong_code = f"{(int(code) + 1) % 10**6:06}"
    answers = {enter(code, number) for number in (id_number(1), id_number(2), "x")} | {
        enter(wrong_code, NUMBER)
    }
    assert {problem for problem, _words in answers} == {"access.wrong_passcode"}
    assert len(answers) == 1
    assert enter(code, NUMBER)[0] == "in"  # a slip has not used the code up


@pytest.mark.promise("A1")
def test_wrong_numbers_count_as_tries(code: str) -> None:
    for number in range(TRIES):
        enter(code, id_number(100 + number))
    assert Passcode.objects.get().tries == TRIES
    assert enter(code, NUMBER)[0] != "in"


def test_the_number_goes_with_the_right_and_with_what_the_account_has_stated(
    code: str, registrar: User
) -> None:
    end_user(SiteUser.objects.get().id, actor=SYSTEM, at=NOON)
    assert enter(code, NUMBER)[0] == "access.wrong_passcode"
    document = Document(DocumentType.RESIDENT_ID, id_number(60))
    state_real_name(
        registrar, Statement("甄登记", document), actor=actor_of(registrar, is_verified=False), at=NOON
    )
    assert enter(code, id_number(60))[0] == "in"


def test_the_page_takes_the_number_and_does_not_draw_it_back(registrar: User, cast: Cast) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    page = reverse("access:sign_in") + "?by=phone"
    assert 'name="document"' in client.get(page).content.decode()
    client.post(reverse("access:phone"), {"phone": PHONE, "code": "000000", "document": NUMBER})
    shown = client.get(page).content.decode()
    assert NUMBER not in shown
    assert PHONE in shown
