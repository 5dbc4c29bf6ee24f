"""住址不一致: two claims stay side by side, shut nobody out, close by themselves or by a word, and tell nothing."""

import html
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from outpost.audit import deletions
from outpost.audit.models import AuditEntry
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.stated import name_hash
from outpost.health import followers, services
from outpost.health.models import Declaration
from outpost.health.queries import journeys
from outpost.health.sealing import declaration_id, seal_texts
from outpost.health.tests.records import a_declaration, make_token, ndjson, outcomes, post
from outpost.sentinel.tests.ledgers import id_number, undo
from outpost.sites import errors
from outpost.sites.models import Contract, Registration
from outpost.sites.models.tallies import AddressTask, EmployerTally
from outpost.sites.queries.addresses import differences
from outpost.sites.queries.contracts import behind, contract_rows, headline
from outpost.sites.queries.entering import obstacles_of
from outpost.sites.queries.people import registrations
from outpost.sites.rules.addresses import Agreement, agreement, is_checked, is_same, last_day, plain
from outpost.sites.services import address_tasks, tallies, withdraw_registration
from outpost.sites.services.addresses import check_address, reopen_address
from outpost.sites.services.registering import register
from outpost.sites.sheets.supervision import SupervisionExport, report
from outpost.sites.tests.ledger import brought, contract_row
from outpost.sites.tests.test_registrations import Bring, declare, person_row, stated
from outpost.sites.tests.test_tallies import GOAL, OWN
from outpost.sites.vocabularies import Figure
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

DORM_3, DORM_5 = "南沙街道示例路3号宿舍", "南沙街道示例路5号宿舍"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LATER = NOON + HOUR


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (DORM_3, DORM_3, True),
        (DORM_3, DORM_5, False),
        ("示例路 １号，101 室", "示例路1号101室", True),
        ("Dorm 3, Example Road", "dorm3 example road", True),
        ("广州市南沙区示例路1号", "示例路1号", True),  # without the city
        ("南沙街道示例路1号", "南沙街道示例路1号2栋301", True),  # without the room
        ("示例路1号3-201", "示例路1号3201", False),
        ("示例路1号3-201", "示例路1号3—201", True),
        ("南沙街道示例路1", "南沙街道示例路12号", False),  # a number that is cut
        ("大示例路12", "大示例路12-3", False),
        ("广州市南沙区南沙街道", "广州市南沙区南沙街道示例路1号", False),  # no house number
        ("路1号", "南沙街道示例路1号", False),  # too short to mean one place
        ("示例路3号宿舍", "示例路1号宿舍示例路2号宿舍示例路3号宿舍", False),  # many guesses in one
        ("3号院5栋", "示例路3号院5栋", True),
        ("3号院5栋", "示例路13号院5栋", False),
    ],
)
def test_one_place_is_told_from_another(one: str, other: str, same: bool) -> None:
    assert is_same(one, other) is is_same(other, one) is same


def test_an_address_is_compared_without_blanks_and_marks() -> None:
    assert plain("（南沙）示例路 １号_Ａ座，3－201 ") == "南沙示例路1号a座3-201"


def test_a_difference_is_due_after_seven_days_and_a_word_counts_until_something_else_is_stated() -> None:
    last = last_day(date(2022, 6, 8))
    assert last == date(2022, 6, 15)
    assert agreement(False, last, last) is Agreement.DIFFERS
    assert agreement(False, last, last + timedelta(days=1)) is Agreement.OVERDUE
    assert agreement(True, last, last + timedelta(days=1)) is Agreement.CHECKED
    assert [is_checked(at, NOON) for at in (None, NOON - timedelta(seconds=1), NOON)] == [False, False, True]


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger")]


_SEALED_TEXT = journeys._sealed_text


def at_home(person_id: UUID, home: str, *, at: datetime, name: str = "", phone: str = "") -> None:
    """A declaration with a home, as a service next door delivers it."""
    row = Declaration(source="云", record_id=str(uuid4()), person_id=person_id)
    row.id = declaration_id(row.source, row.record_id)
    row.declared_at = row.received_at = at
    row.name_hash = name_hash(ring(), name) if name else None
    row.sealed, row.stated_hash = seal_texts(ring(), row.id, {"home": home, "phone": phone})
    row.save(force_insert=True)
    followers.tell_declared([person_id])


@pytest.fixture
def worker(cast: Cast, contract: Contract) -> Registration:
    """The employer says dorm 3, the person dorm 5."""
    at_home(declare(1), DORM_5, at=NOON)
    return register(contract.id, stated(1, address=DORM_3), actor=cast.actor("town"), at=NOON)


def found(contract: Contract, cast: Cast, state: str, *, at: datetime = LATER) -> list[UUID]:
    rows = registrations(contract, {"address": state}, actor=cast.actor("town"), at=at)
    return [row.id for row in rows]


def test_two_claims_that_differ_are_one_task_and_shut_nobody_out(
    cast: Cast, contract: Contract, worker: Registration
) -> None:
    at_home(declare(2), DORM_3, at=NOON)
    register(contract.id, stated(2, address=DORM_3), actor=cast.actor("town"), at=NOON)
    at_home(declare(3), DORM_3, at=NOON)
    register(contract.id, stated(3), actor=cast.actor("town"), at=NOON)  # states no address
    assert found(contract, cast, "differs") == [worker.id]
    assert found(contract, cast, "overdue") == found(contract, cast, "checked") == []
    late = NOON + timedelta(days=8)
    assert (
        found(contract, cast, "overdue", at=late) == found(contract, cast, "differs", at=late) == [worker.id]
    )
    assert worker.stated(ring()).address == DORM_3
    told = [str(one) for one in obstacles_of([worker], at=LATER)[worker.id]]
    assert not any("住址" in one or "address" in one.lower() for one in told)


def test_it_closes_by_a_corrected_row_and_opens_again_by_a_new_declaration(
    cast: Cast, contract: Contract, worker: Registration, tmp_path: Path
) -> None:
    bring = Bring(cast.actor("command"), tmp_path)
    bring(person_row(1, 居住地址=""))
    assert found(contract, cast, "differs") == [worker.id]  # a blank cell takes nothing away
    bring(person_row(1, 居住地址=DORM_5))
    assert found(contract, cast, "differs") == []
    at_home(worker.person_id, DORM_3, at=LATER)
    assert found(contract, cast, "differs") == [worker.id]
    at_home(worker.person_id, "示例路5号宿舍", at=LATER + timedelta(minutes=1))
    assert found(contract, cast, "differs", at=LATER + timedelta(minutes=1)) == []


def test_who_declares_the_same_each_day_is_opened_once(
    cast: Cast, contract: Contract, worker: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[UUID] = []

    def opening(one: Declaration, name: str) -> str:
        opened.append(one.id)
        return _SEALED_TEXT(one, name)

    for later in range(1, 9):
        at_home(worker.person_id, "", at=NOON + later * MINUTE, phone="13800138001")
    monkeypatch.setattr(journeys, "_sealed_text", opening)
    assert found(contract, cast, "differs") == [worker.id]
    assert list(address_tasks.wrong(at=LATER)) == []
    assert len(opened) == 2  # of nine: the home, and what each later one says
    both = {worker.person_id: bytes(worker.name_hash)}
    one = journeys.homes_of(both, at=LATER)[worker.person_id]
    assert one == journeys.home_of(journeys.journeys_of(both, at=LATER)[worker.person_id])
    assert (one.text, one.declared_at) == (DORM_5, NOON)


def test_a_declaration_without_a_home_takes_none_away_and_one_of_another_name_says_nothing(
    cast: Cast, contract: Contract, worker: Registration
) -> None:
    declare(1, days_ago=0)
    assert found(contract, cast, "differs") == [worker.id]
    at_home(declare(4, "甄他人"), DORM_5, at=NOON)
    declare(4)
    Declaration.objects.filter(person_id=worker.person_id).update(is_withdrawn=True)
    followers.tell_declared([worker.person_id])
    assert found(contract, cast, "differs") == []


def test_of_who_is_not_verified_nothing_is_compared(worker: Registration) -> None:
    worker.unverified_since = NOON
    assert differences([worker], at=LATER) == {}


def test_a_word_with_a_ground_closes_it_until_either_states_something_else(
    cast: Cast, contract: Contract, worker: Registration
) -> None:
    town = cast.actor("town")
    for ground in ("", "  好的 ", "……——", "\u200b" * 4, "\u3164" * 4):
        with pytest.raises(Refusal) as refused:
            check_address(worker.id, ground, actor=town, at=LATER)
        assert refused.value.problem is errors.GROUND_MISSING
    check_address(worker.id, "本人在5号宿舍，3号为旧址", actor=town, at=LATER)
    assert found(contract, cast, "checked") == [worker.id]
    assert found(contract, cast, "differs") == []
    kept = AuditEntry.objects.get(action="sites.address_checked")
    assert (kept.object_id, kept.purpose) == (str(worker.id), "本人在5号宿舍，3号为旧址")
    with pytest.raises(Refusal) as refused:
        check_address(worker.id, "再说一次同样的话", actor=town, at=LATER)
    assert refused.value.problem is errors.ADDRESS_AGREES
    at_home(worker.person_id, "珠江街道别处路7号", at=LATER + timedelta(hours=1))
    assert found(contract, cast, "differs", at=LATER + timedelta(hours=2)) == [worker.id]


def test_the_word_is_taken_back_and_is_counted_again_once(
    cast: Cast, client: Client, contract: Contract, worker: Registration
) -> None:
    sign_in(client, cast.users["town"])
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    where = reverse("sites:reopen_address", args=[worker.id])
    check_address(worker.id, "填错了人，应为另一位", actor=cast.actor("town"), at=LATER)
    assert counted(contract, cast) == (0, 0)
    for name in ("principal", "outsider"):
        with pytest.raises(Refusal):
            reopen_address(worker.id, actor=cast.actor(name), at=LATER)
    assert f'action="{where}"' in client.get(reverse("sites:person", args=[worker.id])).content.decode()
    said = ["重新核实" in client.post(where, follow=True).content.decode() for _again in range(2)]
    assert said == [True, False]
    assert counted(contract, cast) == (1, 1)
    worker.refresh_from_db()
    assert (worker.address_checked_by, worker.address_ground) == ("", "")
    assert AuditEntry.objects.filter(action="sites.address_reopened", object_id=str(worker.id)).count() == 1


def test_whoever_may_not_say_so_closes_nothing(cast: Cast, worker: Registration) -> None:
    for name in ("principal", "outsider"):
        with pytest.raises(Refusal):
            check_address(worker.id, "本人在5号宿舍", actor=cast.actor(name), at=LATER)
    worker.refresh_from_db()
    assert worker.address_checked_at is None


@pytest.mark.parametrize("path", ["sites:registrations", "sites:person", "sites:checked_address"])
def test_no_page_shows_the_declared_home_nor_the_stated_address_in_clear(
    cast: Cast, client: Client, contract: Contract, worker: Registration, path: str
) -> None:
    sign_in(client, cast.users["town"])
    of = contract.id if path == "sites:registrations" else worker.id
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    page = client.get(reverse(path, args=[of])).content.decode()
    assert "5号宿舍" not in page
    assert "3号宿舍" not in page
    if path != "sites:checked_address":
        assert "南沙街道示***" in page or "南沙街道示" in page
        assert "住址不一致" in page


def test_the_persons_page_says_who_stated_when_and_who_clears_it_up(
    cast: Cast, client: Client, worker: Registration
) -> None:
    sign_in(client, cast.users["town"])
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    page = client.get(reverse("sites:person", args=[worker.id])).content.decode()
    for words in ("丙劳务有限公司", "不因此拒绝进场", "2022-06-15", "已核实，保留"):
        assert words in page
    answer = client.post(reverse("sites:checked_address", args=[worker.id]), {"ground": "好"}, follow=True)
    assert "请简要填写核实结果" in answer.content.decode()
    client.post(reverse("sites:checked_address", args=[worker.id]), {"ground": "本人另租房，已看合同"})
    page = client.get(reverse("sites:person", args=[worker.id])).content.decode()
    assert "本人另租房，已看合同" in page
    assert "已核实，保留" not in page


def test_where_nothing_is_open_the_page_asks_nothing_and_leads_back(
    cast: Cast, client: Client, worker: Registration
) -> None:
    """Such as after the key Back, or where another officer was faster."""
    sign_in(client, cast.users["town"])
    page = reverse("sites:checked_address", args=[worker.id])
    check_address(worker.id, "本人另租房，已看合同", actor=cast.actor("town"), at=LATER)
    shown = client.get(page).content.decode()
    assert 'name="ground"' not in shown
    assert f'class="btn" href="{reverse("sites:person", args=[worker.id])}"' in shown
    answer = client.post(page, {"ground": "再说一次同样的话"}, follow=True).content.decode()
    with translation.override("zh-hans"):
        assert errors.ADDRESS_AGREES.render() in html.unescape(answer)


@pytest.mark.parametrize(("asked", "most"), [("", GOAL), ("?address=differs", GOAL + 2 * OWN)])
def test_the_list_asks_as_often_whatever_is_stated(
    cast: Cast, client: Client, contract: Contract, worker: Registration, asked: str, most: int
) -> None:
    for number in (2, 3, 4):
        at_home(declare(number), DORM_5, at=NOON)
        register(contract.id, stated(number, address=DORM_3), actor=cast.actor("town"), at=NOON)
    sign_in(client, cast.users["town"])
    address = reverse("sites:registrations", args=[contract.id]) + asked
    client.get(address)
    with CaptureQueriesContext(connection) as statements:
        assert client.get(address).status_code == 200
    assert len(statements) <= most, "\n".join(one["sql"] for one in statements)


def counted(contract: Contract, cast: Cast, *, by: str = "command", at: datetime = LATER) -> tuple[int, int]:
    """Of the row and of the headline."""
    found, actor, on = Contract.objects.filter(id=contract.id), cast.actor(by), at.date()
    (row,) = contract_rows(found, actor=actor, on=on)
    total = headline(found, actor=actor, on=on).addresses
    narrowed = behind(found, Figure.ADDRESSES, actor=actor, on=on)
    assert list(narrowed.values_list("id", flat=True)) == ([contract.id] if total else [])
    return row.addresses, total


def test_what_waits_is_counted_until_somebody_clears_it_up_by_whatever_act(
    cast: Cast, client: Client, contract: Contract, worker: Registration, tmp_path: Path
) -> None:
    """A file and its undo, a call and what it withdraws, a word, who is put back."""
    command, bring = cast.actor("command"), Bring(cast.actor("command"), tmp_path)
    assert counted(contract, cast) == (1, 1)
    assert counted(contract, cast, at=NOON + timedelta(days=9)) == (1, 1)  # overdue, and still unsettled
    corrected = bring(person_row(1, 居住地址=DORM_5))
    assert counted(contract, cast) == (0, 0)
    undo(corrected, actor=command)
    assert counted(contract, cast) == (1, 1)
    services.ensure_products()
    make_token()
    said = {"document_number": id_number(1), "name": "甄工友", "home": DORM_3}
    said["declared_at"] = LATER.isoformat()
    for line, waits in ((said, 0), (said | {"status": "withdrawn"}, 1)):
        (told,) = outcomes(post(client, "declarations", ndjson(a_declaration(**line))))
        assert (told["outcome"], *counted(contract, cast)) == ("replaced" if waits else "new", waits, waits)
    check_address(worker.id, "本人在5号宿舍，3号为旧址", actor=command, at=LATER)
    assert counted(contract, cast) == (0, 0)
    withdraw_registration(worker.id, actor=command, at=LATER + MINUTE)
    (deletion,) = deletions.deleted(actor=command, at=LATER + MINUTE)
    deletions.restore(deletion.id, actor=command, at=LATER + 2 * MINUTE)
    again = found(contract, cast, "differs", at=LATER + 3 * MINUTE)  # whoever restates a row is asked again
    assert (counted(contract, cast)[0], again) == (1, [worker.id])
    assert tallies.mend(at=LATER) == 0


def test_a_wrong_count_is_put_right_at_night(cast: Cast, contract: Contract, worker: Registration) -> None:
    assert tallies.mend(at=LATER) == 0
    AddressTask.objects.all().delete()
    assert tallies.mend(at=LATER) == 1
    AddressTask.objects.create(registration_id=uuid4())  # of whom an undone file had brought
    EmployerTally.objects.update(addresses=4)
    assert tallies.mend(at=LATER) == 1
    assert list(AddressTask.objects.values_list("registration_id", flat=True)) == [worker.id]
    assert counted(contract, cast) == (1, 1)


def test_two_sites_that_know_one_person_by_two_names_are_counted_apart(
    cast: Cast, contract: Contract, worker: Registration
) -> None:
    (other,) = brought(contract_row(2), actor=cast.actor("command"))
    at_home(worker.person_id, DORM_3, at=NOON, name="甄工友儿")
    register(
        other.id, stated(1, name="甄工友儿", address=DORM_5), actor=cast.actor("command"), at=NOON + HOUR
    )
    assert (counted(contract, cast), counted(other, cast)) == ((1, 1), (1, 1))


def test_the_number_stands_in_page_contract_and_file_and_opens_the_masked_list(
    cast: Cast, client: Client, contract: Contract, worker: Registration
) -> None:
    sign_in(client, cast.users["town"])
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    listed = f"{reverse('sites:registrations', args=[contract.id])}?address=differs"
    for page in (reverse("sites:supervision"), reverse("sites:contract", args=[contract.id])):
        shown = client.get(page).content.decode()
        assert "住址待核实" in shown
        assert f'href="{listed}"' in shown
    (cell,) = [
        one for one in client.get(reverse("sites:supervision")).content.decode().split("<td") if listed in one
    ]
    assert 'data-label="预登记人"' in cell
    behind_it = client.get(reverse("sites:supervision"), {"figure": "addresses"}).content.decode()
    assert contract.number in behind_it
    page = client.get(listed).content.decode()
    assert "甄**" in page
    assert DORM_3 not in page
    assert DORM_5 not in page
    file = SupervisionExport(SupervisionExport.views[0])
    with translation.override("zh-hans"):
        headers = file.headers({})
    (line,) = file.rows({}, cast.actor("town"))
    assert (headers[-1], line[-1], len(line)) == ("住址待核实", 1, len(headers))
    assert report(actor=cast.actor("town"), at=LATER)["addresses"] == 1
    assert counted(contract, cast, by="outsider") == (0, 0)


def test_a_home_that_is_declared_on_a_phone_is_compared_at_once(
    cast: Cast, contract: Contract, worker: Registration
) -> None:
    """The lead is asked until both agree; a declaration without a home leaves it as it is."""
    command = cast.actor("command")
    for number, (home, waits) in enumerate(((DORM_3, 0), ("", 0), (DORM_5, 1))):
        said = services.Declared(symptoms=(), was_in_risk_area=False, home=home)
        at = LATER + number * MINUTE
        services.declare(worker.person_id, said, key=uuid4(), is_seen=True, actor=command, at=at)
        assert counted(contract, cast) == (waits, waits)
        assert bool(found(contract, cast, "differs", at=at)) is bool(waits)
    said = services.Declared(symptoms=(), was_in_risk_area=False, home=DORM_3)
    services.declare(worker.person_id, said, key=uuid4(), is_seen=False, actor=command, at=LATER + HOUR)
    assert counted(contract, cast) == (1, 1)  # the word of an account whose card nobody saw
