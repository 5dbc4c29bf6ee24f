"""在管处置 as a file: the dispositions that run, masked, as their page lists them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.sheets.writing import Cell
from outpost.exchange.kinds import ExportKind, View
from outpost.health.actions import AGREE_DISPOSITIONS
from outpost.health.forms.lifting import OrderFilter
from outpost.health.models import DispositionRecord
from outpost.health.queries.lifting_sets import OrderRow, compared_with, order_rows, orders

_PART = 500


class OrderExport(ExportKind):
    """The dispositions that the filter of the page finds."""

    page: ClassVar[str] = "orders"
    views = (
        View(
            "health.orders",
            AGREE_DISPOSITIONS,
            gettext_lazy("Running dispositions, masked"),
            gettext_lazy("Export the list (masked)"),
        ),
    )

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        """Raises Refusal NOT_FOUND for what the filter does not know, DAY_OUT_OF_RANGE."""
        kept = {name: params[name] for name in OrderFilter.base_fields if params.get(name)}
        _found(kept, actor)
        return kept

    def title(self, params: Mapping[str, str]) -> str:  # noqa: ARG002 - as every kind
        return f"{_('Running dispositions')}-{clock.local_day(clock.now())}"

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - as every kind
        return [
            *(_("Full name"), _("ID number"), _("Disposition"), _("Begins"), _("Version")),
            *(_("Full days"), _("Full days done"), _("Negative tests"), _("Negative tests done")),
            *(_("Days are over"), _("Days are over by other rules"), _("Tests by other rules")),
            *(_("To be decided anew"), _("Last day, as ordered")),
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        at = clock.now()
        against = compared_with(at)
        found = _found(params, actor).order_by("started_at", "pk").iterator(chunk_size=_PART)
        while part := list(islice(found, _PART)):
            yield from map(_cells, order_rows(part, at=at, against=against))

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:
        return _found(params, actor).count()


def _found(params: Mapping[str, str], actor: Actor) -> "QuerySet[DispositionRecord]":
    form = OrderFilter(dict(params))
    if not form.is_valid():
        raise Refusal(NOT_FOUND)
    return orders(actor=actor, at=clock.now(), **form.cleaned_data)


def _cells(row: OrderRow) -> tuple[Cell, ...]:
    who, far, other = row.who, row.done, row.compared
    return (
        *((who.name, who.number) if who else ("", "")),
        *(str(row.disposition.label), row.record.started_at, row.term.version),
        *(far.days, far.days_done, far.tests, far.tests_done),
        *(far.ends_on, other.ends_then, other.then.tests),
        *(_("yes") if row.term.waiting else "", row.stated.last_on if row.stated else None),
    )
