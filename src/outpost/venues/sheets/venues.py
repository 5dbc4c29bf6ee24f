"""Venues 场所 in: a row is known by its town and name.

A file opens the checkpoints that it names and closes none. What it leaves out stays; a new venue without checkpoints
gets its main entrance.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.access import tries
from outpost.access.errors import DUTIES_OF_PHONE
from outpost.access.queries import phones_standing_alone
from outpost.access.services.principals import Holder
from outpost.core.actor import Actor, Reach
from outpost.core.crypto import ring
from outpost.core.db import rows_of, run
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.ids import new_id
from outpost.core.masking import mask_phone
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import CellError, Sheet
from outpost.core.sheets.parsing import Row
from outpost.core.stated import Stated, blob, name_hash, phone_hash, seal, unseal
from outpost.exchange.kinds import Difference, ImportKind, Setting, wrote_within_reach
from outpost.exchange.ledgers import LedgerTarget
from outpost.exchange.target import Becomes, Target, stays
from outpost.regions import queries as regions
from outpost.regions.points import degrees
from outpost.regions.queries import Places
from outpost.regions.rules import REGION, normal_name
from outpost.venues import errors, services
from outpost.venues.actions import EDIT_VENUES
from outpost.venues.columns import VENUES, ledger
from outpost.venues.models import Venue, manager_context
from outpost.venues.queries.kinds import kinds
from outpost.venues.reading.venues import VenueReader
from outpost.venues.rules import MAIN_ENTRANCE
from outpost.venues.services import managers

_MANAGER = ("sealed", "manager_name_hash", "manager_phone_hash")
_STATED = ("kind_id", "social_credit_code", "address", "longitude", "latitude", *_MANAGER)
_NEW_CHECKPOINT = """EXISTS (SELECT FROM unnest(s.checkpoints) AS named (name) WHERE named.name NOT IN
    (SELECT c.name FROM venues_checkpoint c WHERE c.venue_id = t.id AND c.closed_at IS NULL))"""
_POINT = "s.longitude IS NULL AND NOT s.has_point"
_MEANWHILE = """SELECT EXISTS (SELECT FROM {rows} s JOIN venues_venue v
      ON v.region_id = s.region_id AND v.name = s.name AND v.removed_at IS NULL WHERE v.id <> s.id)
    OR EXISTS (SELECT FROM {rows} s JOIN venues_venue v ON v.id = s.id WHERE v.removed_at IS NOT NULL)"""
_TAKEN = """SELECT s.row_no FROM {rows} s JOIN venues_venue v
    ON v.manager_phone_hash = s.manager_phone_hash AND v.removed_at IS NULL AND v.id <> s.id
       AND v.confirmed_at IS NOT NULL
   AND NOT EXISTS (SELECT FROM venues_venue own WHERE own.id = s.id
     AND own.confirmed_at IS NULL AND own.manager_phone_hash = s.manager_phone_hash)
  ORDER BY s.row_no LIMIT 20"""
_TAKEN_SINCE = """SELECT EXISTS (SELECT FROM venues_venue mine
    JOIN audit_rowversion v ON v.cause = %s AND v."table" = 'venues_venue'
     AND v.row_key = mine.region_id || '/' || mine.name
    JOIN venues_venue o ON o.manager_phone_hash::text = v.row ->> 'manager_phone_hash'
     AND o.removed_at IS NULL AND o.id <> mine.id AND o.confirmed_at IS NOT NULL
    WHERE mine.import_id = %s AND mine.removed_at IS NULL)"""

_CONFIRM = """UPDATE venues_venue v SET confirmed_at = %(at)s FROM {rows} s WHERE v.id = s.id AND v.confirmed_at IS NULL
    AND (s.outcome = 'new' OR EXISTS (SELECT FROM audit_rowversion k
      WHERE k.cause = %(cause)s AND k."table" = 'venues_venue' AND k.row_key = v.region_id || '/' || v.name
        AND k.row ->> 'manager_phone_hash' <> v.manager_phone_hash::text))"""
_WAIT_AGAIN = """UPDATE venues_venue v SET confirmed_at = NULL FROM audit_rowversion k, audit_rowversion undone
    WHERE k.cause = %(cause)s AND k."table" = 'venues_venue' AND k.row ->> 'confirmed_at' IS NULL
      AND undone.cause = %(undo)s AND undone."table" = 'venues_venue' AND undone.row ->> 'id' = k.row ->> 'id'
      AND v.id = (k.row ->> 'id')::uuid AND v.removed_at IS NULL"""
_GOES_ON = """v.confirmed_at IS NULL AND v.manager_phone_hash = s.manager_phone_hash"""  # who is named has not answered
_MANAGERS = f"""SELECT s.id, s.sealed, v.sealed FROM {{rows}} s LEFT JOIN venues_venue v ON v.id = s.id
    WHERE v.id IS NULL OR NOT ({_GOES_ON})"""
_UNDONE = """SELECT v.id, v.removed_at IS NULL AND v.confirmed_at IS NOT NULL, v.sealed, k.row ->> 'sealed'
    FROM audit_rowversion k JOIN venues_venue v ON v.id = (k.row ->> 'id')::uuid
   WHERE k.cause = %s AND k."table" = 'venues_venue'"""


class VenueImport(ImportKind):
    """A file of venues in the towns within the actor's reach. An officer's word puts managers in charge at once;
    who was named before and has not answered goes on waiting where the file names the same phone."""

    name: ClassVar[str] = "venues.venues"
    action: ClassVar[str] = EDIT_VENUES
    label = _("Venues")
    staging: ClassVar[Mapping[str, str]] = {
        "id": "uuid NOT NULL",
        "region_id": "text NOT NULL",
        "name": "text NOT NULL",
        "kind_id": "text NOT NULL",
        "social_credit_code": "text",
        "address": "text NOT NULL",
        "longitude": "numeric",
        "latitude": "numeric",
        "has_point": "boolean NOT NULL",  # whether the file has such columns: blank ones take a point away
        "sealed": "bytea NOT NULL",
        "manager_name_hash": "bytea NOT NULL",
        "manager_phone_hash": "bytea NOT NULL",
        "mask": "bytea NOT NULL",  # of the manager's phone, for the count of what is tried
        "checkpoints": "text[] NOT NULL",
    }
    target: ClassVar[Target] = LedgerTarget(
        table="venues_venue",
        key=("region_id", "name"),
        columns=("id", "region_id", "name", *_STATED),
        replaced=_STATED,
        compared=tuple(column for column in _STATED if column != "sealed"),
        becomes={
            "social_credit_code": stays("social_credit_code", "''"),
            "longitude": Becomes(f"CASE WHEN {_POINT} THEN t.longitude ELSE s.longitude END", "s.longitude"),
            "latitude": Becomes(f"CASE WHEN {_POINT} THEN t.latitude ELSE s.latitude END", "s.latitude"),
        },
        differs=_NEW_CHECKPOINT,
        beside=("most_branches", "checks_out"),
    )

    def list_url(self, params: Mapping[str, str], actor: Actor) -> str:  # noqa: ARG002 - as below
        return reverse("venues:venues") if actor.may(EDIT_VENUES) else ""

    def sheet(self, params: Mapping[str, str]) -> Sheet:  # noqa: ARG002 - these files need no choice
        return ledger(kinds())

    def parser(self, setting: Setting) -> "VenueRowParser":
        """Raises Refusal NOT_FOUND for whoever reaches no place."""
        reach: Reach = setting.actor.reach(EDIT_VENUES)
        if not reach.everything and not reach.keys(REGION):
            raise Refusal(NOT_FOUND)
        return VenueRowParser(self.sheet(setting.params), setting, regions.places(reach))

    def count_tries(self, staging: str, setting: Setting) -> None:
        """Who manages a venue is told of each row in the end: of phones that fit a mask it would be the true one."""
        if tries.sees_masks(setting.actor, self.action):
            tries.try_staged(staging, "s.manager_phone_hash", actor=setting.actor, at=setting.at)

    def reaches_rows(self, rows: str, setting: Setting) -> bool:
        towns = {code for (code,) in rows_of(f"SELECT DISTINCT region_id FROM {rows}")}
        return towns <= regions.places(setting.actor.reach(EDIT_VENUES)).allowed

    def may_undo(self, setting: Setting) -> bool:
        """Raises MANAGER_TAKEN when a manager whom the undo would bring back manages another venue by now."""
        if rows_of(_TAKEN_SINCE, [str(setting.import_id), setting.import_id]) != [(False,)]:
            raise Refusal(errors.MANAGER_TAKEN)
        return wrote_within_reach(Venue, setting, EDIT_VENUES)

    def before_merge(self, staging: str, setting: Setting) -> None:
        """Raises VENUES_CHANGED, or MANAGERS_TAKEN with the rows whose manager manages another: told here, once what a
        file tries has been counted."""
        self.refuse_changed(staging)
        if taken := rows_of(_TAKEN.format(rows=staging)):
            raise Refusal(errors.MANAGERS_TAKEN, rows=", ".join(str(number) for (number,) in taken))
        named = [
            Holder(id_, _phone(id_, sealed), _phone(id_, former) if former else "")
            for id_, sealed, former in rows_of(_MANAGERS.format(rows=staging))
        ]
        managers.put_in_charge(named, actor=setting.actor, at=setting.at, cause=str(setting.import_id))

    def refuse_changed(self, staging: str) -> None:
        """Raises VENUES_CHANGED when somebody entered or removed one of the venues since the check."""
        if rows_of(_MEANWHILE.format(rows=staging)) != [(False,)]:
            raise Refusal(errors.VENUES_CHANGED)

    def after_merge(self, staging: str, setting: Setting) -> None:
        run(_CONFIRM.format(rows=staging), {"at": setting.at, "cause": str(setting.import_id)})
        services.open_checkpoints(staging, import_id=setting.import_id, at=setting.at)

    def after_undo(self, setting: Setting) -> None:
        services.close_checkpoints(import_id=setting.import_id, at=setting.at)
        cause, undo = str(setting.import_id), f"undo:{setting.import_id}"
        run(_WAIT_AGAIN, {"cause": cause, "undo": undo})
        named = [
            Holder(id_, _phone(id_, sealed) if is_managed else "", _phone(id_, blob(taken_back)))
            for id_, is_managed, sealed, taken_back in rows_of(_UNDONE, [f"undo:{setting.import_id}"])
        ]
        managers.put_in_charge(named, actor=setting.actor, at=setting.at, cause=f"undo:{setting.import_id}")

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        old, new = _shown(before), _shown(after)
        known = Venue.objects.get(id=before["id"]).checkpoints.filter(closed_at__isnull=True)
        open_ones = list(known.values_list("name", flat=True))
        opened = [name for name in after["checkpoints"] if name not in open_ones]
        old["checkpoints"], new["checkpoints"] = "、".join(open_ones), "、".join([*open_ones, *opened])
        kept = {"social_credit_code"} if after["social_credit_code"] is None else set()
        if after["longitude"] is None and not after["has_point"]:
            kept |= {"longitude", "latitude"}
        return [
            Difference(column.header(get_language()), old[column.name], new[column.name])
            for column in VENUES
            if column.name in new and column.name not in kept and old[column.name] != new[column.name]
        ]


class VenueRowParser:
    """The check of one row: reads, finds the venue that is meant, seals its manager."""

    def __init__(self, sheet: Sheet, setting: Setting, places: Places) -> None:
        stated = setting.columns
        self._has_point = bool({"longitude", "latitude"} & stated)
        self.reader = VenueReader(sheet, places=places, stated=stated)
        self._standing_alone = phones_standing_alone()
        self._known: dict[tuple[str, str], tuple[UUID, str]] = {}
        self._managed: dict[bytes, UUID] = {}
        self.living: set[UUID] = set()
        self._keys = ring()
        for id_, region, name in Venue.objects.current().values_list("id", "region_id", "name"):
            self._known[(region, normal_name(name))] = (id_, name)
            self.living.add(id_)

    def __call__(self, cells: Sequence[Raw]) -> Row:
        row = self.reader(cells)
        if not row.faults:
            self.stage(row)
        return row

    def stage(self, row: Row) -> None:
        """Put what a row with readable cells says into its values."""
        values = row.values
        key = (values["town"], normal_name(values["name"]))
        id_, name = self._known.setdefault(key, (new_id(), values["name"]))
        keys, phone = self._keys, values["manager_phone"]
        manager = Stated(values["manager_name"], phone)
        hashed = phone_hash(keys, phone)
        if self._managed.setdefault(hashed, id_) != id_:
            row.faults.append(self.reader.complaint("manager_phone", errors.MANAGER_TWICE))
        row.faults += self.faults(values | {"manager_phone_hash": hashed}, id_)
        is_new = id_ not in self.living
        values |= {
            "id": id_,
            "name": name,
            "region_id": values["town"],
            "kind_id": values["kind"],
            "has_point": self._has_point,
            "sealed": seal(keys, manager_context(id_), manager),
            "manager_name_hash": name_hash(keys, manager.name),
            "manager_phone_hash": hashed,
            "mask": tries.mask_hash(keys, mask_phone(phone)),
            "checkpoints": list(values["checkpoints"] or ([MAIN_ENTRANCE] if is_new else ())),
        }

    def faults(self, values: Mapping[str, Any], id_: UUID) -> Iterator[CellError]:  # noqa: ARG002 - for other kinds
        """What speaks against a row that is good by itself; `id_`: the venue that is meant, a new one or known."""
        if values["manager_phone_hash"] in self._standing_alone:
            yield self.reader.complaint("manager_phone", DUTIES_OF_PHONE)


def _shown(row: Mapping[str, Any]) -> dict[str, str]:
    """A row of the table or of the staging as the summary shows it, its manager masked."""
    manager = unseal(ring(), manager_context(row["id"]), blob(row["sealed"])).masked()
    called = {kind.code: kind.label for kind in kinds()}
    return {
        "kind": called[row["kind_id"]],
        "address": row["address"],
        "social_credit_code": row["social_credit_code"] or "",
        "longitude": degrees(row["longitude"]),
        "latitude": degrees(row["latitude"]),
        "manager_name": manager.name,
        "manager_phone": manager.phone,
    }


def _phone(venue_id: UUID, sealed: bytes) -> str:
    return unseal(ring(), manager_context(venue_id), sealed).phone
