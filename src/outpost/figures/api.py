"""The answer of a statistic's call, as its declaration says it."""

from types import GenericAlias
from typing import Any

from ninja import Schema
from pydantic import create_model

from outpost.figures.declared import Rate, Statistic


def report_schema(name: str, statistic: Statistic, **days: Any) -> type[Schema]:
    """`{**days, "by", "rows": [{"group", …figures}], "total": {…figures}}`; rates are text."""
    kinds = {column.key: (str if isinstance(column, Rate) else int, ...) for column in statistic.columns}
    total = create_model(f"{name}Figures", __base__=Schema, **kinds)  # type: ignore[call-overload]
    row = create_model(f"{name}RowOut", __base__=total, group=(str, ...))
    rows: Any = GenericAlias(list, (row,))
    return create_model(
        f"{name}ReportOut", __base__=Schema, **days, by=(str, ...), rows=(rows, ...), total=(total, ...)
    )
