"""The ledgers by hand: what is typed, kept on errors, changed, removed, revealed."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.sealed_text import open_search
from outpost.fields.specs import FieldSpec
from outpost.sentinel.models import DutySpell, Enrolment, StaffMember
from outpost.sentinel.services.category_fields import set_field
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.tests.ledgers import actions, add, id_number
from outpost.sentinel.tests.pages import at_clock, browser, links, page, sampled, text
from outpost.testing.browsers import sent
from outpost.testing.browsers import shown as page_after
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(days=10)
TYPED = {
    "name": "甄丙三",
    "document_type": "resident_id",
    "document_number": id_number(3),
    "phone": "13900000003",
    "address": "丙路三号",
    "job_type": "搬运工",
}
PLACE = {
    "name": "新岸冷库",
    "town": "440115001",
    "address": "港前大道9号",
    "principal_name": "甄新岸",
    "principal_phone": "13800138009",
}


@pytest.fixture(autouse=True)
def ten_days_later() -> Iterator[None]:
    with at_clock(LATER):
        yield


@pytest.fixture
def principal(cast: Cast) -> Client:
    return browser(cast, "principal")


@pytest.fixture
def town(cast: Cast) -> Client:
    return browser(cast, "town")


def post(client: Client, name: str, /, *args: Any, **data: Any) -> Any:
    address = reverse(name, args=args)
    is_edit = name.startswith("sentinel:edit_")
    return client.post(address, sent(client, address, data) if is_edit else data)


def rows(response: Any) -> list[str]:
    """The bodies of a list's rows."""
    body = response.content.decode().split("<tbody>")[-1].split("</tbody>")[0]
    return re.findall(r"<tr.*?</tr>", body, flags=re.DOTALL)


def shift(cast: Cast, *, is_required: bool = False) -> None:
    entry = FieldSpec("shift", "班次", "choice", "Shift", ("白班", "夜班"), is_required=is_required)
    set_field("cast-cold", "staff", entry, actor=cast.actor("command"), at=NOON)


# --- staff -------------------------------------------------------------------------------------------------------


def test_a_principal_adds_somebody_and_goes_on(cast: Cast, principal: Client) -> None:
    assert page(principal, "sentinel:new_staff")["Location"] == reverse(
        "sentinel:add_staff", args=[cast.near.id]
    )
    saved = post(principal, "sentinel:add_staff", cast.near.id, **TYPED, then="another")
    assert saved["Location"] == reverse("sentinel:add_staff", args=[cast.near.id])
    assert StaffMember.objects.get().job_type == "搬运工"
    assert actions() == ["sentinel.staff_added"]


@pytest.mark.parametrize(
    ("wrong", "at_field"),
    [
        ({"document_number": id_number(3)[:17]}, "document_number"),
        ({"document_number": ""}, "document_number"),
        ({"phone": "12345"}, "phone"),
        ({"name": "", "phone": "13900000003"}, "name"),
        ({"joined_on": "2031-01-01"}, "joined_on"),
        ({"joined_on": "yesterday"}, "joined_on"),
    ],
)
def test_errors_stand_at_their_field_and_nothing_typed_is_lost(
    cast: Cast, principal: Client, wrong: dict[str, str], at_field: str
) -> None:
    refused = page_after(principal, post(principal, "sentinel:add_staff", cast.near.id, **TYPED | wrong))
    body = refused.content.decode()
    assert f'id="id_{at_field}_error"' in body
    for name, value in (TYPED | wrong).items():
        if value and name != "document_type":
            assert f'value="{value}"' in body, name
    assert not StaffMember.objects.exists()


def test_a_file_from_the_one_organisation_need_not_name_it(cast: Cast, principal: Client) -> None:
    own = f"organization={cast.near.id}"
    officer = page(browser(cast, "town"), "sentinel:staff", category="cast-cold")
    imports = reverse("exchange:new_import", args=["sentinel.staff"])
    assert [own in link for link in links(page(principal, "sentinel:staff")) if imports in link] == [True]
    assert [own in link for link in links(officer) if imports in link] == [False]


def test_the_same_document_again_is_refused_at_its_field(cast: Cast, principal: Client) -> None:
    member = add(cast, 3)
    refused = page_after(principal, post(principal, "sentinel:add_staff", cast.near.id, **TYPED))
    assert 'id="id_document_number_error"' in refused.content.decode()
    asked = post(
        principal,
        "sentinel:check_document",
        cast.near.id,
        document_type="resident_id",
        document_number=id_number(3),
    )
    assert "stands in this organisation already" in text(asked)
    assert str(member.id) in asked.content.decode()


@pytest.mark.promise("T6")
def test_the_check_while_typing_answers_about_the_own_organisation_only(
    cast: Cast, principal: Client
) -> None:
    add(cast, 3, to=cast.far.id)
    typed = {"document_type": "resident_id", "document_number": id_number(3)}
    elsewhere = post(principal, "sentinel:check_document", cast.near.id, **typed)
    nowhere = post(
        principal, "sentinel:check_document", cast.near.id, **typed | {"document_number": id_number(4)}
    )
    assert elsewhere.content == nowhere.content
    assert post(principal, "sentinel:check_document", cast.far.id, **typed).status_code == 404


def test_all_mistakes_of_a_form_are_shown_at_once_each_at_its_field(cast: Cast, principal: Client) -> None:
    typed = {
        "name": "1234",
        "document_type": "resident_id",
        "document_number": "110101190001011008",
        "phone": "139000",
        "address": "",
        "joined_on": "2031-01-01",
    }
    response = page_after(principal, post(principal, "sentinel:add_staff", cast.near.id, **typed))
    assert set(response.context["form"].errors) == {
        *("name", "document_number", "phone", "address", "joined_on"),
    }
    undated = post(principal, "sentinel:add_staff", cast.near.id, **typed | {"joined_on": "some day"})
    assert page_after(principal, undated).context["form"].errors["joined_on"]


def test_an_old_number_is_judged_alike_while_typed_and_when_saved(cast: Cast, principal: Client) -> None:
    typed = {"document_type": "resident_id", "document_number": "110101000230100"}
    live = post(principal, "sentinel:check_document", cast.near.id, **typed)
    saved = post(
        principal,
        "sentinel:add_staff",
        cast.near.id,
        name="甄测试",
        phone="13900000001",
        address="路1号",
        **typed,
    )
    (message,) = page_after(principal, saved).context["form"].errors["document_number"]
    assert live.context.get("fault") == message


def test_extra_fields_are_asked_for_kept_and_filtered(cast: Cast, principal: Client) -> None:
    shift(cast, is_required=True)
    form = page(principal, "sentinel:add_staff", cast.near.id).content.decode()
    assert 'name="field.shift"' in form
    refused = page_after(principal, post(principal, "sentinel:add_staff", cast.near.id, **TYPED))
    assert 'id="id_field.shift_error"' in refused.content.decode()
    post(principal, "sentinel:add_staff", cast.near.id, **TYPED, **{"field.shift": "夜班"})
    assert StaffMember.objects.get().fields == {"shift": "夜班"}
    night = page(principal, "sentinel:staff", **{"field.shift": "夜班"})
    day = page(principal, "sentinel:staff", **{"field.shift": "白班"})
    assert (len(rows(night)), len(rows(day))) == (1, 0)


@pytest.mark.promise("T7")
@pytest.mark.parametrize(
    ("name", "value"), [("phone", "139 0000 0001"), ("document", id_number(1)), ("name", "甄甲一")]
)
def test_a_search_for_somebody_stands_sealed_in_the_address(
    cast: Cast, principal: Client, name: str, value: str
) -> None:
    add(cast, 1, name="甄甲一")
    add(cast, 2, name="甄别人")
    sent = principal.post(
        reverse("web:search"),
        {"next": reverse("sentinel:staff"), "private": ["name", "phone", "document"], name: value},
    )
    assert value not in sent["Location"]
    token = sent["Location"].split(f"{name}=")[1]
    reader = cast.actor("principal").id
    assert open_search(token, reader=reader, on=clock.local_day(clock.now())) == value
    found = principal.get(sent["Location"])
    assert len(rows(found)) == 1
    assert "甄甲一" in rows(found)[0]
    assert f'value="{value}"' in found.content.decode()


def test_a_search_text_that_cannot_be_one_finds_nothing_and_says_so(cast: Cast, principal: Client) -> None:
    add(cast, 1)
    sent = principal.post(
        reverse("web:search"), {"next": reverse("sentinel:staff"), "private": ["phone"], "phone": "12"}
    )
    found = principal.get(sent["Location"])
    assert found.status_code == 200
    assert rows(found) == []
    assert 'id="id_phone_error"' in found.content.decode()


@pytest.mark.parametrize(
    "query", [{"state": "nonsense"}, {"organization": "x"}, {"duty": "x"}, {"page": "99"}]
)
def test_an_address_that_was_tampered_with_does_no_harm(
    cast: Cast, principal: Client, query: dict[str, str]
) -> None:
    add(cast, 1)
    assert page(principal, "sentinel:staff", **query).status_code == 200


def test_the_list_shows_who_is_on_duty_unless_asked_otherwise(cast: Cast, principal: Client) -> None:
    add(cast, 1)
    resting = add(cast, 2)
    set_ = post(
        principal,
        "sentinel:set_duty",
        resting.id,
        state="resting",
        starts_on="2022-06-18",
        last_on="2022-06-20",
    )
    assert set_.status_code == 302
    spell = DutySpell.objects.get()
    assert (spell.starts_on, spell.ends_on) == (date(2022, 6, 18), date(2022, 6, 21))
    shown: list[Any] = [
        page(principal, "sentinel:staff", **query) for query in ({}, {"duty": "resting"}, {"duty": "all"})
    ]
    assert [len(rows(one)) for one in shown] == [1, 1, 2]
    chips = [[(chip.text, chip.without) for chip in one.context["listing"].chips] for one in shown]
    assert chips == [[("On duty", "duty=all")], [("Resting", "duty=all")], []]
    told = text(page(principal, "sentinel:staff_member", resting.id))
    assert "back on 2022-06-21" in told
    assert "Off duty, not judged" in told
    assert "Not on duty, not judged" not in told  # the same once more, below it


def test_the_last_day_that_there_is_means_until_further_notice(cast: Cast, principal: Client) -> None:
    """As other systems say it; there is no day after it."""
    member = add(cast, 1)
    stated = {"state": "resting", "starts_on": "2022-06-18", "last_on": "9999-12-31"}
    assert post(principal, "sentinel:set_duty", member.id, **stated).status_code == 302
    assert DutySpell.objects.get().ends_on is None


def test_a_span_that_ends_before_it_begins_is_refused(cast: Cast, principal: Client) -> None:
    member = add(cast, 1)
    refused = post(
        principal,
        "sentinel:set_duty",
        member.id,
        state="resting",
        starts_on="2022-06-18",
        last_on="2022-06-10",
    )
    assert page_after(principal, refused).context["duty_form"].errors
    assert not DutySpell.objects.exists()


def test_the_list_filters_by_test_state_and_hours(cast: Cast, principal: Client) -> None:
    sampled(add(cast, 1), LATER - timedelta(hours=30), LATER - timedelta(hours=50))
    add(cast, 2)
    for query, expected in [
        ({"state": "met"}, 1),
        ({"state": "missed"}, 1),
        ({"recency": "within_48h"}, 1),
        ({"recency": "unmatched"}, 1),
        ({"recency": "within_24h"}, 0),
        ({"dose": "none"}, 2),
        ({"dose": "due_1"}, 2),
        ({"dose": "given_1"}, 0),
    ]:
        assert len(rows(page(principal, "sentinel:staff", **query))) == expected, query


def test_an_officer_edits_without_seeing_and_keeps_what_is_left_empty(cast: Cast, town: Client) -> None:
    member = add(cast, 1, name="甄甲一")
    form = page(town, "sentinel:edit_staff", member.id).content.decode()
    assert "甄甲一" not in form
    assert "甄**" in form
    saved = post(
        town,
        "sentinel:edit_staff",
        member.id,
        document_type="resident_id",
        job_type="司机",
        joined_on="2022-06-01",
    )
    assert saved.status_code == 302
    own = browser(cast, "principal")
    shown = text(page(own, "sentinel:staff_member", member.id))
    assert "甄甲一" in shown
    assert "司机" in shown
    assert "Job type: " in shown  # the history names what changed, from what to what
    assert "Joined on: " in shown


def test_the_ticked_are_removed_and_the_way_leads_back(cast: Cast, principal: Client) -> None:
    members = [add(cast, number) for number in (1, 2, 3)]
    back = reverse("sentinel:staff") + "?sort=town"
    gone = post(principal, "sentinel:remove_staff", id=[str(m.id) for m in members[:2]], next=back)
    assert gone["Location"] == back
    assert list(StaffMember.objects.current()) == [members[2]]
    assert (
        post(principal, "sentinel:remove_staff", id=[str(members[0].id)]).status_code == 302
    )  # again: harmless


@pytest.mark.promise("T2")
def test_a_tick_that_was_forged_removes_nobody(cast: Cast, principal: Client) -> None:
    own, foreign = add(cast, 1), add(cast, 2, to=cast.far.id)
    forged = post(principal, "sentinel:remove_staff", id=[str(own.id), str(foreign.id)])
    assert forged.status_code == 404
    assert StaffMember.objects.current().count() == 2
    assert post(principal, "sentinel:remove_staff", id=["1"]).status_code == 404
    assert post(principal, "sentinel:remove_staff").status_code == 422


@pytest.mark.promise("T4")
def test_an_identity_shows_for_a_purpose_and_the_look_is_recorded(cast: Cast, town: Client) -> None:
    member = add(cast, 1, name="甄甲一")
    for purpose in ("", "curiosity"):
        refused = page_after(town, post(town, "sentinel:reveal_staff", member.id, purpose=purpose))
        assert refused.context["reveal_form"].errors
        assert "甄甲一" not in refused.content.decode()
    shown = page_after(town, post(town, "sentinel:reveal_staff", member.id, purpose="health_follow_up"))
    for clear in ("甄甲一", id_number(1), "13900000001", "金沙路8号"):
        assert clear in shown.content.decode()
    look = AuditEntry.objects.get(action="people.revealed")
    assert (look.purpose, look.object_id) == ("health_follow_up", str(member.person_id))
    assert "甄甲一" not in page(browser(cast, "town"), "sentinel:staff_member", member.id).content.decode()
    with at_clock(LATER + timedelta(minutes=4)):
        assert "甄甲一" in page(town, "sentinel:staff_member", member.id).content.decode()
    with at_clock(LATER + timedelta(minutes=6)):
        assert "甄甲一" not in page(town, "sentinel:staff_member", member.id).content.decode()


def test_a_page_of_somebody_shows_tests_of_seven_days_and_the_evidence(cast: Cast, principal: Client) -> None:
    member = add(cast, 1)
    sampled(member, LATER - timedelta(days=1), LATER - timedelta(days=9))
    shown = text(page(principal, "sentinel:staff_member", member.id))
    assert "2022-06-17 12:00" in shown
    assert "2022-06-09 12:00" not in shown
    assert "15 June to 17 June, 2 tests due, 1 found (17 June 12:00)" in shown
    wide = text(page(principal, "sentinel:staff_member", member.id, first="2022-06-05", last="2022-06-18"))
    assert "2022-06-09 12:00" in wide


def test_somebody_unmatched_is_told_the_likely_cause(cast: Cast, principal: Client) -> None:
    shown = text(page(principal, "sentinel:staff_member", add(cast, 1).id))
    assert "Likely cause: no test was recorded." in shown


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "no test was recorded 2; no test was recorded under this name 1"),
        ("zh-hans", "没有检测记录 2；没有以该姓名登记的检测记录 1"),
    ],
)
def test_causes_are_summed_in_the_readers_words(
    cast: Cast, principal: Client, language: str, said: str
) -> None:
    add(cast, 1)
    add(cast, 2)
    assert post(principal, "sentinel:add_staff", cast.near.id, **TYPED).status_code == 302
    principal.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    assert said in text(page(principal, "sentinel:today"))


# --- organisations -----------------------------------------------------------------------------------------------


def test_a_town_enters_an_organisation(cast: Cast, town: Client) -> None:
    chosen = text(page(town, "sentinel:new_organization"))
    assert "冷链（测试）" in chosen
    url = reverse("sentinel:new_organization") + "?category=cast-cold"
    assert "五山街道" not in town.get(url).content.decode()
    saved = town.post(url, PLACE)
    entered = Enrolment.objects.get(organization__name="新岸冷库")
    assert saved["Location"] == reverse("sentinel:organization", args=[entered.id])
    shown = text(town.get(saved["Location"]))
    assert "甄**" in shown
    assert "138****8009" in shown


def test_an_organisation_keeps_what_was_typed_on_an_error(cast: Cast, town: Client) -> None:
    url = reverse("sentinel:new_organization") + "?category=cast-cold"
    refused = page_after(town, town.post(url, PLACE | {"principal_phone": "123", "social_credit_code": "1"}))
    body = refused.content.decode()
    assert "_error" in body
    for value in ("新岸冷库", "港前大道9号", "甄新岸"):
        assert f'value="{value}"' in body
    foreign = page_after(town, town.post(url, PLACE | {"town": "440115100"}))
    assert 'id="id_town_error"' in foreign.content.decode()


def test_an_officer_changes_an_organisation_and_its_principal_stays(cast: Cast, town: Client) -> None:
    stated = {"name": "近岸冷链有限公司", "town": "440115001", "address": "新址1号"}
    assert post(town, "sentinel:edit_organization", cast.near.id, **stated).status_code == 302
    own = text(page(browser(cast, "principal"), "sentinel:organization", cast.near.id))
    assert "新址1号" in own
    assert "甄近安 · 13800138001" in own


def test_organisations_are_found_by_name_town_and_phone(cast: Cast) -> None:
    command = browser(cast, "command")
    assert len(rows(page(command, "sentinel:organizations"))) == 2
    assert len(rows(page(command, "sentinel:organizations", name="近岸"))) == 1
    assert len(rows(page(command, "sentinel:organizations", town="440115100"))) == 1
    sent = command.post(
        reverse("web:search"),
        {"next": reverse("sentinel:organizations"), "private": "phone", "phone": "13800138002"},
    )
    assert "13800138002" not in sent["Location"]
    assert len(rows(command.get(sent["Location"]))) == 1


def test_organisations_are_removed_with_their_staff(cast: Cast, town: Client) -> None:
    add(cast, 1)
    assert post(town, "sentinel:remove_organizations", id=[str(cast.far.id)]).status_code == 404
    post(town, "sentinel:remove_organizations", id=[str(cast.near.id)])
    assert list(Enrolment.objects.current()) == [cast.far]
    assert not StaffMember.objects.current().exists()


def test_a_principal_shows_for_a_purpose_and_the_look_is_recorded(cast: Cast, town: Client) -> None:
    refused = page_after(town, post(town, "sentinel:reveal_principal", cast.near.id, purpose=""))
    assert refused.context["form"].errors
    assert "甄近安" not in refused.content.decode()
    shown = page_after(town, post(town, "sentinel:reveal_principal", cast.near.id, purpose="supervision"))
    assert "甄近安 · 13800138001" in text(shown)
    look = AuditEntry.objects.get(action="sentinel.principal_revealed")
    assert (look.purpose, look.object_id) == ("supervision", str(cast.near.id))


def test_a_row_offers_what_its_reader_may_do(cast: Cast, principal: Client, town: Client) -> None:
    member = add(cast, 1)
    (row,) = rows(page(principal, "sentinel:staff"))
    assert reverse("sentinel:edit_staff", args=[member.id]) in row
    pressed = re.search(r'form="staff-act" name="id" value="([^"]+)"\s+formaction="([^"]+)"', row)
    assert pressed is not None
    response = principal.post(pressed[2], {"id": pressed[1], "next": reverse("sentinel:due")})
    assert response.headers["Location"] == reverse("sentinel:due")
    assert StaffMember.objects.get(id=member.id).removed_at is not None
    assert reverse("sentinel:remove_organizations") in rows(page(town, "sentinel:organizations"))[0]
    assert "row-acts" in rows(page(principal, "sentinel:organizations"))[0]  # unfolds on a phone
    assert reverse("sentinel:remove_organizations") not in rows(page(principal, "sentinel:organizations"))[0]


def test_who_is_overdue_is_answered_for_beside_the_name(cast: Cast, principal: Client) -> None:
    member = add(cast, 1)
    run_match(LATER.date(), actor=cast.actor("command"), at=LATER)
    (row,) = rows(page(principal, "sentinel:due"))
    pressed = re.search(r'form="due-act" name="id" value="([^"]+)"\s+formaction="([^"]+)"', row)
    assert pressed is not None
    assert pressed[1] == str(member.id)
    answered = page_after(principal, principal.post(pressed[2], {"id": pressed[1]}))
    assert answered.status_code == 200
    assert answered.context["staff"] == [str(member.id)]
    (row,) = rows(page(principal, "sentinel:missed", "cast-cold", on=LATER.date().isoformat()))
    assert f'value="{member.id}"' in row.split('form="missed-act"')[1]
