"""A device at a venue's gate, and what its forms say."""

from datetime import datetime, timedelta
from typing import Any

from outpost.core.crypto import ring
from outpost.core.stated import Stated, phone_hash, seal
from outpost.testing.cast import NOON
from outpost.testing.gates import Gate, paired
from outpost.venues.models import Member, Venue
from outpost.venues.rules import VENUE


def document(number: int) -> dict[str, Any]:
    """Somebody invented, by their passport."""
    return {"document_type": "passport", "document_number": f"E{number:08}", "name": "甄访客", "phone": None}


def visit(number: int = 1, **said: Any) -> dict[str, Any]:
    """What the form of a visit says."""
    usual = {
        "kind": "visit",
        "checkpoint_id": None,
        "temperature": "36.5",
        "second": None,
        "isolated": None,
        "person": document(number),
        "way": "typed",
        "green_channel": None,
        "verdict": None,
    }
    return usual | said


def quick(**said: Any) -> dict[str, Any]:
    """A temperature taken of somebody who has checked in by phone."""
    return visit(kind="quick", person=None, temperature=None) | said


def member(venue: Venue, name: str = "甄检测", *, number: int = 1) -> Member:
    """Somebody who works at a venue."""
    phone = f"139{number:08}"
    one = Member(venue=venue, phone_hash=phone_hash(ring(), phone), joined_at=NOON - timedelta(days=40))
    one.sealed = seal(ring(), one.sealing_context, Stated(name, phone))
    one.save(force_insert=True)
    return one


def gate(venue: Venue, worker: Member | None = None, *, at: datetime = NOON, **how: Any) -> Gate:
    """A device that was enrolled at a venue."""
    worker = worker or Member.objects.filter(venue=venue).first() or member(venue)
    return paired(str(VENUE), str(venue.id), worker.id, at=at, **how)
