"""The list behind a number: its rows and their count of one statement, its columns for the page and the file alike."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from uuid import UUID

from django.forms import Form

from outpost.core.rights import Action
from outpost.figures.declared import Text
from outpost.pages.listing import Column, Listing

Found = Sequence[tuple[Any, ...]]


class Reader(Protocol):
    """What a number is counted over, within somebody's reach; it knows the parameters of its statements."""

    def rows(self, statement: str, **more: Any) -> list[tuple[Any, ...]]: ...

    def streamed(self, statement: str) -> Iterator[list[tuple[Any, ...]]]:
        """All rows, some thousands at a time, by a cursor of the database."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`columns` of `source` (FROM and WHERE), in an `order` that leaves nothing open."""

    columns: str
    source: str
    order: str

    @property
    def rows(self) -> str:
        """With `limit` (None: all) and `offset`."""
        return f"SELECT {self.columns} {self.source} ORDER BY {self.order} LIMIT %(limit)s OFFSET %(offset)s"

    @property
    def count(self) -> str:
        return f"SELECT count(*) {self.source}"


@dataclass(frozen=True, slots=True)
class Counted:
    """One row: what stands in its cells, by column. `about` is whom it shows and how, for the look that is kept;
    `id` opens its own page, if it `has_page`."""

    id: UUID
    about: Any
    has_page: bool
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Opened:
    """A number opened for somebody: as many rows as it says. `present` makes the rows of what a statement found."""

    reader: Reader
    statement: Statement
    present: Callable[[Found], list[Counted]]

    def page(self, *, limit: int, offset: int) -> tuple[list[Counted], int]:
        """One page, and how many there are."""
        found = self.reader.rows(self.statement.rows, limit=limit, offset=offset)
        return self.present(found), self.count()

    def all(self) -> Iterator[Counted]:
        """Every row, for a file."""
        for found in self.reader.streamed(self.statement.rows):
            yield from self.present(found)

    def count(self) -> int:
        """How many there are."""
        ((number,),) = self.reader.rows(self.statement.count)
        return int(number)


@dataclass(frozen=True, slots=True)
class CountedList:
    """The declaration of a list behind numbers, which figures `open` by its key.

    `columns` in the order of the page, `in_file` the columns of the file in its order; `file_only` names those that no
    page has. `sees` is the right to it, `link` the route of a row's own page. `aside` and `below` as in `Listing`.
    """

    key: str
    title: Text
    sees: Action
    link: str
    columns: tuple[Column, ...]
    in_file: tuple[str, ...]
    file_only: Mapping[str, Text] = field(default_factory=dict)
    aside: str = ""
    below: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What its page and its files are called in addresses."""
        return f"counted_{self.key}"

    @property
    def headers(self) -> list[str]:
        """The header row of the file."""
        words = {**self.file_only, **{column.key: column.label for column in self.columns}}
        return [str(words[key]) for key in self.in_file]

    def listing(self, form: type[Form], *, folded: Collection[str] = ()) -> Listing:
        """The page's list; `folded` columns show only once the reader has chosen them."""
        columns = tuple(
            replace(one, is_default=one.is_default and one.key not in folded) for one in self.columns
        )
        return Listing(self.name, columns, order="", form=form, aside=self.aside, below=self.below)
