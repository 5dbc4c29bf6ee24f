"""The columns of a table of definitions; whose fields they are, its owner adds."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from outpost.audit.differences import Mask
from outpost.audit.editing import flag, flag_in_words
from outpost.fields.specs import FieldKind, FieldSpec

NAMES = {
    "name": _("Name in Chinese"),
    "name_en": _("Name in English"),
    "kind": _("Kind of field"),
    "choices": _("Choices"),
    "is_required": _("Must be filled in"),
    "position": _("Place in the order"),
}
"""What is defined of a field, as forms call it."""
MASKS: dict[str, Mask] = {"kind": lambda code: FieldKind(code).label, "is_required": flag_in_words}
"""How a definition's codes are said."""


class ExtraField(models.Model):
    """An extra field of a ledger. One that is not `is_active` stands nowhere; its values stay on record."""

    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField(blank=True, default="")
    kind = models.TextField()
    choices = ArrayField(models.TextField(), default=list)
    is_required = models.BooleanField(default=False)
    position = models.SmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def spec(self) -> FieldSpec:
        """The definition."""
        choices = tuple(self.choices)
        return FieldSpec(self.code, self.name, self.kind, self.name_en, choices, self.is_required)

    def define(self, spec: FieldSpec) -> None:
        """Take over a checked definition; the caller saves it."""
        self.code, self.name, self.name_en, self.kind = spec.code, spec.name, spec.name_en, spec.kind
        self.choices, self.is_required = list(spec.choices), spec.is_required

    def texts(self) -> dict[str, str]:
        """What is defined, for two who edit it (`audit.editing`)."""
        return {
            "name": self.name,
            "name_en": self.name_en,
            "kind": self.kind,
            "choices": "、".join(self.choices),
            "is_required": flag(self.is_required),
            "position": str(self.position),
        }
