"""Several documents of one person: which of them count together, and who is told when that changes.

Facts stay under the document they came with (docs/adr/0033-several-documents.md). Whatever reads a person's facts
reads those of all linked documents; whatever is kept beside facts is told here who is read anew. Most people have no
link, and the table (`models.DocumentLink`) is small: SQL joins it as a whole.
"""

from collections.abc import Callable, Collection
from uuid import UUID

from outpost.core.db import rows_of, run

LINKING = "people.linking"
"""The named lock: alone for who links, shared by who brings one fact without another lock."""
LINKED_PEOPLE = "SELECT person_id FROM people_documentlink WHERE unlinked_at IS NULL"
"""SQL: everybody who has several documents, under each of them."""
PAIRS = """SELECT mine.person_id, other.person_id AS document_id FROM people_documentlink mine
  JOIN people_documentlink other ON other.group_id = mine.group_id
 WHERE mine.unlinked_at IS NULL AND other.unlinked_at IS NULL"""
"""SQL: `person_id` with each `document_id` that counts for them, their own too; nobody without a link."""

BY_DOCUMENT = f"""SELECT c.person_id, coalesce(l.document_id, c.person_id) AS document_id
  FROM unnest(%s::uuid[]) AS c(person_id) LEFT JOIN ({PAIRS}) l ON l.person_id = c.person_id"""
"""SQL: the people of a parameter with each document that counts for them."""

Follower = Callable[[str], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Have it told whose documents were linked or unlinked, as SQL that gives `person_id`; `config.wiring` calls it, a
    repetition changes nothing."""
    if follower not in _followers:
        _followers.append(follower)


def with_linked(people: str) -> str:
    """SQL: these people (SQL that gives `person_id`), each under all their documents; repeated ones stay repeated."""
    return f"""SELECT coalesce(l.person_id, c.person_id) AS person_id FROM ({people}) c
      LEFT JOIN ({PAIRS}) l ON l.document_id = c.person_id"""


def documents_of(person_id: UUID) -> list[UUID]:
    """The person under all their documents, as given first."""
    found = rows_of(
        f"SELECT document_id FROM ({PAIRS}) l WHERE person_id = %s ORDER BY document_id", [person_id]
    )
    return [person_id, *(document_id for (document_id,) in found if document_id != person_id)]


def one_key(people: Collection[UUID]) -> dict[UUID, UUID]:
    """For each of these documents what is the same for all documents of a person, to do something once a person."""
    linked = rows_of(
        "SELECT person_id, group_id FROM people_documentlink WHERE unlinked_at IS NULL AND person_id = ANY(%s::uuid[])",
        [list(people)],
    )
    return {one: one for one in people} | dict(linked)


def tell(people: Collection[UUID]) -> None:
    """Have everything kept beside the facts of these people read anew."""
    run(
        "CREATE TEMPORARY TABLE people_relinked ON COMMIT DROP AS SELECT unnest(%s::uuid[]) AS person_id",
        [list(people)],
    )
    for follower in _followers:
        follower("SELECT person_id FROM people_relinked")
    run("DROP TABLE people_relinked")
