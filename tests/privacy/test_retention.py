"""What goes when its time is over, class by class, and what stays: a past day keeps its figures (V6)."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string
from procrastinate.contrib.django import app as jobs

from outpost.audit import certificates, clocks
from outpost.audit.models import AuditEntry, RowVersion
from outpost.audit.purging import END_EVENT, HEALTH, LEDGERS, PURGE, Span, due, finish, purging, tables
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.retention import PERIODS, first_kept_days, periods
from outpost.exchange import services as exchange
from outpost.exchange.models import Export
from outpost.health.models import LatestSamples, TestRecord, Vaccination
from outpost.health.services import ensure_products
from outpost.health.tests.records import brute_force, latest_samples
from outpost.notifications.models import InboxMessage
from outpost.people.models import Person
from outpost.regions.models import Organization
from outpost.sentinel.models import DutySpell, Enrolment, FollowUp, MatchFinding, MatchRun, StaffMember
from outpost.sentinel.queries import compliance
from outpost.sentinel.services import latest
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.matching import run_match
from outpost.sentinel.services.organizations import remove_organizations
from outpost.sentinel.services.staff import change_staff, remove_staff
from outpost.sentinel.tests.ledgers import STAFF_HEADER, add, confirm, csv_file, entry, send, staff_row, undo
from outpost.testing.cast import NOON, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.promise("V6")]
SYSTEM = Actor.system("test")
TODAY = date(2022, 6, 8)


def purge(on: date, *, only: Iterable[str] = PERIODS, parts: Iterable[str] = ()) -> dict[str, int]:
    """Purge as if on a day; what went, by class."""
    days = {name: day for name, day in first_kept_days(on, periods()).items() if name in set(only)}
    span = Span({} if parts else days, tuple(parts))
    kind = END_EVENT if parts else PURGE
    with purging(kind, span, actor=SYSTEM, at=NOON, progress=lambda *_: None) as run:
        certificate = finish(run, erased=None, actor=SYSTEM, at=NOON)
    assert latest.mend() == 0
    return {one["class"]: one["removed"] for one in certificate["classes"]}


def sampled(member: StaffMember, *days_ago: int) -> None:
    for back in days_ago:
        at = NOON - timedelta(days=back)
        key = str(uuid4())
        TestRecord(source="t", record_id=key, person_id=member.person_id, sampled_at=at, received_at=at).save(
            force_insert=True
        )
    LatestSamples.objects.update_or_create(
        person_id=member.person_id, defaults={"sampled_at": brute_force()[member.person_id]}
    )
    latest.mend()


def dosed(member: StaffMember) -> None:
    ensure_products()
    Vaccination(
        source="v",
        record_id=str(uuid4()),
        person_id=member.person_id,
        product_id=_product(),
        dose=1,
        given_on=date(2021, 6, 1),
        received_at=NOON,
    ).save(force_insert=True)
    latest.mend()


def _product() -> str:
    return str(apps.get_model("health", "Product").objects.order_by("code").values_list("code", flat=True)[0])


def test_every_class_has_rows_and_every_table_of_people_a_class() -> None:
    assert set(due(Span(first_kept_days(TODAY, periods())), with_audit=True)) == set(PERIODS)
    about_people = {
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.db_table.startswith(("health_", "people_", "sentinel_"))
    }
    settings_of_the_field = {
        *(
            "health_product",
            "health_liftingruleset",
            "health_passruleset",
            "health_riskarea",
            "health_question",
            "sentinel_category",
            "sentinel_categoryfield",
            "sentinel_jobrule",
        ),
        *("sentinel_alertsetting", "sentinel_alertrecipient"),
    }
    follows_its_records = {
        "health_latestsamples",
        "health_passfacts",
        "sentinel_stafflatest",
        "sentinel_staffshown",
        "sentinel_stafftally",
        "sentinel_staffaway",
    }
    about_nobody = {"people_keycheck"}  # by which its keys are known to a database, for ever
    assert about_people - settings_of_the_field - follows_its_records - about_nobody <= set(tables())


def test_old_tests_go_and_the_latest_samples_stay_true(cast: Cast) -> None:
    first, second = add(cast, 1), add(cast, 2)
    sampled(first, 1, 300, 400, 500)
    sampled(second, 400)
    assert purge(TODAY, only=["tests"]) == {"tests": 3}
    assert latest_samples() == brute_force()
    assert set(latest_samples()) == {first.person_id}
    assert purge(TODAY, only=["tests"]) == {}


def test_a_past_day_keeps_its_figures_when_its_people_go(cast: Cast) -> None:
    member, other = add(cast, 1, joined_on=date(2022, 1, 1)), add(cast, 2, joined_on=date(2022, 1, 1))
    sampled(other, 1, 2, 3)
    run_match(TODAY, actor=SYSTEM, at=NOON)
    before = compliance.compliance(TODAY, actor=SYSTEM, at=NOON)
    figures = [(one.category.code, one.staff, one.judged, one.missed) for one in before]
    assert sum(missed for *_, missed in figures) == 1
    remove_staff([member.id], actor=SYSTEM, at=NOON)
    kept = Person.objects.count()
    later = TODAY + timedelta(days=200)  # the run itself is kept for longer
    removed = purge(later)
    assert (removed["findings"], removed["staff"], removed["people"]) == (1, 1, 1)
    assert "runs" not in removed
    assert Person.objects.count() == kept - 1
    assert not MatchFinding.objects.exists()
    after = compliance.compliance(TODAY, actor=SYSTEM, at=NOON + timedelta(days=1))
    assert [(one.category.code, one.staff, one.judged, one.missed) for one in after] == figures
    removed = purge(TODAY + timedelta(days=400))
    assert removed["runs"] > 0
    assert not MatchRun.objects.exists()


def test_who_stands_in_a_finding_or_a_fact_stays(cast: Cast) -> None:
    member = add(cast, 1, joined_on=date(2022, 1, 1))
    sampled(member, 1)
    dosed(member)
    set_duty([member.id], "resting", starts_on=TODAY + timedelta(days=1), actor=SYSTEM, at=NOON)
    run_match(TODAY, actor=SYSTEM, at=NOON)
    FollowUp(staff=member, on=TODAY, state="claimed").save(force_insert=True)
    remove_staff([member.id], actor=SYSTEM, at=NOON)
    later = TODAY + timedelta(days=300)
    assert purge(later, only=["staff", "people", "vaccinations"]) == {}
    removed = purge(later)
    assert removed["staff"] == 1  # with the spell; the follow-up went by its own time
    assert removed["follow_ups"] == removed["vaccinations"] == 1
    assert "people" not in removed  # the test record is kept for a year
    assert not DutySpell.objects.exists()
    assert purge(TODAY + timedelta(days=400))["people"] == 1


def test_removed_enterprises_go_with_their_principals(cast: Cast) -> None:
    run_match(TODAY, actor=SYSTEM, at=NOON)
    add(cast, 1)
    run_match(TODAY, actor=SYSTEM, at=NOON)
    remove_organizations([cast.near.id], actor=SYSTEM, at=NOON)
    assert "organizations" not in purge(TODAY + timedelta(days=200))  # a kept count names it
    assert purge(TODAY + timedelta(days=400))["organizations"] == 1  # with its enrolment
    assert not Enrolment.objects.filter(id=cast.near.id).exists()
    assert set(Organization.objects.values_list("id", flat=True)) == {cast.far.organization_id}


def test_earlier_versions_and_tasks_and_messages_go(cast: Cast) -> None:
    member = add(cast, 1)
    change_staff(member.id, entry(1, address="金沙路9号"), actor=SYSTEM, at=NOON)
    assert RowVersion.objects.exists()
    InboxMessage(
        user=cast.users["town"], template="exchange.export_ready", dedupe_key="1", created_at=NOON
    ).save(force_insert=True)
    export = exchange.request_export(
        "sentinel.staff",
        params={"category": "cast-cold"},
        purpose="",
        actor=cast.actor("command"),
        at=NOON,
    )
    Export.objects.filter(id=export.id).update(state="expired")
    removed = purge(TODAY + timedelta(days=181))
    assert removed["history"] >= 1
    assert removed["messages"] == 1
    assert "files" not in removed
    assert purge(TODAY + timedelta(days=366))["files"] == 1


def test_an_import_cannot_be_taken_back_once_its_history_may_be_gone(cast: Cast, tmp_path: Path) -> None:
    actor = cast.actor("command")
    path = csv_file(tmp_path / "staff.csv", STAFF_HEADER, [staff_row(1)])
    task = confirm(send(path, "sentinel.staff", {"category": "cast-cold"}, actor=actor), actor=actor)
    with pytest.raises(Refusal) as refused:
        exchange.request_undo(task.id, actor=actor, at=NOON + timedelta(days=61))
    assert refused.value.code == "exchange.too_late_to_undo"
    assert undo(task, actor=actor, at=NOON + timedelta(days=59)).state == "undone"


def _full(cast: Cast) -> None:
    member, gone = add(cast, 1, joined_on=date(2022, 1, 1)), add(cast, 2)
    for one in (member, gone):
        sampled(one, 1)
        dosed(one)
    run_match(TODAY, actor=SYSTEM, at=NOON)
    remove_staff([gone.id], actor=SYSTEM, at=NOON)
    change_staff(member.id, entry(1, address="金沙路9号"), actor=SYSTEM, at=NOON)
    Person(person_id=uuid4(), doc_type="other", sealed=b"", name_hash=b"", registered_at=NOON).save(
        force_insert=True
    )  # only tests referred to them


def test_the_end_of_the_event_keeps_the_ledgers(cast: Cast) -> None:
    _full(cast)
    assert due(Span({}, [HEALTH]))["tests"] == 2
    purge(TODAY, parts=[HEALTH])
    for model in (TestRecord, LatestSamples, Vaccination, MatchRun, MatchFinding):
        assert not model.objects.exists()
    assert StaffMember.objects.count() == Person.objects.count() == 2
    assert RowVersion.objects.filter(table="sentinel_staffmember").exists()
    assert AuditEntry.objects.filter(action="retention.purged").count() == 1


def test_the_end_of_the_event_removes_the_ledgers_when_asked(cast: Cast) -> None:
    _full(cast)
    purge(TODAY, parts=[HEALTH, LEDGERS])
    for model in (TestRecord, StaffMember, Enrolment, Organization, Person, RowVersion):
        assert not model.objects.exists()
    assert apps.get_model("sentinel", "Category").objects.exists()
    assert cast.users["command"].is_active


def test_a_job_purges_every_night_and_leaves_a_certificate(cast: Cast) -> None:
    sampled(add(cast, 1), 1, 400)
    folder = Path(settings.OUTPOST_DATA) / certificates.FOLDER
    before = set(folder.glob("*.json"))
    with patch.object(clock, "now", lambda: NOON), patch.object(clocks, "database_clock", lambda: NOON):
        import_string("outpost.config.jobs.purge")(timestamp=0)
        import_string("outpost.config.jobs.purge")(
            timestamp=0
        )  # nothing is left to do: no second certificate
    (path,) = set(folder.glob("*.json")) - before
    (tests,) = certificates.verify(path)["classes"]
    assert (tests["class"], tests["removed"]) == ("tests", 1)
    periodic = jobs.periodic_registry.periodic_tasks.values()
    assert [one.cron for one in periodic if one.task.name == "outpost.purge"] == ["11 18 * * *"]


def test_the_counts_told_before_are_those_that_go(cast: Cast) -> None:
    _full(cast)
    span = Span(first_kept_days(TODAY + timedelta(days=3000), periods()))
    told = due(span)
    went = purge(TODAY + timedelta(days=3000))
    # what keeps others goes in the same purge: those classes lose more than was told; findings may go as two classes
    released = {"staff", "vaccinations", "people", "organizations", "runs"}
    assert {n: c for n, c in told.items() if c and n not in released} == {
        n: c for n, c in went.items() if n not in released
    }
