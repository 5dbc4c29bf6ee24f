"""核酸数据统计 and 疫苗数据统计: figures by town, organisation, category or department, and the lists behind them."""

from outpost.sentinel.queries.statistics.ledger import ANY, GROUPINGS, NO_DEPARTMENT, Chosen, Grouping
from outpost.sentinel.queries.statistics.nat import NatRow, nat_statistics, nat_total
from outpost.sentinel.queries.statistics.reports import nat_report, vaccination_report
from outpost.sentinel.queries.statistics.vaccination import (
    DoseCount,
    VaccinationRow,
    vaccination_statistics,
    vaccination_total,
)

__all__ = [
    "ANY",
    "GROUPINGS",
    "NO_DEPARTMENT",
    "Chosen",
    "DoseCount",
    "Grouping",
    "NatRow",
    "VaccinationRow",
    "nat_report",
    "nat_statistics",
    "nat_total",
    "vaccination_report",
    "vaccination_statistics",
    "vaccination_total",
]
