"""What a reader has revealed for a purpose stays in clear on its page for some minutes: reload, another language or a
phone that drops the tab show it again. Only that it was revealed is kept; right and scope are asked at every look."""

from datetime import timedelta
from uuid import UUID

from outpost.access.actions import REVEAL
from outpost.pages.doors import PageRequest
from outpost.pages.keeping import Keep

REVEALED = Keep("revealed", life=timedelta(minutes=5), most=20)


def remember_revealed(request: PageRequest, object_id: UUID) -> None:
    """The reader has stated a purpose for this thing, and the audit holds it."""
    REVEALED.put(request, str(object_id), True)


def is_revealed(request: PageRequest, object_id: UUID) -> bool:
    """Whether the page of this thing, which lies in reach, shows who it is."""
    return request.actor.may(REVEAL) and REVEALED.get(request, str(object_id)) is True
