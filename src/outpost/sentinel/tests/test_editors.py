"""Two people who edit the same thing, and the history of who changed what."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from outpost.audit.editing import seen as seen_now
from outpost.audit.errors import EDITED_MEANWHILE
from outpost.audit.versions import Change
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.sheets.cells import Raw
from outpost.regions.queries import principal_of
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.queries.editing import edited_enrolment, edited_member
from outpost.sentinel.queries.history import history_of, organization_history
from outpost.sentinel.queries.staff import member_of
from outpost.sentinel.services.organizations import change_organization
from outpost.sentinel.services.staff import change_staff
from outpost.sentinel.tests.ledgers import add, entry, id_number, organization_entry
from outpost.sentinel.tests.pages import browser as browser_of
from outpost.testing.cast import NOON, Cast, build_cast

LATER = NOON + timedelta(hours=1)
LAST = NOON + timedelta(hours=2)


def read_history(member: StaffMember, actor: Actor) -> list[Change]:
    """As the page of somebody reads it: within the reader's scope."""
    return history_of(member_of(member.id, actor=actor), actor=actor)


def seen_of(member: StaffMember) -> str:
    """What a form that is opened now shows of somebody."""
    return seen_now(edited_member(StaffMember.objects.get(id=member.id), (), actor=Actor.system("test")))


def near(**changes: Raw) -> dict[str, Raw]:
    return organization_entry({"name": "近岸冷链有限公司", **changes})


def test_the_second_editor_is_told_what_the_first_changed_masked(cast: Cast) -> None:
    member = add(cast)
    seen = seen_of(member)
    change_staff(member.id, entry(phone="13900000002", job_type="司机"), actor=cast.actor("town"), at=LATER)
    with pytest.raises(Refusal) as refused:
        change_staff(member.id, entry(job_type="保安"), actor=cast.actor("bureau"), at=LAST, seen=seen)
    assert refused.value.problem is EDITED_MEANWHILE
    said = refused.value.fields
    assert (said["who"], said["when"]) == ("town", "2022-06-08 13:00")
    assert "搬运工 → 司机" in said["changes"]
    assert "139****0001 → 139****0002" in said["changes"]
    assert "13900000002" not in refused.value.message
    assert StaffMember.objects.get(id=member.id).job_type == "司机"


def test_a_principal_reads_the_own_people_in_clear(cast: Cast) -> None:
    member = add(cast)
    seen = seen_of(member)
    change_staff(member.id, entry(phone="13900000002"), actor=cast.actor("town"), at=LATER)
    with pytest.raises(Refusal) as refused:
        change_staff(member.id, entry(), actor=cast.actor("principal"), at=LAST, seen=seen)
    assert "13900000001 → 13900000002" in refused.value.fields["changes"]


def test_who_has_looked_again_saves(cast: Cast) -> None:
    member = add(cast)
    change_staff(member.id, entry(job_type="司机"), actor=cast.actor("town"), at=LATER)
    seen = seen_of(member)
    change_staff(member.id, entry(job_type="保安"), actor=cast.actor("bureau"), at=LAST, seen=seen)
    assert StaffMember.objects.get(id=member.id).job_type == "保安"


@pytest.mark.parametrize("forge", [lambda token: token[:-4] + "AAAA", lambda _token: "seen"])
def test_a_token_that_cannot_be_read_saves_nothing(cast: Cast, forge: object) -> None:
    member = add(cast)
    token = forge(seen_of(member))  # type: ignore[operator]
    with pytest.raises(Refusal):
        change_staff(member.id, entry(job_type="保安"), actor=cast.actor("town"), at=LATER, seen=token)


def test_a_token_of_another_row_saves_nothing(cast: Cast) -> None:
    member, other = add(cast, 1), add(cast, 2)
    with pytest.raises(Refusal):
        change_staff(member.id, entry(1), actor=cast.actor("town"), at=LATER, seen=seen_of(other))


def test_two_editors_of_an_organisation(cast: Cast) -> None:
    seen = seen_now(edited_enrolment(cast.near, (), actor=cast.actor("bureau")))
    change_organization(cast.near.id, near(address="新港路1号"), actor=cast.actor("town"), at=LATER)
    with pytest.raises(Refusal) as refused:
        change_organization(cast.near.id, near(), actor=cast.actor("bureau"), at=LAST, seen=seen)
    assert "环市大道1号 → 新港路1号" in refused.value.fields["changes"]
    assert "甄**" in refused.value.fields["changes"]
    assert "甄新岸" not in refused.value.fields["changes"]


def test_the_page_tells_the_second_editor_and_lets_her_save_after_that(cast: Cast) -> None:
    member = add(cast)
    browser = browser_of(cast, "bureau")
    page = f"/sentinel/staff/{member.id}/edit"
    first = browser.get(page).context["seen"]
    change_staff(member.id, entry(job_type="司机"), actor=cast.actor("town"), at=LATER)
    typed = {"document_type": "resident_id", "job_type": "保安", "joined_on": "2022-06-08"}
    told = browser.post(page, typed | {"seen": first}, follow=True)
    assert "搬运工 → 司机" in told.content.decode()
    assert StaffMember.objects.get(id=member.id).job_type == "司机"
    again = browser.post(page, typed | {"seen": told.context["seen"]})
    assert again.status_code == 302
    assert StaffMember.objects.get(id=member.id).job_type == "保安"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_told() -> None:
    cast = build_cast()
    member = add(cast)
    seen = seen_of(member)
    start, told = threading.Barrier(2), []

    def save(who: str, job: str) -> None:
        start.wait()
        try:
            change_staff(member.id, entry(job_type=job), actor=cast.actor(who), at=LATER, seen=seen)
        except Refusal as refusal:
            told.append(refusal.problem)
        finally:
            connection.close()

    both = [threading.Thread(target=save, args=one) for one in (("town", "司机"), ("bureau", "保安"))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert told == [EDITED_MEANWHILE]


def test_the_history_says_who_changed_what_masked_and_follows_a_corrected_document(cast: Cast) -> None:
    member = add(cast)
    change_staff(member.id, entry(job_type="司机"), actor=cast.actor("town"), at=LATER)
    corrected = entry(job_type="司机", document_number=id_number(7))
    change_staff(member.id, corrected, actor=cast.actor("bureau"), at=LAST)
    latest, first = read_history(member, cast.actor("command"))
    assert (latest.who, first.who) == ("bureau", "town")
    assert [(one.field, one.before, one.after) for one in first.differences] == [
        ("job_type", "搬运工", "司机")
    ]
    (document,) = latest.differences
    assert document.field == "document_number"
    assert "*" in document.before
    (clear,) = read_history(member, cast.actor("principal"))[0].differences
    assert clear.after == id_number(7)


def test_the_history_of_an_organisation_follows_it_through_a_new_name(cast: Cast) -> None:
    principal = principal_of(cast.near.organization)
    stays = {"principal_name": "", "principal_phone": "", "address": "环市大道1号", "town": "南沙街道"}
    for name, at in (("近岸甲", LATER), ("近岸乙", LAST)):
        change_organization(
            cast.near.id, organization_entry({"name": name, **stays}), actor=cast.actor("town"), at=at
        )
    changes = organization_history(cast.near.id, actor=cast.actor("bureau"))
    assert [(one.who, [each.after for each in one.differences]) for one in changes] == [
        ("town", ["近岸乙"]),
        ("town", ["近岸甲"]),
    ]
    assert principal.name not in str(changes)


@pytest.mark.parametrize("who", ["town", "principal"])
def test_the_history_stays_within_the_scope(cast: Cast, who: str) -> None:
    member = add(cast, to=cast.far.id)
    with pytest.raises(Refusal):
        read_history(member, cast.actor(who))
    with pytest.raises(Refusal):
        organization_history(cast.far.id, actor=cast.actor(who))


def test_a_removal_offers_to_be_undone_and_is_undone(cast: Cast) -> None:
    member = add(cast)
    browser = browser_of(cast, "town")
    answer = browser.post("/sentinel/staff/remove", {"id": str(member.id)}, follow=True)
    assert "/restore" in answer.content.decode()
    listed = browser.get("/audit/deleted/")
    (row, _parts) = listed.context["rows"][0]
    assert "甄**" in listed.content.decode()
    back = browser.post(f"/audit/deleted/{row.id}/restore", follow=True)
    assert back.redirect_chain[0][0] == f"/sentinel/staff/{member.id}"
    assert StaffMember.objects.current().filter(id=member.id).exists()
    assert Enrolment.objects.count() == 2


def test_what_stands_in_the_way_is_said_on_the_list(cast: Cast) -> None:
    member = add(cast)
    browser = browser_of(cast, "town")
    browser.post("/sentinel/staff/remove", {"id": str(member.id)})
    (row, _parts) = browser.get("/audit/deleted/").context["rows"][0]
    add(cast)
    said = browser.post(f"/audit/deleted/{row.id}/restore", follow=True)
    assert said.redirect_chain[0][0] == "/audit/deleted/"
    assert "近岸冷链有限公司" in said.content.decode()
    outsider = browser_of(cast, "principal")
    assert outsider.post("/audit/deleted/00000000-0000-7000-8000-000000000000/restore").status_code == 404
