"""Hole 3: a principal who enters a stranger's number under a false name learns nothing of the person.

Whatever the principal is answered is the same whether there are facts under that number or none: pages, lists, filters,
files, messages; by every door through which a number gets into a ledger. Facts under the name show, as ever.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from outpost.alerts.follow_ups import NO_ANSWER, Act, Answer
from outpost.audit import deletions
from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.exchange.registry import export_kind
from outpost.health import services as health
from outpost.health.sheets import TestParser, VaccinationParser
from outpost.health.tests.records import a_dose, a_test, cells
from outpost.notifications.models import InboxMessage
from outpost.sentinel.duty import ABSENCES
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries import compliance, missed, statistics
from outpost.sentinel.queries.statistics import lists
from outpost.sentinel.services.alerts import AlertEntry, send_alerts, set_alert
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.follow_ups import FollowUpEntry, Reason, follow_up
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.services.staff import add_staff, change_staff, confirm_staff, remove_staff
from outpost.sentinel.tests.ledgers import STAFF_HEADER, confirm, csv_file, entry, id_number, send, staff_row
from outpost.sentinel.tests.pages import at_clock, browser
from outpost.testing.cast import NOON, Cast

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.promise("T9"),
    pytest.mark.usefixtures("bare_answers"),
]

SYSTEM = Actor.system("test")
TODAY = date(2022, 6, 8)
STRANGER = 7
SAMPLED = ("2022-06-06 08:00", "2022-06-07 08:00", "2022-04-20 08:00", "2022-06-08 09:00")
TOKENS = re.compile(r'name="csrfmiddlewaretoken"[^>]*|nonce="[^"]*"|"X-CSRFToken": "[^"]*"')
PAGES = (
    *("/sentinel/", "/sentinel/due/", "/sentinel/due/?kind=today", "/sentinel/due/?kind=made_up"),
    *("/sentinel/due/?kind=tomorrow", "/sentinel/staff/", "/sentinel/staff/?recency=unmatched"),
    *("/sentinel/staff/?recency=within_24h", "/sentinel/staff/?state=met", "/sentinel/staff/?state=missed"),
    *("/sentinel/staff/?dose=none", "/sentinel/staff/?dose=given_1", "/sentinel/staff/?dose=due_1"),
    *("/sentinel/staff/?dose=due_2", "/sentinel/staff/?sort=-last_sampled_at"),
    *("/sentinel/compliance/?on=2022-06-08", "/sentinel/compliance/?on=2022-06-07"),
    *("/sentinel/compliance/cast-cold?on=2022-06-08", "/sentinel/compliance/cast-cold?on=2022-06-07"),
)


def by_hand(cast: Cast, _folder: Path) -> None:
    add_staff(cast.near.id, false_entry(), actor=cast.actor("principal"), at=NOON)


def by_file(cast: Cast, folder: Path) -> None:
    header = (*STAFF_HEADER, "入职日期")
    path = csv_file(folder / "staff.csv", header, [(*staff_row(STRANGER), "2022-03-01")])
    actor = cast.actor("principal")
    assert confirm(send(path, "sentinel.staff", {"category": "cast-cold"}, actor=actor), actor=actor).new == 1


def by_restating(cast: Cast, _folder: Path) -> None:
    """A row that an officer entered years ago is given the stranger's number, under the name that stands there."""
    earlier = NOON - timedelta(days=400)
    member = add_staff(cast.near.id, entry(1), actor=cast.actor("command"), at=earlier)
    change_staff(member.id, false_entry(), actor=cast.actor("principal"), at=NOON)


def by_restoring(cast: Cast, folder: Path) -> None:
    by_hand(cast, folder)
    member = StaffMember.objects.get()
    remove_staff([member.id], actor=cast.actor("principal"), at=NOON)
    deletions.restore(Deletion.objects.get().id, actor=cast.actor("principal"), at=NOON)


def by_another_document_type(cast: Cast, _folder: Path) -> None:
    """The number under a type of document under which there are no facts: no cause may tell where they are."""
    stated = false_entry(document_type="其他")
    add_staff(cast.near.id, stated, actor=cast.actor("principal"), at=NOON)


DOORS = (by_hand, by_file, by_restating, by_restoring, by_another_document_type)


def false_entry(**changes: Any) -> dict[str, Any]:
    return entry(STRANGER, joined_on="2022-03-01", **changes)


def facts_come(name: str) -> None:
    """Tests and doses of the stranger, under a name or without one."""
    health.ensure_products()
    known = {"document_number": id_number(STRANGER), "name": name or None}
    tests, doses = TestParser(at=NOON), VaccinationParser(at=NOON)
    rows = [a_test(record_id=str(n), sampled_at=at, **known) for n, at in enumerate(SAMPLED)]
    health.record_tests([tests(cells(tests.sheet, row)).values for row in rows], actor=SYSTEM, at=NOON)
    dose = doses(cells(doses.sheet, a_dose(given_on="2022-01-05", **known)))
    health.record_vaccinations([dose.values], actor=SYSTEM, at=NOON)
    said = health.Declared(symptoms=("咳嗽",), was_in_risk_area=True)
    stranger = ring().pseudonym("resident_id", id_number(STRANGER))
    health.declare(stranger, said, key=uuid4(), is_seen=True, actor=SYSTEM, at=NOON)


def answers(cast: Cast) -> dict[str, Any]:
    """Everything that the principal is answered, after the match and the messages of the day."""
    with transaction.atomic(), at_clock(NOON):
        set_alert(AlertEntry("cast-cold", is_on=True, tells_principals=True), actor=SYSTEM, at=NOON)
        run_match(TODAY, actor=SYSTEM, at=NOON)
        send_alerts(TODAY, actor=SYSTEM, at=NOON)
        actor = cast.actor("principal")
        found: dict[str, Any] = dict(_pages(cast, browser(cast, "principal")))
        found |= _reports(actor)
        found |= _files(actor)
        found["answered"] = _answered(actor)
        told = InboxMessage.objects.filter(user=cast.users["principal"])
        found["messages"] = list(told.values_list("template", "params"))
        transaction.set_rollback(True)
    return found


def _pages(cast: Cast, client: Client) -> Iterator[tuple[str, str]]:
    staff = StaffMember.objects.get()
    counted = [f"/sentinel/statistics/staff?figure={figure}" for figure in lists.PEOPLE]
    for url in (
        *PAGES,
        f"/sentinel/staff/{staff.id}?first=2022-04-01&last=2022-06-08",
        *(f"{one}&first=2022-04-01&last=2022-06-08" for one in counted),
        "/sentinel/statistics/samples?first=2022-04-01&last=2022-06-08",
        "/sentinel/statistics/tests?first=2022-04-01&last=2022-06-08",
        "/sentinel/statistics/vaccination?on=2022-06-08",
    ):
        answer = client.get(url, follow=True)
        assert answer.status_code == 200, url
        yield url, TOKENS.sub("", answer.content.decode())


def _reports(actor: Actor) -> dict[str, Any]:
    by = statistics.Grouping.TOWN
    return {
        "compliance": missed.report(TODAY, actor=actor, at=NOON),
        "yesterday": missed.report(TODAY - timedelta(days=1), actor=actor, at=NOON),
        "tests": statistics.nat_report(date(2022, 4, 1), TODAY, by=by, actor=actor),
        "doses": statistics.vaccination_report(TODAY, by=by, actor=actor, with_balance=True),
    }


def _answered(actor: Actor) -> int:
    """About how many of those who missed the principal may answer: whom nothing is known of, too."""
    staff = tuple(StaffMember.objects.values_list("id", flat=True))
    about = FollowUpEntry("cast-cold", TODAY, staff, Act.ANSWER, Answer(Reason.ILL))
    try:
        return follow_up(about, actor=actor, at=NOON)
    except Refusal:
        return 0


def _files(actor: Actor) -> dict[str, Any]:
    params = {"category": "cast-cold"}
    asked = {
        "sentinel.own_due": params,
        "sentinel.own_missed": {**params, "on": "2022-06-08"},
        "sentinel.own_staff": {**params, "state": "met"},
    }
    found = {}
    for name, chosen in asked.items():
        kind = export_kind(name)
        kept = kind.check(chosen, actor)
        found[name] = [list(table.rows) for table in kind.tables(kept, actor)]
    return found


# Under which names the facts of the number come, besides the false one: another's, none.
TOLD_BY: Mapping[Callable[[Cast, Path], None], tuple[str, ...]] = {
    **dict.fromkeys(DOORS, ("李四",)),
    **dict.fromkeys((by_hand, by_restating), ("李四", "")),
}
# However a laboratory writes the name: blanks and width do not matter, and one record that has it right is enough.
OWN_NAME = "甄 测试"
SEES_ITS_OWN = (by_hand, by_file)


@pytest.mark.parametrize("door", DOORS)
def test_a_strangers_number_under_a_false_name_tells_nothing_and_ones_own_everything(
    cast: Cast, tmp_path: Path, door: Callable[[Cast, Path], None]
) -> None:
    door(cast, tmp_path)
    before = answers(cast)
    for name in TOLD_BY[door]:
        after = answers_once_facts_come(cast, name)
        assert {key for key in before if before[key] != after[key]} == set(), name
        assert after["answered"] == after["compliance"]["categories"][0]["missed"], name
    if door in SEES_ITS_OWN:
        facts_come(OWN_NAME)
        own_employer_sees(cast, before, answers(cast))


def answers_once_facts_come(cast: Cast, name: str) -> dict[str, Any]:
    """What the principal is answered when there are facts under this name; they are gone again afterwards."""
    with transaction.atomic():
        facts_come(name)
        found = answers(cast)
        transaction.set_rollback(True)
    return found


def own_employer_sees(cast: Cast, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """The person's own employer sees what came under the name."""
    assert {key for key in before if before[key] != after[key]} >= {
        *("/sentinel/", "/sentinel/staff/", "/sentinel/staff/?state=met", "/sentinel/staff/?dose=due_2"),
        *("/sentinel/compliance/cast-cold?on=2022-06-08", "compliance", "tests", "doses", "messages"),
    }
    facts = person_page(cast)
    assert all(day in facts for day in ("2022-06-06", "2022-06-07", "2022-06-08", "2022-01-05"))
    assert "2022-04-20" not in facts  # more than a month before the number was entered here


def test_an_officers_word_opens_what_came_without_a_name(cast: Cast, tmp_path: Path) -> None:
    by_hand(cast, tmp_path)
    facts_come("")
    [member] = StaffMember.objects.all()
    assert "2022-06-07" not in person_page(cast)
    for who, code in (("principal", "core.forbidden"), ("outsider", "core.forbidden")):
        with pytest.raises(Refusal) as caught:
            confirm_staff([member.id], actor=cast.actor(who), at=NOON)
        assert caught.value.code == code
    assert confirm_staff([member.id], actor=cast.actor("town"), at=NOON) == 1
    assert confirm_staff([member.id], actor=cast.actor("town"), at=NOON) == 0
    assert "2022-06-07" in person_page(cast)
    change_staff(member.id, entry(STRANGER, phone="13900000099"), actor=cast.actor("principal"), at=NOON)
    assert "2022-06-07" in person_page(cast)
    change_staff(member.id, entry(STRANGER, name="别人"), actor=cast.actor("principal"), at=NOON)
    assert "2022-06-07" not in person_page(cast)


@pytest.mark.parametrize("name", ["李四", ""])
def test_whom_officers_enter_and_what_they_see_is_as_ever(cast: Cast, tmp_path: Path, name: str) -> None:
    by_hand(cast, tmp_path)
    entered = add_staff(cast.near.id, entry(8), actor=cast.actor("town"), at=NOON)
    facts_come(name)
    counted = compliance.compliance(TODAY, actor=cast.actor("town"), at=NOON)
    assert [(one.staff, one.missed) for one in counted if one.staff] == [(2, 0)]
    assert not StaffMember.objects.get(id=entered.id).is_unconfirmed
    member = StaffMember.objects.exclude(id=entered.id).get()
    for who in ("town", "bureau", "command"):
        assert "2022-06-07" in person_page(cast, who, member)


def person_page(cast: Cast, who: str = "principal", member: StaffMember | None = None) -> str:
    one = member or StaffMember.objects.get()
    with at_clock(NOON):
        answer = browser(cast, who).get(f"/sentinel/staff/{one.id}?first=2022-04-01&last=2022-06-08#tests")
    return str(answer.content.decode()).split('id="tests"')[1].split("History")[0]


@pytest.mark.parametrize("changed", ["off_duty", "joined_later", "removed", "off_duty removed"])
def test_what_an_employer_states_after_the_match_tells_nothing(cast: Cast, changed: str) -> None:
    """Whoever is judged no longer is missed no longer, whether the match had found them or not."""
    earlier, actor = NOON - timedelta(days=5), cast.actor("principal")
    member = add_staff(cast.near.id, false_entry(), actor=actor, at=earlier)

    def told() -> dict[str, Any]:
        with transaction.atomic(), at_clock(NOON):
            set_alert(AlertEntry("cast-cold", is_on=True, tells_principals=True), actor=SYSTEM, at=NOON)
            run_match(TODAY, actor=SYSTEM, at=NOON)
            if "off_duty" in changed:
                set_duty([member.id], ABSENCES[0], starts_on=TODAY, actor=actor, at=NOON)
            if "removed" in changed:
                remove_staff([member.id], actor=actor, at=NOON)
            if changed == "joined_later":
                change_staff(member.id, entry(STRANGER, joined_on="2022-06-07"), actor=actor, at=NOON)
            send_alerts(TODAY, actor=SYSTEM, at=NOON)
            inbox = InboxMessage.objects.filter(user=cast.users["principal"])
            messages = list(inbox.values_list("template", "params"))
            found = {**_reports(actor), **_files(actor), "answered": _answered(actor), "messages": messages}
            transaction.set_rollback(True)
        return found

    before = told()
    facts_come("李四")
    assert told() == before


@pytest.mark.parametrize(
    ("is_answered_first", "acts"),
    [
        *((False, acts) for acts in ((Act.CLAIM,), (Act.ANSWER,), (Act.CLAIM, Act.CLOSE))),
        *((True, acts) for acts in ((Act.ANSWER,), (Act.CLOSE,))),
    ],
)
def test_what_officers_do_about_a_row_tells_its_employer_nothing(
    cast: Cast, is_answered_first: bool, acts: tuple[Act, ...]
) -> None:
    """Officers take up whom the match found: of whom nothing shows, the employer sees the own answer and no more."""
    member = add_staff(cast.near.id, false_entry(), actor=cast.actor("principal"), at=NOON)
    client, missed = browser(cast, "principal"), "/sentinel/compliance/cast-cold?on=2022-06-08"

    def does(who: str, act: Act, reason: str) -> int:
        answer = Answer(reason, "某某的备注") if act is Act.ANSWER else NO_ANSWER
        entry = FollowUpEntry("cast-cold", TODAY, (member.id,), act, answer)
        return follow_up(entry, actor=cast.actor(who), at=NOON)

    def told(*by_officers: Act) -> dict[str, Any]:
        with transaction.atomic(), at_clock(NOON):
            run_match(TODAY, actor=SYSTEM, at=NOON)
            if is_answered_first:
                does("principal", Act.ANSWER, Reason.ON_LEAVE)
            for act in by_officers:
                does("town", act, Reason.REMINDED)
            found = {"before": TOKENS.sub("", client.get(missed).content.decode())}
            found["count"] = str(does("principal", Act.ANSWER, Reason.ILL))
            found["after"] = TOKENS.sub("", client.get(missed).content.decode())
            found["officers"] = browser(cast, "town").get(missed).content.decode()
            transaction.set_rollback(True)
        return found

    quiet, busy = told(), told(*acts)
    officers = busy.pop("officers")
    assert "Ill" in quiet.pop("officers")
    assert busy == quiet
    assert ("On leave" in busy["before"], "Ill" in busy["after"]) == (is_answered_first, True)
    assert ("Closed" in officers, "Ill" in officers) == (Act.CLOSE in acts, Act.CLOSE not in acts)
