"""The contract between the exchange engine and the modules: what a kind of file must say of itself.

Declared in a module's `sheets.py`, listed in `config.wiring`.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.parsing import RowCheck
from outpost.core.sheets.writing import Cell, Mark, Table, Written, write_tables
from outpost.exchange.target import Target

SITE = "site"
"""The parameter of an export that says where its reader finds the pages, as their own request did."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed field of a replaced row, as the summary shows it (masked like a list page)."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Own:
    """The person of a replaced row whom the reader sees in clear, as their employer."""

    person_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One choice that goes with a file (category …): `choices` are (value, label), those that the actor may use."""

    name: str
    label: str | Promise
    choices: tuple[tuple[str, str], ...]
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Setting:
    """What an import runs under: who, when, with which parameters (category, organisation …).

    `columns`: names of the sheet's columns that the file has (an absent column is not the same as an empty one).
    """

    import_id: UUID
    actor: Actor
    at: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    columns: frozenset[str] = frozenset()


class ImportKind(ABC):
    """One kind of file that comes in.

    `label` names it for people ("Test records"). `staging` holds everything that the merge and the hooks need,
    identities sealed: the table lies in the database until the import ends. The engine adds `row_no`.
    """

    name: ClassVar[str]  # "health.tests"
    action: ClassVar[str]  # what the importing actor must be allowed to do
    label: ClassVar[str | Promise] = ""
    staging: ClassVar[Mapping[str, str]]  # staging column → SQL type
    target: ClassVar[Target]

    def parameters(self, actor: Actor) -> Sequence[Parameter]:  # noqa: ARG002 - for kinds that need it
        """The parameters that the upload form asks for; a page passes on no others."""
        return ()

    def list_url(self, params: Mapping[str, str], actor: Actor) -> str:  # noqa: ARG002 - for kinds with a list
        """The address of the list in which the rows of such a file stand; empty without one within the actor's reach.
        Raises Refusal for what the parameters name no longer."""
        return ""

    @abstractmethod
    def sheet(self, params: Mapping[str, str]) -> Sheet:
        """The columns of the file. Raises Refusal for unknown parameters (category …)."""

    @abstractmethod
    def parser(self, setting: Setting) -> RowCheck:
        """Load what rows are checked against (towns, products, organisations) and return the row's check.

        Of a good row its values hold all staging columns by name. The check runs once a row and may be called from a
        transaction: it reads and writes no table. What the columns declare is checked by `core.sheets.parsing`.
        """

    def shows_known_rows(self, actor: Actor) -> bool:  # noqa: ARG002 - as below
        """Whether the summary may say which rows are known ones: not where the actor sees their people masked."""
        return True

    def count_tries(self, staging: str, setting: Setting) -> None:
        """Count what the file tries of what the actor sees masked. Raises Refusal when it is more than work needs."""

    def reaches_rows(self, rows: str, setting: Setting) -> bool:  # noqa: ARG002 - for kinds that need it
        """Whether the actor's reach, as it is now, covers all these rows: a staging table, or the view of the merge."""
        return True

    def may_undo(self, setting: Setting) -> bool:  # noqa: ARG002 - as above
        """Whether the actor's reach, as it is now, covers all rows that the import wrote."""
        return True

    def judge(self, staging: str, setting: Setting) -> Mapping[int, Sequence[Refusal]]:  # noqa: ARG002 - as above
        """Which of the staged rows cannot stand, by number, and all that speaks against each: for what the rows say
        only together, or what must not be told before tries were counted. May write what follows from the others: the
        check takes that back, the merge keeps it. It is called before the target is locked."""
        return {}

    def before_merge(self, staging: str, setting: Setting) -> None:
        """Set-based work that must stand before the merge, e.g. registering people. `staging`: qualified view
        of the rows that will be merged (last row of each key): the staging columns, `row_no` and `outcome`
        (new, replaced, unchanged). The target is locked against other writers from here on."""

    def after_merge(self, staging: str, setting: Setting) -> None:
        """Set-based work that follows from the merged rows, e.g. latest samples; the same view, `outcome` tells
        what was done."""

    def after_undo(self, setting: Setting) -> None:
        """Set-based work after the rows of an import were taken back. What was taken back stands in
        `audit_rowversion` with the cause `undo:<import_id>`."""

    def waits_at(self, import_id: UUID) -> str:  # noqa: ARG002 - for kinds whose rows count on the word of two
        """The address where what the import brought waits for a second word, without which it does not count; empty
        where nothing does."""
        return ""

    def concerned(self, staging: str, setting: Setting) -> int | None:  # noqa: ARG002 - for kinds of facts
        """How many people of a ledger the rows that are being taken over are about, as far as the actor sees it; None
        where that says nothing. A file that is only checked is not asked: of guesses it would tell the right ones."""
        return None

    @abstractmethod
    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        """What a replaced row changes: the target row as JSON (empty: a new row that `restates`) and the staged row as
        JSON, opened and masked."""

    def replaced(
        self,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        actor: Actor,  # noqa: ARG002 - for kinds with people
    ) -> tuple[list[Difference], Own | None]:
        """The differences as the actor is shown them: in clear, with whose row it is, to the employer."""
        return self.differences(before, after), None

    def keep_look(self, seen: Collection[Own], *, actor: Actor, at: datetime) -> None:
        """Keep that these were shown in clear, before the page is made."""


def wrote_within_reach(model: Any, setting: Setting, action: str) -> bool:
    """Whether all rows of a table that an import wrote lie within the actor's reach, as it is now."""
    written = model.objects.filter(import_id=setting.import_id)
    mine = model.objects.visible_to(setting.actor, action)
    return not written.exclude(pk__in=mine.values("pk")).exists()


@dataclass(frozen=True, slots=True)
class View:
    """One way in which a kind of table goes out: masked, in clear for a purpose, one's own.

    `name` stands in tasks and addresses: never rename it. `label` says what the file holds, `button` how a page
    offers it, `look` how a list tells it from the other views.
    `purposes` (code → label) are asked for when it holds identities of others; then a large file waits for
    a second person as well.
    """

    name: str  # "sentinel.staff_in_clear"
    action: str
    label: str | Promise
    button: str | Promise = ""
    look: str | Promise = ""
    is_clear: bool = False
    purposes: Mapping[str, str | Promise] = field(default_factory=dict)


class _Grouped(int):
    """A number that a text with {n} says as 14,825, and of which it knows the plural."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec or ",")


class ExportKind(ABC):
    """One kind of table that goes out, in one of its views. `page` names the list beside which it is offered, in the
    order of the views; `rows_label` counts what it holds, a text with {n}. `suffix` is that of its file's name."""

    page: ClassVar[str] = ""
    suffix: ClassVar[str] = "xlsx"
    report_every: ClassVar[int] = 5_000  # rows, while it is written
    holds_addresses: ClassVar[bool] = False  # of pages: its rows begin them with the parameter SITE
    rows_label: ClassVar[Any] = ngettext_lazy("{n} row", "{n} rows", "n")
    views: ClassVar[tuple[View, ...]]

    def __init__(self, view: View | None = None) -> None:
        self.view = view or self.views[0]

    @classmethod
    def holding(cls, rows: int) -> str:
        """So many of what it holds, in words."""
        return str(cls.rows_label.format(n=_Grouped(rows)))

    @property
    def name(self) -> str:
        return self.view.name

    @property
    def action(self) -> str:
        return self.view.action

    @property
    def label(self) -> str | Promise:
        return self.view.label

    @property
    def purposes(self) -> Mapping[str, str | Promise]:
        return self.view.purposes

    @property
    def asks_second_person(self) -> bool:
        """Whether many rows of it are more than one person may have alone."""
        return bool(self.purposes)

    def checked(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        """`check`, for parameters as they come in an address. Raises Refusal NOT_FOUND for what no page writes."""
        if any("\0" in text for text in params.values()):
            raise Refusal(NOT_FOUND)
        return self.check(params, actor)

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:  # noqa: ARG002 - as above
        """The parameters as they are kept (known ones only). Raises Refusal for what cannot be exported."""
        return dict(params)

    def require_still(self, params: Mapping[str, str], actor: Actor) -> None:
        """Raise a Refusal where what such a file holds is the actor's no more though their right reaches as far as it
        did; asked once it is written, and whenever it is fetched."""

    def shown_filters(self, params: Mapping[str, str]) -> dict[str, str]:
        """The parameters that may be shown to a second person: nothing that names somebody."""
        return dict(params)

    @abstractmethod
    def title(self, params: Mapping[str, str]) -> str:
        """The title of the sheet and the name of the file, in the active language; never personal data."""

    @abstractmethod
    def headers(self, params: Mapping[str, str]) -> list[str]:
        """The header row in the active language."""

    @abstractmethod
    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        """The rows within the actor's reach, streamed (`QuerySet.iterator()` or a named cursor), all from the one
        snapshot that the engine has opened. Times naive and local."""

    def tables(self, params: Mapping[str, str], actor: Actor) -> Iterator[Table]:
        """The sheets of the file; one, unless the kind says otherwise."""
        yield Table(self.title(params), self.headers(params), self.rows(params, actor))

    def write(self, path: Path, tables: Iterable[Table], mark: Mark) -> Written:
        """Write what the tables hold: a workbook, unless the kind says otherwise (then with its `suffix`)."""
        return write_tables(path, tables, mark=mark, zone=clock.zone())

    def people(self, params: Mapping[str, str], actor: Actor) -> Iterable[UUID | str]:  # noqa: ARG002 - as above
        """Whom the rows show in clear, of the same snapshot: each is told later that this file held them. As text where
        there may be many: they are only written down."""
        return ()

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:  # noqa: ARG002 - as above
        """About how many rows there will be, for the progress bar; None when that is dear to know."""
        return None
