"""Reads of venues, their codes, the flow and check-ins."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Max, Min, Prefetch, Q, QuerySet

from outpost.access.models import User
from outpost.access.scope_sources import UUID_TEXT
from outpost.access.scopes import Source
from outpost.audit.editing import Edited, last_act
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal, or_not_found
from outpost.core.ledgers import masks
from outpost.core.stated import Stated, unseal
from outpost.regions.models import Region
from outpost.regions.points import degrees
from outpost.venues import errors
from outpost.venues.actions import EDIT_VENUES, OWN_VENUE, SEE_VENUES
from outpost.venues.codes import code_id, code_text, short_end
from outpost.venues.columns import VENUES
from outpost.venues.models import Checkpoint, HandOver, Venue, VenueCode, VenueQuerySet, manager_context
from outpost.venues.queries.kinds import kinds
from outpost.venues.rules import HAND_OVER_WAITS, Answer, Place, next_reminder


@dataclass(frozen=True, slots=True)
class VenueRow:
    """A venue as its ledger shows it; the manager masked."""

    venue: Venue
    manager: Stated

    @property
    def answer(self) -> Answer:
        """What its manager has said; for rows out of `answered`."""
        return Answer(self.venue.answer)  # type: ignore[attr-defined]  # annotated

    @property
    def next_reminder(self) -> datetime | None:
        """When whoever is named is reminded by itself next; for rows out of `answered` whose manager may be asked."""
        if self.answer is not Answer.WAITS or not settings.OUTPOST_MANAGER_REMINDERS:
            return None
        asked = self.venue
        return next_reminder(asked.last_asked_at, asked.reminders, zone=clock.zone())  # type: ignore[attr-defined]

    @property
    def checkpoints(self) -> str:
        return "、".join(one.name for one in self.venue.checkpoints.all())


def corners() -> list[tuple[float, float]]:
    """South-west and north-east of all venues with a point, in degrees; empty without any."""
    sides = Venue.objects.current().aggregate(
        west=Min("longitude"), south=Min("latitude"), east=Max("longitude"), north=Max("latitude")
    )
    if sides["west"] is None:
        return []
    return [(float(sides[x]), float(sides[y])) for x, y in (("west", "south"), ("east", "north"))]


def filtered_venues(values: Mapping[str, Any], *, actor: Actor, at: datetime) -> QuerySet[Venue]:
    """The venues within the actor's reach that a filter wants: a part of the name, a town, a kind, an answer."""
    found = Venue.objects.visible_to(actor, SEE_VENUES).current()
    return narrowed(found, values, at=at)


def narrowed(found: VenueQuerySet, values: Mapping[str, Any], *, at: datetime) -> QuerySet[Venue]:
    """What a filter wants of these."""
    condition = Q()
    if "name" in values:
        condition &= Q(name__icontains=values["name"].strip())
    if "town" in values:
        condition &= Q(region=values["town"])
    if "kind" in values:
        condition &= Q(kind=values["kind"])
    if "answer" in values:
        condition &= Q(answer=values["answer"])
    return shown(found.answered(at).filter(condition))


def answer_of(venue: Venue, *, at: datetime) -> Answer:
    """What the manager of a venue in reach has said."""
    return Answer(Venue.objects.answered(at).get(id=venue.id).answer)  # type: ignore[attr-defined]  # annotated


def names_under(code: str) -> list[str]:
    """What living venues of a unified social credit code are called, a few of them."""
    found = Venue.objects.current().filter(social_credit_code=code).order_by("name")
    return list(found.values_list("name", flat=True).distinct()[:3])


def own_venue(*, actor: Actor) -> Venue | None:
    """The venue that the actor manages; None while there is none."""
    return Venue.objects.visible_to(actor, OWN_VENUE).current().first()


def hand_over_of(venue: Venue, *, at: datetime) -> Stated | None:
    """Who is named to take the venue over, masked, while it waits for their word."""
    named_one = _waiting(at).filter(venue=venue).first()
    return named(named_one).masked() if named_one is not None else None


def offers_to(user: User, *, at: datetime) -> QuerySet[HandOver]:
    """The venues that this account is named to take over and has not answered about."""
    mine = _waiting(at).filter(phone_hash=bytes(user.phone_hash or b""), venue__removed_at__isnull=True)
    return mine.select_related("venue__region", "venue__kind").order_by("asked_at")


def named(hand_over: HandOver) -> Stated:
    """Who is named, in clear."""
    return unseal(ring(), hand_over.sealing_context, hand_over.sealed)


def _waiting(at: datetime) -> QuerySet[HandOver]:
    """What may still be answered: not from before another manager was put in charge."""
    waiting = HandOver.objects.filter(state=HandOver.WAITING, asked_at__gt=at - HAND_OVER_WAITS)
    is_open = Q(venue__confirmed_at__isnull=True) | ~Q(phone_hash=F("former_phone_hash"))
    return waiting.filter(is_open, former_phone_hash=F("venue__manager_phone_hash"))


def is_officers(venue: Venue, *, actor: Actor) -> bool:
    """Whether an officer acts, for whom this venue is one of the ledger."""
    return Venue.objects.visible_to(actor, EDIT_VENUES).filter(id=venue.id).exists()


def town_name(venue: Venue) -> str:
    """In which town it lies."""
    return _town(venue.region_id)


def edited_venue(venue: Venue, *, actor: Actor) -> Edited:
    """What a form shows of a venue in reach: to officers with its manager, masked."""
    texts = {
        "name": venue.name,
        "social_credit_code": venue.social_credit_code,
        "kind": venue.kind_id,
        "town": venue.region_id,
        "address": venue.address,
        "longitude": degrees(venue.longitude),
        "latitude": degrees(venue.latitude),
    }
    if is_officers(venue, actor=actor):
        manager = manager_of(venue)
        texts |= {"manager_name": manager.name, "manager_phone": manager.phone}
    names = {column.name: column.title for column in VENUES}
    last = last_act(venue.id, "venues.restated", "venues.restored")
    return Edited(venue.id, texts, last, names, {**masks(VENUES), **_WORDS})


def _kind_name(code: str) -> str:
    return next((kind.label for kind in kinds() if kind.code == code), code)


def _town(code: str) -> str:
    return Region.objects.filter(code=code).values_list("name", flat=True).first() or code


_WORDS = {"kind": _kind_name, "town": _town}


def _venue_names(keys: Collection[str]) -> Mapping[str, str]:
    found = Venue.objects.filter(id__in=[key for key in keys if UUID_TEXT.fullmatch(key)])
    return {str(id_): name for id_, name in found.values_list("id", "name")}


SCOPES = Source(list, _venue_names)  # too many to choose from a list


def venue_rows(found: Iterable[Venue]) -> list[VenueRow]:
    """The venues of a page with their managers, masked."""
    return [VenueRow(venue, manager_of(venue).masked()) for venue in found]


def venue_row(venue_id: UUID, *, actor: Actor, action: str = SEE_VENUES) -> VenueRow:
    """One venue. Raises Refusal NOT_FOUND outside the actor's reach."""
    found = Venue.objects.visible_to(actor, action).current().filter(id=venue_id)
    return or_not_found(next(iter(venue_rows(shown(found))), None))


def venue_named(name: str, *, actor: Actor, action: str) -> Venue:
    """The venue of this name, or of this id. Raises Refusal: UNKNOWN_VENUE within the actor's reach, SEVERAL_VENUES
    where towns have one each."""
    found = Venue.objects.visible_to(actor, action).current().select_related("region")
    named = list(found.filter(id=UUID(name)) if UUID_TEXT.fullmatch(name) else found.filter(name=name))
    if not named:
        raise Refusal(errors.UNKNOWN_VENUE, name=name)
    if len(named) > 1:
        told = ", ".join(f"{one.region.name} {one.id}" for one in named)
        raise Refusal(errors.SEVERAL_VENUES, name=name, found=told)
    return named[0]


def shown(found: QuerySet[Venue]) -> QuerySet[Venue]:
    """With what a row of the ledger says."""
    open_ones = Prefetch("checkpoints", Checkpoint.objects.filter(closed_at__isnull=True))
    return found.select_related("kind", "region").prefetch_related(open_ones)


def manager_of(venue: Venue) -> Stated:
    """Open the sealed manager. The caller masks it."""
    return unseal(ring(), manager_context(venue.id), venue.sealed)


def scanned(text: str) -> Place:
    """The place that a code stands for. Raises Refusal CODE_DAMAGED, CODE_ENDED; a foreign text costs no look-up."""
    id_ = code_id(ring(), text)
    if id_ is None:
        raise Refusal(errors.CODE_DAMAGED)
    code = VenueCode.objects.select_related("checkpoint__venue").filter(id=id_).first()
    if code is None or any((code.revoked_at, code.checkpoint.closed_at, code.checkpoint.venue.removed_at)):
        raise Refusal(errors.CODE_ENDED)
    checkpoint = code.checkpoint
    return Place(checkpoint.venue_id, checkpoint.venue.name, checkpoint.id, checkpoint.name)


def typed(text: str) -> str:
    """The text of the code whose short one was typed. Raises Refusal CODE_MISTYPED; a mistake costs no look-up."""
    end = short_end(ring(), text)
    found = VenueCode.objects.filter(id__endswith=end) if end else VenueCode.objects.none()
    ids = list(found.values_list("id", flat=True)[:2])
    if len(ids) != 1:
        raise Refusal(errors.CODE_MISTYPED)
    return code_text(ring(), ids[0])


def venues_to_choose(*, actor: Actor, action: str) -> list[tuple[str, str]]:
    """The venues in reach as a choice: id, town and name."""
    found = Venue.objects.visible_to(actor, action).current().order_by("region", "name")
    return [
        (str(id_), f"{town} · {name}") for id_, town, name in found.values_list("id", "region__name", "name")
    ]


def checkpoints(venue: Venue) -> QuerySet[Checkpoint]:
    """All of a venue in reach, closed ones too: people came by them."""
    return Checkpoint.objects.filter(venue=venue)
