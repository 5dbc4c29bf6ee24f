"""核酸数据统计 and 疫苗数据统计: figures by town, organisation, category or department, and the lists behind them."""

from outpost.sentinel.queries.statistics.ledger import ANY, NO_DEPARTMENT, Chosen, Grouping
from outpost.sentinel.queries.statistics.nat import TESTS, nat_statistics
from outpost.sentinel.queries.statistics.reports import nat_report, vaccination_report
from outpost.sentinel.queries.statistics.vaccination import DOSES, vaccination_statistics

__all__ = [
    "ANY",
    "DOSES",
    "NO_DEPARTMENT",
    "TESTS",
    "Chosen",
    "Grouping",
    "nat_report",
    "nat_statistics",
    "vaccination_report",
    "vaccination_statistics",
]
