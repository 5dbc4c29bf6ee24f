"""Accompanying family 携带家属 in and out, of the contract that the parameter names: a row says with whom they come."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from outpost.access import tries
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.db import rows_of
from outpost.core.errors import Refusal
from outpost.core.scoped import locked as lock_rows
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.parsing import Row
from outpost.core.sheets.writing import Cell
from outpost.core.stated import Stated, blob, name_hash, unseal
from outpost.exchange.kinds import Difference, ExportKind, Setting, View, wrote_within_reach
from outpost.exchange.ledgers import LedgerTarget
from outpost.exchange.merge import wait_for_import
from outpost.people.rules import DocumentType
from outpost.people.seals import person_id_of, person_row
from outpost.people.services import record_declarations_used, register_staged
from outpost.people.staged import SEALED, STATED, mask_of, staged
from outpost.people.stated import seal_stated
from outpost.sites import errors
from outpost.sites.actions import REGISTER_PEOPLE, SEE_SITES
from outpost.sites.columns.families import FAMILY, OF_FILE
from outpost.sites.models import Contract, Employer, Registration
from outpost.sites.models.families import (
    FAMILY_KEY,
    FAMILY_SEALED_AS,
    MOST_FAMILY,
    FamilyMember,
    family_context,
)
from outpost.sites.queries.contracts import contract_numbered
from outpost.sites.queries.families import FamilyRow, family_listed, family_rows
from outpost.sites.reading.people import FamilyReader
from outpost.sites.rules.arrivals import ArrivalEvent
from outpost.sites.services import arrivals
from outpost.sites.sheets.of_contract import ContractFile, differences_of, undeclared_rows
from outpost.sites.vocabularies import DECLARED_WITHIN_DAYS, Relation

Complaints = Iterator[tuple[int, Refusal]]

_NOBODY = UUID(int=0)
"""The registration of whoever is not registered here: the judge puts the row aside."""
_PART = 500

_NOT_HERE = """SELECT s.row_no FROM {rows} s WHERE NOT EXISTS (SELECT FROM sites_registration r
    WHERE r.id = s.registration_id AND r.contract_id = s.contract_id AND r.removed_at IS NULL
      AND r.employer_id = ANY(%s) AND (s.worker_name_hash IS NULL OR s.worker_name_hash = r.name_hash))"""
"""One answer for a number that is not registered, for one of an employer beyond reach and for another name."""
_NEEDLESS = """SELECT s.row_no FROM {rows} s WHERE s.doc_type = %s OR EXISTS (SELECT FROM sites_familymember f
    WHERE f.registration_id = s.registration_id AND f.person_id = s.person_id AND f.removed_at IS NULL
      AND f.name_hash = s.name_hash)"""
"""Whoever needs no declaration: a child by its birth certificate, and who stands here by this name already."""
_WORKS = """SELECT s.row_no FROM {rows} s JOIN sites_registration r
    ON r.contract_id = s.contract_id AND r.person_id = s.person_id WHERE r.removed_at IS NULL"""
_WITH_OTHERS = """SELECT DISTINCT s.row_no FROM {rows} s JOIN sites_familymember f ON f.person_id = s.person_id
    JOIN sites_registration r ON r.id = f.registration_id AND r.contract_id = s.contract_id
    WHERE f.removed_at IS NULL AND r.removed_at IS NULL AND f.registration_id <> s.registration_id"""
_NEW_CHILDREN = (
    f"(SELECT * FROM {{rows}} WHERE outcome = 'new' AND doc_type = '{DocumentType.BIRTH_CERTIFICATE}') s"
)
_NEW = "SELECT row_no, person_id FROM {rows} WHERE outcome = 'new'"
_MERGED = """SELECT f.id FROM {rows} s JOIN sites_familymember f
    ON f.registration_id = s.registration_id AND f.person_id = s.person_id AND f.removed_at IS NULL
    WHERE s.outcome = %s ORDER BY s.row_no"""
_UNDONE = """SELECT f.id FROM audit_rowversion k JOIN sites_familymember f ON f.id = (k.row ->> 'id')::uuid
    JOIN sites_registration r ON r.id = f.registration_id JOIN sites_contract c ON c.id = r.contract_id
    WHERE k.cause = %s AND k."table" = 'sites_familymember' AND (f.removed_at IS NOT NULL) = %s
      AND r.removed_at IS NULL AND c.removed_at IS NULL ORDER BY f.id"""
"""Family that ended with its registration was told of with it."""


class FamilyImport(ContractFile):
    """A file of who comes along with the people of one contract. What the form asks is asked of each row, once the
    numbers that the file tries have been counted (T11), and a row that fails is put aside alone."""

    name: ClassVar[str] = "sites.families"
    page: ClassVar[str] = "sites:contract_family"
    action: ClassVar[str] = REGISTER_PEOPLE
    label = gettext_lazy("Accompanying family at a site")
    table = OF_FILE
    staging: ClassVar[Mapping[str, str]] = {
        "contract_id": "uuid NOT NULL",
        "registration_id": "uuid NOT NULL",
        "worker_id": "uuid NOT NULL",
        "worker_name_hash": "bytea",
        "worker_mask": "bytea NOT NULL",
        **STATED,
        "relation": "text NOT NULL",
    }
    target = LedgerTarget(
        table="sites_familymember",
        key=FAMILY_KEY,
        columns=(*FAMILY_KEY, "relation", *SEALED),
        replaced=("relation", *SEALED),
        compared=("relation", "content_hash"),
        generated={"id": "gen_random_uuid()"},
    )

    def parser(self, setting: Setting) -> "_Parser":
        return _Parser(self.contract(setting), setting)

    def count_tries(self, staging: str, setting: Setting) -> None:
        """Both numbers of a row are tried."""
        super().count_tries(staging, setting)
        if tries.sees_masks(setting.actor, self.action):
            of_workers = "uuid_send(s.worker_id)"
            tries.try_staged(staging, of_workers, actor=setting.actor, at=setting.at, mask="worker_mask")

    def judge(self, staging: str, setting: Setting) -> Mapping[int, Sequence[Refusal]]:
        contract = self._locked(setting)
        mine = Employer.objects.visible_to(setting.actor, self.action).filter(contract=contract)
        strangers = _numbers(staging, _NOT_HERE, [list(mine.values_list("id", flat=True))])
        refused = {
            row: [Refusal(errors.NOT_OF_THIS_SITE, column="worker_document_number")] for row in strangers
        }
        needless = _numbers(staging, _NEEDLESS, [DocumentType.BIRTH_CERTIFICATE])
        undeclared = set(undeclared_rows(staging, setting)) - needless
        for row in undeclared - strangers:
            refused[row] = [
                Refusal(errors.FAMILY_UNDECLARED, days=DECLARED_WITHIN_DAYS, column="document_number")
            ]
        aside = strangers | undeclared
        for row, refusal in chain(_placed(staging), _crowded(staging, aside)):
            if row not in aside:  # a number alone does not find out who works here
                refused.setdefault(row, []).append(refusal)
        return refused

    def _locked(self, setting: Setting) -> Contract:
        """The contract: nobody is registered by hand under it until the end, in the order in which a form locks."""
        wait_for_import("sites_registration")
        mine = Contract.objects.visible_to(setting.actor, self.action).current()
        return lock_rows(mine, [self.contract(setting).id])[0]

    def may_undo(self, setting: Setting) -> bool:
        return wrote_within_reach(FamilyMember, setting, self.action)

    def before_merge(self, staging: str, setting: Setting) -> None:
        register_staged(staging, at=setting.at, import_id=setting.import_id)

    def after_merge(self, staging: str, setting: Setting) -> None:
        """Each who is new sees that their declaration was used; the arrivals feed is told of them, and of changes."""
        children = _NEW_CHILDREN.format(rows=staging)  # the others have declared, else they would not be here
        undeclared = set(undeclared_rows(children, setting))
        looked_up = {person for row, person in rows_of(_NEW.format(rows=staging)) if row not in undeclared}
        record_declarations_used(looked_up, actor=setting.actor, at=setting.at)
        for outcome, event in (("new", ArrivalEvent.REGISTERED), ("replaced", ArrivalEvent.CHANGED)):
            found = [id_ for (id_,) in rows_of(_MERGED.format(rows=staging), [outcome])]
            arrivals.note_family(event, found, at=setting.at)

    def after_undo(self, setting: Setting) -> None:
        """Tell it of who is gone again, and of whom the former statement holds."""
        for is_gone, event in ((True, ArrivalEvent.WITHDRAWN), (False, ArrivalEvent.CHANGED)):
            found = [id_ for (id_,) in rows_of(_UNDONE, [f"undo:{setting.import_id}", is_gone])]
            arrivals.note_family(event, found, at=setting.at)

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        return differences_of(FAMILY, _shown(before), _shown(after))


def _numbers(staging: str, statement: str, params: Sequence[Any] = ()) -> set[int]:
    return {row for (row,) in rows_of(statement.format(rows=staging), params)}


def _placed(staging: str) -> Complaints:
    """Whoever works under this contract, or comes along with somebody else."""
    for statement, problem in ((_WORKS, errors.REGISTERED_HERE), (_WITH_OTHERS, errors.FAMILY_HERE)):
        for row in _numbers(staging, statement):
            yield row, Refusal(problem, column="document_number")


def _crowded(staging: str, aside: set[int]) -> Complaints:
    """Whoever the file names under two people, and whoever would be one too many with theirs."""
    found = rows_of(f"SELECT row_no, registration_id, person_id FROM {staging} ORDER BY row_no")
    rows = [one for one in found if one[0] not in aside]
    with_whom: dict[UUID, set[UUID]] = {}
    for _row, registration, person in rows:
        with_whom.setdefault(person, set()).add(registration)
    families = _standing({registration for _row, registration, _person in rows})
    for row, registration, person in rows:
        family = families.setdefault(registration, set())
        if len(with_whom[person]) > 1:
            yield row, Refusal(errors.FAMILY_TWICE, column="document_number")
        elif person not in family and len(family) >= MOST_FAMILY:
            yield row, Refusal(errors.FAMILY_TOO_LARGE, most=MOST_FAMILY, column="document_number")
        else:
            family.add(person)


def _standing(registrations: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    found = FamilyMember.objects.current().filter(registration__in=registrations)
    families: dict[UUID, set[UUID]] = {}
    for registration, person in found.values_list("registration_id", "person_id"):
        families.setdefault(registration, set()).add(person)
    return families


class _Parser:
    """The check of one row, and what is staged of it."""

    def __init__(self, contract: Contract, setting: Setting) -> None:
        self._contract, self._keys = contract, ring()
        mine = Registration.objects.visible_to(setting.actor, REGISTER_PEOPLE)
        registered = mine.current().filter(contract=contract)
        self._registered = dict(registered.values_list("person_id", "id"))
        known = FamilyMember.objects.current().filter(registration__in=registered)
        self._known = {
            (registration, person): blob(sealed)
            for registration, person, sealed in known.values_list("registration_id", "person_id", "sealed")
        }
        self._read = FamilyReader(local_day(setting.at), OF_FILE)

    def __call__(self, cells: Sequence[Raw]) -> Row:
        row = self._read(cells)
        if not row.faults:
            self._stage(row.values)
        return row

    def _stage(self, values: dict[str, Any]) -> None:
        worker, name = person_id_of(self._keys, values["worker_document"]), values["worker_name"]
        registration = self._registered.get(worker, _NOBODY)
        person = person_row(self._keys, values["document"], values["name"])
        context = family_context(registration, person.person_id)
        stated = Stated(values["name"], values["phone"] or self._phone(registration, UUID(person.person_id)))
        seal = seal_stated(self._keys, context, stated, kind=FAMILY_SEALED_AS)
        values |= {
            "contract_id": self._contract.id,
            "registration_id": registration,
            "worker_id": worker,
            "worker_name_hash": name_hash(self._keys, name) if name else None,
            "worker_mask": mask_of(self._keys, values["worker_document"]),
            **staged(person, seal, mask_of(self._keys, values["document"])),
        }

    def _phone(self, registration: UUID, person: UUID) -> str:
        """The phone on record: a blank one takes nothing away."""
        sealed = self._known.get((registration, person))
        return unseal(self._keys, family_context(registration, person), sealed).phone if sealed else ""


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table or of the staging as the summary shows it, masked."""
    context = family_context(row["registration_id"], row["person_id"])
    stated = unseal(ring(), context, blob(row["sealed"])).masked()
    return {"name": stated.name, "relation": Relation(row["relation"]).label, "phone": stated.phone}


class FamilyExport(ExportKind):
    """The list that the page of a contract shows, masked, with the employer of whom they come with."""

    page: ClassVar[str] = "family"
    rows_label: ClassVar[Any] = ngettext_lazy("{n} person", "{n} people", "n")
    views = (
        View(
            "sites.families",
            SEE_SITES,
            gettext_lazy("Accompanying family, masked"),
            gettext_lazy("Export the list (masked)"),
        ),
    )

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        """Raises Refusal UNKNOWN_CONTRACT for one that is not within the actor's reach."""
        number = params.get("contract", "")
        return {"contract": contract_numbered(number, actor=actor, action=SEE_SITES).number}

    def title(self, params: Mapping[str, str]) -> str:
        return f"{_('Accompanying family')}-{params['contract']}-{clock.local_day(clock.now())}"

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - as every kind
        return [
            *(_("Contract number"), _("Employer"), _("Comes with"), _("ID number of whom they come with")),
            *(_("Full name"), _("Relation"), _("ID number"), _("Phone"), _("Declared"), _("Registered")),
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        contract, at = contract_numbered(params["contract"], actor=actor, action=SEE_SITES), clock.now()
        found = _ordered(contract, actor).iterator(chunk_size=_PART)
        while part := list(islice(found, _PART)):
            for row in family_rows(part, at=at):
                yield contract.number, *_cells(row)

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:
        contract = contract_numbered(params["contract"], actor=actor, action=SEE_SITES)
        return family_listed(contract, actor=actor).count()


def _ordered(contract: Contract, actor: Actor) -> QuerySet[FamilyMember]:
    listed = family_listed(contract, actor=actor).select_related("registration__employer")
    return listed.order_by("registration__created_at", "registration_id", "created_at", "id")


def _cells(row: FamilyRow) -> tuple[Cell, ...]:
    registration, with_whom = row.member.registration, row.comes_with
    return (
        *(registration.employer.name, with_whom.name, with_whom.number),
        *(row.person.name, str(row.relation.label), row.person.number, row.person.phone),
        *(row.declared_on, clock.local_day(row.member.created_at)),
    )
