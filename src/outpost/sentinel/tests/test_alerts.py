"""Alerts at nine: who is told what, once; the links; the follow-up; the files."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from outpost.alerts.follow_ups import Act, Answer
from outpost.alerts.links import KEPT
from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.tests.peers import answer, http_peer
from outpost.exchange import registry
from outpost.notifications.models import InboxMessage
from outpost.notifications.services import deliver_due
from outpost.notifications.tests.support import SECRET, channel, way_out
from outpost.sentinel import jobs, links
from outpost.sentinel.models import AlertRound, FollowUp, MatchRun, StaffMember
from outpost.sentinel.queries import alerts as queries
from outpost.sentinel.rules import CategoryRules, TestingRule
from outpost.sentinel.services.alerts import AlertEntry, send_alerts, set_alert, set_command_group
from outpost.sentinel.services.follow_ups import FollowUpEntry, follow_up
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.services.staff import remove_staff
from outpost.sentinel.tests.ledgers import add
from outpost.sentinel.tests.pages import at_clock, browser, page, sampled, text
from outpost.sentinel.tests.pages import links as links_of
from outpost.sentinel.web import alerts as web
from outpost.testing.browsers import sent
from outpost.testing.browsers import shown as page_after
from outpost.testing.cast import Cast

DAY = date(2022, 6, 18)
LATER = datetime(2022, 6, 18, 4, tzinfo=UTC)  # noon in Shanghai; the window of 3/2 is 15 to 17 June
SYSTEM = Actor.system("test")
CODE = "cast-cold"


@pytest.fixture(autouse=True)
def then() -> Iterator[None]:
    with at_clock(LATER):
        yield


@pytest.fixture
def staff(cast: Cast) -> dict[str, StaffMember]:
    """Two of the near enterprise missed, one was tested; one of the far enterprise missed."""
    found = {
        "near": add(cast, 1, name="甄近一"),
        "near_too": add(cast, 2, name="甄近二"),
        "tested": add(cast, 3, name="甄已检"),
        "far": add(cast, 4, name="甄远一", to=cast.far.id),
    }
    sampled(found["near"], LATER - timedelta(days=2))
    sampled(found["tested"], LATER - timedelta(days=1), LATER - timedelta(days=2))
    run_match(DAY, actor=SYSTEM, at=LATER)
    return found


def setting(cast: Cast, **changes: Any) -> None:
    entry = AlertEntry(CODE, is_on=True, **changes)
    set_alert(entry, actor=cast.actor("command"), at=LATER)


def told() -> dict[tuple[str, str], tuple[int, int]]:
    return {
        (message.user.username, message.template): (message.params["missed"], message.params["judged"])
        for message in InboxMessage.objects.select_related("user")
    }


def test_each_recipient_gets_one_message_of_the_own_scope(cast: Cast, staff: dict[str, StaffMember]) -> None:
    setting(cast, tells_principals=True)
    set_command_group([cast.users["command"].id], actor=cast.actor("command"), at=LATER)
    assert send_alerts(DAY, actor=SYSTEM, at=LATER) == 4
    expected = {
        ("bureau", "sentinel.alert"): (3, 4),
        ("town", "sentinel.alert"): (2, 3),
        ("principal", "sentinel.alert_own"): (2, 3),
        ("command", "sentinel.alert_summary"): (3, 4),
    }
    assert told() == expected
    assert send_alerts(DAY, actor=SYSTEM, at=LATER + timedelta(hours=1)) == 0
    assert InboxMessage.objects.count() == 4
    assert AuditEntry.objects.get(action="sentinel.alerts_sent").count == 4


def test_seniors_are_named_and_others_can_be_left_out(cast: Cast, staff: dict[str, StaffMember]) -> None:
    setting(cast, tells_department=False, tells_towns=False, seniors=(cast.users["command"].id,))
    send_alerts(DAY, actor=SYSTEM, at=LATER)
    assert told() == {("command", "sentinel.alert"): (3, 4)}


@pytest.mark.promise("R16")
def test_who_has_left_is_not_chased_today_and_stays_in_a_day_that_is_over(
    cast: Cast, staff: dict[str, StaffMember]
) -> None:
    setting(cast, tells_principals=True)
    remove_staff([staff["near_too"].id], actor=cast.actor("command"), at=LATER)
    send_alerts(DAY, actor=SYSTEM, at=LATER + timedelta(minutes=1))
    assert told()["town", "sentinel.alert"] == told()["principal", "sentinel.alert_own"] == (1, 2)
    client = browser(cast, "town")
    listed = page(client, "sentinel:missed", CODE, on=str(DAY))
    assert "2 staff, 2 judged, 1 missed" in text(listed)
    gone = str(staff["near_too"].id)
    assert not any(gone in address for address in links_of(listed))
    with at_clock(LATER + timedelta(days=1)):
        over = page(client, "sentinel:missed", CODE, on=str(DAY))
    assert "3 staff, 3 judged, 2 missed" in text(over)
    assert "left the ledger" in text(over)
    assert not any(gone in address for address in links_of(over))


def test_nobody_is_told_when_nobody_missed_or_alerts_are_off(cast: Cast) -> None:
    sampled(add(cast, 1), LATER - timedelta(days=1), LATER - timedelta(days=2))
    run_match(DAY, actor=SYSTEM, at=LATER)
    setting(cast)
    assert send_alerts(DAY, actor=SYSTEM, at=LATER) == 0
    assert AlertRound.objects.get(on=DAY).messages == 0


def test_group_robots_and_webhooks_get_the_summary_of_the_district(
    cast: Cast, staff: dict[str, StaffMember]
) -> None:
    """They got the test message only."""
    with http_peer(answer(body=b'{"errcode": 0}')) as peer:
        groups = [
            channel("robot", {"base_url": peer.url, "key": "k"}),
            channel("webhook", {"url": f"{peer.url}/hook", "secret": SECRET}),
        ]
        channel("webhook", {"url": f"{peer.url}/off", "secret": SECRET}, is_on=False)
        assert send_alerts(DAY, actor=SYSTEM, at=LATER) == len(groups)
        for group in groups:
            deliver_due(group.id, clock=lambda: LATER, out=way_out(peer.listed))
        assert [seen.path for seen in peer.seen] == ["/cgi-bin/webhook/send?key=k", "/hook"]
        assert all("3" in seen.body.decode() and "4" in seen.body.decode() for seen in peer.seen)
        assert all("甄" not in seen.body.decode() for seen in peer.seen)


def test_a_day_without_a_match_stays_to_be_sent(cast: Cast) -> None:
    setting(cast)
    assert send_alerts(DAY, actor=SYSTEM, at=LATER) == 0
    assert not AlertRound.objects.exists()


def test_messages_name_nobody(cast: Cast, staff: dict[str, StaffMember]) -> None:
    setting(cast, tells_principals=True)
    send_alerts(DAY, actor=SYSTEM, at=LATER)
    for message in InboxMessage.objects.all():
        written = f"{message.params} {message.link}"
        assert "甄" not in written
        assert "近岸" not in written


@pytest.mark.parametrize(
    ("change", "code"),
    [({"media": ("pigeon",)}, "alerts.medium"), ({"seniors": True}, "alerts.recipient")],
)
def test_a_setting_is_checked(cast: Cast, change: dict[str, Any], code: str) -> None:
    if "seniors" in change:
        change = {"seniors": (cast.users["principal"].id,)}
    with pytest.raises(Refusal) as refused:
        setting(cast, **change)
    assert refused.value.code == code


def test_a_bureau_sets_its_own_categories_only(cast: Cast) -> None:
    bureau = cast.actor("bureau")
    assert set_alert(AlertEntry(CODE, is_on=True), actor=bureau, at=LATER).is_on
    for code in ("cast-courier", "nowhere"):
        with pytest.raises(Refusal) as refused:
            set_alert(AlertEntry(code, is_on=True), actor=bureau, at=LATER)
        assert refused.value.status == 404
    with pytest.raises(Refusal) as refused:
        set_command_group([], actor=bureau, at=LATER)
    assert refused.value.status == 403


def test_the_preview_tells_what_a_rule_would_find(cast: Cast, staff: dict[str, StaffMember]) -> None:
    days = queries.preview(cast.cold_chain, CategoryRules(TestingRule(3, 2)), today=DAY)
    assert [day.on for day in days][-1] == DAY
    assert len(days) == queries.PREVIEW_DAYS
    assert (days[-1].judged, days[-1].missed) == (4, 3)
    assert queries.preview(cast.cold_chain, CategoryRules(TestingRule(3, 1)), today=DAY)[-1].missed == 2
    assert queries.preview(cast.cold_chain, CategoryRules(None), today=DAY) == []


# --- jobs ---------------------------------------------------------------------------------------------------------


def test_missed_days_are_made_up_and_sent_once_at_nine(cast: Cast, staff: dict[str, StaffMember]) -> None:
    setting(cast)
    back_at = datetime(2022, 6, 21, 0, 45, tzinfo=UTC)  # 08:45 in Shanghai, after two days off
    with at_clock(back_at):
        jobs.match_today(0)
        jobs.alerts_at_nine(0)
    assert set(MatchRun.objects.values_list("on", flat=True)) == {DAY + timedelta(days=n) for n in range(4)}
    assert not AlertRound.objects.exists()
    with at_clock(back_at + timedelta(minutes=20)):
        for _ in range(2):
            jobs.match_today(0)
            jobs.alerts_at_nine(0)
    assert [one.on for one in AlertRound.objects.all()] == [date(2022, 6, 21)]
    assert MatchRun.objects.filter(on=date(2022, 6, 21), category=CODE).count() == 1


def test_before_dawn_and_with_nothing_matched_ever(cast: Cast) -> None:
    with at_clock(datetime(2022, 6, 17, 16, 10, tzinfo=UTC)):  # 00:10 in Shanghai
        jobs.match_today(0)
    assert not MatchRun.objects.exists()
    assert jobs.unmatched_days(DAY) == [DAY]


# --- links --------------------------------------------------------------------------------------------------------


def test_a_link_asks_for_sign_in_and_shows_the_own_part(cast: Cast, staff: dict[str, StaffMember]) -> None:
    url = links.address_of(CODE, DAY, at=LATER)
    assert Client().get(url).status_code == 302
    town = browser(cast, "town").get(url)
    assert "2 of 3 people in your scope missed" in text(town)
    assert browser(cast, "bureau").get(url).status_code == 200


def test_a_link_expires_and_cannot_be_made_up(cast: Cast, staff: dict[str, StaffMember]) -> None:
    url = links.address_of(CODE, DAY, at=LATER)
    with at_clock(LATER + KEPT + timedelta(minutes=1)):
        assert browser(cast, "town").get(url).status_code == 410
    assert browser(cast, "town").get(url[:-1]).status_code == 404


# --- files --------------------------------------------------------------------------------------------------------


def table(kind: str, actor: Actor, **params: str) -> list[list[Any]]:
    """Header and rows of a file, as the engine takes them."""
    found = registry.export_kind(kind)
    with override("en"):
        kept = found.check(params, actor)
        return [found.headers(kept), *(list(row) for row in found.rows(kept, actor))]


def test_the_list_of_who_missed_holds_the_own_towns_only(cast: Cast, staff: dict[str, StaffMember]) -> None:
    head, *rows = table("sentinel.missed_in_clear", cast.actor("town"), category=CODE, on="2022-06-18")
    assert head == [
        *("Name of the enterprise", "Full name", "Mobile number", "Person in charge"),
        *("Phone of the principal", "Time of the last test"),
    ]
    assert {(row[0], row[1]) for row in rows} == {
        ("近岸冷链有限公司", "甄近一"),
        ("近岸冷链有限公司", "甄近二"),
    }
    assert [row[5] for row in rows if row[1] == "甄近一"] == [LATER - timedelta(days=2)]
    _, *masked = table("sentinel.missed", cast.actor("bureau"), category=CODE, on="2022-06-18")
    assert len(masked) == 3
    assert {row[1] for row in masked} == {"甄**"}


def test_a_list_of_one_place_is_one_place_in_its_file(cast: Cast, staff: dict[str, StaffMember]) -> None:
    town = cast.near.organization.region_id
    shown: Any = page(browser(cast, "command"), "sentinel:missed", CODE, on=str(DAY), town=town)
    assert [str(one.label) for one in shown.context["exports"]] == [
        "Export the 2 people found (in clear)",
        "Export the 2 people found (masked)",
        "Export all 3 people (in clear)",
        "Export all 3 people (masked)",
    ]
    for one in shown.context["exports"]:
        asked = dict(parse_qsl(urlsplit(one.url).query))
        kind = urlsplit(one.url).path.strip("/").split("/")[-1]
        _, *rows = table(kind, cast.actor("command"), **asked)
        assert str(len(rows)) in one.label
        found = registry.export_kind(kind)
        assert found.count(found.check(asked, cast.actor("command")), cast.actor("command")) == len(rows)
    _, *rows = table(
        "sentinel.missed", cast.actor("command"), category=CODE, on=str(DAY), organization="近岸"
    )
    assert {row[0] for row in rows} == {"近岸冷链有限公司"}


def test_the_summary_names_no_one(cast: Cast, staff: dict[str, StaffMember]) -> None:
    rows = table("sentinel.alert_summary", cast.actor("command"), on="2022-06-18")
    assert rows[1:] == [["冷链（测试）", "市场监督管理局", 4, 3], ["Total", None, 4, 3]]


def test_the_summary_is_offered_where_its_numbers_stand(cast: Cast, staff: dict[str, StaffMember]) -> None:
    """The message of nine o'clock leads to the second of these pages."""
    client = browser(cast, "command")
    for shown in (page(client, "sentinel:today"), page(client, "sentinel:compliance", on=str(DAY))):
        assert reverse("exchange:new_export", args=["sentinel.alert_summary"]) + f"?on={DAY}" in links_of(
            shown
        )
        assert "Excel summary" in text(shown)


@pytest.mark.parametrize("params", [{}, {"on": "18 June"}, {"on": "2022-06-18", "category": "cast-courier"}])
def test_a_file_of_what_is_out_of_reach_is_refused(cast: Cast, params: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        registry.export_kind("sentinel.missed").check(params, cast.actor("principal"))


# --- follow-up ----------------------------------------------------------------------------------------------------


def act(cast: Cast, who: str, what: Act, *staff: UUID, **more: str) -> int:
    return follow_up(FollowUpEntry(CODE, DAY, staff, what, Answer(**more)), actor=cast.actor(who), at=LATER)


def test_claimed_answered_closed_and_opened_again(cast: Cast, staff: dict[str, StaffMember]) -> None:
    one, two = staff["near"].id, staff["near_too"].id
    assert act(cast, "town", Act.CLAIM, one, two) == 2
    assert act(cast, "principal", Act.ANSWER, one, reason="ill", note="在家发热") == 1
    assert act(cast, "town", Act.CLOSE, one) == 1
    assert act(cast, "town", Act.RELEASE, two) == 1
    states = dict(FollowUp.objects.values_list("staff_id", "state"))
    assert states == {one: "closed", two: ""}
    assert act(cast, "town", Act.REOPEN, one) == 1
    row = FollowUp.objects.get(staff=one)
    assert (row.state, row.reason, row.claimed_by, row.closed_at) == ("claimed", "ill", "town", None)
    assert "发热".encode() not in bytes(row.sealed_note or b"")
    assert AuditEntry.objects.filter(action="sentinel.followed_up").count() == 5


def test_an_act_is_for_all_or_for_none(cast: Cast, staff: dict[str, StaffMember]) -> None:
    one, two, far = staff["near"].id, staff["near_too"].id, staff["far"].id
    act(cast, "town", Act.CLAIM, one)
    refusals = [
        ("town", Act.CLAIM, (one, two), {}, "alerts.follow_up_state"),
        ("town", Act.CLAIM, (two, far), {}, "core.not_found"),
        ("town", Act.CLAIM, (two, staff["tested"].id), {}, "core.not_found"),
        ("principal", Act.ANSWER, (far,), {"reason": "ill"}, "core.not_found"),
        ("town", Act.ANSWER, (one,), {"reason": "bored"}, "alerts.follow_up_reason"),
        ("town", Act.ANSWER, (one,), {"reason": "ill", "note": "长" * 201}, "alerts.follow_up_note"),
        ("town", Act.CLAIM, (), {}, "alerts.follow_up_nobody"),
    ]
    for who, what, people, more, code in refusals:
        with pytest.raises(Refusal) as refused:
            act(cast, who, what, *people, **more)
        assert refused.value.code == code
    with pytest.raises(Refusal) as refused:
        act(cast, "principal", Act.CLOSE, one)
    assert refused.value.status == 403
    assert dict(FollowUp.objects.exclude(state="").values_list("staff_id", "state")) == {one: "claimed"}


def test_on_the_page(cast: Cast, staff: dict[str, StaffMember], monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(cast, "town")
    one, two = staff["near"].id, staff["near_too"].id
    on = f"?on={DAY}"
    claim = reverse("sentinel:follow_up", args=[CODE, "claim"]) + on
    shown = client.post(claim, {"id": [str(one), str(two)]}, follow=True)
    assert "Done for 2 people." in text(shown)
    answer = reverse("sentinel:answer", args=[CODE]) + on
    asked = page_after(client, client.post(answer, {"id": [str(one)]}))
    assert "Answer for 1 person 甄** · 近岸冷链有限公司 Reason" in text(asked)
    monkeypatch.setattr(web, "NAMED", 1)
    asked = page_after(client, client.post(answer, {"id": [str(one), str(two)]}))
    assert "Answer for 2 people 甄** · 近岸冷链有限公司 and 1 other person" in text(asked)
    for elsewhere in ("javascript:alert(1)", "//evil.example/", "/" + "x" * 20_000):
        asked = page_after(client, client.post(answer, {"id": [str(one)], "next": elsewhere}))
        assert asked.context["next"] == reverse("sentinel:missed", args=[CODE]), elsewhere
    client.post(answer, {"id": [str(one)], "reason": "on_leave", "note": "至下周"})
    listed = text(page(client, "sentinel:missed", CODE, on=str(DAY)))
    assert "On leave" in listed
    assert "至下周" in listed
    again = client.post(claim, {"id": [str(one)]}, follow=True)
    assert "stand otherwise by now" in text(again)


def test_a_principal_answers_beside_the_name_on_the_first_page(
    cast: Cast, staff: dict[str, StaffMember]
) -> None:
    client = browser(cast, "principal")
    with at_clock(LATER):
        home: Any = page(client, "sentinel:today")
        found = {staff["near"].id, staff["near_too"].id}
        assert home.context["answerable"] == found
        assert len(re.findall(r'<button[^>]*form="answer"', home.content.decode())) == len(found)
        due: Any = page(client, "sentinel:due")
        assert due.context["answerable"] == found
        answer = reverse("sentinel:answer", args=[CODE]) + f"?on={DAY}"
        sent_from = {"id": [str(staff["near"].id)], "next": reverse("sentinel:today")}
        asked = page_after(client, client.post(answer, sent_from))
        assert asked.context["form"]["reason"].value() in (None, "")
        assert "甄近一 · 近岸冷链有限公司" in text(asked)
        typed = {**sent_from, "reason": "reminded", "note": ""}
        assert client.post(answer, typed)["Location"] == reverse("sentinel:today")
    assert FollowUp.objects.get().reason == "reminded"


def test_the_list_says_who_claimed_who_answered_and_when(cast: Cast, staff: dict[str, StaffMember]) -> None:
    one = staff["near"].id
    act(cast, "town", Act.CLAIM, one)
    act(cast, "principal", Act.ANSWER, one, reason="reminded")
    listed = text(page(browser(cast, "town"), "sentinel:missed", CODE, on=str(DAY)))
    assert re.search(
        r"Reminded, will be tested claimed by town, \S.*?12:00 answered by principal, \S.*?12:00", listed
    )


def test_an_answer_states_no_reason_by_itself(cast: Cast, staff: dict[str, StaffMember]) -> None:
    client = browser(cast, "town")
    address = reverse("sentinel:answer", args=[CODE]) + f"?on={DAY}"
    asked = page_after(client, client.post(address, {"id": [str(staff["near"].id)]}))
    assert not asked.context["form"]["reason"].value()
    assert re.search(r'<option value=""[^>]* selected|<option value="">', asked.content.decode())


def test_settings_on_their_pages(cast: Cast, staff: dict[str, StaffMember]) -> None:
    client = browser(cast, "command")
    assert "冷链" in text(page(client, "sentinel:alerts"))
    shown = text(page(client, "sentinel:alert_setting", CODE))
    assert "Today 3 of 4 people would be alerted" in shown
    tried = text(page(client, "sentinel:alert_setting", CODE, rule="3/1"))
    assert "Today 2 of 4 people would be alerted" in tried
    address = reverse("sentinel:alert_setting", args=[CODE])
    typed = {"is_on": "on", "tells_towns": "on", "ways": ["sms"], "seniors": [str(cast.users["command"].id)]}
    saved = client.post(address, sent(client, address, typed))
    assert saved.status_code == 302
    kept = queries.setting_of(CODE)
    assert kept is not None
    assert (kept.is_on, kept.tells_department, kept.tells_towns, kept.media) == (True, False, True, ["sms"])
    group = {"seniors": [str(cast.users["bureau"].id)]}
    client.post(reverse("sentinel:alerts"), sent(client, reverse("sentinel:alerts"), group))
    assert queries.recipients(None) == [cast.users["bureau"].id]


def test_the_second_of_two_who_set_alerts_is_told_of_the_first(
    cast: Cast, staff: dict[str, StaffMember]
) -> None:
    client = browser(cast, "command")
    address = reverse("sentinel:alert_setting", args=[CODE])
    second = sent(client, address, {"tells_department": "on"})
    setting(cast, media=("sms",), seniors=(cast.users["command"].id,))
    told = page_after(client, client.post(address, second))
    assert "Beside the inbox, by: – → SMS" in text(told)
    kept = queries.setting_of(CODE)
    assert kept is not None
    assert (kept.is_on, kept.media) == (True, ["sms"])
    theirs = {**second, "theirs": "is_on,ways,seniors"}
    form = page_after(client, client.post(address, theirs)).context["form"]
    assert (form["is_on"].value(), form["ways"].value()) == (True, ["sms"])
    assert form["seniors"].value() == [str(cast.users["command"].id)]
