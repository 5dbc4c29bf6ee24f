"""How rows of contracts meet the ledger, whichever way they come: by file, by call, from a form.

A row is an employer under a contract; contract and project are merged first, from the same rows. What a row leaves out
(NULL) stays.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from outpost.access.services.principals import Holder
from outpost.core.actor import Actor
from outpost.core.db import rows_of
from outpost.core.errors import Refusal
from outpost.exchange import merge
from outpost.exchange.target import Becomes, Target, stays
from outpost.sites import errors
from outpost.sites.seats import HASHES, SEALED, SEATS
from outpost.sites.services.closing import CONTRACT_KEY
from outpost.sites.services.leads import put_in_charge

EMPLOYER_KEY = ("contract_id", "name")
OF_PROJECT = ("address", "longitude", "latitude", "region_id", "station")
SAID = ("general_contractor", "general_contractor_kind", "supervision_company", "agreed_workers", *HASHES)
"""What all rows of a contract say alike. What is sealed is another text each time; the hashes compare."""
NOT_STATED = -1
"""Of workers by the contract: a form that leaves the field empty, where a file says nothing."""
_AGREED = f"nullif(coalesce(s.agreed_workers, {{row}}.agreed_workers), {NOT_STATED})"
_OF_CONTRACT = (*SAID, *SEALED)
_STAMPS: dict[str, Any] = {
    "stamps_new": ("created_at", "updated_at"),
    "stamps_replaced": ("updated_at",),
    "current": "t.removed_at IS NULL",
    "removed_stamp": "removed_at",
}
PROJECTS = Target(
    table="sites_project",
    key=("filing_number",),
    columns=("id", "filing_number", "name", *OF_PROJECT),
    replaced=("name", *OF_PROJECT),
    compared=("name", *OF_PROJECT),
    becomes={
        "address": stays("address", "''"),
        **{column: stays(column) for column in ("longitude", "latitude")},
    },
    held="EXISTS (SELECT FROM sites_contract c WHERE c.project_id = t.id AND c.removed_at IS NULL)",
    **_STAMPS,
)
CONTRACTS = Target(
    table="sites_contract",
    key=CONTRACT_KEY,
    columns=("id", "number", "project_id", *_OF_CONTRACT),
    replaced=_OF_CONTRACT,
    compared=SAID,
    becomes={
        "general_contractor_kind": stays("general_contractor_kind", "''"),
        "supervision_company": stays("supervision_company", "''"),
        "agreed_workers": Becomes(_AGREED.format(row="t"), f"nullif(s.agreed_workers, {NOT_STATED})"),
        **{column: stays(column) for column in (*HASHES, *SEALED)},
    },
    held="EXISTS (SELECT FROM sites_employer e WHERE e.contract_id = t.id AND e.removed_at IS NULL)",
    **_STAMPS,
)
_CHANGED = """EXISTS (SELECT FROM sites_contract c JOIN sites_project p ON p.id = c.project_id
    WHERE c.id = s.contract_id AND (s.project, coalesce(s.address, p.address),
      coalesce(s.longitude, p.longitude), coalesce(s.latitude, p.latitude), s.region_id, s.station,
      s.general_contractor, coalesce(s.general_contractor_kind, c.general_contractor_kind),
      coalesce(s.supervision_company, c.supervision_company), {agreed}, {staged_hashes})
    IS DISTINCT FROM (p.name, p.address, p.longitude, p.latitude, p.region_id, p.station,
      c.general_contractor, c.general_contractor_kind, c.supervision_company, c.agreed_workers, {hashes}))""".format(
    agreed=_AGREED.format(row="c"),
    staged_hashes=", ".join(f"coalesce(s.{column}, c.{column})" for column in HASHES),
    hashes=", ".join(f"c.{column}" for column in HASHES),
)
_MOVES_PROJECT = """NOT EXISTS (SELECT FROM sites_contract c WHERE c.id = s.contract_id)
    AND EXISTS (SELECT FROM sites_project p WHERE p.id = s.project_id AND p.removed_at IS NULL
      AND (s.project, coalesce(s.address, p.address), coalesce(s.longitude, p.longitude),
        coalesce(s.latitude, p.latitude), s.region_id, s.station)
      IS DISTINCT FROM (p.name, p.address, p.longitude, p.latitude, p.region_id, p.station))"""
"""A new contract that says otherwise of a project on record: all its contracts get the new name and place."""
_MEANWHILE = """SELECT EXISTS (SELECT FROM {rows} s JOIN sites_contract c
      ON c.id = s.contract_id AND c.removed_at IS NOT NULL
      OR c.number = s.number AND c.removed_at IS NULL AND (c.id, c.project_id) <> (s.contract_id, s.project_id))
    OR EXISTS (SELECT FROM {rows} s JOIN sites_project p
      ON p.filing_number = s.filing_number AND p.removed_at IS NULL AND p.id <> s.project_id)"""

# Of whom a file names otherwise than the ledger, or for a contract that comes back: a right that was taken back by hand
# is not given again by the next daily file.
_NAMED = """SELECT DISTINCT ON (s.contract_id) s.contract_id, s.{seat.sealed}, c.{seat.sealed}
  FROM {rows} s LEFT JOIN sites_contract c ON c.id = s.contract_id
 WHERE s.{seat.sealed} IS NOT NULL
   AND (c.removed_at IS NOT NULL OR s.{seat.phone_hash} IS DISTINCT FROM c.{seat.phone_hash})"""

STAGING: Mapping[str, str] = {
    "contract_id": "uuid NOT NULL",
    "name": "text NOT NULL",  # of the employer
    "project_id": "uuid NOT NULL",
    "filing_number": "text NOT NULL",
    "number": "text NOT NULL",
    "project": "text NOT NULL",
    "address": "text",
    "longitude": "numeric",
    "latitude": "numeric",
    "region_id": "text NOT NULL",
    "station": "text NOT NULL",
    "general_contractor": "text NOT NULL",
    "general_contractor_kind": "text",
    "supervision_company": "text",
    "agreed_workers": "integer",
    **dict.fromkeys((*SEALED, *HASHES), "bytea"),
}
EMPLOYERS = Target(
    table="sites_employer",
    key=EMPLOYER_KEY,
    columns=EMPLOYER_KEY,
    replaced=(),
    compared=(),
    generated={"id": "gen_random_uuid()"},
    differs=_CHANGED,
    restates=f"({_CHANGED}) OR ({_MOVES_PROJECT})",
    held="EXISTS (SELECT FROM sites_registration r WHERE r.employer_id = t.id AND r.removed_at IS NULL)",
    **_STAMPS,
)


def merge_above(rows: str, *, actor: Actor, at: datetime, cause: str, import_id: UUID | None) -> None:
    """Merge projects and contracts before their employers, and put in charge who is named anew.

    Raises CONTRACTS_CHANGED when somebody entered, moved or closed one of them since the rows were checked.
    """
    if rows_of(_MEANWHILE.format(rows=rows)) != [(False,)]:
        raise Refusal(errors.CONTRACTS_CHANGED)
    for seat in SEATS:
        named = [
            Holder(id_, seat.phone_in(id_, sealed), seat.phone_in(id_, former))
            for id_, sealed, former in rows_of(_NAMED.format(rows=rows, seat=seat))
        ]
        put_in_charge(seat, named, actor=actor, at=at, cause=cause)
    parts = (PROJECTS, {"id": "project_id", "name": "project"}), (CONTRACTS, {"id": "contract_id"})
    for target, called in parts:
        merge.merge_part(target, rows, STAGING, called, at=at, cause=cause, import_id=import_id)
