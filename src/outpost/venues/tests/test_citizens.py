"""The check-in page: no look-up, light, the same for everybody; the plain form beside it; one's own page."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.urls import reverse

from outpost.access.models import Throttle, User
from outpost.access.queries import actor_of
from outpost.access.services.accounts import open_phone_account
from outpost.access.throttle import CITIZEN_REQUESTS
from outpost.core import clock
from outpost.core.crypto import KeyRing, ring
from outpost.core.ids import new_id
from outpost.health.tests.test_citizens import WELL
from outpost.people import real_names
from outpost.people.dependants import ask_to_act, confirm_on_sight
from outpost.people.models import Dependant, RealName
from outpost.people.real_names import Statement
from outpost.people.rules import DocumentType, normalise_document
from outpost.people.services import record_revealed
from outpost.people.tests.test_real_names import card
from outpost.people.tokens import Holder, holder_of
from outpost.sentinel.tests.ledgers import id_number
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast
from outpost.venues import days
from outpost.venues.codes import code_text
from outpost.venues.models import CheckIn, Flow, Venue, VenueCode
from outpost.venues.rules import CheckInSource
from outpost.venues.tests.ledger import brought, check_in, venue_row

pytestmark = pytest.mark.django_db

LIGHT = 50 * 1024
FILES = ("pages/tokens.css", "venues/check_in.css", "venues/check_in.js", "pages/favicon.svg")
NAME = "甄市民"


@pytest.fixture
def venue(cast: Cast) -> Venue:
    return brought(venue_row(1))[0]


@pytest.fixture
def code(venue: Venue) -> VenueCode:
    return VenueCode.objects.get(checkpoint__venue=venue, checkpoint__name="北门")


def citizen(phone: str = "13700000001", number: int = 1) -> User:
    """Somebody who has stated a real name."""
    user = open_phone_account(phone, address="", at=NOON)
    document = normalise_document(DocumentType.RESIDENT_ID, id_number(number), today=NOON.date())
    state = real_names.state_real_name
    state(user, Statement(NAME, document), actor=actor_of(user, is_verified=True), at=NOON)
    return user


def browser(user: User | None = None) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    if user:
        sign_in(client, user)
    return client


def page_of(code: VenueCode) -> str:
    return reverse("codes:code", args=[code_text(ring(), code.id)])


def plain(text: str) -> str:
    return f"{reverse('venues:plain_check_in')}?code={text}"


@pytest.mark.promise("P2")
def test_the_page_costs_no_look_up_whoever_asks(code: VenueCode, django_assert_num_queries: Any) -> None:
    for client in (browser(), browser(citizen())):
        with django_assert_num_queries(0):
            assert client.get(page_of(code)).status_code == 200


@pytest.mark.promise("P2")
def test_the_page_weighs_little_with_all_that_it_needs(code: VenueCode) -> None:
    page = browser().get(page_of(code)).content
    files = [Path(found).read_bytes() for name in FILES if (found := finders.find(name))]
    assert len(files) == len(FILES)
    assert len(page) + sum(map(len, files)) < LIGHT
    assert len(re.findall(rb'(?:href|src)="/static/', page)) == len(FILES)
    assert not re.search(rb"<script(?![^>]*src=)|\son\w+=|style=", page)  # nothing inline


def test_what_keeps_a_check_in_back_stands_where_its_answer_stands(code: VenueCode) -> None:
    """Above all that may be long: below the button it was beyond the window of a small phone."""
    page = browser().get(page_of(code)).content.decode()
    places = [page.index(f'id="{part}"') for part in ("done", "trouble", "leave", "touch")]
    assert places == sorted(places)


@pytest.mark.parametrize("script", ["venues/check_in.js", "health/live_pass.js"])
def test_the_scripts_are_plain_es2017(script: str) -> None:
    found = finders.find(script)
    assert found
    text = re.sub(r"//.*", "", Path(found).read_text())
    newer = (
        r"\?\.",
        r"\?\?",
        r"catch \{",
        r"\{ ?\.\.\.",
        r"\.flat(Map)?\(",
        r"import |export ",
        r"\.replaceAll\(",
    )
    assert [one for one in newer if re.search(one, text)] == []


def test_a_foreign_or_damaged_text_says_what_to_do(code: VenueCode) -> None:
    text = code_text(ring(), code.id)
    assert browser().get(reverse("codes:code", args=[text.lower()])).status_code == 200
    forged = code_text(KeyRing.generate(), code.id)
    for wrong in (forged, text[:-6], "x", "8" + text[1:], "场所"):
        answer = browser().get(reverse("codes:code", args=[wrong]))
        assert answer.status_code == 422
        assert "请重新扫描" in answer.content.decode()
        assert f'href="{reverse("codes:typed")}"' in answer.content.decode()


def test_the_plain_page_says_where_or_that_a_code_has_ended(code: VenueCode) -> None:
    client = browser(citizen())
    where = plain(code_text(ring(), code.id)) + "&asked=yes"
    page = client.get(where).content.decode()
    assert "第1农贸市场" in page
    assert "北门" in page
    assert client.get(plain("damaged"))["Location"] == reverse("codes:typed")
    VenueCode.objects.filter(id=code.id).update(revoked_at=NOON)
    for ended in (where, plain(code_text(ring(), new_id()))):
        answer = client.get(ended)
        assert answer.status_code == 422
        assert "已失效" in answer.content.decode()
        assert "海报已更换，或此入口已停用" in answer.content.decode()  # a venue that closed has no new one


def test_without_scripts_the_declaration_opens_once_and_is_in_nobodys_way(code: VenueCode) -> None:
    client, where = browser(citizen()), plain(code_text(ring(), code.id))
    asked = client.get(where)["Location"]
    assert asked.startswith(reverse("health:declare"))
    form = client.get(asked)
    assert "您没有有效的健康申报" in form.content.decode()
    back = form.context["back"]
    assert back.startswith(where)
    assert "不影响打卡" in client.get(back).content.decode()
    said = {"key": str(new_id()), "people": [str(RealName.objects.get().person_id)], **WELL}
    assert client.post(asked, said)["Location"] == back
    assert "不影响打卡" not in client.get(back).content.decode()
    assert client.get(where).status_code == 200


def test_a_token_is_for_who_has_stated_a_real_name(code: VenueCode) -> None:
    user = open_phone_account("13700000002", address="", at=NOON)
    client, back = browser(user), page_of(code)
    assert client.get(reverse("people:token"))["Location"] == reverse("people:start")
    to = client.get(reverse("people:start"), {"next": back})["Location"]
    assert to.startswith(reverse("people:real_name"))
    stated = {"name": NAME, "document_type": "resident_id", "document_number": id_number(1)}
    wrong = client.post(to, stated | {"document_number": id_number(1)[:-1], "name": "?"})
    page = client.get(wrong["Location"]).content.decode()
    assert "最后一位" in page or "17" in page
    assert client.post(to, stated)["Location"] == back
    answer = client.get(reverse("people:token"))
    found = json.loads(answer.content)
    assert found["name"] == "甄**"
    holder = holder_of(ring(), found["token"], ended={}, at=clock.now())
    number_end = id_number(1)[-4:]
    assert holder == Holder(RealName.objects.get().person_id, False, "甄**", number_end)
    asked = browser().get(reverse("people:start"), {"next": back}, follow=True)
    assert asked.context["by"] == "phone"


def test_ones_own_page_shows_ones_own_alone(venue: Venue) -> None:
    today = clock.local_day(clock.now())
    days.keep_days(today)
    mine, other = citizen(), citizen("13700000003", 2)
    person = RealName.objects.get(account=mine).person_id
    check_in(venue, today, person)
    check_in(venue, today - timedelta(days=1), person)
    page = browser(mine).get(reverse("web:my")).content.decode()
    assert page.count("第1农贸市场") == 2
    assert id_number(1) not in page
    assert NAME not in page
    assert "第1农贸市场" not in browser(other).get(reverse("web:my")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_form_checks_in_once_as_the_lane_does(cast: Cast) -> None:
    venue = brought(venue_row(1))[0]
    gate = VenueCode.objects.get(checkpoint__venue=venue, checkpoint__name="北门")
    client = browser(citizen())
    where = plain(code_text(ring(), gate.id)) + "&asked=yes"
    stamp = client.get(where).context["stamp"]
    for _ in range(2):
        assert client.post(where, {"stamp": stamp})["Location"] == reverse("web:my")
    assert "打卡成功" in client.get(reverse("web:my")).content.decode()
    row = CheckIn.objects.get(venue_id=venue.id)
    assert row.checkpoint_id == gate.checkpoint_id
    assert Flow.objects.get(venue_id=venue.id).check_ins == 1
    assert client.post(where, {"stamp": "x"})["Location"] == where
    assert CheckIn.objects.count() == 1
    connection.close()


def test_one_account_cannot_keep_the_others_waiting(code: VenueCode) -> None:
    first, second = browser(citizen()), browser(citizen("13700000003", 2))
    assert first.get(reverse("web:my")).status_code == 200
    Throttle.objects.filter(key__startswith="citizen.requests:").update(count=CITIZEN_REQUESTS.tries)
    assert first.get(reverse("web:my")).status_code == 429
    assert second.get(reverse("web:my")).status_code == 200
    assert first.get(page_of(code)).status_code == 200


def test_who_shows_no_pass_yet_reads_where_to_go_with_what() -> None:
    client, go = browser(citizen()), "请带上证件和本手机到所在镇街办理"
    assert go in client.get(reverse("web:my")).content.decode()
    RealName.objects.update(seen_at=NOON, seen_by="town")
    assert go not in client.get(reverse("web:my")).content.decode()


def test_looks_of_before_show_once_a_card_was_seen(cast: Cast) -> None:
    user = citizen()
    person = RealName.objects.get(account=user).person_id

    def look(*, days: int) -> None:
        at = NOON + timedelta(days=days)
        record_revealed([person], purpose="tracing", actor=cast.actor("town"), at=at)

    look(days=-1)
    client = browser(user)
    assert "流行病学调查" not in client.get(reverse("web:my")).content.decode()
    look(days=1)
    assert "流行病学调查" not in client.get(reverse("web:my")).content.decode()
    RealName.objects.update(seen_at=NOON, seen_by="town")
    assert client.get(reverse("web:my")).content.decode().count("流行病学调查") == 2


def test_who_only_stated_a_number_follows_nobody(venue: Venue, cast: Cast) -> None:
    """A stranger who states the number of a child, or of somebody who fills in forms."""
    today = clock.local_day(clock.now())
    days.keep_days(today)
    stranger = citizen()
    person = RealName.objects.get(account=stranger).person_id
    check_in(venue, today, person)
    CheckIn.objects.update(source=CheckInSource.PAPER)

    def shown() -> int:
        return browser(stranger).get(reverse("web:my")).content.decode().count("第1农贸市场")

    assert shown() == 0
    CheckIn.objects.update(source=CheckInSource.PHONE)
    assert shown() == 1
    parent = citizen("13700000003", 2)
    ask_to_act(
        parent, Statement(NAME, card(1)), "440115001", actor=actor_of(parent, is_verified=True), at=NOON
    )
    confirm_on_sight(Dependant.objects.get().id, card(1), actor=cast.actor("town"), at=NOON)
    assert shown() == 0
    RealName.objects.update(seen_at=NOON, seen_by="town")
    assert shown() == 1
