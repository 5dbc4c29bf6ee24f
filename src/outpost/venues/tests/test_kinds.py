"""场所类型: the list that the command edits, and what the department sees that answers for a kind."""

import pytest
from django.test import Client
from django.urls import reverse

from outpost.audit.models import AuditEntry
from outpost.core.errors import Refusal
from outpost.exchange import registry
from outpost.regions.models import Department
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast
from outpost.venues.actions import EDIT_VENUES, RUN_VENUES, SEE_VENUES
from outpost.venues.models import Kind, Venue
from outpost.venues.queries.kinds import edited_kind
from outpost.venues.services.kinds import KindEntry, set_kind
from outpost.venues.tests.ledger import FAR_TOWN, brought, command, venue_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def venues(cast: Cast) -> list[Venue]:
    """Two markets in two towns, and a school."""
    rows = (venue_row(1), venue_row(2, 所属镇街=FAR_TOWN), venue_row(3, 场所类型="学校"))
    return brought(*rows)


def assign(kind: str, department: str) -> Kind:
    found = Kind.objects.get(code=kind)
    entry = KindEntry(found.name, found.name_en, found.usual_minutes, department)
    return set_kind(entry, code=kind, actor=command(), at=NOON)


def seen_by_bureau(cast: Cast) -> set[str]:
    found = Venue.objects.visible_to(cast.actor("bureau"), SEE_VENUES)
    return set(found.values_list("name", flat=True))


def test_a_bureau_sees_the_kinds_of_its_department_in_all_towns_and_no_others(
    cast: Cast, venues: list[Venue]
) -> None:
    assert seen_by_bureau(cast) == set()
    assign("market", "market")
    assign("school", "post")
    assert seen_by_bureau(cast) == {venues[0].name, venues[1].name}
    for action in (RUN_VENUES, EDIT_VENUES):
        assert not Venue.objects.visible_to(cast.actor("bureau"), action).exists()
    assign("market", "")
    assert seen_by_bureau(cast) == set()


def test_what_a_bureau_opens(cast: Cast, venues: list[Venue]) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["bureau"])
    overview = reverse("venues:overview")
    assert "贵部门还没有主管的场所类型" in client.get(overview).content.decode()
    assign("market", "market")
    page = client.get(overview).content.decode()
    assert venues[0].name in page
    assert venues[1].name in page
    assert venues[2].name not in page
    for name in ("venues:venue", "venues:flow", "venues:check_ins"):
        assert [client.get(reverse(name, args=[one.id])).status_code for one in venues] == [200, 200, 404]
    page = client.get(reverse("venues:venue", args=[venues[0].id])).content.decode()
    assert "甄**" in page or "甄*" in page  # the manager masked
    assert "/edit" not in page
    kind = registry.export_kind("venues.overview")
    assert {row[0] for row in kind.rows({}, cast.actor("bureau"))} == {venues[0].name, venues[1].name}


def test_the_audit_says_who_answered_before_and_who_does_now(cast: Cast, venues: list[Venue]) -> None:
    assign("market", "market")
    assign("market", "market")  # so already
    assign("market", "post")
    rows = AuditEntry.objects.filter(action="venues.kind_set", object_id="market").order_by("seq")
    assert [row.detail["department"] for row in rows] == ["– → market", "market → post"]


def test_a_kind_is_made_renamed_and_never_called_like_another(cast: Cast, venues: list[Venue]) -> None:
    made = set_kind(KindEntry("游泳馆", "Swimming pool", 90), actor=command(), at=NOON)
    assert Kind.objects.last() == made
    set_kind(KindEntry("游泳场馆", "Pool", 60), code=made.code, actor=command(), at=NOON)
    assert (Kind.objects.get(code=made.code).name, Kind.objects.count()) == ("游泳场馆", 15)
    with pytest.raises(Refusal) as refused:
        set_kind(KindEntry("学校", "", 60), code=made.code, actor=command(), at=NOON)
    assert refused.value.code == "venues.kind_taken"
    with pytest.raises(Refusal) as refused:
        set_kind(KindEntry("泳池", "", 60, "nobody"), actor=command(), at=NOON)
    assert refused.value.code == "core.not_found"
    for who in ("town", "bureau"):
        with pytest.raises(Refusal):
            set_kind(KindEntry("泳池", "", 60), actor=cast.actor(who), at=NOON)


def test_the_page_lists_makes_and_changes(cast: Cast, venues: list[Venue]) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["command"])
    page = client.get(reverse("venues:kinds")).content.decode()
    assert "农贸市场" in page
    form = {"name": "游泳馆", "name_en": "", "usual_minutes": "0", "department": "market"}
    assert client.post(reverse("venues:new_kind"), form).status_code == 302
    assert not Kind.objects.filter(name="游泳馆").exists()  # nobody stays for no minutes
    assert client.post(reverse("venues:new_kind"), form | {"usual_minutes": "90"}).status_code == 302
    kind = Kind.objects.get(name="游泳馆")
    assert kind.department == Department.objects.get(code="market")
    assert "游泳馆" in client.get(reverse("venues:kind", args=[kind.code])).content.decode()
    assert edited_kind(kind).texts["usual_minutes"] == "90"
