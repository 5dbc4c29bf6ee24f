"""Writes of the district's own questions of the declaration: added, changed, ended; answers on record stay."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import editing
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import check_day, local_day
from outpost.core.db import hold_lock
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.fields.errors import FIELD_KIND_FIXED, FIELD_NAME_TAKEN
from outpost.fields.specs import FieldSpec
from outpost.health import errors
from outpost.health.actions import EDIT_QUESTIONS
from outpost.health.columns import declarations_with
from outpost.health.models import Declaration
from outpost.health.models.questions import Question
from outpost.health.queries import questions

MOST_ASKED = 20
"""Questions of the district's own in one declaration: more of them nobody answers with care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked, from which day until which last one; the last place where `position` is None."""

    spec: FieldSpec
    begins_on: date
    last_day: date | None = None
    position: int | None = None


@transaction.atomic
def add_question(asking: Asking, *, actor: Actor, at: datetime) -> Question:
    """Ask something more; without a code the question is given one.

    Raises Refusal: 403, FIELD_*, DAY_OUT_OF_RANGE, QUESTION_SPAN, QUESTIONS_MANY.
    """
    actor.require(EDIT_QUESTIONS)
    hold_lock("health.questions_asked")
    row = Question(id=new_id(), position=Question.objects.count())
    code = asking.spec.code or f"q_{row.id.hex[-8:]}"
    if Question.objects.filter(code=code).exists():
        raise Refusal(FIELD_NAME_TAKEN, name=code, column="code")
    return _set(row, replace(asking, spec=replace(asking.spec, code=code)), is_new=True, actor=actor, at=at)


@transaction.atomic
def change_question(
    question_id: UUID, asking: Asking, *, actor: Actor, at: datetime, seen: str = ""
) -> Question:
    """Change a question, or end it by its last day. What it was answered stays, under its code, which stays too.

    Raises Refusal: as `add_question`, NOT_FOUND, EDITED_MEANWHILE; FIELD_KIND_FIXED for one that was answered.
    """
    hold_lock("health.questions_asked")
    row = questions.question(question_id, actor=actor)
    editing.refuse_unread(seen, questions.edited_question(row))
    if row.kind != asking.spec.kind and Declaration.objects.filter(answers__has_key=row.code).exists():
        raise Refusal(FIELD_KIND_FIXED)
    return _set(
        row, replace(asking, spec=replace(asking.spec, code=row.code)), is_new=False, actor=actor, at=at
    )


def _set(row: Question, asking: Asking, *, is_new: bool, actor: Actor, at: datetime) -> Question:
    row.define(asking.spec.checked())
    row.position = row.position if asking.position is None else asking.position
    row.begins_on = check_day(asking.begins_on)
    row.last_day = None if asking.last_day is None else check_day(asking.last_day)
    if row.last_day is not None and row.last_day < row.begins_on:
        raise Refusal(errors.QUESTION_SPAN, column="last_day")
    _check_others(row, local_day(at))
    row.save(force_insert=is_new)
    detail = {
        "question": row.code,
        "begins_on": row.texts()["begins_on"],
        "last_day": row.texts()["last_day"],
    }
    audit.record(questions.SET, actor=actor, at=at, object_id=row.id, detail=detail)
    return row


def _check_others(row: Question, today: date) -> None:
    """Refuse a question that a file could not tell from another column, and more than are answered with care."""
    lasting = [
        one
        for one in questions.in_order().exclude(id=row.id)
        if one.last_day is None or one.last_day >= today
    ]
    if len(lasting) >= MOST_ASKED and (row.last_day is None or row.last_day >= today):
        raise Refusal(errors.QUESTIONS_MANY, most=MOST_ASKED)
    try:
        declarations_with([*(one.spec for one in lasting), row.spec])
    except ValueError as error:
        raise Refusal(FIELD_NAME_TAKEN, name=row.name, column="name") from error
