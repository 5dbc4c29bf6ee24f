"""场所创建: whoever signs in by phone and manages no venue enters theirs. It waits for nobody, but the town is told."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from outpost.access import throttle
from outpost.access.contacts import contacts_of
from outpost.access.models import User
from outpost.access.queries import accounts_over
from outpost.access.services.principals import Holder
from outpost.access.throttle import DAY, Limit
from outpost.audit import services as audit
from outpost.core.actor import EVERYTHING, Actor
from outpost.core.clock import zone
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.ids import new_id
from outpost.core.rights import Role
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.parsing import RowParser, StatedCells
from outpost.core.stated import Stated
from outpost.exchange.merge import wait_for_import
from outpost.notifications.recipients import Account
from outpost.notifications.services import send
from outpost.regions import queries as regions
from outpost.regions.rules import REGION
from outpost.venues import errors
from outpost.venues.columns import OTHER, ledger
from outpost.venues.models import Venue
from outpost.venues.queries import venues
from outpost.venues.queries.kinds import kinds
from outpost.venues.reading.venues import VenueReader
from outpost.venues.rules import MAIN_ENTRANCE, doubt_of_name
from outpost.venues.services.handing_over import ask
from outpost.venues.services.managers import put_in_charge
from outpost.venues.services.running import add_checkpoints, save, state

_OTHER = Sheet("venues.other", "场所管理员", tuple(replace(one, required=True) for one in OTHER))
CREATED = Limit("venues.created", 3, DAY)
"""A phone's, for an account may be closed and opened anew: nobody floods the ledger of a town."""


NAMES_ASKED = Limit("venues.names_asked", 20, DAY)
"""How many credit codes a phone may state that are told back with a name."""


def create_venue(stated: StatedCells, user: User, *, is_sure: bool, actor: Actor, at: datetime) -> Venue:
    """Enter a venue that the holder of this account manages. `stated`: cells by the columns of the ledger, as typed,
    without the manager's phone, which is the account's own, and by those of OTHER whoever shall manage it instead: they
    are asked as in a hand-over, and until they agree the holder of this account stays its manager. `is_sure`: a name in
    doubt is right, whether by itself or beside another venue of the same credit code.

    Raises Refusal: NAME_TAKEN, MANAGES_ANOTHER, NAMED_ONESELF, TOO_MANY_CREATED, TOO_MANY_NAMES_ASKED, DUTIES_OF_PHONE;
    Faults, all that is wrong with the cells, a name in doubt among it.
    """
    phone = contacts_of(user).phone
    other = _other(stated)
    if other is not None and other.phone == phone:
        raise Refusal(errors.NAMED_ONESELF, column="other_phone")
    own = {name: cell for name, cell in stated.items() if not name.startswith("other_")}
    values = _read({**own, "manager_phone": phone}, is_sure=is_sure, at=at)
    return _enter(values, phone, other, actor=actor, at=at)


@transaction.atomic
def _enter(values: dict[str, Any], phone: str, other: Stated | None, *, actor: Actor, at: datetime) -> Venue:
    wait_for_import("venues_venue")
    throttle.count(CREATED, ring().search_hash("phone", phone).hex(), problem=errors.TOO_MANY_CREATED, at=at)
    venue = Venue(id=new_id(), created_at=at, updated_at=at, confirmed_at=at)
    state(venue, values)
    save(venue)
    add_checkpoints(venue, values["checkpoints"] or (MAIN_ENTRANCE,), at=at)
    put_in_charge([Holder(venue.id, phone, phone)], actor=actor, at=at, cause=str(venue.id))
    _tell_town(venue, at=at)
    audit.record("venues.created", actor=actor, at=at, object_id=venue.id)
    if other is not None:
        ask(venue, other, actor=actor, at=at)
    return venue


def _other(stated: StatedCells) -> Stated | None:
    """Who shall manage it instead; None where nobody is named. Raises Faults."""
    cells = {column.name: stated.get(column.name) for column in OTHER}
    if not any(cells.values()):
        return None
    values = RowParser(_OTHER, zone()).stated(cells).checked()
    return Stated(values["other_name"], values["other_phone"])


def _read(stated: StatedCells, *, is_sure: bool, at: datetime) -> dict[str, Any]:
    """What is stated; a name in doubt is among the faults, so that all is told at once."""
    reader = VenueReader(ledger(kinds()), places=regions.places(EVERYTHING))
    row = reader.stated(stated)
    if not is_sure:
        row.faults += [reader.fault("name", doubt) for doubt in _doubts(row.values, at=at)]
    return row.checked()


def _doubts(values: Mapping[str, Any], *, at: datetime) -> Iterator[Refusal]:
    """Why the name may not be right: by itself, and beside what venues of the same credit code are called."""
    name, code = values.get("name"), values.get("social_credit_code")
    if name and (problem := doubt_of_name(name)) is not None:
        yield Refusal(problem, name=name)
    if name and code:
        hashed = ring().search_hash("phone", values["manager_phone"]).hex()
        throttle.count(NAMES_ASKED, hashed, problem=errors.TOO_MANY_NAMES_ASKED, at=at)
        known = venues.names_under(code)
        if known and name not in known:
            yield Refusal(errors.NAME_UNLIKE_CODE, known="、".join(known))


def _tell_town(venue: Venue, *, at: datetime) -> None:
    """The officers of its town see it at once."""
    officers = accounts_over(Role.TOWN, REGION, [venue.region_id]).get(venue.region_id, [])
    url = reverse("venues:venue", args=[venue.id])
    told = [Account(one) for one in officers]
    send("venues.created", recipients=told, dedupe=f"venues.created:{venue.id}", at=at, url=url)
