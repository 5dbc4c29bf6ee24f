"""What a module says of itself: one value in its `module.py`, listed in `config/modules.py`.

A manifest is read before any model is loaded, because the settings take the installed apps from it. So it names what
needs models by its dotted path, as Django does with apps and routes; every path is looked up at the start. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import LiteralString

from django.utils.functional import Promise

from outpost.core.rights import Action, Role, ScopeKind

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the menu. Shown to whom `action` is allowed; `on_phone` puts it into the bottom bar.

    `group`: the name of a module with a title, or one of the shell's (`web/navigation.py`); within it a lower `rank`
    stands first. An item that `is_root` lies above the others' addresses and is current on its own alone.
    """

    label: Text
    url_name: str
    icon: str
    action: str
    group: str
    on_phone: bool = False
    is_root: bool = False
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody works on, as every page says it; `url`: where another one is chosen, empty where there is none."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One sealed column: its context is `<context>:<key>`, `key` being the table's one-column primary key.

    `bound_to` is an SQL expression where the context ends in something else than the key; `surname` is the column of
    the hash, where the table states people who are found by their surname.
    """

    table: str
    key: str
    key_type: LiteralString
    column: str
    context: str
    bound_to: LiteralString = ""
    surname: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """`by_table.by_column` names `table.column`, whose row therefore stays however old it is. Where the application may
    not read `by_column`, a function of the database's owner says whether it does: `asked`."""

    table: str
    column: str
    by_table: str
    by_column: str
    asked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module's entry in the house; texts that name something by path begin with `outpost.`."""

    name: str
    title: Text = ""  # heads a section of the menu; an instrument has one
    actions: tuple[Action, ...] = ()
    scopes: Mapping[ScopeKind, str] = field(default_factory=dict)  # kind → path of its `access.scopes.Source`
    jobs_of: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # event → jobs of this module it wakes
    jobs: Mapping[str, Text] = field(default_factory=dict)  # name of each of its jobs → what it is called
    imports: tuple[str, ...] = ()  # paths of kinds of files that come in
    exports: tuple[str, ...] = ()  # paths of kinds of files that go out
    messages: str = ""  # path of its templates of messages
    checks: tuple[str, ...] = ()  # paths of what `outpost doctor` looks at (`core.findings.Check`)
    retention: str = (
        ""  # path of its rows that go when their time is over; the periods stand in core.retention
    )
    restorable: tuple[str, ...] = ()  # paths of what can be put back within a day of its deletion
    references: tuple[Reference, ...] = ()
    follows_facts: str = ""  # path of what it keeps true beside the facts of people (`health.followers`)
    follows_declarations: str = ""  # path of what it keeps true beside declarations (`health.followers`)
    follows_links: str = ""  # path of what follows when documents of a person are linked (`people.documents`)
    person_pages: str = ""  # path of where whoever decides about people reads of each (`health.person_pages`)
    notices: str = ""  # path of whom a message about their order reaches (`health.notices`)
    ledger: str = ""  # path of how many of some people stand in its ledger (`health.followers`)
    signs_in: str = ""  # path of which document numbers go with a phone at sign-in (`access.documents`)
    desk: str = ""  # path of how its places take part in devices (`desks.places`)
    sealed: tuple[SealedColumn, ...] = ()  # those outside `people`, for the rotation of the sealing key
    initial: Mapping[str, str] = field(default_factory=dict)  # step of `outpost init` → path of its function
    menu: tuple[Entry, ...] = ()
    homes: Mapping[Role, str] = field(
        default_factory=dict
    )  # the page that answers a role's question without a click
    place: str = ""  # path of what a reader has chosen to work on, which every page says (`Place`)
    routes: Mapping[str, str] = field(default_factory=dict)  # address → path of its URL patterns
    routers: Mapping[str, str] = field(default_factory=dict)  # address below /api/v1 → path of its router

    @property
    def app(self) -> str:
        """Its name as an installed app."""
        return f"outpost.{self.name}"
