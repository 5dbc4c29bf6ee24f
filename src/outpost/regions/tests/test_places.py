"""Keeping the towns' names and grids: services, pages, and who may."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access.tests.support import refused
from outpost.audit import deletions
from outpost.audit.models import AuditEntry, Deletion, RowVersion
from outpost.core.actor import EVERYTHING, Actor, Reach
from outpost.core.errors import Refusal
from outpost.regions import queries, services
from outpost.regions.models import Organization, Region
from outpost.regions.rules import REGION
from outpost.testing.browsers import sent, shown, sign_in
from outpost.testing.cast import NOON, Cast

TOWN, OTHER = "440115001", "440115100"
SYSTEM = Actor.system("test")
LATER = NOON + timedelta(days=1)


@pytest.fixture
def command(client: Client, cast: Cast) -> Client:
    """The browser of the command officer of the district."""
    sign_in(client, cast.users["command"])
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def actions() -> list[tuple[str, str]]:
    found = AuditEntry.objects.filter(action__startswith="regions.").order_by("seq")
    return list(found.values_list("action", "object_id"))


def grid(name: str = "第一网格", town: str = TOWN) -> Region:
    return services.add_grid(town, name, actor=SYSTEM, at=NOON)


def settle(code: str) -> Organization:
    """Let the organisation of the town belong to a grid."""
    organization = Organization.objects.get(region=TOWN)
    organization.grid_id = code
    organization.save(update_fields=["grid_id"])
    return organization


def test_grids_are_numbered_and_their_names_are_once_in_a_town(cast: Cast) -> None:
    first, second = grid(), grid("第二网格")
    assert (first.code, second.code) == (f"{TOWN}G001", f"{TOWN}G002")
    with refused("regions.grid_exists", name="第 一 网格"):
        grid("第 一 网格")
    assert grid(town=OTHER).code == f"{OTHER}G001"
    assert actions() == [("regions.grid_added", code) for code in (first.code, second.code, f"{OTHER}G001")]


def test_a_grid_is_meant_by_its_name_or_its_code(cast: Cast) -> None:
    code = grid("网格A").code
    known = queries.places(EVERYTHING)
    assert {known.grid(TOWN, text) for text in ("网格A", "网格 ａ", code, code.lower())} == {code}


def test_a_town_that_has_used_up_its_grid_numbers_is_told_so(cast: Cast) -> None:
    Region.objects.create(code=f"{TOWN}G998", name="末前", level="grid", parent_id=TOWN)
    assert grid("末").code == f"{TOWN}G999"
    with refused("regions.grids_used_up", town="南沙街道", most=999):
        grid("再加")
    assert not Region.objects.filter(name="再加").exists()


def test_a_grid_is_renamed_and_its_earlier_name_is_kept(cast: Cast) -> None:
    first, second = grid(), grid("第二网格")
    with refused("regions.grid_exists", name="第二网格"):
        services.rename_grid(first.code, "第二网格", actor=SYSTEM, at=NOON)
    for _ in range(2):  # repeating is harmless
        services.rename_grid(first.code, "东片", actor=SYSTEM, at=NOON)
    assert [one.name for one in queries.grids([TOWN])] == ["东片", "第二网格"]
    assert queries.places(EVERYTHING).grid(TOWN, "东片") == first.code
    assert RowVersion.objects.get(table="regions_region", row_key=first.code).row["name"] == "第一网格"
    assert actions()[2:] == [("regions.grid_renamed", first.code)]
    assert second.name == "第二网格"


def test_a_grid_is_closed_when_it_is_empty_and_its_name_is_free_again(cast: Cast) -> None:
    first = grid()
    organization = settle(first.code)
    with refused("regions.grid_in_use", count=1, name="第一网格"):
        services.close_grid(first.code, actor=SYSTEM, at=LATER)
    organization.grid_id = None
    organization.save(update_fields=["grid_id"])
    for _ in range(2):  # repeating is harmless
        services.close_grid(first.code, actor=SYSTEM, at=LATER)
    first.refresh_from_db()
    assert first.valid_until_on == date(2022, 6, 9)
    assert not queries.grids([TOWN])
    with pytest.raises(Refusal):
        queries.places(EVERYTHING).grid(TOWN, "第一网格")
    with refused("core.not_found"):
        services.rename_grid(first.code, "东片", actor=SYSTEM, at=LATER)
    assert grid().code == f"{TOWN}G002"
    assert actions() == [
        ("regions.grid_added", f"{TOWN}G001"),
        ("regions.grid_closed", f"{TOWN}G001"),
        ("regions.grid_added", f"{TOWN}G002"),
    ]


def closed(cast: Cast, town: str = TOWN) -> tuple[Region, Deletion]:
    """A grid that the command officer has closed, and what was noted of it."""
    found = grid(town=town)
    services.close_grid(found.code, actor=cast.actor("command"), at=NOON)
    return found, Deletion.objects.get(kind="regions.grid")


def reopen(deletion: Deletion, actor: Actor, *, after: timedelta = timedelta(hours=1)) -> str:
    return deletions.restore(deletion.id, actor=actor, at=NOON + after)


def test_a_closed_grid_is_opened_again_once(cast: Cast) -> None:
    found, deletion = closed(cast)
    command = cast.actor("command")
    for _ in range(2):  # repeating is harmless
        assert reopen(deletion, command) == reverse("regions:town", args=[TOWN])
        assert [one.code for one in queries.grids([TOWN])] == [found.code]
    deletion.refresh_from_db()
    assert (deletion.restored_at, deletion.restored_by) == (NOON + timedelta(hours=1), command.label)
    assert actions()[-2:] == [("regions.grid_closed", found.code), ("regions.grid_reopened", found.code)]


def test_an_undo_that_was_done_does_not_open_a_grid_that_was_closed_again(cast: Cast) -> None:
    found, deletion = closed(cast)
    command = cast.actor("command")
    reopen(deletion, command)
    services.close_grid(found.code, actor=command, at=LATER)
    reopen(deletion, command)
    assert not queries.grids([TOWN])


def test_a_grid_stays_closed_after_a_day(cast: Cast) -> None:
    _found, deletion = closed(cast)
    with refused("audit.deletion_over"):
        reopen(deletion, cast.actor("command"), after=deletions.KEPT_FOR)
    assert not queries.grids([TOWN])
    reopen(deletion, cast.actor("command"), after=deletions.KEPT_FOR - timedelta(seconds=1))
    assert queries.grids([TOWN])


def test_a_closed_grid_whose_name_was_given_again_stays_closed(cast: Cast) -> None:
    _found, deletion = closed(cast)
    other = grid()
    with refused("regions.grid_exists", name="第一网格"):
        reopen(deletion, cast.actor("command"))
    assert [one.code for one in queries.grids([TOWN])] == [other.code]
    assert Deletion.objects.get().restored_at is None


@pytest.mark.promise("T1")
def test_a_grid_is_opened_again_only_by_who_could_close_it(cast: Cast) -> None:
    _found, deletion = closed(cast, OTHER)
    near = Actor("user:1", "near", {queries.EDIT: Reach.over(REGION, TOWN)})
    for actor in (near, *map(cast.actor, ("town", "bureau", "principal", "operator", "outsider"))):
        with refused("core.not_found"):
            reopen(deletion, actor)
    assert not queries.grids([OTHER])
    assert actions()[-1][0] == "regions.grid_closed"


def test_other_names_of_a_town_are_understood(cast: Cast) -> None:
    for _ in range(2):  # repeating is harmless
        services.set_aliases(TOWN, ["南沙街", "南 沙 街", "街道办"], actor=SYSTEM, at=NOON)
    known = queries.places(EVERYTHING)
    assert {known.town(name) for name in ("南沙街", "街道办", "南沙街道", TOWN)} == {TOWN}
    other = Region.objects.get(code=OTHER)
    for taken in (other.name, OTHER):
        with refused("regions.alias_taken", name=taken, town=other.name):
            services.set_aliases(TOWN, [taken], actor=SYSTEM, at=NOON)
    with refused("regions.alias_taken", name="街道办"):
        services.set_aliases(OTHER, ["街道办"], actor=SYSTEM, at=NOON)
    services.set_aliases(TOWN, [], actor=SYSTEM, at=LATER)
    services.set_aliases(OTHER, ["街道办"], actor=SYSTEM, at=LATER)
    assert actions() == [("regions.aliases_set", code) for code in (TOWN, TOWN, OTHER)]
    kept = RowVersion.objects.filter(table="regions_region", row_key=TOWN).order_by("replaced_at")
    assert [version.row["aliases"] for version in kept][-1] == ["南 沙 街", "街道办"]


@pytest.mark.promise("T1")
def test_others_are_refused_and_what_is_out_of_reach_is_not_found(cast: Cast) -> None:
    first = grid(town=OTHER)
    acts: list[Any] = [
        lambda actor: services.add_grid(OTHER, "新", actor=actor, at=NOON),
        lambda actor: services.rename_grid(first.code, "新", actor=actor, at=NOON),
        lambda actor: services.close_grid(first.code, actor=actor, at=NOON),
        lambda actor: services.set_aliases(OTHER, ["新"], actor=actor, at=NOON),
    ]
    near = Actor("user:1", "near", {queries.EDIT: Reach.over(REGION, TOWN)})
    nowhere = Actor("user:2", "nowhere", {queries.EDIT: Reach.over("category", "cast-cold")})
    for act in acts:
        for user in ("town", "bureau", "principal", "operator", "security", "outsider"):
            with refused("core.forbidden"):
                act(cast.actor(user))
        for actor in (near, nowhere):
            with refused("core.not_found"):
                act(actor)
    assert [place.code for place in queries.town_places(actor=near)] == [TOWN]
    assert queries.town_places(actor=nowhere) == []
    assert queries.grid_places(OTHER, actor=near) == []
    assert actions() == [("regions.grid_added", first.code)]


def test_the_pages_show_towns_and_grids_with_what_lies_in_them(command: Client, cast: Cast) -> None:
    first = grid()
    settle(first.code)
    closed = grid("旧网格")
    services.close_grid(closed.code, actor=SYSTEM, at=NOON)
    page = command.get("/regions/towns")
    by_code = {place.code: place for place in page.context["listing"].rows}
    assert (by_code[TOWN].grids, by_code[TOWN].organizations) == (1, 1)
    assert (by_code[OTHER].grids, by_code[OTHER].organizations) == (0, 1)
    page = command.get(f"/regions/towns/t{TOWN}")
    assert [(row.name, row.organizations) for row in page.context["grids"]] == [("第一网格", 1)]
    assert "No grid yet" in command.get(f"/regions/towns/t{OTHER}").content.decode()
    assert 'href="/regions/towns"' in page.content.decode()  # in the menu
    Region.objects.filter(level="town").update(valid_until_on=NOON.date())
    assert "No town yet" in command.get("/regions/towns").content.decode()


def test_a_grid_is_added_renamed_and_closed_on_the_pages(command: Client, cast: Cast) -> None:
    where = f"/regions/towns/t{TOWN}"
    assert command.post(f"{where}/grids", {"name": "  东片 "})["Location"] == where
    (made,) = queries.grids([TOWN])
    assert made.name == "东片"
    assert command.get(f"/regions/towns/t{TOWN}/grids/{made.code[-4:]}").context["form"].initial == {
        "name": "东片"
    }
    address = f"{where}/grids/{made.code[-4:]}"
    assert command.post(address, sent(command, address, {"name": "西片"}))["Location"] == where
    settle(made.code)
    command.post(f"/regions/towns/t{TOWN}/grids/{made.code[-4:]}/close")
    assert "1 organisations belong to the grid “西片”" in command.get(where).content.decode()
    settle(made.code).grid_id = None
    Organization.objects.update(grid=None)
    assert command.post(f"/regions/towns/t{TOWN}/grids/{made.code[-4:]}/close")["Location"] == where
    assert not queries.grids([TOWN])
    assert command.get(f"/regions/towns/t{TOWN}/grids/{made.code[-4:]}").status_code == 404
    assert command.post(f"/regions/towns/t{TOWN}/grids/{made.code[-4:]}", {"name": "x"}).status_code == 404


def test_the_second_of_two_who_rename_a_grid_is_told_of_the_first(command: Client, cast: Cast) -> None:
    made = grid()
    address = f"/regions/towns/t{TOWN}/grids/{made.code[-4:]}"
    second = sent(command, address, {"name": "西片"})
    services.rename_grid(made.code, "东片", actor=cast.actor("command"), at=NOON)
    told = shown(command, command.post(address, second)).content.decode()
    assert "第一网格 → 东片" in told
    assert queries.grids([TOWN])[0].name == "东片"
    assert command.post(address, sent(command, address, {"name": "西片"})).status_code == 302
    assert queries.grids([TOWN])[0].name == "西片"


def test_other_names_are_stated_on_the_page(command: Client, cast: Cast) -> None:
    where = f"/regions/towns/t{TOWN}"
    typed = sent(command, f"{where}/names", {"aliases": "南沙街\r\n\r\n 街道办 "})
    assert command.post(f"{where}/names", typed)["Location"] == where
    assert Region.objects.get(code=TOWN).aliases == ["南沙街", "街道办"]
    assert "街道办" in command.get("/regions/towns").content.decode()


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("towns/t440115001/grids", {"name": " "}, "This field is required."),
        ("towns/t440115001/grids", {"name": "\u200b"}, "This field is required."),
        ("towns/t440115001/grids", {"name": "\x1b网格"}, "invisible control character"),
        ("towns/t440115001/grids", {"name": "格" * 41}, "40"),
        ("towns/t440115001/grids", {"name": "第一网格"}, "already has a grid"),
        ("towns/t440115001/grids/G002", {"name": "第一网格"}, "already has a grid"),
        ("towns/t440115001/grids/G002", {"name": ""}, "This field is required."),
        ("towns/t440115001/names", {"aliases": "万顷沙镇"}, "already stands for"),
        ("towns/t440115001/names", {"aliases": "\n".join(map(str, range(21)))}, "At most 20 names."),
        ("towns/t440115001/names", {"aliases": "名" * 41}, "41 characters"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    command: Client, cast: Cast, path: str, data: dict[str, str], said: str
) -> None:
    grid()
    grid("第二网格")
    typed = sent(command, f"/regions/{path}", data) if path.endswith(("G002", "names")) else data
    html = shown(command, command.post(f"/regions/{path}", typed)).content.decode()
    assert said in html.partition('class="field-error"')[2]
    assert [one.name for one in queries.grids([TOWN])] == ["第一网格", "第二网格"]
    assert Region.objects.get(code=TOWN).aliases == []


@pytest.mark.promise("T1")
def test_the_pages_are_for_command_only(client: Client, cast: Cast) -> None:
    code = grid().code
    for user in ("town", "bureau", "principal", "operator", "security", "auditor", "outsider"):
        sign_in(client, cast.users[user])
        for path in ("towns", f"towns/t{TOWN}", f"towns/t{TOWN}/grids/{code[-4:]}"):
            assert client.get(f"/regions/{path}").status_code == 403, (user, path)
        for path in (
            f"towns/t{TOWN}/grids",
            f"towns/t{TOWN}/names",
            f"towns/t{TOWN}/grids/{code[-4:]}",
            f"towns/t{TOWN}/grids/{code[-4:]}/close",
        ):
            assert client.post(f"/regions/{path}", {"name": "x", "aliases": "x"}).status_code == 403
    sign_in(client, cast.users["command"])
    for path in ("towns/t440106001", f"towns/t{OTHER}/grids/G001", "towns/tnone", "towns/tnone/grids/none"):
        assert client.get(f"/regions/{path}").status_code == 404
