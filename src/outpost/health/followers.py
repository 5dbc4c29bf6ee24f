"""Who keeps something of people's facts or declarations beside them, told in the transaction that changes them; and
which of the people stand in a ledger.

Health knows nobody above it: `config.wiring` hands the followers and ledgers in. Both get an SQL query of person ids,
repeated ones too, once the facts and the latest samples are as they will be committed.
"""

from collections.abc import Callable, Collection
from uuid import UUID

from outpost.core.actor import Actor
from outpost.core.db import rows_of
from outpost.people.documents import with_linked

Follower = Callable[[str], None]
Ledger = Callable[[str, Actor], int | None]
Declared = Callable[[Collection[UUID]], None]

_followers: list[Follower] = []
_ledgers: list[Ledger] = []
_of_declarations: list[Declared] = []


def follow(follower: Follower) -> None:
    """Have it told; a repetition changes nothing."""
    if follower not in _followers:
        _followers.append(follower)


def tell(people: str) -> None:
    """Tell all followers whose facts have changed. `people`: SQL that gives `person_id`; told under all documents of
    theirs."""
    for follower in _followers:
        follower(with_linked(people))


def follow_declarations(follower: Declared) -> None:
    """Have it told of declarations; a repetition changes nothing."""
    if follower not in _of_declarations:
        _of_declarations.append(follower)


def tell_of_declarations(people: str) -> None:
    """Tell all who follow declarations that some of these came or went. `people`: as of `tell`; a declaration is of the
    document that it names, and of no other."""
    tell_declared({person_id for (person_id,) in rows_of(people)})


def tell_declared(people: Collection[UUID]) -> None:
    """The same of people that the caller knows."""
    for follower in _of_declarations:
        follower(people)


def keep(ledger: Ledger) -> None:
    """Have it asked; a repetition changes nothing."""
    if ledger not in _ledgers:
        _ledgers.append(ledger)


def concerned(people: str, actor: Actor) -> int | None:
    """How many of these people stand in the ledgers, each by itself, that the actor sees; None for who sees none."""
    found = [number for ledger in _ledgers if (number := ledger(people, actor)) is not None]
    return sum(found) if found else None
