"""Identities in clear of many people wait for a second person (V3)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from outpost.access.models import Grant
from outpost.audit.models import AuditEntry
from outpost.core.errors import Refusal
from outpost.core.rights import Role
from outpost.exchange import files, queries, registry, services
from outpost.exchange.models import Export
from outpost.exchange.tests.ledger import LedgerExport, told
from outpost.exchange.tests.test_pages import client_of
from outpost.notifications.jobs import tell_export, tell_second_persons
from outpost.notifications.models import InboxMessage
from outpost.regions.rules import REGION
from outpost.testing.cast import NOON, Cast, build_cast

pytestmark = [pytest.mark.slow, pytest.mark.promise("V3")]
LATER = NOON + timedelta(minutes=5)
LIMIT = 5


class InClear(LedgerExport):
    action = "people.reveal"
    asks_second_person = True


class Uncounted(InClear):
    def count(self, *_args: object) -> None:
        return None


@pytest.fixture
def people(committed_ledger: None, settings: Any) -> Cast:
    settings.OUTPOST_SECOND_PERSON_ROWS = LIMIT
    registry.register_exports(InClear())
    cast = build_cast()
    Grant(
        user=cast.users["outsider"],
        role=Role.COMMAND,
        scope_kind=REGION,
        scope_key="440115",
        granted_by="test",
        granted_at=NOON,
    ).save(force_insert=True)
    return cast


def rows(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO exchange_test_ledger (id, place, number, value)"
            " SELECT gen_random_uuid(), 'a', n::text, 'v' FROM generate_series(1, %s) n",
            [count],
        )


def written(people: Cast, who: str = "command") -> Export:
    task = services.request_export(
        "test.ledger", params={"place": "here"}, purpose="supervision", actor=people.actor(who), at=NOON
    )
    services.write_export(task.id, at=NOON)
    task.refresh_from_db()
    return task


@pytest.mark.parametrize("kind", [InClear(), Uncounted()])
def test_up_to_the_limit_nobody_is_asked_above_it_somebody_is(people: Cast, kind: InClear) -> None:
    registry.register_exports(kind)
    rows(LIMIT)
    assert written(people).state == "ready"
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO exchange_test_ledger (id, place) VALUES (gen_random_uuid(), 'b')")
    task = written(people)
    assert (task.state, task.rows_total) == ("held", LIMIT + 1)
    assert not files.export_file(task.id).exists()
    entry = AuditEntry.objects.get(action="exchange.export_held")
    assert (entry.count, entry.object_id, entry.purpose) == (LIMIT + 1, str(task.id), "supervision")
    for refused in ("fetch", "write"):
        if refused == "fetch":
            with pytest.raises(Refusal, match="wrong_state"):
                services.fetch_export(task.id, actor=people.actor("command"), at=LATER)
        else:
            services.write_export(task.id, at=LATER)
    task.refresh_from_db()
    assert task.state == "held"


def test_who_agrees_has_the_same_right_and_is_not_the_one_who_asked(people: Cast) -> None:
    rows(LIMIT + 1)
    task = written(people)
    assert queries.second_persons(task) == [people.users["outsider"].id]
    for stranger in ("command", "town", "bureau", "principal", "security", "auditor"):
        with pytest.raises(Refusal) as refused:
            services.decide_export(task.id, is_approved=True, actor=people.actor(stranger), at=LATER)
        assert refused.value.status == 404, stranger
    services.decide_export(task.id, is_approved=True, actor=people.actor("outsider"), at=LATER)
    with pytest.raises(Refusal) as refused:
        services.decide_export(task.id, is_approved=False, actor=people.actor("outsider"), at=LATER)
    assert refused.value.code == "exchange.decided"
    services.write_export(task.id, at=LATER)
    task.refresh_from_db()
    assert (task.state, task.decided_label, task.rows_total) == ("ready", "outsider", LIMIT + 1)
    services.fetch_export(task.id, actor=people.actor("command"), at=LATER)
    actions = (
        AuditEntry.objects.filter(object_id=str(task.id)).order_by("seq").values_list("action", flat=True)
    )
    assert list(actions) == [
        *("exchange.export_held", "exchange.export_approved"),
        *("exchange.export_written", "exchange.export_fetched"),
    ]


def test_a_table_that_grew_since_is_asked_for_again(people: Cast) -> None:
    rows(LIMIT + 1)
    task = written(people)
    services.decide_export(task.id, is_approved=True, actor=people.actor("outsider"), at=LATER)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO exchange_test_ledger (id, place) VALUES (gen_random_uuid(), 'b')")
    services.write_export(task.id, at=LATER)
    task.refresh_from_db()
    assert (task.state, task.rows_total, task.decided_at) == ("held", LIMIT + 2, None)


def test_declined_or_lapsed_there_is_no_file(people: Cast) -> None:
    rows(LIMIT + 1)
    declined, lapsed = written(people), written(people)
    services.decide_export(declined.id, is_approved=False, actor=people.actor("outsider"), at=LATER)
    services.expire(at=NOON + timedelta(hours=23))
    lapsed.refresh_from_db()
    assert lapsed.state == "held"
    over = NOON + timedelta(hours=24)
    with pytest.raises(Refusal, match="decided"):
        services.decide_export(lapsed.id, is_approved=True, actor=people.actor("outsider"), at=over)
    services.expire(at=over)
    for task, state in ((declined, "declined"), (lapsed, "refused")):
        services.write_export(task.id, at=over)
        task.refresh_from_db()
        assert task.state == state
        assert not files.export_file(task.id).exists()
    assert queries.refusal_text(lapsed.refusal)
    assert told("notifications.tell_export", export_id=str(declined.id)) == ["declined"]
    assert told("notifications.tell_export", export_id=str(lapsed.id)) == ["refused"]
    assert AuditEntry.objects.filter(action="exchange.export_lapsed").count() == 1


def test_both_are_told_without_a_name(people: Cast) -> None:
    rows(LIMIT + 1)
    task = written(people)
    tell_second_persons(export_id=str(task.id))
    tell_second_persons(export_id=str(task.id))
    told = {message.user_id: message for message in InboxMessage.objects.all()}
    asked = told.pop(people.users["outsider"].id)
    mine = told.pop(people.users["command"].id)
    assert told == {}
    assert (asked.template, asked.params) == (
        "exchange.export_asks",
        {"kind": "test.ledger", "rows": LIMIT + 1},
    )
    assert asked.link == reverse("exchange:approval", args=[task.id])
    assert mine.template == "exchange.export_held"
    tell_export(export_id=str(task.id), state="declined")
    assert InboxMessage.objects.filter(template="exchange.export_declined").count() == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_ask_and_decide(people: Cast, language: str) -> None:
    rows(LIMIT + 1)
    agreed, declined = written(people), written(people)
    second, owner = client_of(people, "outsider"), client_of(people, "command")
    for client in (second, owner):
        client.cookies["django_language"] = language
    page = reverse("exchange:approval", args=[agreed.id])
    listed = second.get(reverse("exchange:approvals")).content.decode()
    assert page in listed
    assert page not in owner.get(reverse("exchange:approvals")).content.decode()
    assert owner.get(page).status_code == 404
    shown = second.get(page).content.decode()
    assert "督导检查" in shown
    assert "<code>place</code> here" in shown
    assert reverse("exchange:approve", args=[agreed.id]) not in shown  # its day was over long ago
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("outpost.core.clock.now", lambda: LATER)
        shown = second.get(page).content.decode()
        assert reverse("exchange:approve", args=[agreed.id]) in shown
        assert owner.post(reverse("exchange:approve", args=[agreed.id])).status_code == 404
        assert second.post(reverse("exchange:approve", args=[agreed.id])).url == page  # type: ignore[attr-defined]
        second.post(reverse("exchange:decline", args=[declined.id]))
        assert reverse("exchange:approve", args=[agreed.id]) not in second.get(page).content.decode()
    assert Export.objects.get(id=agreed.id).state == "waiting"
    assert Export.objects.get(id=declined.id).state == "declined"
    own = owner.get(reverse("exchange:export", args=[declined.id])).content.decode()
    assert "outsider" in own
