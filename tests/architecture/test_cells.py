"""A list's cells are drawn in the order in which its template writes them: it is that of the columns, or a cell stands
under another one's head."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import outpost
from outpost.config.modules import MODULES
from outpost.pages.listing import Listing

TEMPLATES = Path(outpost.__file__).parent
_CELL = re.compile(r'{% cell "(\w+)" %}')


def listings() -> Iterator[Listing]:
    """Those of the pages of all modules, each once."""
    found: dict[int, Listing] = {}
    for module in MODULES:
        pages = f"outpost.{module.name}.web"
        try:
            package = import_module(pages)
        except ModuleNotFoundError:
            continue
        inside = walk_packages(getattr(package, "__path__", ()), f"{pages}.")
        for part in (package, *(import_module(one.name) for one in inside)):
            found |= {id(one): one for one in vars(part).values() if isinstance(one, Listing)}
    yield from found.values()


def test_cells_stand_in_the_order_of_their_columns() -> None:
    written = [_CELL.findall(path.read_text("utf-8")) for path in TEMPLATES.rglob("templates/**/*.html")]
    orders = {frozenset(cells): cells for cells in written if cells}
    held = 0
    for listing in listings():
        columns = [column.key for column in listing.columns]
        if (cells := orders.get(frozenset(columns))) is not None:
            held += 1
            assert cells == columns, listing.name
    assert held > 20, held
