"""What a registrar reaches of the newer parts of a site: the own employer's people alone, in every list, figure, file,
act and undoing; gates and dispositions not at all. The supervision lead only looks, and reports."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.health.daily import Report
from outpost.health.models import DailyReport
from outpost.sentinel.tests.ledgers import confirm, counts, id_number, undo
from outpost.sites import services
from outpost.sites.gate import may_pair
from outpost.sites.models import Contract, Passage, Registration, Stay
from outpost.sites.models.families import FamilyMember
from outpost.sites.queries import contracts, families, people
from outpost.sites.queries.families import family_seen
from outpost.sites.queries.site_map import site_states
from outpost.sites.services import daily_health
from outpost.sites.services.families import register_family, restore_family, withdraw_family
from outpost.sites.services.registering import register
from outpost.sites.services.users import authorise_user
from outpost.sites.tests.test_addresses import at_home
from outpost.sites.tests.test_entries import Entries, entry_row
from outpost.sites.tests.test_families import child
from outpost.sites.tests.test_health_file import Files, health_row
from outpost.sites.tests.test_import import reasons
from outpost.sites.tests.test_passing import dispose
from outpost.sites.tests.test_registrations import declare
from outpost.sites.tests.test_registrations import stated as person
from outpost.sites.tests.test_users import (  # noqa: F401 - fixtures
    LEAD,
    OURS,
    SUPERVISOR,
    THEIRS,
    USER,
    account,
    actor,
    contract,
    ledger,
    of,
    refusal,
    stated,
    user,
)
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.promise("T9")]
HOUR = timedelta(hours=1)


@pytest.fixture
def both(contract: Contract, user: Actor) -> tuple[Registration, Registration]:  # noqa: F811 - the fixtures' values
    """One person of each employer: of the registrar's first; both on site."""
    ours, theirs = of(OURS), of(THEIRS)
    lead = actor(LEAD)
    services.enter([ours.id, theirs.id], Checked.DOCUMENT, occurred_at=NOON - 2 * HOUR, actor=lead, at=NOON)
    return ours, theirs


def entry(number: int, way: str = "退场") -> dict[str, str]:
    return entry_row(number, way, NOON - HOUR)


def moved(row: Registration) -> None:
    """The other employer registers somebody who has left ours."""
    services.withdraw_registration(row.id, actor=actor(LEAD), at=NOON)
    register(row.contract_id, person(1, employer=THEIRS), actor=actor(LEAD), at=NOON)


def browser(phone: str) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, account(phone))
    return client


def test_family_follows_the_employer_of_whom_it_comes_with(
    contract: Contract,  # noqa: F811 - the fixture's value
    user: Actor,  # noqa: F811
    both: tuple[Registration, Registration],
) -> None:
    ours, theirs = both
    lead = actor(LEAD)
    far = register_family(theirs.id, child(), actor=lead, at=NOON)
    near = register_family(ours.id, child("甄小工", document_number="O110000027"), actor=user, at=NOON)
    assert list(families.family_listed(contract, actor=user)) == [near]
    assert families.family_listed(contract, actor=lead).count() == 2
    acts = (
        lambda: family_seen(far.id, actor=user),
        lambda: register_family(theirs.id, child("甄某"), actor=user, at=NOON),
        lambda: withdraw_family(far.id, actor=user, at=NOON),
        lambda: services.enter([far.id], Checked.WORD, occurred_at=NOON, actor=user, at=NOON),
    )
    assert {refusal(act) for act in acts} == {"core.not_found"}
    withdraw_family(far.id, actor=lead, at=NOON)
    deletion = Deletion.objects.get(kind="sites.family")
    assert refusal(lambda: restore_family(deletion, user, NOON)) == "core.not_found"
    assert FamilyMember.objects.get(id=far.id).removed_at is not None
    restore_family(deletion, lead, NOON)
    client = browser(USER)
    for name, id_ in (("family", theirs.id), ("register_family", theirs.id), ("family_member", far.id)):
        assert client.get(reverse(f"sites:{name}", args=[id_])).status_code == 404
    listed = client.get(reverse("sites:contract_family", args=[contract.id])).content.decode()
    assert str(near.id) in listed
    assert str(far.id) not in listed


def test_a_shift_is_of_the_own_people(
    contract: Contract,  # noqa: F811 - the fixture's value
    user: Actor,  # noqa: F811
    both: tuple[Registration, Registration],
) -> None:
    ours, theirs = both
    assert list(people.unreported(contract, {}, actor=user, at=NOON)) == [ours]
    assert list(people.named(contract, [ours.id, theirs.id], actor=user)) == [ours]
    report = {theirs.id: Report(NOON, Decimal("38.5"))}
    act = lambda: daily_health.report_shift(contract.id, report, actor=user, at=NOON)  # noqa: E731
    assert refusal(act) == "core.not_found"
    client, page = browser(USER), reverse("sites:report_shift", args=[contract.id])
    shown = client.get(page).content.decode()
    assert str(ours.id) in shown
    assert str(theirs.id) not in shown
    assert THEIRS not in shown
    client.post(page, {"rows": str(theirs.id), f"temperature.{theirs.id}": "38.5"})
    assert daily_health.report_rest(contract.id, None, actor=user, at=NOON) == 1
    assert set(DailyReport.objects.values_list("person_id", flat=True)) == {ours.person_id}


def test_a_file_of_daily_health_finds_and_undoes_nobody_of_another_employer(
    user: Actor,  # noqa: F811 - the fixture's value
    both: tuple[Registration, Registration],
    tmp_path: Path,
) -> None:
    task = Files(user, tmp_path)(health_row(2), health_row(9), health_row(1))
    assert counts(task) == (1, 0, 0, 2)
    theirs, nobody = (one.partition("；")[2] for one in reasons(task))
    assert theirs == nobody
    of_all = Files(actor(LEAD), tmp_path)(health_row(2, 时间=entry(2)["时间"], 体温="36.6"))
    assert DailyReport.objects.filter(person_id=both[1].person_id).count() == counts(of_all)[0] == 1
    services.leave([both[0].id], occurred_at=NOON, actor=user, at=NOON)
    moved(both[0])
    assert undo(task, actor=user).state == "applied"
    assert DailyReport.objects.filter(import_id=task.id).count() == 1


def test_a_file_of_entries_moves_finds_and_undoes_nobody_of_another_employer(
    user: Actor,  # noqa: F811 - the fixture's value
    both: tuple[Registration, Registration],
    tmp_path: Path,
) -> None:
    lead = actor(LEAD)
    of_all = Entries(lead, tmp_path)(entry(2))
    assert counts(of_all) == (1, 0, 0, 0)
    checked = Entries(user, tmp_path).sent(
        entry(2), entry(9), entry(1)
    )  # the first is known, but not to them
    assert counts(checked)[3] == 2
    task = confirm(checked, actor=user)
    assert counts(task) == (1, 0, 0, 2)
    theirs, nobody = (one.partition("；")[2] for one in reasons(task))
    assert theirs == nobody
    assert undo(task, actor=user).state == "undone"
    assert list(Stay.objects.inside().values_list("person_id", flat=True)) == [both[0].person_id]
    task = Entries(user, tmp_path)(entry(1))
    moved(both[0])
    assert undo(task, actor=user).state == "applied"
    assert Passage.objects.filter(import_id=task.id).count() == 1
    assert not Stay.objects.inside().exists()
    assert counts(Entries(user, tmp_path)(entry(1))) == (
        0,
        0,
        0,
        1,
    )  # what was known of them is not theirs any more


def test_figures_the_map_and_every_filter_count_the_own_people(
    contract: Contract,  # noqa: F811 - the fixture's value
    user: Actor,  # noqa: F811
    both: tuple[Registration, Registration],
) -> None:
    ours, theirs = both
    Registration.objects.update(unverified_since=NOON, verify_next_at=NOON)
    dispose(theirs.person_id, "isolation", NOON - HOUR)
    found = contracts.contracts({}, actor=user)
    (row,) = contracts.contract_rows(found, actor=user, on=local_day(NOON))
    assert (row.employers, row.registered, row.on_site, row.people, row.unreported) == (1, 1, 1, 1, 1)
    total = contracts.headline(found, actor=user, on=local_day(NOON))
    assert (total.employers, total.registered, total.on_site, total.unreported) == (1, 1, 1, 1)
    for who, told in ((user, (1, 0, 1, False)), (actor(LEAD), (2, 1, 2, False))):
        (state,) = site_states(found, actor=who, at=NOON)
        assert (state.on_site, state.to_leave, state.unreported, state.is_low) == told
    for values in ({"verification": "waiting"}, {"wellness": "missing"}, {"presence": "inside"}):
        assert list(people.registrations(contract, values, actor=user, at=NOON)) == [ours]
    assert not people.to_leave_seen(actor=user, at=NOON).exists()
    assert not people.shows_passes(contract, user)


def test_gates_and_dispositions_are_not_for_registrars_nor_for_who_supervises(
    contract: Contract,  # noqa: F811 - the fixture's value
    user: Actor,  # noqa: F811
    both: tuple[Registration, Registration],
) -> None:
    for phone in (USER, SUPERVISOR):
        assert not may_pair(str(contract.id), actor(phone))
        client = browser(phone)
        for name in ("devices", "gate_pin"):
            assert client.get(reverse(f"sites:{name}", args=[contract.id])).status_code == 403
        assert client.get(reverse("sites:gate_conflicts")).status_code == 403
        for one in both:
            assert client.get(reverse("sites:dispose", args=[one.id])).status_code == 403
        page = client.get(reverse("sites:contract", args=[contract.id])).content.decode()
        assert reverse("sites:devices", args=[contract.id]) not in page
    assert may_pair(str(contract.id), actor(LEAD))


def test_who_supervises_sees_all_of_it_and_changes_nothing_but_reports(
    cast: Cast,
    contract: Contract,  # noqa: F811 - the fixture's value
    both: tuple[Registration, Registration],
    tmp_path: Path,
) -> None:
    supervisor, lead = actor(SUPERVISOR), actor(LEAD)
    member = register_family(both[1].id, child(), actor=lead, at=NOON)
    assert list(families.family_listed(contract, actor=supervisor)) == [member]
    assert people.unreported(contract, {}, actor=supervisor, at=NOON).count() == 2
    forbidden = (
        lambda: register_family(both[0].id, child(), actor=supervisor, at=NOON),
        lambda: withdraw_family(member.id, actor=supervisor, at=NOON),
        lambda: Entries(supervisor, tmp_path).sent(entry(1)),
        lambda: services.leave([both[0].id], occurred_at=NOON, actor=supervisor, at=NOON),
    )
    assert {refusal(act) for act in forbidden} == {"core.forbidden"}
    assert counts(Files(supervisor, tmp_path)(health_row(1), health_row(2))) == (2, 0, 0, 0)
    assert (
        id_number(1)
        not in browser(SUPERVISOR).get(reverse("sites:registrations", args=[contract.id])).content.decode()
    )


def test_the_last_day_of_an_order_and_the_word_about_an_address_are_the_leads(
    both: tuple[Registration, Registration],
) -> None:
    dispose(both[0].person_id, "isolation", NOON - HOUR)
    page = reverse("sites:person", args=[both[0].id])
    seen = {
        phone: "计算的最后一日" in browser(phone).get(page).content.decode()
        for phone in (LEAD, SUPERVISOR, USER)
    }
    assert seen == {LEAD: True, SUPERVISOR: False, USER: False}
    reopen = reverse("sites:reopen_address", args=[both[0].id])
    answers = {phone: browser(phone).post(reopen).status_code for phone in (LEAD, SUPERVISOR, USER)}
    assert answers == {LEAD: 302, SUPERVISOR: 403, USER: 403}


def test_the_lead_of_another_site_is_asked_for_no_word_about_an_address_here(
    contract: Contract,  # noqa: F811 - the fixture's value
) -> None:
    """Who registers people of one employer here, and leads elsewhere, may not say it here: nothing offers it."""
    elsewhere = "13500000002"
    authorise_user(contract.id, stated(51, phone=elsewhere), None, actor=actor(LEAD), at=NOON)
    at_home(declare(3), "南沙街道示例路99号", at=NOON)
    lives = person(3, employer=OURS, address="南沙街道示例路3号")
    row = register(contract.id, lives, actor=actor(LEAD), at=NOON)
    page, act = (reverse(f"sites:{name}", args=[row.id]) for name in ("person", "checked_address"))
    offered = {phone: act in browser(phone).get(page).content.decode() for phone in (LEAD, elsewhere)}
    assert offered == {LEAD: True, elsewhere: False}
    answers = {phone: browser(phone).get(act).status_code for phone in (LEAD, elsewhere)}
    assert answers == {LEAD: 200, elsewhere: 404}
