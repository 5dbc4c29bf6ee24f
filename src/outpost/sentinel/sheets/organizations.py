"""Organisations 主体 in: one file a category; a row is known by its town and name.

The merged table is the enrolment; the organisation behind it is merged first, from the same staged rows, and
is taken back with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.access.services.principals import Principal, assign_principals
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.masking import mask_name, mask_phone
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.parsing import Row, RowCheck
from outpost.exchange import merge
from outpost.exchange.kinds import Difference, ImportKind, Parameter, Setting, Target
from outpost.fields import sheets as fields
from outpost.regions import queries as regions
from outpost.regions.models import Organization
from outpost.regions.rules import REGION, normal_name
from outpost.regions.services import sealed_columns
from outpost.sentinel import errors
from outpost.sentinel.columns import ORGANIZATIONS, Audience
from outpost.sentinel.queries import categories
from outpost.sentinel.reading import FIELDS, OrganizationReader, organization_entry
from outpost.sentinel.services.organizations import EDIT, ENROLMENT_KEY, ORGANIZATION_KEY

_STATED = (
    *("grid_id", "address", "social_credit_code"),
    *("sealed", "principal_name_hash", "principal_phone_hash", "content_hash"),
)
_ORGANIZATIONS = Target(
    table="regions_organization",
    key=ORGANIZATION_KEY,
    columns=("id", *ORGANIZATION_KEY, *_STATED),
    replaced=_STATED,
    compared=("content_hash",),
    stamps_new=("created_at", "updated_at"),
    stamps_replaced=("updated_at",),
    current="t.removed_at IS NULL",
    generated={"kind": "''"},
    removed_stamp="removed_at",
    held="EXISTS (SELECT FROM sentinel_enrolment e WHERE e.organization_id = t.id AND e.removed_at IS NULL)",
)
_STAGING: Mapping[str, str] = {
    "category_id": "text NOT NULL",
    "organization_id": "uuid NOT NULL",
    "id": "uuid NOT NULL",
    "region_id": "text NOT NULL",
    "name": "text NOT NULL",
    "grid_id": "text",
    "address": "text NOT NULL",
    "social_credit_code": "text NOT NULL",
    "sealed": "bytea NOT NULL",
    "principal_name_hash": "bytea NOT NULL",
    "principal_phone_hash": "bytea NOT NULL",
    "content_hash": "bytea NOT NULL",
    "fields": "jsonb NOT NULL",
}
_FOREIGN = """SELECT EXISTS (SELECT FROM {rows} s JOIN regions_organization o
      ON o.region_id = s.region_id AND o.name = s.name AND o.removed_at IS NULL WHERE o.id <> s.organization_id)
    OR EXISTS (SELECT FROM {rows} s JOIN regions_organization o ON o.id = s.organization_id
      WHERE o.removed_at IS NOT NULL OR (o.region_id, o.name) <> (s.region_id, s.name))"""
_PRINCIPALS = """SELECT s.organization_id, s.sealed, o.sealed FROM {rows} s
    LEFT JOIN regions_organization o ON o.id = s.organization_id WHERE s.outcome <> 'unchanged'"""


class OrganizationImport(ImportKind):
    """Parameter `category`. Towns and grids must lie within the actor's reach."""

    name: ClassVar[str] = "sentinel.organizations"
    action: ClassVar[str] = EDIT
    label = _("Organisations")
    staging: ClassVar[Mapping[str, str]] = _STAGING
    target: ClassVar[Target] = Target(
        table="sentinel_enrolment",
        key=ENROLMENT_KEY,
        columns=(*ENROLMENT_KEY, "fields"),
        replaced=("fields",),
        compared=("fields",),
        stamps_new=("created_at", "updated_at"),
        stamps_replaced=("updated_at",),
        current="t.removed_at IS NULL",
        generated={"id": "gen_random_uuid()"},
        removed_stamp="removed_at",
        differs="s.content_hash <> (SELECT o.content_hash FROM regions_organization o WHERE o.id = t.organization_id)",
        held="EXISTS (SELECT FROM sentinel_staffmember m WHERE m.enrolment_id = t.id AND m.removed_at IS NULL)",
    )

    def parameters(self, actor: Actor) -> Sequence[Parameter]:
        return (category_parameter(actor, EDIT),)

    def sheet(self, params: Mapping[str, str]) -> Sheet:
        category = categories.known_category(params.get("category", ""))
        return categories.table(category.code, Audience.ORGANIZATION)

    def parser(self, setting: Setting) -> RowCheck:
        """Raises Refusal NOT_FOUND for a category in which the actor may enter nothing."""
        return _Parser(self.sheet(setting.params), setting)

    def before_merge(self, staging: str, setting: Setting) -> None:
        """Merge the organisations and bring the principals' accounts in line.

        Raises TABLE_CHANGED when somebody entered, renamed or removed one of them since the check.
        """
        if _rows(_FOREIGN.format(rows=staging)) != [(False,)]:
            raise Refusal(errors.TABLE_CHANGED)
        principals = [
            Principal(id_, _phone(id_, sealed), _phone(id_, former) if former else "")
            for id_, sealed, former in _rows(_PRINCIPALS.format(rows=staging))
        ]
        _merge_organizations(staging, setting)
        assign_principals(principals, actor=setting.actor, at=setting.at)

    def after_undo(self, setting: Setting) -> None:
        """Take the organisations back too, unless another category holds them meanwhile."""
        mine = Organization.objects.current().filter(import_id=setting.import_id)
        former = {one.id: regions.principal_of(one).phone for one in mine}
        merge.undo(_ORGANIZATIONS, import_id=setting.import_id, at=setting.at)
        now = Organization.objects.filter(id__in=former)
        principals = [
            Principal(one.id, "" if one.removed_at else regions.principal_of(one).phone, former[one.id])
            for one in now
        ]
        assign_principals(principals, actor=setting.actor, at=setting.at)

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        organization = Organization.objects.get(id=before["organization_id"])
        principal = regions.principal_of(organization)
        sealed = bytes.fromhex(after["sealed"].removeprefix("\\x"))
        stated = regions.opened_principal(organization.id, sealed)
        language = get_language()
        labels = {column.name: column.header(language) for column in ORGANIZATIONS}
        pairs = (
            ("principal_name", mask_name(principal.name), mask_name(stated.name)),
            ("principal_phone", mask_phone(principal.phone), mask_phone(stated.phone)),
            ("address", organization.address, after["address"]),
            ("social_credit_code", organization.social_credit_code, after["social_credit_code"]),
            ("grid", organization.grid_id or "", after["grid_id"] or ""),
        )
        changed = [
            Difference(labels[name], old, new)
            for name, old, new in pairs
            if old != new or (name == "principal_phone" and principal.phone != stated.phone)
        ]
        specs = categories.fields_of(str(before["category_id"]), Audience.ORGANIZATION)
        return changed + fields.differences(specs, before["fields"], after["fields"])


class _Parser:
    """The check of one row: reads, finds the organisation that is meant, seals."""

    def __init__(self, sheet: Sheet, setting: Setting) -> None:
        code = setting.params["category"]
        category = categories.category(code, actor=setting.actor, action=EDIT)
        reach = categories.reach_within(category, actor=setting.actor, action=EDIT)
        if not reach.everything and not reach.keys(REGION):
            raise Refusal(NOT_FOUND)
        self._category = code
        self._reader = OrganizationReader(sheet, places=regions.places(reach))
        self._known: dict[tuple[str, str], tuple[UUID, str]] = {
            (region, normal_name(name)): (id_, name)
            for id_, region, name in Organization.objects.current().values_list("id", "region_id", "name")
        }

    def __call__(self, cells: Sequence[Raw]) -> Row:
        row = self._reader(cells)
        if not row.faults:
            self._stage(row.values)
        return row

    def _stage(self, values: dict[str, Any]) -> None:
        """Add what is staged of a good row."""
        key = (values["town"], normal_name(values["name"]))
        id_, name = self._known.setdefault(key, (new_id(), values["name"]))
        entry = organization_entry(values, name)
        values |= sealed_columns(entry, id_)
        values |= {
            "category_id": self._category,
            "organization_id": id_,
            "id": id_,
            "region_id": entry.region,
            "name": name,
            "grid_id": entry.grid or None,
            "social_credit_code": entry.social_credit_code,
            "fields": orjson.dumps(values[FIELDS]).decode(),
        }


def _merge_organizations(rows: str, setting: Setting) -> None:
    """Merge the organisations of these rows, as an import of their own would."""
    staged = merge.temporary_staging({name: _STAGING[name] for name in _ORGANIZATIONS.columns})
    columns = ", ".join(("row_no", *_ORGANIZATIONS.columns))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {staged} ({columns}) SELECT {columns} FROM {rows}")
    import_id = setting.import_id
    merge.merge(_ORGANIZATIONS, staged, at=setting.at, cause=str(import_id), import_id=import_id)


def category_parameter(actor: Actor, action: str) -> Parameter:
    """The choice of the category that goes with a file."""
    found = categories.categories(actor=actor, action=action)
    return Parameter("category", _("Sentinel category"), tuple((one.code, one.name) for one in found))


def _phone(organization_id: UUID, sealed: bytes) -> str:
    return regions.opened_principal(organization_id, sealed).phone


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
