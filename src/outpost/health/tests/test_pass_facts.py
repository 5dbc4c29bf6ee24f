"""The facts of a pass are what the records say, after any history; what disagrees is noticed and put right."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.core.ids import new_id
from outpost.health import latest, pass_facts, services
from outpost.health.conditions import NO_FACTS, PassFacts
from outpost.health.health_checks import pass_rows
from outpost.health.jobs import check_passes
from outpost.health.models import Declaration, DispositionRecord, PassFactsRow, TestRecord
from outpost.health.models.exposures import Exposure
from outpost.health.retention import FACTS
from outpost.health.rules import FEVER_ABOVE, Disposition
from outpost.health.services import records
from outpost.health.tests.records import person
from outpost.testing.cast import NOON

SYSTEM = Actor.system("tests")
HOUR = timedelta(hours=1)
WHO, HOURS, RECORDS = st.integers(0, 1), st.integers(0, 5), st.integers(0, 7)


def at(hour: int) -> datetime:
    return NOON + hour * HOUR


def sampled(record: int, who: int, hour: int, result: str, is_withdrawn: bool) -> None:
    row = dict.fromkeys(services.TEST_STAGING) | {
        "source": "t",
        "record_id": str(record),
        "person_id": person(who),
    }
    stated = {"sampled_at": at(hour), "result": result, "is_withdrawn": is_withdrawn, "is_corrected": True}
    services.record_tests([row | stated], actor=SYSTEM, at=NOON)


def declared(record: int, who: int, hour: int, symptoms: list[str] | None, is_withdrawn: bool) -> None:
    row = dict.fromkeys(services.DECLARATION_STAGING) | {
        "source": "d",
        "record_id": str(record),
        "id": new_id(),
    }
    stated = {
        "person_id": person(who),
        "declared_at": at(hour),
        "symptoms": symptoms,
        "temperature": Decimal("36.5") + record,
        "was_in_risk_area": None if hour % 2 else record % 2 == 0,
        "is_withdrawn": is_withdrawn,
        "is_corrected": True,
    }
    kept, columns = latest.DECLARATIONS, services.DECLARATION_STAGING
    records.record(
        "declarations", services.DECLARATIONS, columns, kept, [row | stated], actor=SYSTEM, at=NOON
    )


def disposed(who: int, hour: int, disposition: Disposition, agreed: bool) -> None:
    row = dict.fromkeys(services.DISPOSITION_STAGING) | {"person_id": person(who), "started_at": at(hour)}
    stated = {"disposition": disposition.value, "agreed_by": "two", "agreed_at": NOON if agreed else None}
    kept, columns = latest.DISPOSITIONS, services.DISPOSITION_STAGING
    records.record(
        "dispositions", services.DISPOSITIONS, columns, kept, [row | stated], actor=SYSTEM, at=NOON
    )


def forgotten(place: int, hour: int) -> None:
    FACTS[place].remove(sql.SQL(FACTS[place].expired), {"before": at(hour)})


RESULTS = st.sampled_from(["negative", "positive", "pending", "inconclusive"])
SYMPTOMS = st.sampled_from([None, [], ["发热"]])
ACTS = st.one_of(
    st.tuples(st.just(sampled), RECORDS, WHO, HOURS, RESULTS, st.booleans()),
    st.tuples(st.just(declared), st.integers(0, 1), WHO, HOURS, SYMPTOMS, st.booleans()),
    st.tuples(st.just(disposed), WHO, HOURS, st.sampled_from(Disposition), st.booleans()),
    st.tuples(st.just(forgotten), st.sampled_from([0, 1, 2]), HOURS),
)


def from_records() -> dict[UUID, PassFacts]:
    """Plainly, person by person."""
    found = {person(who): _facts_of(person(who)) for who in range(2)}
    return {who: facts for who, facts in found.items() if facts != NO_FACTS}


def _facts_of(who: UUID) -> PassFacts:
    tests = [row for row in TestRecord.objects.filter(person_id=who) if not row.is_withdrawn]
    said = Declaration.objects.filter(person_id=who, is_withdrawn=False).order_by(
        "-declared_at", "source", "record_id"
    )
    last = said.first()
    counted = DispositionRecord.objects.filter(person_id=who, agreed_at__isnull=False)
    last_two: list[DispositionRecord | None] = [*counted.order_by("-started_at")[:2], None, None]
    decided, former = last_two[:2]
    counting = Exposure.objects.filter(person_id=who, agreed_at__isnull=False, withdrawn_at__isnull=True)
    exposed = counting.order_by("-ends_at", "-begins_at").first()
    return PassFacts(
        negative_at=max((row.sampled_at for row in tests if row.result == "negative"), default=None),
        positive_at=max((row.sampled_at for row in tests if row.result == "positive"), default=None),
        declared_at=last.declared_at if last else None,
        has_symptoms=bool(last and (last.symptoms or (last.temperature or 0) > FEVER_ABOVE)),
        was_in_risk_area=bool(last and last.was_in_risk_area),
        disposition=Disposition(decided.disposition) if decided else None,
        disposed_at=decided.started_at if decided else None,
        former_disposition=Disposition(former.disposition) if former else None,
        former_disposed_at=former.started_at if former else None,
        exposed_at=exposed.begins_at if exposed else None,
        exposed_until=exposed.ends_at if exposed else None,
    )


def kept() -> dict[UUID, PassFacts]:
    rows = PassFactsRow.objects.values_list(
        "person_id", *(c for part in pass_facts.PARTS for c in part.columns)
    )
    return {who: PassFacts.of(*columns) for who, *columns in rows}


@pytest.mark.django_db
@pytest.mark.promise("V4")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(acts=st.lists(ACTS, max_size=12))
def test_they_are_what_the_records_say_after_any_history(acts: list[tuple[Callable[..., None], Any]]) -> None:
    with transaction.atomic():
        for act, *stated in acts:
            act(*stated)
            assert kept() == from_records()
        assert pass_facts.mend() == 0
        transaction.set_rollback(True)


def test_what_disagrees_is_put_right_at_night_and_doctor_says_so(db: None) -> None:
    sampled(1, 0, 1, "negative", False)
    assert [one.state for one in pass_rows(NOON)] == ["ok"]
    PassFactsRow.objects.update(positive_at=NOON)
    PassFactsRow.objects.create(person_id=person(1), disposition="confirmed", disposed_at=NOON)
    check_passes(timestamp=0)
    assert kept() == from_records()
    entry = AuditEntry.objects.get(action=pass_facts.MENDED)
    assert entry.count == 2
    assert [one.state for one in pass_rows(entry.at + HOUR)] == ["warn"]
