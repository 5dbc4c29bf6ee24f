"""Where whoever decides about a person reads of them: a page of a module above, by whose form a lifting is proposed.

Health knows nobody above it: `config.wiring` hands in who has such pages.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import UUID

from outpost.core.actor import Actor

Pages = Callable[[Collection[UUID], Actor], Mapping[UUID, str]]


class AboutSomebody(Protocol):
    """A row of a page, made anew with the address of its person's page."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def person_id(self) -> UUID: ...
    @property
    def page(self) -> str: ...


Row = TypeVar("Row", bound=AboutSomebody)

_pages: list[Pages] = []


def register(pages: Pages) -> None:
    """Have it asked; a repetition changes nothing."""
    if pages not in _pages:
        _pages.append(pages)


def pages_of(people: Collection[UUID], actor: Actor) -> Mapping[UUID, str]:
    """The address of the page of each person who has one that the actor may open."""
    return {person_id: url for pages in _pages for person_id, url in pages(people, actor).items()}


def with_pages(rows: Iterable[Row], actor: Actor) -> list[Row]:
    """These rows, each with the page of its person."""
    found = list(rows)
    urls = pages_of([one.person_id for one in found], actor)
    return [replace(one, page=urls.get(one.person_id, "")) for one in found]
