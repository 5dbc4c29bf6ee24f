"""How divisions are named and nested. Pure."""

import unicodedata

from outpost.core.rights import Role, ScopeKind

REGION = ScopeKind("region", "行政区划", "Region", {Role.COMMAND, Role.TOWN}, is_tree=True)
DEPARTMENT = ScopeKind("department", "主管部门", "Department", {Role.BUREAU})
ORGANIZATION = ScopeKind("organization", "主体", "Organisation", {Role.PRINCIPAL})

_TYPES = {
    "town": ("街道办事处", "街道", "镇", "乡"),
    "district": ("区", "县", "市"),
    "city": ("市",),
    "province": ("省", "市"),
}
_SHORTER = {"街道": "街"}


def normal_name(text: str) -> str:
    """A name as typed, made comparable: half-width, without spaces, in small letters."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def aliases_of(name: str, level: str) -> list[str]:
    """What people write instead of the official name: 南沙街道 → 南沙街, 南沙; 万顷沙镇 → 万顷沙."""
    for suffix in _TYPES.get(level, ()):
        stem = name.removesuffix(suffix)
        if stem != name and len(stem) >= 2:
            return [stem + _SHORTER[suffix], stem] if suffix in _SHORTER else [stem]
    return []


LAST_GRID = 999
"""Codes of grids are equally long: a longer one would lie inside the shorter one that it begins with."""


def grid_code(town: str, number: int) -> str:
    """The code of a town's n-th grid 网格: the town's code is its prefix, as everywhere in the tree."""
    return f"{town}G{number:03d}"
