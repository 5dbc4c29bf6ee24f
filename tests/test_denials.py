"""Calls of machines without the right are refused and recorded, with their caller's address (L2)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from outpost.access import services
from outpost.access.models import Denial
from outpost.access.scopes import Scope
from outpost.access.services.sign_in import record_denials
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.errors import FORBIDDEN, Refusal
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast


@pytest.fixture
def feeder(cast: Cast) -> Client:
    """A machine that may deliver facts and nothing else."""
    _token, secret = services.create_token(
        "lab", "feeder", Scope("everything"), days=None, actor=cast.actor("security"), at=clock.now()
    )
    return Client(headers={"authorization": f"Bearer {secret}"}, REMOTE_ADDR="192.0.2.77")


@pytest.mark.promise("L2")
def test_refused_call_is_recorded(feeder: Client) -> None:
    assert feeder.get("/api/v1/sentinel/compliance?date=2022-06-08").status_code == 403
    entry = AuditEntry.objects.get(action="access.denied")
    assert entry.actor_label == "lab"
    assert entry.address == "192.0.2.77"
    assert entry.detail["action"] == "sentinel.see_compliance"
    assert entry.detail["route"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ("看人员台账", "指挥部人员", "企业负责人")),
        ("en", ("See the ledger of staff", "Command officer", "Principal")),
    ],
)
def test_a_page_says_what_is_not_allowed_in_words_and_who_does_it(
    cast: Cast, language: str, words: tuple[str, ...]
) -> None:
    client = Client(headers={"accept-language": language})
    sign_in(client, cast.users["auditor"])
    answer = client.get(reverse("sentinel:staff"))
    assert answer.status_code == 403
    shown = answer.content.decode()
    assert "sentinel.see_staff" not in shown
    assert [one for one in words if one not in shown] == []


def test_a_call_gets_the_code_of_what_is_not_allowed(feeder: Client) -> None:
    said = feeder.get("/api/v1/sentinel/compliance?date=2022-06-08").json()
    assert (said["code"], said["fields"]["action"]) == ("core.forbidden", "sentinel.see_compliance")
    assert "sentinel.see_compliance" in said["message"]


@pytest.mark.promise("L2")
def test_call_is_an_error_when_its_refusal_cannot_be_recorded(
    feeder: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_named: object) -> None:
        raise RuntimeError("the audit table is gone")

    monkeypatch.setattr("outpost.access.services.sign_in.record", broken)
    feeder.raise_request_exception = False
    assert feeder.get("/api/v1/sentinel/compliance?date=2022-06-08").status_code == 500


def test_categories_can_be_chosen_as_scopes(cast: Cast) -> None:
    bureau = services.grant_role(
        cast.users["outsider"].id,
        "bureau",
        Scope("category", "cast-cold"),
        actor=cast.actor("security"),
        at=NOON,
    )
    assert bureau.scope_key == "cast-cold"


@pytest.mark.promise("P6")
def test_a_flood_of_refusals_is_one_row_a_minute_with_its_count(cast: Cast) -> None:
    actor, refusal = cast.actor("town"), Refusal(FORBIDDEN, action="access.manage")
    for second in range(150):
        at = NOON + timedelta(seconds=second)
        services.record_denial(refusal, actor=actor, route="access:accounts", at=at)
    services.record_denial(refusal, actor=actor, route="access:tokens", at=NOON)
    services.record_denial(refusal, actor=cast.actor("bureau"), route="access:accounts", at=NOON)
    record_denials(at=NOON + timedelta(minutes=5))
    record_denials(at=NOON + timedelta(minutes=9))
    rows = AuditEntry.objects.filter(action="access.denied", actor_id=actor.id)
    of_accounts = rows.filter(detail__route="access:accounts")
    assert [row.count for row in of_accounts.order_by("seq")] == [1, 60, 60, 29]
    assert rows.filter(detail__route="access:tokens").count() == 1
    assert AuditEntry.objects.filter(action="access.denied", actor_id=cast.actor("bureau").id).count() == 1
    record_denials(at=NOON + timedelta(days=2))
    assert not Denial.objects.exists()
