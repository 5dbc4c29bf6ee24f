"""Tables of persons, of their documents, and of who speaks for whom."""

from outpost.people.models.documents import DocumentLink, StatedDocument
from outpost.people.models.persons import KeyCheck, Person, StatedPerson, TokenEnd
from outpost.people.models.speaking import Claim, Dependant, RealName

__all__ = [
    "Claim",
    "Dependant",
    "DocumentLink",
    "KeyCheck",
    "Person",
    "RealName",
    "StatedDocument",
    "StatedPerson",
    "TokenEnd",
]
