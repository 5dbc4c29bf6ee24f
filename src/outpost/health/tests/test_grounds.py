"""Nobody is held without a ground of the closed list and what it rests on, by form or by file; who is held reads the
ground and who ordered it, and nothing that officers wrote."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from outpost.audit.models import RowVersion
from outpost.core.actor import Actor
from outpost.core.clock import day_start
from outpost.core.errors import Refusal
from outpost.core.rights import Role
from outpost.exchange.services import request_undo, undo_import
from outpost.health.models import DispositionRecord
from outpost.health.models.proposals import DispositionProposal
from outpost.health.pass_facts import DISPOSITIONS, read_anew
from outpost.health.queries import proposals
from outpost.health.rules import HELD_ON, Disposition, Ground
from outpost.health.services import agree_to_dispositions
from outpost.health.services.proposals import Wanted, confirm_proposal, propose_disposition
from outpost.health.sheets import DispositionImport
from outpost.health.tests.records import document, person
from outpost.health.tests.test_citizens import MY, browser, citizen, own
from outpost.health.tests.test_declarations import Load, counts, disposed, load, reasons  # noqa: F401 - a fixture
from outpost.notifications.models import InboxMessage
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
WANTED = Wanted(
    disposition=Disposition.ISOLATION, ground="流调第18号", means="区隔离酒店", ground_kind=Ground.CONTACT
)


@pytest.fixture
def two(cast: Cast) -> tuple[Actor, Actor]:
    command = cast.actor("command")
    return command, replace(cast.actor("security"), reaches=command.reaches)


def code(wanted: Wanted, actor: Actor) -> str:
    with pytest.raises(Refusal) as refusal:
        propose_disposition(person(1), wanted, actor=actor, at=NOON)
    return refusal.value.code


@pytest.mark.promise("V4")
def test_nobody_is_proposed_to_be_held_without_a_ground_and_what_it_rests_on(
    two: tuple[Actor, Actor],
) -> None:
    for kind in (None, Ground.STATED):
        assert code(replace(WANTED, ground_kind=kind), two[0]) == "health.ground_kind_missing"
    for said in ("其他", "。。。。。", "—— / ——", "18 号"):
        assert code(replace(WANTED, ground=said), two[0]) == "health.ground_missing", said
    assert not DispositionProposal.objects.exists()


def test_the_second_word_states_a_ground_too_and_may_choose_another(two: tuple[Actor, Actor]) -> None:
    first, second = two
    propose_disposition(person(1), WANTED, actor=first, at=NOON)
    asked = DispositionProposal.objects.get()
    assert asked.ground_kind == "contact"
    with pytest.raises(Refusal) as refusal:
        confirm_proposal(asked.id, replace(WANTED, ground_kind=None), actor=second, at=NOON)
    assert refusal.value.code == "health.ground_kind_missing"
    confirm_proposal(asked.id, replace(WANTED, ground_kind=Ground.ARRIVAL), actor=second, at=NOON)
    row = DispositionRecord.objects.get()
    with translation.override("zh-hans"):
        assert row.because == "风险地区来返 · 流调第18号"
    assert DispositionProposal.objects.get().ground_kind == "arrival"


def test_who_may_enter_again_needs_the_text_alone(two: tuple[Actor, Actor]) -> None:
    first, second = two
    propose_disposition(person(1), WANTED, actor=first, at=NOON)
    confirm_proposal(DispositionProposal.objects.get().id, WANTED, actor=second, at=NOON)
    lift = Wanted(disposition=Disposition.ADMITTED, ground="隔离期满", ground_kind=Ground.CONTACT)
    propose_disposition(person(1), lift, actor=first, at=NOON + timedelta(hours=1))
    asked = DispositionProposal.objects.get(decided_at=None)
    assert (asked.ground_kind, asked.because) == ("stated", "隔离期满")


@pytest.mark.promise("V4")
def test_a_list_without_grounds_holds_nobody(cast: Cast, load: Load, two: tuple[Actor, Actor]) -> None:  # noqa: F811
    held: list[dict[str, Any]] = [{"disposition": "需隔离", "document_number": document(i)} for i in range(6)]
    rows = [
        held[0] | {"ground_kind": None},
        held[1] | {"ground_kind": "其他"},
        held[2] | {"ground_kind": "其他（见原文）"},
        held[3] | {"ground": None},
        held[4] | {"ground": "无"},
        held[5] | {"ground_kind": "密接"},
    ]
    result = load(disposed(*rows), kind="dispositions", actor=two[0])
    assert counts(result) == (6, 1, 0, 0, 5)
    said = reasons(result)
    assert ["依据类别" in one for one in said] == [True, True, True, False, False]
    told = InboxMessage.objects.filter(template="health.dispositions_brought")
    assert {one.link for one in told} == {"/health/passes"}
    assert told.filter(user__grants__role=Role.COMMAND).exists()
    page = reverse("exchange:import", args=[result.import_id])
    assert "尚未生效" in browser(cast.users["command"]).get(page).content.decode()
    assert agree_to_dispositions(result.import_id, actor=two[1], at=NOON) == 1
    assert "尚未生效" not in browser(cast.users["command"]).get(page).content.decode()
    assert DispositionRecord.objects.get().ground_kind == "contact"
    (history,) = proposals.history_of(person(5))
    assert history.set_by.split(" · ") == [cast.users[name].display_name for name in ("command", "security")]


def test_a_file_lets_in_again_with_a_text_and_keeps_no_kind(load: Load) -> None:  # noqa: F811
    rows: list[dict[str, Any]] = [
        {"disposition": "可进场"},
        {"disposition": "可进场", "ground": None, "document_number": document(2)},
    ]
    assert counts(load(disposed(*rows), kind="dispositions")) == (2, 1, 0, 0, 1)
    assert DispositionRecord.objects.get().ground_kind == "stated"


def test_the_database_knows_no_other_ground_and_every_ground_of_the_list_is_offered(cast: Cast) -> None:
    del cast
    assert [*HELD_ON, Ground.STATED] == [*Ground]
    row = DispositionRecord(person_id=person(1), started_at=NOON, disposition="isolation", received_at=NOON)
    row.ground_kind = "other"
    with pytest.raises(IntegrityError, match="health_disposition_ground"), transaction.atomic():
        row.save(force_insert=True)


def order_of(who: object, **changes: object) -> None:
    stated = {
        "disposition": "isolation",
        "means": "区隔离酒店",
        "ground": "与甄某同住",
        "ground_kind": "contact",
    }
    row = DispositionRecord(person_id=who, started_at=NOON, received_at=NOON, **(stated | changes))  # type: ignore[misc]
    row.agreed_at, row.agreed_by = NOON, row.agreed_by or "user:two"
    row.save(force_insert=True)
    read_anew(DISPOSITIONS, "SELECT %(person)s::uuid AS person_id", {"person": who})


def test_who_is_held_reads_ground_authority_and_end_and_no_word_of_an_officer(cast: Cast) -> None:
    del cast
    user = citizen(is_seen=True)
    order_of(own(user))
    client = browser(user)
    page = " ".join(client.get(reverse(MY)).content.decode().split())
    for said in ("密切接触", "经两名人员同意", "区隔离酒店", "区指挥部"):
        assert said in page
    assert "甄某" not in page
    found = proposals.own_order(own(user), at=NOON)
    assert found is not None
    assert found.is_of_two
    DispositionRecord.objects.update(agreed_by="system:command-line", ground_kind="stated")
    page = " ".join(client.get(reverse(MY)).content.decode().split())
    assert "其他（见原文）" in page
    assert "经两名" not in page
    assert "甄某" not in page


def test_an_order_that_asks_for_no_full_day_names_the_tests_alone(cast: Cast) -> None:
    del cast
    user = citizen(is_seen=True)
    order_of(own(user), disposition="suspected", ground_kind="symptoms")
    page = " ".join(browser(user).get(reverse(MY)).content.decode().split())
    assert "2次核酸阴性" in page
    assert "0个整日" not in page


def test_nothing_is_told_of_an_order_before_an_officer_has_seen_the_card_or_once_it_is_lifted(
    cast: Cast,
) -> None:
    del cast
    user = citizen(is_seen=False)
    order_of(own(user))
    client = browser(user)
    assert "密切接触" not in client.get(reverse(MY)).content.decode()
    assert proposals.own_order(own(user), at=NOON - timedelta(seconds=1)) is None


@pytest.mark.promise("V4")
def test_one_officers_file_rewrites_nothing_that_two_agreed_to(load: Load, two: tuple[Actor, Actor]) -> None:  # noqa: F811
    """Neither where somebody is held, nor on which ground, nor until when by what was stated."""
    order = {"disposition": "需隔离", "started_at": "2022-06-01", "means": "区隔离酒店"}
    load(disposed(order), kind="dispositions", actor=two[0])
    corrected = load(disposed(order | {"means": "居家"}), kind="dispositions", actor=two[0])
    assert counts(corrected) == (1, 0, 1, 0, 0)  # nobody has agreed yet
    assert agree_to_dispositions(corrected.import_id, actor=two[1], at=NOON) == 1
    before = DispositionRecord.objects.values().get()
    for change in ({"means": "方舱"}, {"ground_kind": "核酸阳性"}, {"last_day": "2022-06-02"}):
        result = load(disposed(order | {"means": "居家"} | change), kind="dispositions", actor=two[0])
        assert counts(result) == (1, 0, 0, 0, 1), change
        assert "两人同意" in reasons(result)[0]
    same = load(disposed(order | {"means": "居家"}), kind="dispositions", actor=two[0])
    assert counts(same) == (1, 0, 0, 1, 0)
    assert DispositionRecord.objects.values().get() == before
    DispositionRecord.objects.update(ground_kind="stated")  # a row of before gets the kind that a file states
    assert counts(load(disposed(order | {"means": "居家"}), kind="dispositions", actor=two[0])) == (
        1,
        0,
        1,
        0,
        0,
    )


def test_a_file_from_before_the_list_can_still_be_taken_back(load: Load, cast: Cast) -> None:  # noqa: F811
    """Its kept versions know no kind of ground."""
    feeder = cast.actor("command")
    load(disposed({"disposition": "需隔离", "started_at": "2022-06-01"}), kind="dispositions")
    changed = disposed({"disposition": "需隔离", "started_at": "2022-06-01", "means": "区隔离酒店"})
    brought = load(changed, kind="dispositions", actor=feeder)
    kept = RowVersion.objects.get(table="health_disposition")
    before = {name: value for name, value in kept.row.items() if name != "ground_kind"}
    RowVersion.objects.filter(id=kept.id).update(row=before)
    request_undo(brought.import_id, actor=feeder, at=NOON)
    undo_import(brought.import_id, at=NOON)
    row = DispositionRecord.objects.get()
    assert (row.means, row.ground_kind) == ("", "contact")


def test_the_summary_of_a_file_names_what_it_changes_of_an_order(load: Load) -> None:  # noqa: F811
    load(disposed({"disposition": "需隔离", "started_at": "2022-06-01"}), kind="dispositions")
    before = DispositionRecord.objects.values().get() | {"ground_kind": "stated"}
    after = before | {"ground_kind": "arrival", "stated_ends_at": day_start(date(2022, 6, 16))}
    with translation.override("zh-hans"):
        changes = DispositionImport().differences(before, after)
    assert {(one.label, one.before, one.after) for one in changes} == {
        ("依据类别", "—", "风险地区来返"),
        ("截止日期", "—", "2022-06-15"),
    }
