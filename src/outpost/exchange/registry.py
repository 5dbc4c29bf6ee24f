"""The kinds of files that this installation knows, handed in by `config.wiring` at the start."""

from outpost.core.errors import Refusal
from outpost.exchange import errors
from outpost.exchange.kinds import ExportKind, ImportKind

_imports: dict[str, ImportKind] = {}
_exports: dict[str, ExportKind] = {}


def register_imports(*kinds: ImportKind) -> None:
    """Make kinds of imports known. The same name again replaces the earlier kind."""
    _imports.update((kind.name, kind) for kind in kinds)


def register_exports(*kinds: ExportKind) -> None:
    """Make kinds of exports known. The same name again replaces the earlier kind."""
    _exports.update((kind.name, kind) for kind in kinds)


def import_kind(name: str) -> ImportKind:
    """The kind of that name. Raises Refusal(UNKNOWN_KIND)."""
    if name not in _imports:
        raise Refusal(errors.UNKNOWN_KIND, kind=name)
    return _imports[name]


def export_kind(name: str) -> ExportKind:
    """The kind of that name. Raises Refusal(UNKNOWN_KIND)."""
    if name not in _exports:
        raise Refusal(errors.UNKNOWN_KIND, kind=name)
    return _exports[name]


def import_kinds() -> list[ImportKind]:
    """All kinds of imports, in the order of the wiring."""
    return list(_imports.values())


def export_kinds() -> list[ExportKind]:
    """All kinds of exports, in the order of the wiring."""
    return list(_exports.values())


def label_of(name: str, *, is_export: bool = False) -> str:
    """How people call a kind of file, in the active language; its name if it is not known any more."""
    kind = _exports.get(name) if is_export else _imports.get(name)
    return str(kind.label) if kind is not None and kind.label else name
