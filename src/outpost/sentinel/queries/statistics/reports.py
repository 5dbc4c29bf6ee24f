"""The statistics as JSON-ready values, for the command line and the interface."""

from datetime import date
from typing import Any

from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.sentinel.errors import CATEGORY_UNKNOWN
from outpost.sentinel.queries.categories import categories
from outpost.sentinel.queries.statistics.ledger import ANY, Chosen, Grouping
from outpost.sentinel.queries.statistics.nat import SEE, NatRow, nat_statistics, nat_total
from outpost.sentinel.queries.statistics.vaccination import (
    DoseCount,
    VaccinationRow,
    vaccination_statistics,
    vaccination_total,
)


def nat_report(
    first: date,
    last: date,
    *,
    by: Grouping,
    actor: Actor,
    category: str | None = None,
    with_empty: bool = False,
) -> dict[str, Any]:
    """The test statistics as JSON-ready values. Raises Refusal CATEGORY_UNKNOWN, out of reach or not there alike."""
    chosen = _chosen(category, actor)
    rows = nat_statistics(first, last, by=by, actor=actor, chosen=chosen, with_empty=with_empty)
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "by": by,
        "rows": [{"group": row.group, **_nat_figures(row)} for row in rows],
        "total": _nat_figures(nat_total(rows)),
    }


def vaccination_report(
    on: date,
    *,
    by: Grouping,
    actor: Actor,
    category: str | None = None,
    with_empty: bool = False,
    with_balance: bool = False,
) -> dict[str, Any]:
    """The vaccination statistics as JSON-ready values; `with_balance` says of each dose where the rest stand.

    Raises Refusal CATEGORY_UNKNOWN, out of reach or not there alike.
    """
    chosen = _chosen(category, actor)
    rows = vaccination_statistics(on, by=by, actor=actor, chosen=chosen, with_empty=with_empty)
    return {
        "by": by,
        "rows": [{"group": row.group, **_vaccination_figures(row, with_balance)} for row in rows],
        "total": _vaccination_figures(vaccination_total(rows), with_balance),
    }


def _chosen(category: str | None, actor: Actor) -> Chosen:
    if not category:
        return ANY
    known = [one.code for one in categories(actor=actor, action=SEE)]
    if category not in known:
        raise Refusal(CATEGORY_UNKNOWN, found=category, known="、".join(known))
    return Chosen(category)


def _nat_figures(row: NatRow) -> dict[str, Any]:
    return {
        "organizations": row.organizations,
        "staff": row.staff,
        "tested": row.tested,
        "untested": row.untested,
        "samples": row.samples,
        "rate": row.rate,
    }


def _vaccination_figures(row: VaccinationRow, with_balance: bool) -> dict[str, Any]:
    return {
        "organizations": row.organizations,
        "staff": row.staff,
        "doses": [_dose(dose, with_balance) for dose in row.doses],
    }


def _dose(dose: DoseCount, with_balance: bool) -> dict[str, Any]:
    figures: dict[str, Any] = {"eligible": dose.eligible, "done": dose.done, "rate": dose.rate}
    if with_balance:
        figures |= {
            "done_by_later": dose.by_later,
            "not_due": dose.not_due,
            "not_applicable": dose.not_applicable,
        }
    return figures
