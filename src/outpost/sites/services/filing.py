"""Contracts are filed: by the calls of the contract filing, and by hand on a form. A file goes by `sites.sheets`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from outpost.audit import deletions, editing
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.db import copy_rows, rows_of
from outpost.core.errors import Fault, Faults, Refusal
from outpost.core.ids import new_id
from outpost.core.scoped import locked as lock_rows
from outpost.core.sheets.parsing import StatedCells, completed, picker
from outpost.exchange import merge
from outpost.sites import errors
from outpost.sites.actions import EDIT_SITES
from outpost.sites.models import Contract, Employer, Project, Registration
from outpost.sites.queries import contracts
from outpost.sites.services import users
from outpost.sites.services.closing import close_contract
from outpost.sites.services.contract_merge import EMPLOYER_KEY, EMPLOYERS, NOT_STATED, STAGING, merge_above
from outpost.sites.services.contract_rows import ContractParser

FILED, CHANGED = "sites.contracts_filed", "sites.contract_changed"
MOST_EMPLOYERS = 200
_CLEARED = ("address", "general_contractor_kind", "supervision_company")
"""What a form that leaves it empty means to be empty."""

Values = Mapping[str, Any]


@transaction.atomic
def file_and_close(
    rows: Sequence[Values], closing: Sequence[str], *, actor: Actor, at: datetime
) -> tuple[list[str], list[str | Refusal]]:
    """File rows, made by `ContractParser`, then close the contracts of these numbers, in one transaction.

    Returns what became of each row (new, replaced, unchanged; of two rows of an employer the last one counts), and of
    each number (replaced: it is closed now; unchanged: it was; else why it stays open). Raises Refusal: 403,
    CONTRACTS_CHANGED.
    """
    actor.require(EDIT_SITES)
    return _file(rows, actor=actor, at=at), _close(closing, actor=actor, at=at)


@transaction.atomic
def file_contract(stated: StatedCells, employers: Sequence[str], *, actor: Actor, at: datetime) -> Contract:
    """File a contract as it was typed, with its employers; none: the general contractor employs its own people. Of a
    project that is on record nothing changes by another contract of it.

    Raises Refusal: 403, NUMBER_FILED, what `ContractParser` says; Faults, all that is wrong with the cells.
    """
    actor.require(EDIT_SITES)
    merge.keep_others_out(EMPLOYERS.table)
    rows = _typed(stated, employers, actor=actor)
    if Contract.objects.current().filter(number=rows[0]["number"]).exists():
        raise Refusal(errors.NUMBER_FILED, number=rows[0]["number"], column="number")
    _keep_project(rows)
    _file(rows, actor=actor, at=at)
    return Contract.objects.get(id=rows[0]["contract_id"])


@transaction.atomic
def change_contract(
    contract_id: UUID,
    stated: StatedCells,
    employers: Sequence[str],
    *,
    actor: Actor,
    at: datetime,
    seen: str = "",
) -> Contract:
    """Change what is filed of a contract, its project and its employers; both numbers stay, and an empty name or phone
    of the lead keeps what stands.

    Raises Refusal: 403, NOT_FOUND, EDITED_MEANWHILE, EMPLOYER_IN_USE; Faults, all that is wrong with the cells.
    """
    actor.require(EDIT_SITES)
    merge.keep_others_out(EMPLOYERS.table)
    mine = Contract.objects.visible_to(actor, EDIT_SITES).current().select_related("project__region")
    (contract,) = lock_rows(mine, [contract_id])
    editing.refuse_unread(seen, contracts.edited_contract(contract))
    kept = contracts.seated(contract)
    numbers = {"number": contract.number, "filing_number": contract.project.filing_number}
    rows = _typed({**completed(stated, kept), **numbers}, employers, actor=actor)
    _file(rows, actor=actor, at=at)
    _end_others(contract, {row["name"] for row in rows}, actor=actor, at=at)
    audit.record(CHANGED, actor=actor, at=at, object_id=contract.id)
    return contract


def _typed(stated: StatedCells, employers: Sequence[str], *, actor: Actor) -> list[dict[str, Any]]:
    """One row an employer; what is wrong is told once, whichever row it stands in."""
    if len(employers) > MOST_EMPLOYERS:
        raise Refusal(errors.TOO_MANY_EMPLOYERS, most=MOST_EMPLOYERS, column="employer")
    parse = ContractParser(actor)
    rows = [parse.stated({**stated, "employer": name}) for name in employers or [""]]
    wrong = [one.as_fault for row in rows for one in row.faults]
    if wrong:
        raise Faults(list({(one.column, one.problem.code): one for one in wrong}.values()))
    return [_as_shown(row.values) for row in rows]


def _keep_project(rows: Sequence[dict[str, Any]]) -> None:
    """A form for a new contract shows nothing of the project that its filing number names: an address that it leaves
    empty stays, and whoever types something else is told what stands there."""
    filed = Project.objects.filter(filing_number=rows[0]["filing_number"], removed_at__isnull=True)
    project = filed.select_related("region").first()
    if project is None:
        return
    for row in rows:
        row["address"] = row["address"] or project.address
    stands = (
        ("project", rows[0]["project"], project.name, project.name),
        ("address", rows[0]["address"], project.address, project.address or "–"),
        ("town", rows[0]["region_id"], project.region_id, project.region.name),
        ("station", rows[0]["station"], project.station, project.station),
    )
    known = [(column, shown) for column, typed, kept, shown in stands if typed != kept]
    if known:
        raise Faults([Fault(column, errors.PROJECT_DIFFERS, {"known": shown}) for column, shown in known])


def _as_shown(values: dict[str, Any]) -> dict[str, Any]:
    """With what the form left empty as empty."""
    agreed = NOT_STATED if values["agreed_workers"] is None else values["agreed_workers"]
    return values | {name: values[name] or "" for name in _CLEARED} | {"agreed_workers": agreed}


def _file(rows: Sequence[Values], *, actor: Actor, at: datetime) -> list[str]:
    if not rows:
        return []
    batch, outcomes = new_id(), ["replaced"] * len(rows)

    def before(view: str) -> None:
        for row_no, outcome in rows_of(f"SELECT row_no, outcome FROM {view}"):
            outcomes[row_no] = outcome
        merge_above(view, actor=actor, at=at, cause=cause, import_id=None)

    cause, staging, staged = f"{FILED}:{batch}", merge.temporary_staging(STAGING), picker(list(STAGING))
    copy_rows(staging, ("row_no", *STAGING), ((number, *staged(row)) for number, row in enumerate(rows)))
    counts = merge.merge(EMPLOYERS, staging, at=at, cause=cause, import_id=None, before=before)
    if written := counts.new + counts.replaced:
        detail = {"new": counts.new, "replaced": counts.replaced, "unchanged": counts.unchanged}
        audit.record(FILED, actor=actor, at=at, object_id=batch, count=written, detail=detail)
    return outcomes


def _close(numbers: Sequence[str], *, actor: Actor, at: datetime) -> list[str | Refusal]:
    """What became of each. Which there are is asked once: a call of thousands of them holds nobody up."""
    known = Contract.objects.visible_to(actor, EDIT_SITES).filter(number__in=set(numbers))
    open_ = dict(known.current().values_list("number", "id"))
    closed = set(known.filter(closed_at__isnull=False).values_list("number", flat=True))
    outcomes: list[str | Refusal] = []
    for number in numbers:
        if number not in open_:
            unknown = Refusal(errors.UNKNOWN_CONTRACT, number=number)
            outcomes.append("unchanged" if number in closed else unknown)
            continue
        try:
            close_contract(open_[number], actor=actor, at=at)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        del open_[number]
        closed.add(number)
        outcomes.append("replaced")
    return outcomes


def _end_others(contract: Contract, names: set[str], *, actor: Actor, at: datetime) -> None:
    """End the employers that are not named any more; one that has people registered stays, and so does the rest."""
    gone = contract.employers.filter(removed_at__isnull=True).exclude(name__in=names)
    used = Registration.objects.current().filter(employer__in=gone).values_list("employer__name", flat=True)
    if in_use := sorted(set(used)):
        raise Refusal(errors.EMPLOYER_IN_USE, names="、".join(in_use), column="employers")
    if ids := list(gone.values_list("id", flat=True)):
        everything = Employer.objects.all()
        deletions.mark(everything, EMPLOYER_KEY, ids, at, actor=actor, at=at, cause=CHANGED)
        users.end_overdue(actor=actor, at=at)
