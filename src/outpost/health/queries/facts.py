"""Tests as they were delivered, and the sources of facts. Whose facts an actor may see is the caller's to decide."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Min, QuerySet
from django.db.models.expressions import RawSQL

from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.health import rules
from outpost.health.actions import SEE_FACTS
from outpost.health.models import Declaration, LatestSamples, TestRecord, Vaccination
from outpost.people.documents import BY_DOCUMENT

MOST_SOURCES = 200  # more of them have no spelling of their own


@dataclass(frozen=True, slots=True)
class TestRow:
    """One sample as a page shows it, with all `sources` that report it; of their results the latest. Times in UTC."""

    source: str
    record_id: str
    sampled_at: datetime
    result_at: datetime | None
    result: rules.TestResult
    laboratory: str
    sampling_point: str
    tube: str
    is_withdrawn: bool
    sources: tuple[str, ...] = ()


def tests_of(person_id: UUID, span: tuple[datetime, datetime], *, actor: Actor) -> list[TestRow]:
    """The samples of one person in the half-open span, under all their documents, the newest first, withdrawn records
    each as one.

    The caller has checked that the actor may see this person. Raises Refusal 403.
    """
    actor.require(SEE_FACTS)
    records = TestRecord.objects.filter(
        person_id__in=of_documents(person_id), sampled_at__gte=span[0], sampled_at__lt=span[1]
    ).order_by("sampled_at", "source", "record_id")
    counted = [row for row in records if not row.is_withdrawn]
    reports = [rules.Report(row.sampled_at, row.tube) for row in counted]
    samples = [[counted[place] for place in group] for group in rules.one_sample(reports, zone())]
    samples += [[row] for row in records if row.is_withdrawn]
    return sorted((_sample(one) for one in samples), key=lambda row: row.sampled_at, reverse=True)


def latest_positive(person_id: UUID) -> TestRecord | None:
    """The record of the last positive sample of a person, under all their documents; none that was withdrawn.

    The caller has checked that the actor may see this person.
    """
    found = _positives().filter(person_id__in=of_documents(person_id))
    return found.order_by("-sampled_at", "source", "record_id").first()


def is_positive(source: str, record_id: str) -> bool:
    """Whether this record says that somebody is positive, and was not withdrawn."""
    return _positives().filter(source=source, record_id=record_id).exists()


def _positives() -> QuerySet[TestRecord]:
    return TestRecord.objects.filter(result=rules.TestResult.POSITIVE, is_withdrawn=False)


def of_documents(person_id: UUID) -> RawSQL:
    """All documents of a person, for a filter."""
    return RawSQL(f"SELECT document_id FROM ({BY_DOCUMENT}) d", [[person_id]])  # noqa: S611 - a statement of ours


def _sample(records: Sequence[TestRecord]) -> TestRow:
    """One sample from the records that report it, the earliest first."""
    told = max(
        records, key=lambda row: (row.result != rules.TestResult.PENDING, row.result_at or row.sampled_at)
    )
    first = records[0]
    return TestRow(
        source=told.source,
        record_id=told.record_id,
        sampled_at=first.sampled_at,
        result_at=told.result_at,
        result=rules.TestResult(told.result),
        laboratory=told.laboratory,
        sampling_point=told.sampling_point or first.sampling_point,
        tube=told.tube or first.tube,
        is_withdrawn=told.is_withdrawn,
        sources=tuple(dict.fromkeys(row.source for row in records)),
    )


def names_of_sampled(person_ids: Collection[UUID]) -> dict[UUID, set[bytes]]:
    """The hashes of the names under which the records of each person came who has a sample."""
    rows = LatestSamples.objects.filter(person_id__in=list(person_ids))
    return {
        person_id: set(map(bytes, hashes))
        for person_id, hashes in rows.values_list("person_id", "name_hashes")
    }


def sources(table: type[TestRecord] | type[Vaccination] | type[Declaration]) -> dict[str, str]:
    """How sources are spelt in the records, by their names in small letters: what came before these did not matter
    keeps its spelling. One step along the index for each."""
    found: dict[str, str] = {}
    last = ""
    while len(found) < MOST_SOURCES:
        last = table.objects.filter(source__gt=last).aggregate(first=Min("source"))["first"]
        if last is None:
            break
        found.setdefault(last.casefold(), last)
    return found
