"""The built-in categories: what a district begins with, to be edited there. They stand in `data/categories.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from outpost.core.actor import Actor
from outpost.fields.specs import FieldSpec
from outpost.regions import services as regions
from outpost.sentinel.columns import Audience
from outpost.sentinel.models import Category, CategoryField
from outpost.sentinel.services.categories import CategoryEntry, set_category

_FILE = tomllib.loads((Path(__file__).parents[1] / "data" / "categories.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Template:
    """A category with its department and default rule, and the extra fields of both of its ledgers."""

    entry: CategoryEntry
    fields: Mapping[Audience, tuple[FieldSpec, ...]]

    @classmethod
    def read(cls, stated: Mapping[str, Any]) -> "Template":
        """One `[[categories]]` of the file."""
        entry = CategoryEntry(stated["code"], stated["name"], stated["rule"], stated["department"])
        return cls(entry, {audience: tuple(map(_field, stated[audience])) for audience in Audience})


def _field(stated: Mapping[str, Any]) -> FieldSpec:
    return FieldSpec(**{**stated, "choices": tuple(stated.get("choices", ()))})


DEPARTMENTS: Mapping[str, str] = _FILE["departments"]
TEMPLATES = tuple(map(Template.read, _FILE["categories"]))


@transaction.atomic
def ensure_templates(*, region: str, actor: Actor, at: datetime) -> int:
    """Make the built-in categories of a district that are missing, with their departments and fields; returns how
    many.

    What somebody edited, or retired, stays.
    """
    known = set(Category.objects.values_list("code", flat=True))
    missing = [template for template in TEMPLATES if template.entry.code not in known]
    for department in dict.fromkeys(template.entry.department for template in missing):
        regions.ensure_department(department, DEPARTMENTS[department], region=region, actor=actor, at=at)
    for template in missing:
        category = set_category(template.entry, actor=actor, at=at)
        rows = []
        for audience, specs in template.fields.items():
            for position, spec in enumerate(specs):
                row = CategoryField(category=category, audience=audience, position=position)
                row.define(spec)
                rows.append(row)
        CategoryField.objects.bulk_create(rows)
    return len(missing)
