"""Cases for tests: somebody invented with a positive result, a case of theirs that two officers have agreed to."""

from datetime import datetime
from uuid import UUID

from outpost.core.actor import Actor
from outpost.health.models import TestRecord
from outpost.people.rules import Document, DocumentType
from outpost.people.services import register_person
from outpost.sentinel.tests.ledgers import id_number
from outpost.testing.cast import NOON, Cast
from outpost.tracing.cases import Purpose, Window
from outpost.tracing.models import Case
from outpost.tracing.services import Opening, approve_case, open_case

ASKS = Actor.system("asks")


def with_result(number: int, *, result: str = "positive", at: datetime = NOON) -> UUID:
    """Somebody with a result on record."""
    person_id = register_person(Document(DocumentType.RESIDENT_ID, id_number(number)), "甄病例", at=NOON)
    row = TestRecord(source="lims", record_id=f"{number}-{result}", person_id=person_id, sampled_at=at)
    row.result, row.result_at, row.received_at = result, at, at
    row.save(force_insert=True)
    return person_id


def opening(number: int, begins_at: datetime, ends_at: datetime, purpose: str = Purpose.CONTACTS) -> Opening:
    return Opening(id_number(number), purpose, "南防指〔2022〕7号", Window(begins_at, ends_at))


def open_case_of(number: int, begins_at: datetime, ends_at: datetime, cast: Cast) -> Case:
    """The open case of somebody who is positive."""
    with_result(number)
    made = open_case(opening(number, begins_at, ends_at), actor=ASKS, at=NOON)
    approve_case(made.id, actor=cast.actor("command"), at=NOON)
    made.refresh_from_db()
    return made
