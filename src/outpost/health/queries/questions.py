"""Reads of the district's own questions of the declaration: which are asked on a day, what an answer says in words."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.audit.editing import Edited, last_act
from outpost.core.actor import Actor
from outpost.core.errors import or_not_found
from outpost.fields import models as fields
from outpost.fields.specs import FieldSpec, FieldValue
from outpost.health.actions import EDIT_QUESTIONS
from outpost.health.models.questions import Question

Answers = Mapping[str, FieldValue]
"""What somebody answered, by the codes of the questions."""
SET = "health.question_set"
NAMES = {
    **fields.NAMES,
    "name": _("Question in Chinese"),
    "name_en": _("Question in English"),
    "kind": _("Kind of answer"),
    "choices": _("Answers in Chinese"),
    "choices_en": _("Answers in English"),
    "is_required": _("Must be answered"),
    "begins_on": _("First day"),
    "last_day": _("Last day"),
}
"""What is defined of a question, as its form calls it."""


def asked_on(day: date) -> QuerySet[Question]:
    """The questions that a declaration of a day asks, in their order."""
    lasting = Q(last_day__isnull=True) | Q(last_day__gte=day)
    return in_order().filter(lasting, begins_on__lte=day)


def specs_on(day: date) -> list[FieldSpec]:
    """The same as extra fields."""
    return [one.spec for one in asked_on(day)]


def in_order() -> QuerySet[Question]:
    """All questions there are and were, in the order in which they are asked."""
    return Question.objects.order_by("position", "begins_on", "code")


def question(question_id: UUID, *, actor: Actor) -> Question:
    """One question for who edits them. Raises Refusal 403, NOT_FOUND."""
    actor.require(EDIT_QUESTIONS)
    return or_not_found(Question.objects.filter(id=question_id).first())


def edited_question(row: Question) -> Edited:
    """What a form shows of a question."""
    return Edited(row.id, row.texts(), last_act(row.id, SET), NAMES, fields.MASKS)


def in_words(answered: Iterable[Answers | None]) -> list[list[tuple[str | Promise, str]]]:
    """What each of some declarations answered: questions and answers in the reader's language, ended ones too."""
    given = [one or {} for one in answered]
    codes = {code for one in given for code in one}
    known = [one.spec for one in in_order().filter(code__in=codes)] if codes else []
    return [
        [(spec.title, spec.column().shown(one[spec.code])) for spec in known if spec.code in one]
        for one in given
    ]
