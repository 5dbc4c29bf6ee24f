"""携带家属: under whom they come with, upon the own declaration, apart from who works, never inside."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from psycopg import sql

from outpost.access.models import User
from outpost.access.queries import actor_of
from outpost.audit import deletions
from outpost.core import clock
from outpost.core.crypto import ring
from outpost.core.errors import Faults, Refusal
from outpost.health.models import Declaration
from outpost.people.models import Person
from outpost.people.queries import looks_at
from outpost.people.rules import REGISTERED_AT_SITE
from outpost.sentinel.tests.ledgers import counts, id_number
from outpost.sites import retention
from outpost.sites.models import Contract, Registration, Stay
from outpost.sites.models.families import FamilyMember
from outpost.sites.queries.contracts import contract_rows, contracts
from outpost.sites.queries.families import family_counts, family_of, family_rows, family_with, is_family
from outpost.sites.queries.people import registration_rows, registrations
from outpost.sites.services import enter, families, registering, withdraw_registration
from outpost.sites.services.families import register_family, withdraw_family
from outpost.sites.services.registering import register
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.test_registrations import Bring, declare, person_row, stated
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger")]
CERTIFICATE = "O110000019"


def spouse(number: int, **changes: str) -> dict[str, str]:
    """Somebody who comes along, as a form states them."""
    return {
        "document_number": id_number(number),
        "name": "甄工友",
        "relation": "spouse",
        "phone": "",
    } | changes


def child(name: str = "甄小友", **changes: str) -> dict[str, str]:
    by = {"document_type": "birth_certificate", "document_number": CERTIFICATE}
    return {**by, "name": name, "relation": "child", "phone": ""} | changes


def code_of(refusal: pytest.ExceptionInfo[Refusal]) -> str:
    return refusal.value.problem.code


def test_family_stands_under_the_worker_counted_apart_and_sees_who_looked(
    cast: Cast,
    contract: Contract,
    worker: Registration,
) -> None:
    actor = cast.actor("town")
    person_id = declare(2)
    register_family(worker.id, spouse(2), actor=actor, at=NOON)
    register_family(worker.id, child(), actor=actor, at=NOON)
    rows = {row.relation.value: row for row in family_rows(family_with(worker), at=NOON)}
    assert {(row.person.name, row.comes_with.name) for row in rows.values()} == {("甄**", "甄**")}
    assert (rows["spouse"].declared_on, rows["child"].declared_on) == (
        (NOON - timedelta(days=1)).date(),
        None,
    )
    assert rows["child"].person.number != CERTIFICATE
    (look,) = looks_at(person_id, actor=actor.system("reader"))
    assert look.purpose == REGISTERED_AT_SITE
    (counted,) = contract_rows(contracts({}, actor=actor), actor=actor, on=NOON.date())
    assert (counted.registered, family_of(contract).count(), family_counts([worker])) == (
        1,
        2,
        {worker.id: 2},
    )
    (row,) = registration_rows(registrations(contract, {}, actor=actor, at=NOON), at=NOON)
    assert row.family == 2


@pytest.mark.promise("T11")
def test_who_has_not_declared_is_told_alike_and_tries_count_together(
    cast: Cast, worker: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = cast.actor("town")
    monkeypatch.setattr(
        registering, "FETCHED", replace(registering.FETCHED, tries=4)
    )  # one went to the worker
    declare(2)
    declare(3, days_ago=15)
    answers = set()
    for wrong in (spouse(2, name="甄别人"), spouse(3), spouse(4)):
        with pytest.raises(Refusal) as refusal:
            register_family(worker.id, wrong, actor=actor, at=NOON)
        answers.add(refusal.value.message)
    assert len(answers) == 1
    with pytest.raises(Refusal) as refusal:
        register_family(worker.id, spouse(2), actor=actor, at=NOON)
    assert code_of(refusal) == "sites.too_many_fetched"
    assert not FamilyMember.objects.exists()
    assert not Person.objects.filter(name_hash=ring().search_hash("name", "甄别人")).exists()


def test_a_birth_certificate_stands_for_a_child_alone(cast: Cast, worker: Registration) -> None:
    actor = cast.actor("town")
    for wrong in (child(relation="spouse"), child(document_number="O1"), child(relation=""), child(name="")):
        with pytest.raises(Faults):
            register_family(worker.id, wrong, actor=actor, at=NOON)
    grandchild = register_family(worker.id, child(relation="other"), actor=actor, at=NOON)
    assert grandchild.stated(ring()).phone == ""


def test_a_person_works_or_comes_along_once_under_a_contract(
    cast: Cast,
    contract: Contract,
    worker: Registration,
    tmp_path: Path,
) -> None:
    actor = cast.actor("town")
    for number in (2, 3):
        declare(number)
    other = register(contract.id, stated(3), actor=actor, at=NOON)
    register_family(worker.id, spouse(2), actor=actor, at=NOON)
    for whom, again in ((worker, 1), (worker, 3)):
        with pytest.raises(Refusal) as refusal:
            register_family(whom.id, spouse(again), actor=actor, at=NOON)
        assert code_of(refusal) == "sites.registered_here"
    for refused in (
        lambda: register_family(other.id, spouse(2), actor=actor, at=NOON),
        lambda: register(contract.id, stated(2), actor=actor, at=NOON),
    ):
        with pytest.raises(Refusal) as refusal:
            refused()
        assert code_of(refusal) == "sites.family_here"
    assert counts(Bring(actor, tmp_path).sent(person_row(2))) == (0, 0, 0, 1)
    assert Registration.objects.current().count() == 2


def test_family_here_may_work_elsewhere_and_both_sites_see_what_it_means(
    cast: Cast,
    contract: Contract,
    worker: Registration,
) -> None:
    actor = cast.actor("command")
    (elsewhere,) = brought(contract_row(2), actor=actor)
    declare(2)
    register_family(worker.id, spouse(2), actor=actor, at=NOON)
    works = register(elsewhere.id, stated(2), actor=actor, at=NOON)
    (row,) = family_rows(family_with(worker), at=NOON)
    assert (row.works_elsewhere, is_family(works), is_family(worker)) == (True, True, False)
    assert enter([works.id], Checked.WORD, occurred_at=NOON, actor=actor, at=NOON).passed == [works.id]
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["command"])
    page = client.get(reverse("sites:family", args=[worker.id])).content.decode()
    assert "Works at another site" in page
    assert "does not enter that one" in " ".join(
        client.get(reverse("sites:person", args=[works.id])).content.decode().split()
    )


@pytest.mark.parametrize("number", [2, None])
def test_family_never_enters_whoever_asks(cast: Cast, worker: Registration, number: int | None) -> None:
    actor = cast.actor("command")
    if number:
        declare(number)
    told = spouse(number) if number else child()
    one = register_family(worker.id, told, actor=actor, at=NOON)
    outcome = enter([worker.id, one.id], Checked.WORD, occurred_at=NOON, actor=actor, at=NOON)
    assert outcome.passed == [worker.id]
    with translation.override("zh-hans"):
        assert "家属" in str(outcome.refused[one.id][0])
    assert Stay.objects.filter(person_id=one.person_id).count() == 0


def test_family_ends_with_the_registration_comes_back_with_it_and_is_purged_with_it(
    cast: Cast,
    contract: Contract,
    worker: Registration,
) -> None:
    actor = cast.actor("command")
    register_family(worker.id, child(), actor=actor, at=NOON)
    withdraw_registration(worker.id, actor=actor, at=NOON)
    assert not family_of(contract).exists()
    (deletion,) = deletions.deleted(actor=actor, at=NOON)
    deletions.restore(deletion.id, actor=actor, at=NOON)
    assert family_of(contract).count() == 1
    later = NOON + timedelta(days=1)
    withdraw_registration(worker.id, actor=actor, at=later)
    declare(3)
    other = register(contract.id, stated(3), actor=actor, at=later)
    register_family(other.id, child(), actor=actor, at=later)
    (again,) = deletions.deleted(actor=actor, at=later)
    with pytest.raises(Refusal) as refusal:  # the child came with somebody else meanwhile
        deletions.restore(again.id, actor=actor, at=later)
    assert code_of(refusal) == "sites.family_here"
    end = {"before": later + timedelta(days=1), "first": later.date()}
    for rows in retention.ROWS:
        if rows.table in ("sites_familymember", "sites_registration"):
            rows.remove(sql.SQL(rows.expired), end)
    assert [one.registration_id for one in FamilyMember.objects.all()] == [other.id]
    assert list(Registration.objects.all()) == [other]


def test_nobody_is_put_back_into_a_family_that_is_full(
    cast: Cast, worker: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = cast.actor("command")
    monkeypatch.setattr(families, "MOST_FAMILY", 1)
    one = register_family(worker.id, child(), actor=actor, at=NOON)
    withdraw_family(one.id, actor=actor, at=NOON)
    declare(2)
    register_family(worker.id, spouse(2), actor=actor, at=NOON)
    (deletion,) = deletions.deleted(actor=actor, at=NOON)
    with pytest.raises(Refusal) as refusal:
        deletions.restore(deletion.id, actor=actor, at=NOON)
    assert code_of(refusal) == "sites.family_too_large"
    assert family_with(worker).count() == 1


def test_one_of_a_family_is_withdrawn_and_put_back_by_the_page(
    cast: Cast,
    worker: Registration,
) -> None:
    actor = cast.actor("town")
    one = register_family(worker.id, child(), actor=actor, at=NOON)
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    answer = client.post(reverse("sites:withdraw_family", args=[one.id]))
    assert answer.headers["location"] == reverse("sites:family", args=[worker.id])
    assert not family_with(worker).exists()
    gone = FamilyMember.objects.get()
    assert gone.removed_at is not None
    (deletion,) = deletions.deleted(actor=actor, at=gone.removed_at)
    where = deletions.restore(deletion.id, actor=actor, at=gone.removed_at)
    page = client.get(where).content.decode()
    assert "甄**" in page
    assert CERTIFICATE not in page
    assert "子女" in page


def test_family_is_registered_by_the_page_and_mistakes_stand_at_their_fields(
    cast: Cast, worker: Registration
) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    where = reverse("sites:register_family", args=[worker.id])
    assert client.post(where, child(relation="spouse", name="")).headers["location"] == where
    page = client.get(where).content.decode()
    assert page.count('class="field-error"') >= 2
    declare(2)
    Declaration.objects.update(declared_at=clock.now())
    assert client.post(where, spouse(2)).headers["location"] == reverse("sites:family", args=[worker.id])
    for name, key in (("family", worker.id), ("contract_family", worker.contract_id)):
        page = client.get(reverse(f"sites:{name}", args=[key])).content.decode()
        assert "配偶" in page
        assert id_number(2) not in page
    assert "携带家属 · 1" in " ".join(
        client.get(reverse("sites:registrations", args=[worker.contract_id])).content.decode().split()
    )


def test_family_of_a_contract_beyond_reach_is_not_there(cast: Cast, worker: Registration) -> None:
    command = cast.actor("command")
    one = register_family(worker.id, child(), actor=command, at=NOON)
    (far,) = brought(contract_row(2, 所属镇街=FAR_TOWN), actor=command)
    Contract.objects.filter(id=worker.contract_id).update(project=far.project_id)
    for actor in (cast.actor("town"), actor_of(_lead(2), is_verified=False)):
        for refused in (
            lambda: register_family(worker.id, child("甄二友"), actor=actor, at=NOON),  # noqa: B023 - at once
            lambda: withdraw_family(one.id, actor=actor, at=NOON),  # noqa: B023 - at once
            lambda: enter([one.id], Checked.WORD, occurred_at=NOON, actor=actor, at=NOON),  # noqa: B023 - at once
        ):
            with pytest.raises(Refusal) as refusal:
                refused()
            assert refusal.value.status == 404
    withdraw_family(one.id, actor=command, at=NOON)
    assert not deletions.deleted(actor=cast.actor("town"), at=NOON)


def _lead(number: int) -> User:
    return User.objects.get(phone_hash=ring().search_hash("phone", f"135{number:08}"))
