"""登记管理人员: authorised by a lead for one employer of one contract, beyond which there is nothing for them; their
right ends when it should. The supervision lead looks, reports and lets nobody in."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.models import Grant, Tried, User
from outpost.access.queries import actor_of
from outpost.audit.models import AuditEntry, Deletion
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.errors import Faults, Refusal
from outpost.exchange.models import Import
from outpost.exchange.queries import replaced_rows
from outpost.exchange.services import apply_import, confirm_import
from outpost.health.models import Declaration
from outpost.sentinel.tests.ledgers import counts, id_number, undo
from outpost.sites import services
from outpost.sites.models import Contract, Registration, SiteUser, Stay
from outpost.sites.queries import contracts, people
from outpost.sites.services import close_contract, daily_health
from outpost.sites.services.closing import restore_contract
from outpost.sites.services.filing import change_contract
from outpost.sites.services.registering import register
from outpost.sites.services.users import authorise_user, end_overdue, end_user
from outpost.sites.sheets.supervision import report, site_people
from outpost.sites.tests.ledger import brought, contract_row
from outpost.sites.tests.test_filing import stated as contract_as_typed
from outpost.sites.tests.test_import import reasons
from outpost.sites.tests.test_registrations import Bring, declare, person_row
from outpost.sites.tests.test_registrations import stated as person
from outpost.sites.vocabularies import Checked, Figure
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db

OURS, THEIRS = "丙劳务有限公司", "丁劳务有限公司"
DAY = timedelta(days=1)


def stated(number: int = 50, **changes: str) -> dict[str, str]:
    """Somebody who is to be authorised, as a form states them."""
    return {
        "document_number": id_number(number),
        "name": "甄登记",
        "phone": f"137{number:08}",
        "employer": OURS,
    } | changes


def account(phone: str) -> User:
    return User.objects.get(phone_hash=ring().search_hash("phone", phone))


def actor(phone: str) -> Actor:
    return actor_of(account(phone), is_verified=False)


LEAD, SUPERVISOR, USER = "13500000001", "13600000001", "13700000050"


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    """A contract of two employers, each with one registered person; both leads named."""
    supervised = {"监理项目负责人": "甄监理", "监理负责人电话": SUPERVISOR}
    command = cast_of_file.actor("command")
    (found, _same, _other) = brought(
        contract_row(1, **supervised),
        contract_row(1, 用人单位=THEIRS, **supervised),
        contract_row(2),
        actor=command,
    )
    for number, employer in ((1, OURS), (2, THEIRS)):
        declare(number)
        register(found.id, person(number, employer=employer), actor=command, at=NOON)


@pytest.fixture
def contract() -> Contract:
    return Contract.objects.get(number="HT0001")


@pytest.fixture
def user(contract: Contract) -> Actor:
    """Somebody authorised for one of them."""
    authorise_user(contract.id, stated(), None, actor=actor(LEAD), at=NOON)
    return actor(USER)


def of(employer: str) -> Registration:
    return Registration.objects.get(employer__name=employer)


def refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def test_whoever_sees_one_employer_of_several_reads_not_how_many_the_contract_lacks(
    contract: Contract, user: Actor, cast: Cast
) -> None:
    """The people of the others are not counted for them, and were said not to be registered."""
    Contract.objects.filter(id=contract.id).update(agreed_workers=2)
    on = local_day(NOON)
    for reader, lacking in ((user, None), (cast.actor("command"), 0)):
        found = contracts.contracts({"number": contract.number}, actor=reader)
        (row,) = contracts.contract_rows(found, actor=reader, on=on)
        total = contracts.headline(found, actor=reader, on=on)
        assert (row.unregistered, total.unregistered, total.agreed) == (lacking, lacking, 2)
        assert not contracts.behind(found, Figure.UNREGISTERED, actor=reader, on=on).exists()
    client = Client(headers={"accept-language": "en"})
    sign_in(client, account(USER))
    assert (
        "1 not registered" not in client.get(reverse("sites:contract", args=[contract.id])).content.decode()
    )
    listed = client.get(reverse("sites:supervision")).content.decode()
    assert listed.count("Not registered of them") == 1  # a choice of the filter, no figure


def test_a_user_sees_the_own_employer_and_nothing_else_of_the_site(contract: Contract, user: Actor) -> None:
    (row,) = contracts.contract_rows(contracts.contracts({}, actor=user), actor=user, on=local_day(NOON))
    assert (row.contract.number, row.employers, row.registered, row.on_site) == ("HT0001", 1, 1, 0)
    total = contracts.headline(contracts.contracts({}, actor=user), actor=user, on=local_day(NOON))
    assert (total.contracts, total.employers, total.registered) == (1, 1, 1)
    assert list(people.registrations(contract, {}, actor=user, at=NOON)) == [of(OURS)]
    assert [one.name for one in contracts.employers_seen(contract, actor=user)] == [OURS]
    assert report(actor=user, at=NOON)["employers"] == 1
    assert refusal(lambda: people.registration_seen(of(THEIRS).id, actor=user)) == "core.not_found"


@pytest.mark.promise("T9")
def test_no_act_of_a_user_reaches_another_employer(cast: Cast, contract: Contract, user: Actor) -> None:
    theirs, ours = of(THEIRS), of(OURS)
    acts = (
        lambda: services.enter([theirs.id], Checked.WORD, occurred_at=NOON, actor=user, at=NOON),
        lambda: services.leave([theirs.id], occurred_at=NOON, actor=user, at=NOON),
        lambda: services.enter([ours.id, theirs.id], Checked.WORD, occurred_at=NOON, actor=user, at=NOON),
        lambda: services.withdraw_registration(theirs.id, actor=user, at=NOON),
        lambda: daily_health.report_one(theirs.id, None, ("fever",), actor=user, at=NOON),
        lambda: services.ask_exception(theirs.id, "要紧的事", local_day(NOON) + DAY, actor=user, at=NOON),
    )
    assert {refusal(act) for act in acts} == {"core.not_found"}
    declare(3)
    wrong = person(3, employer=THEIRS)
    assert refusal(lambda: register(contract.id, wrong, actor=user, at=NOON)) == "sites.unknown_employer"
    for act in (
        lambda: close_contract(contract.id, actor=user, at=NOON),
        lambda: authorise_user(contract.id, stated(51), None, actor=user, at=NOON),
        lambda: change_contract(contract.id, contract_as_typed(), [OURS], actor=user, at=NOON),
    ):
        assert refusal(act) == "core.forbidden"
    assert not Stay.objects.exists()


def test_the_rest_is_that_of_the_own_employer(cast: Cast, contract: Contract, user: Actor) -> None:
    both = [of(OURS).id, of(THEIRS).id]
    command = cast.actor("command")
    services.enter(both, Checked.DOCUMENT, occurred_at=NOON, actor=command, at=NOON)
    assert daily_health.report_rest(contract.id, None, actor=user, at=NOON) == 1
    assert len(daily_health.unreported(contract, actor=command, at=NOON)) == 1
    assert site_people("HT0001", actor=user, at=NOON)["on_site"] == 1
    assert site_people("HT0001", actor=command, at=NOON)["on_site"] == 2
    assert services.leave([of(OURS).id], occurred_at=NOON, actor=user, at=NOON).passed == [of(OURS).id]


def test_a_file_of_a_user_takes_nobody_from_another_employer(
    contract: Contract, user: Actor, tmp_path: Path
) -> None:
    bring = Bring(user, tmp_path)
    declare(3)
    theirs = bring(person_row(3, 用人单位=THEIRS))
    assert counts(theirs) == (0, 0, 0, 1)
    before = of(THEIRS)
    taken = bring(person_row(2), person_row(3))
    assert counts(taken) == (1, 0, 0, 1)
    assert reasons(taken) == ["第2行；此人已在本合同下登记。"]
    assert (of(THEIRS).employer_id, of(THEIRS).updated_at) == (before.employer_id, before.updated_at)
    assert Registration.objects.filter(employer__name=OURS).count() == 2
    undo(taken, actor=user)
    assert Registration.objects.current().filter(employer__name=OURS).count() == 1


@pytest.mark.promise("T11")
def test_a_file_asks_for_the_declaration_before_it_says_who_works_for_another(
    contract: Contract, user: Actor, tmp_path: Path
) -> None:
    """By a number alone nobody learns that, nor what stands of them: neither in the summary nor in what comes back."""
    Declaration.objects.all().delete()
    bring, told = Bring(user, tmp_path), []
    for number in (2, 7):
        task = bring.sent(person_row(number))
        assert replaced_rows(task, actor=user, first=0, size=5) == []
        told.append((counts(task), [one.partition("；")[2] for one in reasons(task)]))
    assert told[0] == told[1]
    assert told[0][0] == (0, 0, 0, 1)
    assert Tried.objects.filter(actor_id=user.id).count() == 2


def test_what_a_user_has_sent_is_not_taken_over_once_the_right_has_ended(
    contract: Contract, user: Actor, tmp_path: Path
) -> None:
    declare(3)
    sent = Bring(user, tmp_path).sent(person_row(3))
    end_user(SiteUser.objects.get().id, actor=actor(LEAD), at=NOON)
    assert refusal(lambda: confirm_import(sent.id, actor=actor(USER), at=NOON)) == "core.forbidden"
    Import.objects.filter(id=sent.id).update(state="applying")
    apply_import(sent.id, at=NOON)
    sent.refresh_from_db()
    assert sent.state == "refused"
    assert not Registration.objects.filter(trade="钢筋工").exists()


def test_the_lead_ends_a_right_at_once_and_its_sessions_with_it(contract: Contract, user: Actor) -> None:
    client = Client()
    sign_in(client, account(USER))
    page = reverse("sites:registrations", args=[contract.id])
    assert client.get(page).status_code == 200
    end_user(SiteUser.objects.get().id, actor=actor(LEAD), at=NOON)
    assert client.get(page).status_code in (302, 403)
    assert not actor(USER).may("sites.see")
    assert (
        refusal(lambda: end_user(SiteUser.objects.get().id, actor=actor(LEAD), at=NOON)) == "core.not_found"
    )
    authorise_user(contract.id, stated(), None, actor=actor(LEAD), at=NOON)
    assert actor(USER).may("sites.see")
    assert AuditEntry.objects.filter(action="sites.user_ended").count() == 1


def test_a_right_ends_after_its_last_day_with_its_employer_and_with_the_contract(
    cast: Cast, contract: Contract
) -> None:
    lead, system, today = actor(LEAD), Actor.system("test"), local_day(NOON)
    authorise_user(contract.id, stated(50), today, actor=lead, at=NOON)
    authorise_user(contract.id, stated(51, employer=THEIRS), None, actor=lead, at=NOON)
    assert end_overdue(actor=system, at=NOON) == 0
    assert end_overdue(actor=system, at=NOON + DAY) == 1
    assert [actor(phone).may("sites.see") for phone in (USER, "13700000051")] == [False, True]
    services.withdraw_registration(of(THEIRS).id, actor=lead, at=NOON)
    change_contract(contract.id, contract_as_typed(), [OURS], actor=cast.actor("town"), at=NOON)
    assert not actor("13700000051").may("sites.see")


def test_a_closed_contract_has_no_users_and_one_put_back_has_its_own(
    cast: Cast, contract: Contract, user: Actor
) -> None:
    town = cast.actor("town")
    services.withdraw_registration(of(THEIRS).id, actor=town, at=NOON)
    close_contract(contract.id, actor=town, at=NOON)
    assert not Grant.objects.filter(
        role__startswith="site", scope_key=str(contract.id), revoked_at=None
    ).exists()
    assert not actor(USER).may("sites.see")
    deletion = Deletion.objects.get(kind="sites.contracts")
    restore_contract(deletion, town, NOON)
    assert actor(USER).may("sites.see")
    assert actor(SUPERVISOR).may("sites.see")


def test_all_that_is_wrong_is_told_at_once_and_nobody_is_authorised_twice(
    contract: Contract, user: Actor
) -> None:
    lead, today = actor(LEAD), local_day(NOON)
    wrong = stated(document_number="1101", name="", phone="", employer="别的公司")
    with pytest.raises(Faults) as refused:
        authorise_user(contract.id, wrong, None, actor=lead, at=NOON)
    assert sorted(one.column for one in refused.value.faults) == [
        "document_number",
        "employer",
        "name",
        "phone",
    ]
    for last_day in (today - DAY, today + 400 * DAY):
        act = lambda day=last_day: authorise_user(contract.id, stated(52), day, actor=lead, at=NOON)  # noqa: E731
        assert refusal(act) == "sites.last_day_when"
    for again in (stated(), stated(53, phone=USER), stated(phone="13700000099")):
        act = lambda row=again: authorise_user(contract.id, row, None, actor=lead, at=NOON)  # noqa: E731
        assert refusal(act) == "sites.authorised_already"
    assert SiteUser.objects.count() == 1


def test_another_site_s_lead_authorises_and_ends_nobody_here(contract: Contract, user: Actor) -> None:
    other = actor("13500000002")
    assert (
        refusal(lambda: authorise_user(contract.id, stated(51), None, actor=other, at=NOON))
        == "core.not_found"
    )
    assert refusal(lambda: end_user(SiteUser.objects.get().id, actor=other, at=NOON)) == "core.not_found"


def test_the_supervision_lead_looks_reports_and_authorises_but_lets_nobody_in(contract: Contract) -> None:
    supervisor = actor(SUPERVISOR)
    assert people.registrations(contract, {}, actor=supervisor, at=NOON).count() == 2
    assert [one.number for one in contracts.contracts({}, actor=supervisor)] == ["HT0001"]
    daily_health.report_one(of(OURS).id, None, (), actor=supervisor, at=NOON)
    authorise_user(contract.id, stated(), None, actor=supervisor, at=NOON)
    ours = of(OURS).id
    for act in (
        lambda: services.enter([ours], Checked.WORD, occurred_at=NOON, actor=supervisor, at=NOON),
        lambda: services.withdraw_registration(ours, actor=supervisor, at=NOON),
        lambda: register(contract.id, person(3), actor=supervisor, at=NOON),
        lambda: close_contract(contract.id, actor=supervisor, at=NOON),
    ):
        assert refusal(act) == "core.forbidden"


def test_the_supervision_lead_follows_the_filing(cast: Cast, contract: Contract) -> None:
    named = {"监理项目负责人": "甄新监", "监理负责人电话": "13600000009"}
    both = [contract_row(1, **named), contract_row(1, 用人单位=THEIRS, **named)]
    brought(*both, actor=cast.actor("command"))
    assert not actor(SUPERVISOR).may("sites.see")
    assert actor("13600000009").may("sites.see")


def test_on_the_pages_others_are_not_found_and_nothing_of_them_is_shown(
    contract: Contract, user: Actor
) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, account(USER))
    for name, id_ in (
        ("person", of(THEIRS).id),
        ("ask_exception", of(THEIRS).id),
        ("report_health", of(THEIRS).id),
    ):
        assert client.get(reverse(f"sites:{name}", args=[id_])).status_code == 404
    for name in ("users", "new_user", "prevention", "edit_contract"):
        assert client.get(reverse(f"sites:{name}", args=[contract.id])).status_code == 403
    home = client.get(reverse("sites:mine"))
    assert home.headers["Location"] == reverse("sites:registrations", args=[contract.id])
    for name in ("registrations", "contract", "register"):
        page = client.get(reverse(f"sites:{name}", args=[contract.id])).content.decode()
        assert OURS in page
        assert THEIRS not in page
    assert THEIRS not in client.get(reverse("sites:supervision")).content.decode()


def test_the_only_employer_is_chosen_for_who_is_authorised(cast: Cast, contract: Contract) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["command"])
    for number, chosen in (("HT0001", 0), ("HT0002", 1)):
        page = reverse("sites:new_user", args=[Contract.objects.get(number=number).id])
        assert client.get(page).content.decode().count(f'<option value="{OURS}" selected') == chosen


def test_a_lead_authorises_somebody_on_the_page_and_ends_it(contract: Contract) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, account(LEAD))
    page = reverse("sites:new_user", args=[contract.id])
    assert client.post(page, stated(document_number="1101") | {"last_day": ""}).headers["Location"] == page
    assert "甄登记" in client.get(page).content.decode()
    listed = reverse("sites:users", args=[contract.id])
    assert client.post(page, stated() | {"last_day": ""}).headers["Location"] == listed
    shown = client.get(listed).content.decode()
    assert "137****0050" in shown
    assert USER not in shown
    client.post(reverse("sites:end_user", args=[SiteUser.objects.get().id]))
    assert "137****0050" not in client.get(listed).content.decode()
