"""Pre-registrations 进场预登记 in, for the contract that the parameter names: a row is known by contract and person."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from outpost.audit.versions import OF_UNDONE
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.db import rows_of
from outpost.core.errors import Refusal
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.parsing import Row
from outpost.core.stated import Stated, blob, unseal
from outpost.exchange.kinds import Difference, Setting, wrote_within_reach
from outpost.exchange.ledgers import LedgerTarget
from outpost.exchange.target import stays
from outpost.health import outside
from outpost.people.seals import person_row
from outpost.people.services import record_declarations_used, register_staged
from outpost.people.staged import SEALED, STATED, mask_of, staged
from outpost.people.stated import seal_stated
from outpost.sites import errors
from outpost.sites.actions import REGISTER_PEOPLE
from outpost.sites.columns.people import PEOPLE, REGISTER
from outpost.sites.models import SEALED_AS, Contract, Employer, Registration, registration_context
from outpost.sites.queries.contracts import people_reached
from outpost.sites.reading.people import RegistrationReader
from outpost.sites.rules.arrivals import ArrivalEvent
from outpost.sites.services import REGISTRATION_KEY, arrivals, tallies
from outpost.sites.services.declared_phones import take_phones
from outpost.sites.sheets.of_contract import ContractFile, differences_of, undeclared_rows
from outpost.sites.vocabularies import DECLARED_WITHIN_DAYS, Roll

_MOST_TOLD = 20
_PLAIN = ("employer_id", "roll", "departure", "trade")
_ENDED = """SELECT EXISTS (SELECT FROM {rows} s JOIN sites_employer e ON e.id = s.employer_id
    JOIN sites_contract c ON c.id = e.contract_id WHERE e.removed_at IS NOT NULL OR c.removed_at IS NOT NULL)"""

_FAMILY = """SELECT s.row_no FROM {rows} s JOIN sites_familymember f ON f.person_id = s.person_id
    JOIN sites_registration r ON r.id = f.registration_id AND r.contract_id = s.contract_id
    WHERE f.removed_at IS NULL AND r.removed_at IS NULL ORDER BY s.row_no"""

_STANDING = """SELECT r.id FROM {rows} s JOIN sites_registration r
    ON r.contract_id = s.contract_id AND r.person_id = s.person_id AND r.removed_at IS NULL"""
_MERGED = f"{_STANDING} WHERE s.outcome = %s ORDER BY s.row_no"
_NEW = f"{_STANDING} WHERE s.outcome = 'new' AND s.row_no = ANY(%s)"
_UNDONE = """SELECT r.id FROM audit_rowversion k JOIN sites_registration r ON r.id = (k.row ->> 'id')::uuid
    WHERE k.cause = %s AND k."table" = 'sites_registration' AND (r.removed_at IS NOT NULL) = %s ORDER BY r.id"""


class RegistrationImport(ContractFile):
    """A file of people who are to work under one contract. Each must have declared their health under this number and
    name: that is looked at once what the file tries has been counted (T11), and a row that fails is put aside alone.
    Where there is an outside service, they wait for its word instead."""

    name: ClassVar[str] = "sites.registrations"
    action: ClassVar[str] = REGISTER_PEOPLE
    label = _("Pre-registrations of a site")
    table = REGISTER
    staging: ClassVar[Mapping[str, str]] = {
        "contract_id": "uuid NOT NULL",
        **STATED,
        "employer_id": "uuid NOT NULL",
        "roll": "text",
        "departure": "text NOT NULL",
        "trade": "text",
    }
    target = LedgerTarget(
        table="sites_registration",
        key=REGISTRATION_KEY,
        columns=(*REGISTRATION_KEY, *_PLAIN, *SEALED),
        replaced=(*_PLAIN, *SEALED),
        compared=(*_PLAIN, "content_hash"),
        generated={"id": "gen_random_uuid()"},
        held="EXISTS (SELECT FROM sites_stay s WHERE s.registration_id = t.id AND s.left_at IS NULL)",
        becomes={"roll": stays("roll", f"'{Roll.WORKER}'"), "trade": stays("trade", "''")},
    )

    def parser(self, setting: Setting) -> "_Parser":
        return _Parser(self.contract(setting), setting)

    def reaches_rows(self, rows: str, setting: Setting) -> bool:
        named = {id_ for (id_,) in rows_of(f"SELECT DISTINCT employer_id FROM {rows}")}
        return Employer.objects.visible_to(setting.actor, self.action).has_all(named)

    def may_undo(self, setting: Setting) -> bool:
        return wrote_within_reach(Registration, setting, self.action)

    def before_merge(self, staging: str, setting: Setting) -> None:
        """Register the people. Raises CONTRACTS_CHANGED when contract or employer ended since the check; of whom stands
        here otherwise since the rows were judged OF_OTHERS and FAMILY_ROWS, with their rows."""
        if rows_of(_ENDED.format(rows=staging)) != [(False,)]:
            raise Refusal(errors.CONTRACTS_CHANGED)
        if found := self._of_others(staging, setting):
            raise Refusal(errors.OF_OTHERS, rows=", ".join(map(str, found[:_MOST_TOLD])))
        if family := rows_of(_FAMILY.format(rows=staging)):
            raise Refusal(errors.FAMILY_ROWS, rows=", ".join(str(row) for (row,) in family[:_MOST_TOLD]))
        register_staged(staging, at=setting.at, import_id=setting.import_id)

    def judge(self, staging: str, setting: Setting) -> Mapping[int, Sequence[Refusal]]:
        """As by hand: first who has not declared is told so, whoever that is, then who stands here otherwise. A number
        alone finds out nobody's employer."""
        undeclared = [] if outside.is_configured() else undeclared_rows(staging, setting)
        others = self._of_others(staging, setting)
        family = [row for (row,) in rows_of(_FAMILY.format(rows=staging))]
        said = [
            *((row, Refusal(errors.FAMILY_HERE, column="document_number")) for row in family),
            *((row, Refusal(errors.REGISTERED_HERE, column="document_number")) for row in others),
        ]
        first = Refusal(errors.DECLARE_FIRST, days=DECLARED_WITHIN_DAYS, column="document_number")
        return {row: [refusal] for row, refusal in (*said, *((row, first) for row in undeclared))}

    def _of_others(self, staging: str, setting: Setting) -> list[int]:
        """The rows of people who are registered under the contract by an employer that the actor does not reach."""
        rows = rows_of(f"SELECT row_no, person_id FROM {staging} ORDER BY row_no")
        contract, people = self.contract(setting), {person for _row, person in rows}
        registered = Registration.objects.current().filter(contract=contract, person__in=people)
        hidden = set(registered.values_list("person_id", flat=True))
        hidden -= people_reached(contract, people, actor=setting.actor, action=self.action)
        return [row for row, person in rows if person in hidden]

    def after_merge(self, staging: str, setting: Setting) -> None:
        """Let those wait 待核验 for whom the outside service has still to be asked, the others take the phone of their
        declaration where the file has none, and see that it was used; tell the arrivals feed of who is new, and of whom
        something else is stated."""
        missing = undeclared_rows(staging, setting) if outside.is_configured() else []
        waiting = Registration.objects.filter(id__in=_ids(_NEW, staging, missing))
        waiting.update(unverified_since=setting.at, verify_next_at=setting.at)
        new = Registration.objects.filter(id__in=_ids(_MERGED, staging, "new"), unverified_since=None)
        take_phones(new, at=setting.at)
        looked_up = set(new.values_list("person_id", flat=True))
        record_declarations_used(looked_up, actor=setting.actor, at=setting.at)
        for outcome, event in (("new", ArrivalEvent.REGISTERED), ("replaced", ArrivalEvent.CHANGED)):
            arrivals.note(event, _ids(_MERGED, staging, outcome), at=setting.at)
        stated = [person for (person,) in rows_of(f"SELECT person_id FROM {staging}")]
        tallies.follow([self.contract(setting).id], at=setting.at, stated=stated)

    def after_undo(self, setting: Setting) -> None:
        """Tell it of who is gone again, and of whom the former statement holds."""
        for is_gone, event in ((True, ArrivalEvent.WITHDRAWN), (False, ArrivalEvent.CHANGED)):
            found = [id_ for (id_,) in rows_of(_UNDONE, [f"undo:{setting.import_id}", is_gone])]
            arrivals.note(event, found, at=setting.at)
        rows = rows_of(OF_UNDONE, {"table": self.target.table, "import": str(setting.import_id)})
        undone = [who for (who,) in rows]
        tallies.follow_people(undone, at=setting.at, stated=undone)

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        return differences_of(PEOPLE, _shown(before), _shown(after))


def _ids(statement: str, staging: str, asked: object) -> list[UUID]:
    return [id_ for (id_,) in rows_of(statement.format(rows=staging), [asked])]


class _Parser:
    """The check of one row, and what is staged of it."""

    def __init__(self, contract: Contract, setting: Setting) -> None:
        self._contract, self._keys = contract, ring()
        mine = Registration.objects.visible_to(setting.actor, REGISTER_PEOPLE)
        registered = mine.current().filter(contract=contract)
        self._known = dict(registered.values_list("person_id", "sealed"))
        self._read = RegistrationReader(contract, local_day(setting.at), actor=setting.actor)

    def __call__(self, cells: Sequence[Raw]) -> Row:
        row = self._read(cells)
        if not row.faults:
            self._stage(row.values)
        return row

    def _stage(self, values: dict[str, Any]) -> None:
        person = person_row(self._keys, values["document"], values["name"])
        context = registration_context(self._contract.id, person.person_id)
        known = self._known_as(UUID(person.person_id), context)
        phone, address = values["phone"] or known.phone, values["address"] or known.address
        stated = Stated(values["name"], phone, address)
        seal = seal_stated(self._keys, context, stated, kind=SEALED_AS)
        values |= {
            "contract_id": self._contract.id,
            "employer_id": values["employer"],
            **staged(person, seal, mask_of(self._keys, values["document"])),
        }

    def _known_as(self, person_id: UUID, context: str) -> Stated:
        """What is on record: a blank phone or address takes nothing away."""
        sealed = self._known.get(person_id)
        return unseal(self._keys, context, sealed) if sealed is not None else Stated("", "")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table or of the staging as the summary shows it, masked."""
    stated = unseal(
        ring(), registration_context(row["contract_id"], row["person_id"]), blob(row["sealed"])
    ).masked()
    return {
        "roll": Roll(row["roll"]).label if row["roll"] else None,
        "name": stated.name,
        "departure": row["departure"],
        "employer": Employer.objects.get(id=row["employer_id"]).name,
        "phone": stated.phone,
        "trade": row["trade"],
        "address": stated.address,
    }
