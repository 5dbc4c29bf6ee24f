"""处置: an abnormal report proposes, another officer decides with a ground; lifting takes two as well; all is kept."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health.models import DispositionRecord, TestRecord
from outpost.health.models.proposals import DispositionProposal
from outpost.health.pass_facts import TESTS, read_anew
from outpost.health.queries import proposals
from outpost.health.rules import Disposition, Ground
from outpost.health.services.proposals import Wanted, confirm_proposal, drop_proposal, propose_disposition
from outpost.notifications.models import InboxMessage
from outpost.sites import gate, services
from outpost.sites.models import Registration
from outpost.sites.queries import people
from outpost.sites.services.daily_health import report_one
from outpost.sites.tests.test_health_file import Files, health_row
from outpost.sites.tests.test_passing import HOUR, command, crew, dispose, registered  # noqa: F401 - fixtures
from outpost.sites.vocabularies import Checked
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def ill(cast: Cast, crew: list[Registration]) -> DispositionProposal:  # noqa: F811 - the fixture's value
    """What the town's report of a fever proposes."""
    report_one(crew[0].id, Decimal("38.6"), ["发热"], actor=cast.actor("town"), at=NOON)
    return DispositionProposal.objects.get()


def wanted(disposition: Disposition, means: str, ground: str, begins_at: datetime | None = None) -> Wanted:
    kind = None if disposition is Disposition.ADMITTED else Ground.CONTACT
    return Wanted(disposition=disposition, means=means, ground=ground, begins_at=begins_at, ground_kind=kind)


def codes(*acts: object) -> list[str]:
    found = []
    for act in acts:
        with pytest.raises(Refusal) as refusal:
            act()  # type: ignore[operator]
        found.append(refusal.value.code)
    return found


def test_an_abnormal_report_proposes_once_and_changes_nothing_by_itself(
    cast: Cast,
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
    ill: DispositionProposal,
) -> None:
    assert (ill.person_id, ill.ground, ill.disposition) == (
        crew[0].person_id,
        "每日健康 38.6℃ 发热",
        "suspected",
    )
    report_one(crew[0].id, Decimal("38.7"), [], actor=cast.actor("town"), at=NOON + HOUR)
    report_one(crew[1].id, Decimal("36.5"), [], actor=cast.actor("town"), at=NOON)
    dispose(crew[2].person_id, "isolation", NOON - HOUR)
    report_one(crew[2].id, None, ["咳嗽"], actor=cast.actor("town"), at=NOON)
    assert DispositionProposal.objects.count() == 1
    assert InboxMessage.objects.filter(template="health.disposition_proposed").exists()
    assert services.enter([crew[0].id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON).passed
    assert [row.id for row in proposals.waiting(actor=command)] == [ill.id]
    assert proposals.waiting(actor=cast.actor("town")) == []


def test_what_waits_is_named_to_who_may_let_them_in_and_shuts_nobody_out(
    cast: Cast,
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
    ill: DispositionProposal,
) -> None:
    """List, page and gate say so; of another day no more than that; of one to be let in again, or decided, nothing."""
    contract = crew[0].contract

    def listed(at: datetime) -> list[tuple[str, int]]:
        rows = people.registration_rows(people.registrations(contract, {}, actor=command, at=at), at=at)
        found = {row.id: (row.undecided, len(row.obstacles)) for row in rows}
        return [found[one.id] for one in crew]

    with translation.override("zh-hans"):
        assert listed(NOON)[0] == ("今日报告发热，待处置", 0)
        assert listed(NOON + 24 * HOUR)[0] == ("2022-06-08 的报告待处置", 0)
    with translation.override("en"):
        assert listed(NOON) == [("Fever reported today, not decided yet", 0), ("", 0), ("", 0)]
    told = [one for one in gate.people(str(contract.id), NOON)["people"] if one["undecided_on"]]
    assert [(one["id"], one["undecided_on"], one["undecided_fever"]) for one in told] == [
        (str(crew[0].id), "2022-06-08", True)
    ]
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, cast.users["town"])
    where = reverse("sites:person", args=[crew[0].id])
    with patch.object(clock, "now", lambda: NOON):
        page = client.get(where).content.decode()
    assert "今日报告发热，待处置" in page
    assert "决定前可以进场" in page
    drop_proposal(ill.id, "复测正常，体温计故障", actor=command, at=NOON)
    assert listed(NOON)[0] == ("", 0)
    dispose(crew[0].person_id, "isolation", NOON)
    lifting = wanted(Disposition.ADMITTED, "", "隔离期满")
    propose_disposition(crew[0].person_id, lifting, actor=cast.actor("command"), at=NOON + HOUR)
    assert listed(NOON + HOUR)[0] == ("", 1)


def test_who_has_to_leave_is_listed_with_why(
    cast: Cast,
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
) -> None:
    ids = [one.id for one in crew]
    services.enter(ids, Checked.WORD, occurred_at=NOON - HOUR, actor=command, at=NOON)
    dispose(crew[0].person_id, "isolation", NOON)
    positive = TestRecord(source="lab", record_id="1", person_id=crew[1].person_id, result="positive")
    positive.sampled_at = positive.received_at = NOON - 2 * HOUR
    positive.save(force_insert=True)
    read_anew(TESTS, "SELECT %(person)s::uuid AS person_id", {"person": crew[1].person_id})
    report_one(crew[1].id, None, ["咳嗽"], actor=cast.actor("town"), at=NOON)
    with translation.override("zh-hans"):
        rows = people.leaving_rows(people.to_leave_seen(actor=command, at=NOON), at=NOON)
        assert {row.stay.person_id: list(row.reasons) for row in rows} == {
            crew[0].person_id: ["需隔离，自 2022-06-08 12:00 起"],
            crew[1].person_id: ["须先由指挥部作出“可进场”处置。", "今日报告异常，待处置"],
        }
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["town"])
    page = client.get(reverse("sites:to_leave")).content.decode()
    assert "To be isolated since 2022-06-08 12:00" in page


def test_another_officer_confirms_with_place_and_ground_and_it_holds_at_the_gate(
    cast: Cast,
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
    ill: DispositionProposal,
) -> None:
    suspected, at = Disposition.SUSPECTED, NOON + HOUR
    assert codes(
        lambda: confirm_proposal(ill.id, wanted(suspected, "", "发热待查"), actor=command, at=at),
        lambda: confirm_proposal(ill.id, wanted(suspected, "区医院", " "), actor=command, at=at),
        lambda: confirm_proposal(
            ill.id, wanted(suspected, "区医院", "发热待查"), actor=cast.actor("town"), at=at
        ),
    ) == ["health.means_missing", "health.ground_missing", "core.forbidden"]
    confirm_proposal(ill.id, wanted(suspected, "区医院", "发热待查"), actor=command, at=at)
    refused = services.enter([crew[0].id], Checked.WORD, occurred_at=at, actor=command, at=at).refused
    assert [one.problem.code for one in refused[crew[0].id]] == ["sites.ordered"]
    (row,) = proposals.history_of(crew[0].person_id)
    assert (row.disposition, row.record.ground, row.record.means) == (suspected, "发热待查", "区医院")
    assert row.set_by == "town · command"
    assert codes(lambda: drop_proposal(ill.id, "误测更正", actor=command, at=at)) == ["core.not_found"]


def test_a_dropped_proposal_needs_a_ground_and_sets_nothing(
    command: Actor,  # noqa: F811
    ill: DispositionProposal,
) -> None:
    assert codes(lambda: drop_proposal(ill.id, "误", actor=command, at=NOON)) == ["health.ground_missing"]
    drop_proposal(ill.id, "复测体温正常", actor=command, at=NOON)
    ill.refresh_from_db()
    assert (ill.outcome, ill.answer) == ("dropped", "复测体温正常")
    assert not DispositionRecord.objects.exists()


def test_nobody_is_let_in_again_on_the_report_of_a_fever(
    cast: Cast,
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
    ill: DispositionProposal,
) -> None:
    """The order came after the report: to lift it takes two words of its own."""
    dispose(ill.person_id, "isolation", NOON + HOUR / 2)
    admitted = Disposition.ADMITTED
    assert codes(
        lambda: confirm_proposal(ill.id, wanted(admitted, "", "体温正常"), actor=command, at=NOON + HOUR)
    ) == ["health.not_proposed_to_lift"]
    assert proposals.standing_of(ill.person_id, at=NOON + HOUR).disposition is Disposition.ISOLATION
    client = Client()
    sign_in(client, cast.users["command"])
    page = client.get(reverse("health:decide_disposition", args=[ill.id])).content.decode()
    assert ('value="isolation"' in page, 'value="admitted"' in page) == (True, False)


def test_lifting_takes_a_ground_and_another_officer_and_shows_what_is_missing(
    cast: Cast,
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
) -> None:
    person = crew[0].person_id
    assert codes(
        lambda: propose_disposition(
            person, wanted(Disposition.ADMITTED, "", "解除隔离"), actor=command, at=NOON
        )
    ) == ["health.nothing_to_lift"]
    dispose(person, "isolation", NOON - timedelta(days=10))
    far = proposals.standing_of(person, at=NOON).done
    assert far is not None
    assert (far.days, far.days_done, far.tests, far.tests_done) == (14, 9, 2, 0)
    assert codes(
        lambda: propose_disposition(person, wanted(Disposition.ADMITTED, "", ""), actor=command, at=NOON)
    ) == ["health.ground_missing"]
    propose_disposition(person, wanted(Disposition.ADMITTED, "", "居家隔离期满"), actor=command, at=NOON)
    (waiting,) = DispositionProposal.objects.all()
    admitted = Disposition.ADMITTED
    assert codes(
        lambda: propose_disposition(
            person, wanted(Disposition.ADMITTED, "", "居家隔离期满"), actor=command, at=NOON
        ),
        lambda: confirm_proposal(waiting.id, wanted(admitted, "", "同意解除"), actor=command, at=NOON),
    ) == ["health.proposal_waits", "health.own_proposal"]
    other = Actor(id="user:other", label="other", reaches=command.reaches, roles=command.roles)
    confirm_proposal(waiting.id, wanted(admitted, "", "同意解除"), actor=other, at=NOON)
    assert proposals.standing_of(person, at=NOON).disposition is admitted
    assert services.enter([crew[0].id], Checked.WORD, occurred_at=NOON, actor=command, at=NOON).passed


def test_a_file_proposes_as_the_form_does(
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
    tmp_path: Path,
) -> None:
    files = Files(command, tmp_path)
    checked = files.sent(health_row(1, "37.3"), health_row(2))
    assert not DispositionProposal.objects.exists()
    files(health_row(1, "37.3"), health_row(2))
    assert DispositionProposal.objects.get().asked_by == command.id
    assert checked.state == "checked"


def test_the_history_stands_on_the_page_for_who_records_dispositions_alone(
    cast: Cast,
    crew: list[Registration],  # noqa: F811
) -> None:
    row = crew[0]
    dispose(row.person_id, "isolation", NOON - HOUR)
    DispositionRecord.objects.update(ground="密接隔离")
    seen = {}
    for name in ("command", "town"):
        client = Client(headers={"accept-language": "zh-hans"})
        sign_in(client, cast.users[name])
        seen[name] = "密接隔离" in client.get(reverse("sites:person", args=[row.id])).content.decode()
        assert client.get(reverse("sites:dispose", args=[row.id])).status_code == (
            200 if name == "command" else 403
        )
    assert seen == {"command": True, "town": False}
