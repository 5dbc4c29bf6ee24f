"""A guide for each role of people, with pictures that are there and pages that the role may open."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from outpost.access.rules import PERMISSIONS
from outpost.core.rights import Role
from outpost.testing.browsers import sign_in
from outpost.testing.cast import Cast
from outpost.web.guide_steps import GuideStep
from outpost.web.guides import GUIDES, picture_of
from outpost.web.navigation import ENTRIES

STEPS = [(role, step) for role, guide in GUIDES.items() for step in guide.steps]
MOST_BYTES = 1_500_000


def signed_in(cast: Cast, name: str, language: str) -> Client:
    client = Client(headers={"accept-language": language})
    sign_in(client, cast.users[name])
    return client


@pytest.mark.rules
def test_every_role_of_people_has_a_guide() -> None:
    assert set(GUIDES) == set(Role) - {Role.FEEDER, Role.RECEIVER}


@pytest.mark.rules
@pytest.mark.parametrize(("role", "step"), STEPS)
def test_the_pages_of_a_step_are_open_to_its_role(role: Role, step: GuideStep) -> None:
    actions = {entry.url_name: entry.action for entry in ENTRIES}
    assert not step.page or role in PERMISSIONS[actions[step.page]]


@pytest.mark.rules
def test_the_pictures_are_there_none_is_left_over_and_all_are_light() -> None:
    named = {picture_of(role, step, language) for role, step in STEPS for language in ("zh-hans", "en")} - {
        ""
    }
    found = [finders.find(name) for name in named]
    assert all(isinstance(path, str) for path in found), "make pictures"
    folder = Path(str(found[0])).parent
    assert {path.name for path in folder.iterdir()} == {Path(name).name for name in named}
    assert sum(path.stat().st_size for path in folder.iterdir()) < MOST_BYTES


@pytest.mark.parametrize(
    ("language", "title"), [("zh-hans", "使用指南：镇街人员"), ("en", "Guide: Town officer")]
)
def test_a_guide_speaks_the_readers_language_and_links_what_they_may_open(
    cast: Cast, language: str, title: str
) -> None:
    town = signed_in(cast, "town", language).get(reverse("web:guide", args=["town"])).content.decode()
    assert title in town
    assert re.search(rf'<img src="[^"]*guides/town-today-{language[:2]}', town)
    assert f'class="btn" href="{reverse("sentinel:compliance")}"' in town
    stranger = (
        signed_in(cast, "principal", language).get(reverse("web:guide", args=["security"])).content.decode()
    )
    assert reverse("access:accounts") not in stranger


def test_the_own_guide_comes_first_and_unknown_ones_are_not_found(cast: Cast) -> None:
    client = signed_in(cast, "principal", "en")
    links = re.findall(
        r'class="tile[^"]*"\s+href="([^"]+)"', client.get(reverse("web:guides")).content.decode()
    )
    assert links[0] == reverse("web:guide", args=["principal"])
    assert len(links) == len(GUIDES)
    assert client.get(reverse("web:guide", args=["nobody"])).status_code == 404
