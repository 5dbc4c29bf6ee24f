"""Writes of places and bodies."""

from outpost.regions.services.organizations import (
    OrganizationEntry,
    change_organization,
    ensure_department,
    ensure_organization,
    entry_of,
    is_as_stated,
    sealed_columns,
)
from outpost.regions.services.places import (
    add_grid,
    close_grid,
    grid_to_edit,
    load_divisions,
    refuse_second_grid,
    rename_grid,
    set_aliases,
)

__all__ = [
    "OrganizationEntry",
    "add_grid",
    "change_organization",
    "close_grid",
    "ensure_department",
    "ensure_organization",
    "entry_of",
    "grid_to_edit",
    "is_as_stated",
    "load_divisions",
    "refuse_second_grid",
    "rename_grid",
    "sealed_columns",
    "set_aliases",
]
