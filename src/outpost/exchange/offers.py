"""The files that a page offers: the kinds of its list, in the views that the reader may have."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from outpost.core.actor import Actor
from outpost.exchange import registry
from outpost.exchange.kinds import ExportKind
from outpost.pages.addresses import address


class Offer(NamedTuple):
    """One file: how its button is called, and the button's address."""

    label: str | Promise
    url: str


def exports_for(actor: Actor, page: str, parameters: Mapping[str, Any]) -> list[Offer]:
    """The files of a page; `parameters` that are empty are left out."""
    return [Offer(kind.view.button, _address(kind, parameters)) for kind in _allowed(actor, page)]


def exports_holding(
    actor: Actor,
    page: str,
    parameters: Mapping[str, Any],
    *,
    rows: int,
    sees: str,
    is_part: bool = False,
    is_first_only: bool = False,
) -> list[Offer]:
    """The files of a list; each says what it holds: all `rows` of the list, or those that were found (`is_part`).

    `sees` is the right to the list: a view whose right reaches elsewhere holds other rows and does not count them.
    `is_first_only`: whoever has a view before another needs no further one (a principal, no masked list of their own).
    """
    return [
        Offer(
            _holding(kind, rows, is_part=is_part)
            if actor.reach(kind.action) == actor.reach(sees)
            else kind.view.button,
            _address(kind, parameters),
        )
        for kind in _allowed(actor, page)[: 1 if is_first_only else None]
    ]


def _allowed(actor: Actor, page: str) -> list[ExportKind]:
    return [kind for kind in registry.export_kinds() if kind.page == page and actor.may(kind.action)]


def _address(kind: ExportKind, parameters: Mapping[str, Any]) -> str:
    return address("exchange:new_export", kind.name, **parameters)


def _holding(kind: ExportKind, rows: int, *, is_part: bool) -> str:
    """What the button says: 导出筛选结果 39 人（脱敏）."""
    said = _("Export the {rows} found") if is_part else _("Export all {rows}")
    text = said.format(rows=kind.rows_label.format(n=rows))
    return _("{export} ({look})").format(export=text, look=kind.view.look) if kind.view.look else text
