"""The statistics as JSON-ready values, for the command line and the interface."""

from datetime import date
from typing import Any

from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.figures.declared import Row
from outpost.sentinel.actions import SEE_COMPLIANCE
from outpost.sentinel.errors import CATEGORY_UNKNOWN
from outpost.sentinel.labels import DOSE_NAMES
from outpost.sentinel.queries.categories import categories
from outpost.sentinel.queries.statistics.ledger import ANY, BODIES, Chosen, Grouping
from outpost.sentinel.queries.statistics.nat import TESTS, nat_statistics
from outpost.sentinel.queries.statistics.vaccination import DOSES, vaccination_statistics

# a dose's figures in calls: what each is named there, and whether only the balance has it
_OF_DOSE = {
    "eligible": ("eligible", False),
    "done": ("done", False),
    "rate": ("rate", False),
    "done_by_later": ("by_later", True),
    "not_due": ("not_due", True),
    "not_applicable": ("not_applicable", True),
}


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
        "rows": [{"group": row.group, **TESTS.values(row)} for row in rows],
        "total": TESTS.values(TESTS.total(rows)),
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
        "total": _vaccination_figures(DOSES.total(rows), with_balance),
    }


def _chosen(category: str | None, actor: Actor) -> Chosen:
    if not category:
        return ANY
    known = [one.code for one in categories(actor=actor, action=SEE_COMPLIANCE)]
    if category not in known:
        raise Refusal(CATEGORY_UNKNOWN, found=category, known="、".join(known))
    return Chosen(category)


def _vaccination_figures(row: Row, with_balance: bool) -> dict[str, Any]:
    values = DOSES.values(row)
    doses = [
        {
            name: values[f"{figure}_{dose}"]
            for name, (figure, is_of_balance) in _OF_DOSE.items()
            if with_balance or not is_of_balance
        }
        for dose in DOSE_NAMES
    ]
    return {figure.key: row[figure.key] for figure in BODIES} | {"doses": doses}
