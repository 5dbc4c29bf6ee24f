"""How the cells of the list behind a number are written."""

from datetime import date, datetime
from typing import Any

from django import template

from outpost.core.ledgers import NOTHING
from outpost.core.vocabulary import Vocabulary
from outpost.pages.templatetags.pages import dated_instant, grouped, state, table_day

register = template.Library()


@register.filter(expects_localtime=True)
def counted(value: Any) -> Any:
    """A value of any kind: numbers with separators, days and instants in the form of tables, states as badges."""
    match value:
        case None | "":
            return NOTHING
        case Vocabulary():
            return state(value)
        case datetime():
            return dated_instant(value)
        case date():
            return table_day(value)
        case int():
            return grouped(value)
    return value
