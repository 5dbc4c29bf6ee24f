"""The pages of contracts: within reach, numbers equal to the rows beneath, closing and putting back."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outpost.audit import deletions
from outpost.core import clock
from outpost.core.clock import local_day
from outpost.health.models import Declaration
from outpost.pages.addresses import address
from outpost.sites import services
from outpost.sites.models import Contract, Registration
from outpost.sites.queries.contracts import contract_rows, contracts, headline
from outpost.sites.services import registering
from outpost.sites.services.daily_health import report_one
from outpost.sites.sheets.supervision import SupervisionExport, narrowed, report
from outpost.sites.tests.ledger import FAR_TOWN, bring, brought, contract_row
from outpost.sites.tests.test_registrations import Bring, declare, person_row, stated
from outpost.sites.vocabularies import Checked, Figure
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def filed(cast: Cast) -> list[Contract]:
    far = {"所属镇街": FAR_TOWN, "监督站": "第二监督站"}
    return brought(
        contract_row(1),
        contract_row(2, **far),
        contract_row(2, 合同报送编号="HT0003", 总包单位="戊建设有限公司", **far),
        actor=cast.actor("command"),
    )


def browser(cast: Cast, name: str) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users[name])
    return client


def test_the_list_shows_what_lies_in_reach(cast: Cast, filed: list[Contract]) -> None:
    where = reverse("sites:supervision")
    everything = browser(cast, "command").get(where).content.decode()
    assert all(number in everything for number in ("HT0001", "HT0002", "HT0003"))
    town = browser(cast, "town")
    page = town.get(where).content.decode()
    assert "HT0001" in page
    assert "HT0002" not in page
    assert "第二监督站" not in page
    assert town.get(reverse("sites:contract", args=[filed[1].id])).status_code == 404
    assert browser(cast, "principal").get(where).status_code == 403
    one = town.get(reverse("sites:contract", args=[filed[0].id])).content.decode()
    assert "丙劳务有限公司" in one
    assert "135****0001" in one
    assert "13500000001" not in one


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({}, {"HT0001", "HT0002", "HT0003"}),
        ({"station": "第二监督站"}, {"HT0002", "HT0003"}),
        ({"project": "第1住宅"}, {"HT0001"}),
        ({"number": "ht0003"}, {"HT0003"}),
        ({"general_contractor": "戊建设"}, {"HT0003"}),
    ],
)
def test_the_numbers_above_are_those_of_the_rows(
    cast: Cast, filed: list[Contract], asked: dict[str, str], numbers: set[str]
) -> None:
    command = cast.actor("command")
    found = contracts(asked, actor=command)
    rows = contract_rows(found, actor=command, on=NOON.date())
    assert {one.contract.number for one in rows} == numbers
    above = headline(found, actor=command, on=NOON.date())
    assert above.contracts == len(numbers)
    assert above.employers == sum(one.employers for one in rows)
    assert above.general_contractors == len({one.contract.general_contractor for one in rows})


def test_the_report_of_a_station(cast: Cast, filed: list[Contract]) -> None:
    told = report(actor=cast.actor("command"), at=NOON, station="第二监督站")
    assert (told["contracts"], told["general_contractors"], told["employers"]) == (2, 2, 2)
    assert [row["contract"] for row in told["rows"]] == ["HT0002", "HT0003"]
    assert told["rows"][0]["filing_number"] == "BJ0002"


def test_a_contract_is_closed_and_put_back(cast: Cast, filed: list[Contract]) -> None:
    town = browser(cast, "town")
    assert town.post(reverse("sites:close_contract", args=[filed[1].id])).status_code == 404
    assert town.post(reverse("sites:close_contract", args=[filed[0].id])).status_code == 302
    closed = Contract.objects.get(id=filed[0].id)
    assert closed.removed_at is not None
    assert closed.closed_at == closed.removed_at
    actor = cast.actor("town")
    (gone,) = deletions.deleted(actor=actor, at=closed.removed_at)
    assert gone.name == "HT0001"
    assert town.get(deletions.restore(gone.id, actor=actor, at=closed.removed_at)).status_code == 200
    again = Contract.objects.get(id=filed[0].id)
    assert (again.closed_at, again.removed_at) == (None, None)


def test_workers_by_the_contract_stand_beside_who_is_registered_reported_and_entered(
    cast: Cast, tmp_path: Path
) -> None:
    """Four by the contract, three registered, two reported today, one entered: so it says, and not that all is well."""
    command = cast.actor("command")
    full, silent = brought(contract_row(1, 合同用工人数="4"), contract_row(2), actor=command)
    for number in (1, 2, 3):
        declare(number)
    Bring(command, tmp_path)(*(person_row(number) for number in (1, 2, 3)))
    first, second, _third = Registration.objects.order_by("id")
    services.enter([first.id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON)
    for one in (first, second):
        report_one(one.id, Decimal("36.5"), [], actor=command, at=NOON)
    found = contracts({}, actor=command).order_by("number")
    row, other = contract_rows(found, actor=command, on=NOON.date())
    numbers = (row.contract.agreed_workers, row.registered, row.reported, row.people, row.gap)
    assert numbers == (4, 3, 2, 1, 1)
    assert (other.contract.agreed_workers, other.gap) == (None, None)
    above = headline(found, actor=command, on=NOON.date())
    assert (above.agreed, above.unregistered, above.not_stated) == (4, 1, 1)
    told = report(actor=command, at=NOON)
    keys = ("agreed_workers", "pre_registered", "reported", "people", "unregistered")
    assert [[one[key] for key in keys] for one in told["rows"]] == [[4, 3, 2, 1, 1], [None, 0, 0, 0, None]]
    with translation.override("zh-hans"):
        exported = list(SupervisionExport().rows({}, command))
    assert [line[-4:-1] for line in exported] == [
        (4, 0, 1),
        ("未注明", 0, "未注明"),
    ]  # today nobody is reported
    page = browser(cast, "command").get(reverse("sites:supervision")).content.decode()
    assert "1 人未登记" in page
    assert "未注明" in page
    assert (
        "1 人未登记" in browser(cast, "town").get(reverse("sites:contract", args=[full.id])).content.decode()
    )
    assert silent.agreed_workers is None


def test_who_is_registered_beyond_one_contract_makes_up_for_no_other(cast: Cast, tmp_path: Path) -> None:
    """The column of the file adds up to the number above the list."""
    command = cast.actor("command")
    brought(contract_row(1, 合同用工人数="1"), contract_row(2, 合同用工人数="4"), actor=command)
    for number in (1, 2):
        declare(number)
    Bring(command, tmp_path)(*(person_row(number) for number in (1, 2)))
    above = headline(contracts({}, actor=command), actor=command, on=NOON.date())
    with translation.override("en"):
        column = SupervisionExport().headers({}).index("Not registered of them")
        missing = [line[column] for line in SupervisionExport().rows({}, command)]
    told = [row["unregistered"] for row in report(actor=command, at=NOON)["rows"]]
    assert (missing, told, above.unregistered) == ([0, 4], [0, 4], 4)
    page = browser(cast, "command").get(reverse("sites:supervision")).content.decode()
    assert "多登记 1 人" in page


def test_each_number_of_the_headline_opens_the_contracts_that_add_up_to_it(
    cast: Cast, tmp_path: Path
) -> None:
    """Of four contracts each figure counts some: its list holds those, its file and its map hold the same."""
    command = cast.actor("command")
    brought(
        *(
            contract_row(1, 合同用工人数="4"),
            contract_row(2),
            contract_row(3, 合同用工人数="1"),
            contract_row(4),
        ),
        actor=command,
    )
    for number in (1, 2, 3):
        declare(number)
    bring_people = Bring(command, tmp_path)
    for number in (1, 2, 3):
        bring_people(person_row(number), number=f"HT000{number}")
    first, second = Registration.objects.filter(contract__number__in=["HT0001", "HT0002"]).order_by(
        "contract__number"
    )
    at = clock.now()
    Declaration.objects.update(declared_at=at)
    services.enter([first.id, second.id], Checked.WORD, occurred_at=at, actor=command, at=at)
    report_one(first.id, Decimal("36.5"), [], actor=command, at=at)
    wanted = {
        Figure.EMPLOYERS: {"HT0001", "HT0002", "HT0003", "HT0004"},
        Figure.REGISTERED: {"HT0001", "HT0002", "HT0003"},
        Figure.AGREED: {"HT0001", "HT0003"},
        Figure.UNREGISTERED: {"HT0001"},
        Figure.NOT_STATED: {"HT0002", "HT0004"},
        Figure.ON_SITE: {"HT0001", "HT0002"},
        Figure.UNREPORTED: {"HT0002"},
    }
    client, on = browser(cast, "command"), local_day(at)
    shown = client.get(reverse("sites:supervision")).context["tiles"]
    assert [url for _label, _number, url in shown if not url] == []
    numbers = {url: number for _label, number, url in shown}
    for figure, contracts_ in wanted.items():
        url = address("sites:supervision", figure=figure.value)
        page = client.get(url)
        assert {row.contract.number for row in page.context["listing"].rows} == contracts_, figure
        total = headline(narrowed({"figure": figure.value}, actor=command, on=on), actor=command, on=on)
        assert getattr(total, figure.value) == numbers[url], figure
        file = SupervisionExport(SupervisionExport.views[0])
        lines = list(file.rows(file.check({"figure": figure.value}, command), command))
        assert {line[0] for line in lines} == contracts_, figure
        assert client.get(address("sites:map", figure=figure.value)).context["without_point"] == len(
            contracts_
        )
    assert client.get(address("sites:supervision", figure="unheard")).status_code == 200


def test_a_file_that_says_nothing_keeps_the_workers_and_a_wrong_number_is_refused(cast: Cast) -> None:
    command = cast.actor("command")
    (one,) = brought(contract_row(1, 合同用工人数="40"), actor=command)
    brought(contract_row(1), actor=command)
    one.refresh_from_db()
    assert one.agreed_workers == 40
    brought(contract_row(1, 合同用工人数="41"), actor=command)
    one.refresh_from_db()
    assert one.agreed_workers == 41
    for wrong in ("0", "-1", "4.5", "100001", "四十"):
        bring(contract_row(1, 合同用工人数=wrong), actor=command)
        one.refresh_from_db()
        assert one.agreed_workers == 41
    task = bring(
        contract_row(1, 合同用工人数="40"),
        contract_row(1, 合同用工人数="50", 用人单位="丁劳务有限公司"),
        actor=command,
    )
    assert task.rejected == 1


@pytest.mark.parametrize(
    "page", ["sites:dispose", "sites:ask_exception", "sites:report_health", "sites:register_family"]
)
def test_a_page_about_one_person_says_who_it_is_and_leads_back_to_them(
    cast: Cast, contract: Contract, page: str
) -> None:
    declare(1)
    found = registering.register(contract.id, stated(1), actor=cast.actor("town"), at=NOON)
    shown = browser(cast, "command").get(reverse(page, args=[found.id])).content.decode()
    assert f'<a href="{reverse("sites:person", args=[found.id])}">甄**</a>' in shown


def test_a_refusal_of_one_says_whom_it_refuses(cast: Cast, contract: Contract) -> None:
    declare(1)
    found = registering.register(contract.id, stated(1), actor=cast.actor("town"), at=NOON)
    where, client = reverse("sites:enter", args=[Checked.DOCUMENT.value]), browser(cast, "town")
    client.post(where, {"id": found.id}, follow=True)
    again = client.post(where, {"id": found.id}, follow=True)
    [told] = map(str, again.context["messages"])
    assert told.startswith("甄** ")


@pytest.mark.parametrize(
    ("narrowed", "contradictory", "files"),
    [({}, True, True), ({"station": "第二监督站"}, False, True), ({"figure": "not_stated"}, False, False)],
)
def test_no_figure_beside_a_narrowed_list_counts_what_is_not_in_it(
    cast: Cast, filed: list[Contract], narrowed: dict[str, str], contradictory: bool, files: bool
) -> None:
    page = browser(cast, "command").get(reverse("sites:supervision"), narrowed).content.decode()
    assert (f'href="{reverse("sites:contradictions")}"' in page) is contradictory
    assert ("look=incomplete" in page) is files
