"""Contracts by hand and by call: what goes in, what is refused where, what is closed, what stays."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outpost.audit.models import AuditEntry, RowVersion
from outpost.core.errors import Faults, Refusal
from outpost.health.tests.records import make_token, ndjson, outcomes, post
from outpost.sites.models import Contract, Registration
from outpost.sites.seats import LEAD
from outpost.sites.services import close_contract, enter
from outpost.sites.services.filing import change_contract, file_contract
from outpost.sites.services.registering import register
from outpost.sites.tests.ledger import FAR_TOWN, NEAR_TOWN, brought, contract_row
from outpost.sites.tests.test_import import employers
from outpost.sites.tests.test_registrations import declare
from outpost.sites.tests.test_registrations import stated as person
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


def stated(number: int = 1, **changes: str) -> dict[str, Any]:
    """A contract as a form or a call states it."""
    return {
        "filing_number": f"BJ{number:04}",
        "number": f"HT{number:04}",
        "project": f"第{number}住宅小区",
        "address": "环市大道1号",
        "town": NEAR_TOWN,
        "station": "第一监督站",
        "general_contractor": "甲建设集团有限公司",
        "lead_name": "甄项目",
        "lead_phone": f"135{number:08}",
    } | changes


def line(number: int = 1, /, **changes: Any) -> dict[str, Any]:
    return stated(number) | {"employer": "丙劳务有限公司"} | changes


def told(
    client: Client, *lines: Mapping[str, Any], secret: str = "town-secret"
) -> list[tuple[str, str | None]]:
    response = post(client, "contracts", ndjson(*lines), secret=secret)
    assert response.status_code == 200, response.content
    return [(one["outcome"], one["code"]) for one in outcomes(response)]


@pytest.fixture
def station(cast: Cast) -> Cast:
    """The contract filing, with the right of a town."""
    make_token(role="town", scope="region:440115001", secret="town-secret")
    return cast


def test_a_contract_is_filed_by_hand_and_its_lead_is_in_charge(cast: Cast) -> None:
    town = cast.actor("town")
    filed = file_contract(stated(), ["丙劳务有限公司", "丁劳务有限公司"], actor=town, at=NOON)
    assert employers() == {"丙劳务有限公司", "丁劳务有限公司"}
    lead = LEAD.of(filed)
    assert lead is not None
    assert lead.phone == "13500000001"
    own = file_contract(stated(2, lead_name="", lead_phone=""), [], actor=town, at=NOON)
    assert employers("HT0002") == {"甲建设集团有限公司"}
    assert LEAD.of(own) is None
    with pytest.raises(Refusal) as refused:
        file_contract(stated(), [], actor=town, at=NOON)
    assert refused.value.code == "sites.number_filed"


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_filed(cast: Cast) -> None:
    wrong = stated(project="", station="", lead_phone="12", town=FAR_TOWN)
    with pytest.raises(Faults) as refused:
        file_contract(wrong, ["丙劳务有限公司", "丁劳务有限公司"], actor=cast.actor("town"), at=NOON)
    assert sorted(one.column for one in refused.value.faults) == ["lead_phone", "project", "station", "town"]
    assert not Contract.objects.exists()


def test_a_change_keeps_both_numbers_and_the_lead_and_ends_the_employers_that_are_gone(cast: Cast) -> None:
    town = cast.actor("town")
    filed = file_contract(stated(), ["丙劳务有限公司", "丁劳务有限公司"], actor=town, at=NOON)
    form = stated(address="", general_contractor="戊建设有限公司", lead_name="", lead_phone="")
    change_contract(filed.id, form, ["丁劳务有限公司", "己劳务有限公司"], actor=town, at=NOON)
    now = Contract.objects.select_related("project").get(id=filed.id)
    assert (now.number, now.general_contractor, now.project.address) == ("HT0001", "戊建设有限公司", "")
    assert now.lead_phone_hash == filed.lead_phone_hash
    assert employers() == {"丁劳务有限公司", "己劳务有限公司"}
    before = RowVersion.objects.get(table="sites_contract").row
    assert before["general_contractor"] == "甲建设集团有限公司"
    assert AuditEntry.objects.filter(action="sites.contract_changed", object_id=str(filed.id)).count() == 1


def test_an_employer_of_registered_people_stays_and_so_does_the_rest(cast: Cast) -> None:
    (contract,) = brought(contract_row(1), actor=cast.actor("command"))
    declare(1)
    register(contract.id, person(1), actor=cast.actor("command"), at=NOON)
    with pytest.raises(Refusal) as refused:
        change_contract(
            contract.id, stated(station="别的站"), ["丁劳务有限公司"], actor=cast.actor("town"), at=NOON
        )
    assert refused.value.code == "sites.employer_in_use"
    assert employers() == {"丙劳务有限公司"}
    assert Registration.objects.current().exists()
    assert Contract.objects.get(id=contract.id).project.station == "第一监督站"


def test_another_contract_of_a_project_changes_nothing_of_it(cast: Cast) -> None:
    """The form does not show what stands there: it emptied the address and renamed the project of all its contracts."""
    town = cast.actor("town")
    first = file_contract(stated(), [], actor=town, at=NOON)
    second = stated(2, filing_number="BJ0001")
    with pytest.raises(Faults) as refused:
        file_contract(second | {"address": "别处", "station": "别的站"}, [], actor=town, at=NOON)
    said = {one.column: one.fields["known"] for one in refused.value.faults}
    assert said == {"project": "第1住宅小区", "address": "环市大道1号", "station": "第一监督站"}
    assert refused.value.code == "sites.project_differs"
    filed = file_contract(
        second | {"project": "第1住宅小区", "address": ""}, ["丁劳务有限公司"], actor=town, at=NOON
    )
    assert filed.project_id == first.project_id
    assert filed.project.address == "环市大道1号"


@pytest.mark.promise("T9")
def test_nobody_files_or_changes_beyond_their_reach(cast: Cast) -> None:
    (far,) = brought(contract_row(1, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    town = cast.actor("town")
    with pytest.raises(Refusal):
        change_contract(far.id, stated(), [], actor=town, at=NOON)
    for actor, wrong in ((town, stated(2, filing_number="BJ0001")), (cast.actor("principal"), stated(3))):
        with pytest.raises(Refusal):
            file_contract(wrong, [], actor=actor, at=NOON)
    assert list(Contract.objects.values_list("number", flat=True)) == ["HT0001"]


def test_the_form_says_every_mistake_at_its_field_and_keeps_what_was_typed(cast: Cast) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    page = reverse("sites:new_contract")
    typed = stated(project="", lead_phone="12", town="440115001") | {"employers": "丙劳务有限公司\n"}
    assert client.post(page, typed).status_code == 302
    again = client.get(page).content.decode()
    assert again.count("is-invalid") >= 2
    assert "丙劳务有限公司" in again
    client.post(page, typed | {"project": "新小区", "lead_phone": "13500000001"})
    filed = Contract.objects.get(number="HT0001")
    assert "新小区" in client.get(reverse("sites:contract", args=[filed.id])).content.decode()


def test_lines_are_filed_repeated_corrected_and_refused_each_alone(client: Client, station: Cast) -> None:
    second = line(1, employer="丁劳务有限公司")
    assert told(client, line(), second, line(2, town=FAR_TOWN)) == [
        ("new", None),
        ("new", None),
        ("rejected", "regions.town_out_of_reach"),
    ]
    assert told(client, line(), second) == [("unchanged", None)] * 2
    changed: dict[str, Any] = {"general_contractor": "戊建设有限公司"}
    assert told(client, line(**changed), second | changed) == [("replaced", None)] * 2
    assert told(client, line(lead_phone=None, lead_name=None, **changed)) == [("unchanged", None)]
    assert told(client, line(filing_number="BJ0099", **changed)) == [("rejected", "sites.other_project")]
    assert employers() == {"丙劳务有限公司", "丁劳务有限公司"}


def test_a_line_closes_a_contract_once_its_people_are_out(client: Client, station: Cast) -> None:
    town = station.actor("town")
    (contract, other) = brought(contract_row(1), contract_row(2), actor=town)
    assert told(client, {"number": "HT0001", "closed": True}, line(2, closed=False))[0] == ("replaced", None)
    assert told(client, {"number": "HT0001", "closed": True}) == [("unchanged", None)]
    assert told(client, line(1)) == [("rejected", "sites.contract_closed")]
    declare(1)
    row = register(other.id, person(1), actor=town, at=NOON)
    enter([row.id], Checked.DOCUMENT, occurred_at=NOON, actor=town, at=NOON)
    assert told(client, {"number": "HT0002", "closed": True}) == [("rejected", "sites.still_inside")]
    assert Contract.objects.get(id=other.id).closed_at is None
    assert Contract.objects.get(id=contract.id).closed_at is not None


def test_of_another_town_nothing_is_closed_and_nothing_is_told(client: Client, station: Cast) -> None:
    command = station.actor("command")
    far, gone = brought(contract_row(1, 所属镇街=FAR_TOWN), contract_row(2, 所属镇街=FAR_TOWN), actor=command)
    close_contract(gone.id, actor=command, at=NOON)
    lines = [{"number": number, "closed": True} for number in ("HT0001", "HT0002", "HT0404")]
    assert told(client, *lines) == [("rejected", "sites.unknown_contract")] * 3
    assert Contract.objects.get(id=far.id).closed_at is None


def test_closings_of_what_is_not_there_cost_no_question_each(client: Client, station: Cast) -> None:
    def asked(count: int) -> int:
        lines = [{"number": f"HT{number}", "closed": True} for number in range(count)]
        with CaptureQueriesContext(connection) as asked:
            assert set(told(client, *lines)) == {("rejected", "sites.unknown_contract")}
        return len(asked)

    assert asked(40) <= asked(2)
    told(client, line(1))
    twice = [{"number": "HT0001", "closed": True}] * 2
    assert told(client, *twice) == [("replaced", None), ("unchanged", None)]


def test_what_is_no_line_of_contracts_is_refused_alone(client: Client, station: Cast) -> None:
    wrong = [line(closed="yes"), line() | {"number": 7}, line(role="command"), {"closed": True}]
    codes = [code for _outcome, code in told(client, *wrong, line(2))]
    assert codes == ["sites.closed_how", "ndjson.not_text", "ndjson.unknown_fields", "sheets.required", None]


def test_a_closing_that_cannot_be_read_stops_no_other_line(client: Client, station: Cast) -> None:
    """What goes into the database is read like the number of any line."""
    codes = told(client, {"number": "\0", "closed": True}, {"number": "9" * 65, "closed": True}, line(1))
    assert codes == [("rejected", "sheets.control_character"), ("rejected", "sheets.too_long"), ("new", None)]
    assert told(client, {"number": " ＨＴ０００１", "closed": True}) == [("replaced", None)]


def test_a_token_of_another_right_files_nothing(client: Client, cast: Cast) -> None:
    make_token(secret="feeder")
    assert post(client, "contracts", ndjson(line()), secret="feeder").status_code == 403
    assert not Contract.objects.exists()


def test_workers_by_the_contract_are_filed_changed_and_left_out_on_the_form_and_by_call(
    client: Client, station: Cast
) -> None:
    town = station.actor("town")
    one = file_contract(stated(1, agreed_workers="40"), [], actor=town, at=NOON)
    assert Contract.objects.get(id=one.id).agreed_workers == 40
    change_contract(one.id, stated(1, agreed_workers=""), [], actor=town, at=NOON)
    assert Contract.objects.get(id=one.id).agreed_workers is None
    change_contract(one.id, stated(1, agreed_workers="38"), [], actor=town, at=NOON)
    general = "甲建设集团有限公司"
    assert told(client, line(1, employer=general, agreed_workers="38")) == [("unchanged", None)]
    assert told(client, line(1, employer=general)) == [("unchanged", None)]
    assert told(client, line(1, employer=general, agreed_workers="39")) == [("replaced", None)]
    assert told(client, line(1, employer=general, agreed_workers="0")) == [
        ("rejected", "sites.agreed_workers")
    ]
    assert Contract.objects.get(id=one.id).agreed_workers == 39
