"""Organisations 主体 in: one file a category; a row is known by its town and name.

The merged table is the enrolment; the organisation behind it is merged first, from the same staged rows, and
is taken back with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from outpost.access.errors import DUTIES_OF_PHONE
from outpost.access.queries import phones_standing_alone
from outpost.access.services.principals import Holder, assign_principals
from outpost.core.actor import Actor
from outpost.core.db import rows_of, run
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.masking import mask_name, mask_phone
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.parsing import Row, RowCheck
from outpost.core.stated import blob
from outpost.exchange import merge
from outpost.exchange.kinds import Difference, ImportKind, Parameter, Setting, wrote_within_reach
from outpost.exchange.ledgers import LedgerTarget
from outpost.exchange.target import Becomes, stays
from outpost.fields import sheets as fields
from outpost.pages.addresses import address
from outpost.regions import queries as regions
from outpost.regions.models import Organization
from outpost.regions.rules import REGION, normal_name
from outpost.regions.services import OrganizationEntry, entry_of, sealed_columns
from outpost.sentinel import errors
from outpost.sentinel.actions import SEE_ORGANIZATIONS
from outpost.sentinel.columns import ORGANIZATIONS, Audience
from outpost.sentinel.models import Enrolment
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.principals import relied_on
from outpost.sentinel.reading import FIELDS, OrganizationReader, organization_entry
from outpost.sentinel.services.organizations import EDIT, ENROLMENT_KEY
from outpost.sentinel.services.principals import ORGANIZATION_KEY, ask_for_principal, withdraw, withdraw_asked

_OF_PRINCIPAL = ("principal_name", "principal_phone")
_STATED = (
    *("grid_id", "address", "social_credit_code"),
    *("sealed", "principal_name_hash", "principal_phone_hash", "content_hash"),
)
_BECOMES = {
    "social_credit_code": stays("social_credit_code", "''"),
    "grid_id": Becomes("nullif(coalesce(s.grid_id, t.grid_id), '')", "nullif(s.grid_id, '')"),
}
_ORGANIZATIONS = LedgerTarget(
    table="regions_organization",
    key=ORGANIZATION_KEY,
    columns=("id", *ORGANIZATION_KEY, *_STATED),
    replaced=_STATED,
    compared=("principal_name_hash", "principal_phone_hash", "address", "grid_id", "social_credit_code"),
    generated={"kind": "''"},
    becomes=_BECOMES,
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
    "social_credit_code": "text",
    "sealed": "bytea NOT NULL",
    "principal_name_hash": "bytea NOT NULL",
    "principal_phone_hash": "bytea NOT NULL",
    "content_hash": "bytea NOT NULL",
    "fields": "jsonb NOT NULL",
    "asked": "bytea",  # another principal, sealed like the present one, who waits for a second word
    "asked_phone_hash": "bytea",
}
_CHANGED = f"""EXISTS (SELECT FROM regions_organization t WHERE t.id = s.organization_id
    AND (s.principal_name_hash, s.principal_phone_hash, s.address,
      {_BECOMES["grid_id"].known}, {_BECOMES["social_credit_code"].known})
    IS DISTINCT FROM (t.principal_name_hash, t.principal_phone_hash, t.address, t.grid_id, t.social_credit_code))"""
_ASKED_ANEW = """(s.asked IS NOT NULL AND NOT EXISTS (SELECT FROM regions_principalchange c
    WHERE c.organization_id = s.organization_id AND c.state = 'waiting' AND c.phone_hash = s.asked_phone_hash))"""
_FOREIGN = """SELECT EXISTS (SELECT FROM {rows} s JOIN regions_organization o
      ON o.region_id = s.region_id AND o.name = s.name AND o.removed_at IS NULL WHERE o.id <> s.organization_id)
    OR EXISTS (SELECT FROM {rows} s JOIN regions_organization o ON o.id = s.organization_id
      WHERE o.removed_at IS NOT NULL OR (o.region_id, o.name) <> (s.region_id, s.name))"""
_RESTATED = f"SELECT s.organization_id FROM {{rows}} s WHERE {_CHANGED}"
_ASKED = f"SELECT s.organization_id, s.asked FROM {{rows}} s WHERE {_ASKED_ANEW}"
_KEEP_PRINCIPALS = """UPDATE regions_organization t SET import_id = NULL WHERE t.import_id = %s AND t.id = ANY(%s)
    AND EXISTS (SELECT FROM audit_rowversion v WHERE v.cause = %s AND v."table" = 'regions_organization'
      AND v.row_key = t.region_id || '/' || t.name
      AND v.row ->> 'principal_phone_hash' <> t.principal_phone_hash::text)"""
_PRINCIPALS = """SELECT s.organization_id, s.sealed, o.sealed FROM {rows} s
    LEFT JOIN regions_organization o ON o.id = s.organization_id WHERE s.outcome <> 'unchanged'"""


class OrganizationImport(ImportKind):
    """Parameter `category`. Towns and grids must lie within the actor's reach."""

    name: ClassVar[str] = "sentinel.organizations"
    action: ClassVar[str] = EDIT
    label = _("Organisations")
    staging: ClassVar[Mapping[str, str]] = _STAGING
    target = LedgerTarget(
        table="sentinel_enrolment",
        key=ENROLMENT_KEY,
        columns=(*ENROLMENT_KEY, "fields"),
        replaced=("fields",),
        compared=("fields",),
        generated={"id": "gen_random_uuid()"},
        becomes={"fields": fields.MERGED},
        differs=f"({_CHANGED}) OR {_ASKED_ANEW}",
        restates=f"({_CHANGED}) OR {_ASKED_ANEW}",
        held="EXISTS (SELECT FROM sentinel_staffmember m WHERE m.enrolment_id = t.id AND m.removed_at IS NULL)",
    )

    def parameters(self, actor: Actor) -> Sequence[Parameter]:
        return (category_parameter(actor, EDIT),)

    def list_url(self, params: Mapping[str, str], actor: Actor) -> str:
        category = categories.category(params.get("category", ""), actor=actor, action=SEE_ORGANIZATIONS)
        return address("sentinel:organizations", category=category.code)

    def sheet(self, params: Mapping[str, str]) -> Sheet:
        category = categories.known_category(params.get("category", ""))
        return categories.table(category.code, Audience.ORGANIZATION)

    def parser(self, setting: Setting) -> RowCheck:
        """Raises Refusal NOT_FOUND for a category in which the actor may enter nothing."""
        return _Parser(self.sheet(setting.params), setting)

    def reaches_rows(self, rows: str, setting: Setting) -> bool:
        """The category with the towns of the rows, and of known organisations all that the file changes."""
        try:
            category = categories.category(setting.params["category"], actor=setting.actor, action=EDIT)
        except Refusal:
            return False
        reach = categories.reach_within(category, actor=setting.actor, action=EDIT)
        towns = {code for (code,) in rows_of(f"SELECT DISTINCT region_id FROM {rows}")}
        return towns <= regions.places(reach).allowed

    def may_undo(self, setting: Setting) -> bool:
        return wrote_within_reach(Enrolment, setting, EDIT)

    def before_merge(self, staging: str, setting: Setting) -> None:
        """Merge the organisations and bring the principals' accounts in line.

        Raises TABLE_CHANGED when somebody entered, renamed or removed one of them since the check, or entered one that
        the file changes into a category beyond the actor's reach.
        """
        restated = [id_ for (id_,) in rows_of(_RESTATED.format(rows=staging))]
        beyond = categories.beyond_reach(actor=setting.actor, action=EDIT)
        if (
            rows_of(_FOREIGN.format(rows=staging)) != [(False,)]
            or beyond.filter(organization__in=restated).exists()
        ):
            raise Refusal(errors.TABLE_CHANGED)
        principals = [
            Holder(id_, _phone(id_, sealed), _phone(id_, former) if former else "")
            for id_, sealed, former in rows_of(_PRINCIPALS.format(rows=staging))
        ]
        moved = [one.over for one in principals if one.former_phone not in ("", one.phone)]
        if relied_on(moved):
            raise Refusal(errors.TABLE_CHANGED)
        asked = rows_of(_ASKED.format(rows=staging))
        withdraw(moved)
        cause = str(setting.import_id)
        merge.merge_part(
            _ORGANIZATIONS, staging, _STAGING, at=setting.at, cause=cause, import_id=setting.import_id
        )
        assign_principals(principals, actor=setting.actor, at=setting.at)
        for id_, sealed in asked:
            _ask(id_, sealed, setting)

    def after_undo(self, setting: Setting) -> None:
        """Take the organisations back too, unless another category holds them meanwhile; what the file asked for waits
        no more. A principal on whom others rely by now stays."""
        mine = Organization.objects.current().filter(import_id=setting.import_id)
        former = {one.id: regions.principal_of(one).phone for one in mine}
        used = list(relied_on(former))
        run(_KEEP_PRINCIPALS, [setting.import_id, used, str(setting.import_id)])
        beyond = categories.beyond_reach(actor=setting.actor, action=EDIT)
        mine.filter(id__in=beyond.values("organization")).update(import_id=None)  # others keep them by now
        merge.undo(_ORGANIZATIONS, import_id=setting.import_id, at=setting.at)
        withdraw_asked(setting.import_id)
        now = Organization.objects.filter(id__in=former)
        principals = [
            Holder(one.id, "" if one.removed_at else regions.principal_of(one).phone, former[one.id])
            for one in now
        ]
        assign_principals(principals, actor=setting.actor, at=setting.at)

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        organization = Organization.objects.get(id=after["organization_id"])
        principal = regions.principal_of(organization)
        stated = regions.opened_principal(organization.id, blob(after["asked"] or after["sealed"]))
        language = get_language()
        labels = {column.name: column.header(language) for column in ORGANIZATIONS}
        pairs = (
            ("principal_name", mask_name(principal.name), mask_name(stated.name)),
            ("principal_phone", mask_phone(principal.phone), mask_phone(stated.phone)),
            ("address", organization.address, after["address"]),
            ("social_credit_code", organization.social_credit_code, after["social_credit_code"]),
            ("grid", organization.grid_id or "", after["grid_id"]),
        )
        changed = [
            Difference(labels[name], old, _waiting(new) if after["asked"] and name in _OF_PRINCIPAL else new)
            for name, old, new in pairs
            if (new is not None and old != new)
            or (name == "principal_phone" and principal.phone != stated.phone)
        ]
        specs = categories.fields_of(str(after["category_id"]), Audience.ORGANIZATION)
        return changed + fields.differences(specs, before.get("fields", after["fields"]), after["fields"])


class _Parser:
    """The check of one row: reads, finds the organisation that is meant, seals."""

    def __init__(self, sheet: Sheet, setting: Setting) -> None:
        code = setting.params["category"]
        category = categories.category(code, actor=setting.actor, action=EDIT)
        reach = categories.reach_within(category, actor=setting.actor, action=EDIT)
        if not reach.everything and not reach.keys(REGION):
            raise Refusal(NOT_FOUND)
        self._category = code
        self._stated = setting.columns
        self._reader = OrganizationReader(sheet, places=regions.places(reach), stated=setting.columns)
        self._known: dict[tuple[str, str], tuple[UUID, str]] = {
            (region, normal_name(name)): (id_, name)
            for id_, region, name in Organization.objects.current().values_list("id", "region_id", "name")
        }
        beyond = categories.beyond_reach(actor=setting.actor, action=EDIT).values("organization")
        self._shared: dict[UUID, Organization | None] = {
            one.id: one for one in Organization.objects.filter(id__in=beyond)
        }
        rows = Organization.objects.filter(id__in=relied_on())
        self._standing_alone = phones_standing_alone()
        self._relied_on = {
            id_: (bytes(hashed), sealed)
            for id_, hashed, sealed in rows.values_list("id", "principal_phone_hash", "sealed")
        }

    def __call__(self, cells: Sequence[Raw]) -> Row:
        row = self._reader(cells)
        if not row.faults:
            self._stage(row)
        return row

    def _stage(self, row: Row) -> None:
        """Add what is staged of a good row; one that changes what others keep as well is refused."""
        values = row.values
        key = (values["town"], normal_name(values["name"]))
        id_, name = self._known.setdefault(key, (new_id(), values["name"]))
        entry = organization_entry(values, name)
        stated = sealed_columns(entry, id_)
        values |= stated | {"asked": None, "asked_phone_hash": None}
        if id_ in self._relied_on and stated["principal_phone_hash"] != self._relied_on[id_][0]:
            values |= self._asking(entry, id_, stated)
        if stated["principal_phone_hash"] in self._standing_alone:
            self._reader.complain(row, "principal_phone", Refusal(DUTIES_OF_PHONE))
        # one comparison a file: a later row would be another try of what stands
        if id_ in self._shared and not self._stands(self._shared[id_], entry):
            self._shared[id_] = None
            self._reader.complain(row, "name", Refusal(errors.ORGANIZATION_SHARED))
        values |= {
            "category_id": self._category,
            "organization_id": id_,
            "id": id_,
            "region_id": entry.region,
            "name": name,
            "grid_id": entry.grid if "grid" in self._stated else None,
            "social_credit_code": entry.social_credit_code if "social_credit_code" in self._stated else None,
            "fields": fields.staged(values[FIELDS]),
        }

    def _stands(self, shared: Organization | None, entry: OrganizationEntry) -> bool:
        """Whether an organisation stands as the file states it; what the file leaves out stays as it is."""
        if shared is None:
            return False
        known = entry_of(shared)
        if "grid" not in self._stated:
            entry = replace(entry, grid=known.grid)
        if "social_credit_code" not in self._stated:
            entry = replace(entry, social_credit_code=known.social_credit_code)
        return replace(entry, kind=known.kind) == known

    def _asking(self, entry: OrganizationEntry, id_: UUID, stated: Mapping[str, bytes]) -> dict[str, bytes]:
        """What is staged where another principal is stated for an organisation in use: the present one stays in it."""
        present = regions.opened_principal(id_, self._relied_on[id_][1])
        kept = replace(entry, principal_name=present.name, principal_phone=present.phone)
        asked = {"asked": stated["sealed"], "asked_phone_hash": stated["principal_phone_hash"]}
        return sealed_columns(kept, id_) | asked


def _waiting(text: str) -> str:
    return f"{text} {gettext('(waits for a second word)')}"


def _ask(organization_id: UUID, sealed: bytes, setting: Setting) -> None:
    organization = Organization.objects.get(id=organization_id)
    stated = regions.opened_principal(organization_id, sealed)
    ask_for_principal(organization, stated, actor=setting.actor, at=setting.at, import_id=setting.import_id)


def category_parameter(actor: Actor, action: str) -> Parameter:
    """The choice of the category that goes with a file."""
    found = categories.categories(actor=actor, action=action)
    return Parameter("category", _("Sentinel category"), tuple((one.code, one.name) for one in found))


def _phone(organization_id: UUID, sealed: bytes) -> str:
    return regions.opened_principal(organization_id, sealed).phone
