"""进出 by file: the same decision as at the gate, at its time; twice is once; everything that fails is named."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import translation

from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.crypto import ring
from outpost.exchange.models import Import
from outpost.exchange.services import apply_import, confirm_import
from outpost.people.rules import Document, DocumentType
from outpost.people.seals import person_id_of
from outpost.sentinel.tests.ledgers import confirm, counts, csv_file, id_number, send, undo
from outpost.sites import services
from outpost.sites.models import Contract, Passage, Registration, Stay
from outpost.sites.rules.entering import PlaceRule
from outpost.sites.tests.gate import gate, passing
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.test_import import reasons
from outpost.sites.tests.test_passing import HOUR, command, crew, dispose, registered  # noqa: F401 - fixtures
from outpost.sites.vocabularies import Checked
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


def entry_row(number: int, way: str, at: datetime) -> dict[str, str]:
    when = at.astimezone(zone()).strftime("%Y-%m-%d %H:%M")
    return {"证件号码": id_number(number), "进出": way, "时间": when}


class Entries:
    """Files of entries for the first contract."""

    def __init__(self, actor: Actor, folder: Path) -> None:
        self._actor, self._folder = actor, folder

    def sent(self, *rows: Mapping[str, str], actor: Actor | None = None) -> Import:
        path = csv_file(self._folder / "进出.csv", list(rows[0]), [list(row.values()) for row in rows])
        return send(path, "sites.entries", {"contract": "HT0001"}, actor=actor or self._actor)

    def __call__(self, *rows: Mapping[str, str]) -> Import:
        return confirm(self.sent(*rows), actor=self._actor)

    def undo(self, task: Import) -> Import:
        return undo(task, actor=self._actor)


@pytest.fixture
def entries(command: Actor, tmp_path: Path) -> Entries:  # noqa: F811 - the fixture's value
    return Entries(command, tmp_path)


def spells(number: int) -> list[tuple[datetime, datetime | None]]:
    person = Registration.objects.get(contract__number="HT0001", person=_person(number)).person_id
    return list(
        Stay.objects.filter(person_id=person).order_by("entered_at").values_list("entered_at", "left_at")
    )


def _person(number: int) -> UUID:
    return person_id_of(ring(), Document(DocumentType.RESIDENT_ID, id_number(number)))


def test_rows_pass_in_the_order_of_time_and_a_file_that_comes_again_changes_nothing(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    entries: Entries,
) -> None:
    morning, noon, evening = NOON - 4 * HOUR, NOON - 2 * HOUR, NOON - HOUR
    rows = (
        entry_row(1, "退场", noon),
        entry_row(1, "进场", evening),
        entry_row(2, "进场", morning),
        entry_row(1, "进场", morning),
    )
    task = entries(*rows)
    assert counts(task) == (4, 0, 0, 0)
    assert spells(1) == [(morning, noon), (evening, None)]
    assert spells(2) == [(morning, None)]
    assert counts(entries(*rows)) == (0, 0, 4, 0)
    assert Stay.objects.count() == 3


def test_every_condition_that_fails_is_named_with_its_numbers_and_stands_in_the_summary_before(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    command: Actor,  # noqa: F811
    entries: Entries,
) -> None:
    services.add_place_rule(PlaceRule("", 14, 2, NOON.date() - timedelta(days=30)), actor=command, at=NOON)
    dispose(_person(3), "isolation", NOON - HOUR)
    rows = (
        entry_row(1, "进场", NOON - HOUR),
        entry_row(2, "退场", NOON - HOUR),
        entry_row(3, "进场", NOON - HOUR),
        entry_row(9, "进场", NOON - HOUR),
    )
    with translation.override("zh-hans"):
        checked = entries.sent(*rows)
        assert counts(checked) == (0, 0, 0, 4)
        assert Stay.objects.count() == 0
        task = confirm(checked, actor=command)
    assert (task.read, counts(task)) == (4, (0, 0, 0, 4))
    told = reasons(task)
    for number, parts in enumerate((("14", "0"), ("不在本工地",), ("需隔离", "14"), ("没有登记",))):
        for part in parts:
            assert part in told[number], told[number]
    assert Stay.objects.count() == 0


def test_what_was_entered_by_hand_is_known_to_a_file(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    command: Actor,  # noqa: F811
    entries: Entries,
) -> None:
    one = Registration.objects.get(contract__number="HT0001", person=_person(1))
    when = (NOON - HOUR).replace(second=0, microsecond=0)
    services.enter([one.id], Checked.DOCUMENT, occurred_at=when, actor=command, at=NOON)
    assert counts(entries(entry_row(1, "进场", when))) == (0, 0, 1, 0)
    assert counts(entries(entry_row(1, "进场", when + HOUR / 2))) == (0, 0, 0, 1)


def test_what_changed_between_the_check_and_the_confirmation_is_decided_anew(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    command: Actor,  # noqa: F811
    entries: Entries,
) -> None:
    checked = entries.sent(entry_row(1, "进场", NOON - HOUR), entry_row(2, "进场", NOON - HOUR))
    assert counts(checked) == (2, 0, 0, 0)
    dispose(_person(2), "suspected", NOON - 2 * HOUR)
    task = confirm(checked, actor=command)
    assert (task.read, counts(task)) == (2, (1, 0, 0, 1))
    assert [len(spells(number)) for number in (1, 2)] == [1, 0]


def test_an_undo_puts_people_where_they_were_unless_something_later_is_known(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    command: Actor,  # noqa: F811
    entries: Entries,
) -> None:
    first = entries(entry_row(1, "进场", NOON - 5 * HOUR), entry_row(2, "进场", NOON - 5 * HOUR))
    second = entries(entry_row(1, "退场", NOON - 4 * HOUR), entry_row(1, "进场", NOON - 3 * HOUR))
    entries.undo(second)
    assert spells(1) == [(NOON - 5 * HOUR, None)]
    two = Registration.objects.get(contract__number="HT0001", person=_person(2))
    services.leave([two.id], occurred_at=NOON, actor=command, at=NOON)
    undone = entries.undo(first)
    assert (spells(1), spells(2)) == ([], [(NOON - 5 * HOUR, NOON)])
    assert undone.kept_on_undo == 1
    assert Passage.objects.count() == 2


def test_what_a_gate_stated_is_known_to_a_file_and_holds_what_it_rests_on(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    entries: Entries,
) -> None:
    one, two = (Registration.objects.get(contract__number="HT0001", person=_person(n)) for n in (1, 2))
    desk, when = gate(one.contract), (NOON - HOUR).replace(second=0, microsecond=0)
    desk.hand_in(desk.entry(passing(one), when))
    assert counts(entries(entry_row(1, "进场", when))) == (0, 0, 1, 0)
    filed = entries(entry_row(2, "进场", when))
    desk.hand_in(desk.entry(passing(two, "leave"), NOON))
    assert entries.undo(filed).kept_on_undo == 1
    assert (spells(1), spells(2)) == ([(when, None)], [(when, NOON)])


def test_an_undo_leaves_alone_what_a_gate_of_another_site_stated_later(
    crew: list[Registration],  # noqa: F811 - the fixture's value
    entries: Entries,
) -> None:
    task = entries(entry_row(1, "进场", NOON - 5 * HOUR))
    there = Registration.objects.get(contract__number="HT0002", person=_person(1))
    device = gate(there.contract, at=NOON - 20 * HOUR)
    device.hand_in(device.entry(passing(there), NOON - 2 * HOUR))
    undone = entries.undo(task)
    assert (undone.state, undone.kept_on_undo) == ("undone", 1)
    assert spells(1) == [(NOON - 5 * HOUR, NOON - 2 * HOUR), (NOON - 2 * HOUR, None)]


def test_a_file_reaches_no_contract_beyond_the_reach_and_no_time_ahead(
    cast: Cast,
    crew: list[Registration],  # noqa: F811 - the fixture's value
    entries: Entries,
) -> None:
    assert counts(
        entries(entry_row(1, "进场", NOON + HOUR), entry_row(2, "进场", NOON - timedelta(days=15)))
    ) == ((0, 0, 0, 2))
    whole_day = entry_row(1, "进场", NOON) | {"时间": "2022-05-02"}
    assert counts(entries(whole_day)) == (0, 0, 0, 1)
    waiting = entries.sent(entry_row(1, "进场", NOON - HOUR), actor=cast.actor("town"))
    (far,) = brought(contract_row(3, 所属镇街=FAR_TOWN), actor=cast.actor("command"))
    confirm_import(waiting.id, actor=cast.actor("town"), at=NOON)
    Contract.objects.filter(id=crew[0].contract_id).update(project=far.project)
    apply_import(waiting.id, at=NOON)
    waiting.refresh_from_db()
    assert waiting.state == "refused"
    assert entries.sent(entry_row(1, "进场", NOON - HOUR), actor=cast.actor("town")).state == "refused"
    assert Stay.objects.count() == 0
