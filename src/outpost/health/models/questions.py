"""The table of the questions that a district adds to the declaration, beside the facts (`models`)."""

from dataclasses import replace
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from outpost.core.ids import new_id
from outpost.fields.models import ExtraField
from outpost.fields.specs import FieldKind, FieldSpec


class Question(ExtraField):
    """A question that declarations ask from a day until a last one. It is ended and never removed: its `code` stands in
    the answers that were given."""

    is_active = None  # type: ignore[assignment]  # its days say so
    id = models.UUIDField(primary_key=True, default=new_id)
    choices_en = ArrayField(models.TextField(), default=list)
    begins_on = models.DateField()
    last_day = models.DateField(null=True)

    class Meta:
        db_table = "health_question"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=FieldKind.codes()), name="health_question_kind"),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("begins_on")),
                name="health_question_span",
            ),
            models.UniqueConstraint(fields=["code"], name="health_question_once"),
        ]

    @property
    def spec(self) -> FieldSpec:
        return replace(super().spec, choices_en=tuple(self.choices_en))

    def define(self, spec: FieldSpec) -> None:
        super().define(spec)
        self.choices_en = list(spec.choices_en)

    def texts(self) -> dict[str, str]:
        spoken = {"choices_en": "、".join(self.choices_en), "begins_on": self.begins_on.isoformat()}
        return super().texts() | spoken | {"last_day": self.last_day.isoformat() if self.last_day else ""}

    def is_asked(self, on: date) -> bool:
        """Whether a declaration of that day asks it."""
        return self.begins_on <= on and (self.last_day is None or on <= self.last_day)
