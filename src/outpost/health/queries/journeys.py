"""What is read of people who want to enter somewhere: what they declared under this number and name, and the days of
their negative samples. Whom to show it to is the caller's to decide."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

import orjson
from django.db.models import QuerySet

from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.db import rows_of
from outpost.core.masking import mask_address
from outpost.health.models import Declaration
from outpost.health.rules import OWN, STATED, Disposition, TestResult
from outpost.health.sealing import declaration_context
from outpost.people.documents import BY_DOCUMENT
from outpost.people.models import Person
from outpost.people.queries import Spoken, may_know_stated, stated_alone_since

NOBODY: Mapping[UUID, bytes] = MappingProxyType({})

HELD = """SELECT f.person_id FROM health_passfacts f
 CROSS JOIN LATERAL (SELECT d.disposition, d.disposed_at FROM (VALUES (f.disposition, f.disposed_at),
      (f.former_disposition, f.former_disposed_at)) d(disposition, disposed_at)
    WHERE d.disposed_at <= %(at)s ORDER BY d.disposed_at DESC LIMIT 1) h
 WHERE f.disposed_at IS NOT NULL AND h.disposition <> 'admitted'
 UNION SELECT f.person_id FROM health_passfacts f
 WHERE f.positive_at IS NOT NULL AND NOT EXISTS (SELECT FROM (VALUES (f.disposition, f.disposed_at),
      (f.former_disposition, f.former_disposed_at)) d(disposition, disposed_at)
    WHERE d.disposition = 'admitted' AND d.disposed_at BETWEEN f.positive_at AND %(at)s)"""
"""SQL: whom an order of the command holds at an instant, or a positive test that it has not lifted. The same in one
person's facts: `disposition` and `standing_positive_at` of `PassFacts`."""
_NEGATIVE = f"""SELECT d.person_id, t.sampled_at FROM ({BY_DOCUMENT}) d
  JOIN health_testrecord t ON t.person_id = d.document_id
 WHERE t.result = %s AND NOT t.is_withdrawn AND t.sampled_at >= %s AND t.sampled_at <= %s"""

_ORDERS = f"""SELECT d.person_id, t.disposition, t.started_at FROM ({BY_DOCUMENT}) d
  JOIN health_disposition t ON t.person_id = d.document_id
 WHERE t.agreed_at IS NOT NULL AND t.started_at <= %s ORDER BY d.person_id, t.started_at DESC, t.disposition"""


@dataclass(frozen=True, slots=True)
class Journey:
    """The latest declaration of somebody: when, from where; `base_on` is the latest day of travel that any names, else
    the day of the declaration itself. `sealed`: those with sealed texts, the latest first."""

    declared_on: date
    base_on: date
    departure: str
    sealed: Sequence[Declaration]


def journeys_of(
    named: Mapping[UUID, bytes], *, at: datetime, known: Mapping[UUID, bytes] = NOBODY
) -> dict[UUID, Journey]:
    """What these people (with the hash of the name that goes with each) declared until then; nobody without. `known`:
    the hashes of the names with which people became known, where the caller has read them."""
    found = declared_by(named, at=at, known=known)
    return {person_id: _journey(declared) for person_id, declared in found.items()}


def declared_by(
    named: Mapping[UUID, bytes], *, at: datetime, known: Mapping[UUID, bytes] = NOBODY
) -> dict[UUID, list[Declaration]]:
    """All that each of them declared until then, the earliest first, for whoever asks of several instants
    (`journey_at`)."""
    found: dict[UUID, list[Declaration]] = {}
    for one in _declared(named, since=None, at=at, known=known):
        found.setdefault(one.person_id, []).append(one)
    return found


def journey_at(declared: Iterable[Declaration], at: datetime) -> Journey | None:
    """What somebody's declarations, the earliest first, say of an instant."""
    until = [one for one in declared if one.declared_at <= at]
    return _journey(until) if until else None


def _journey(declared: Sequence[Declaration]) -> Journey:
    """Of somebody's declarations, the earliest first."""
    last = declared[-1]
    day = local_day(last.declared_at)
    travelled = [one.travelled_on for one in declared if one.travelled_on is not None]
    sealed = [one for one in reversed(declared) if one.sealed is not None]
    return Journey(day, max(travelled, default=day), last.departure, sealed)


def declaration_of(person_id: UUID, named: bytes, *, since: datetime, at: datetime) -> Declaration | None:
    """The latest declaration of this span under a number and the hash of a name; a number alone finds nobody."""
    return declarations_of({person_id: named}, since=since, at=at).get(person_id)


def declarations_of(named: Mapping[UUID, bytes], *, since: datetime, at: datetime) -> dict[UUID, Declaration]:
    """The same for these people, each with the hash of their name; nobody without."""
    return {one.person_id: one for one in _declared(named, since=since, at=at)}


def _declared(
    named: Mapping[UUID, bytes],
    *,
    since: datetime | None,
    at: datetime,
    known: Mapping[UUID, bytes] = NOBODY,
) -> list[Declaration]:
    """The declarations of these people under these names, the earliest first."""
    counted = _counted(named, at=at)
    rows = (counted.filter(declared_at__gte=since) if since else counted).order_by("declared_at")
    return _under_names(list(rows), named, known)


def _counted(people: Collection[UUID], *, at: datetime) -> "QuerySet[Declaration]":
    return Declaration.objects.filter(person_id__in=list(people), is_withdrawn=False, declared_at__lte=at)


def _under_names(
    rows: list[Declaration], named: Mapping[UUID, bytes], known: Mapping[UUID, bytes]
) -> list[Declaration]:
    """Those of these that go with these names. One without a name of its own goes by the name with which the person
    became known."""
    nameless = {row.person_id for row in rows if row.name_hash is None} - known.keys()
    known = {**known, **_known_names(nameless)}
    return [
        row for row in rows if bytes(row.name_hash or known.get(row.person_id, b"")) == named[row.person_id]
    ]


def _known_names(people: Iterable[UUID]) -> dict[UUID, bytes]:
    """The hashes of the names with which these became known."""
    found = Person.objects.filter(person_id__in=set(people)).values_list("person_id", "name_hash")
    return {person_id: bytes(name) for person_id, name in found}


def phone_of(declared: Declaration) -> str:
    """The phone that a declaration states; empty where it states none."""
    return _sealed_text(declared, "phone")


def _sealed_text(declared: Declaration, name: str) -> str:
    if declared.sealed is None:
        return ""
    return str(orjson.loads(ring().open(declared.sealed, declaration_context(declared.id))).get(name, ""))


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives as they declared it, in clear: to be compared, never shown or logged."""

    text: str
    source: str
    declared_at: datetime
    received_at: datetime


def home_of(journey: Journey) -> Home | None:
    """The home that somebody declared last; None without. A later declaration that states none takes nothing away, and
    no home ages. One of an account whose card nobody has seen counts where no other is stated: whoever states a number
    moves nobody."""
    return _home(journey.sealed)


def homes_of(
    named: Mapping[UUID, bytes], *, at: datetime, known: Mapping[UUID, bytes] = NOBODY
) -> dict[UUID, Home]:
    """The same of these people, as of `journeys_of`. Of declarations that state the same texts, as somebody does each
    day, the last alone is read and opened."""
    same = ("person_id", "source", "name_hash", "stated_hash")
    texts = _counted(named, at=at).filter(sealed__isnull=False)
    last = texts.order_by(*same, "-declared_at").distinct(*same)
    rows = list(last.only(*same, "declared_at", "received_at", "sealed"))
    found: dict[UUID, list[Declaration]] = {}
    for one in sorted(_under_names(rows, named, known), key=lambda one: one.declared_at, reverse=True):
        found.setdefault(one.person_id, []).append(one)
    homes = ((person_id, _home(sealed)) for person_id, sealed in found.items())
    return {person_id: home for person_id, home in homes if home is not None}


def _home(sealed: Iterable[Declaration]) -> Home | None:
    """Of somebody's declarations with sealed texts, the latest first."""
    for one in sorted(sealed, key=lambda one: one.source == STATED):
        if text := _sealed_text(one, "home"):
            return Home(text, one.source, one.declared_at, one.received_at)
    return None


@dataclass(frozen=True, slots=True)
class OwnHome:
    """What somebody sees of where they live as they declared it here: masked, as a phone is lent."""

    shown: str
    declared_at: datetime


def own_home(spoken: Spoken, *, at: datetime) -> OwnHome | None:
    """The last home that was declared by phone for the person of an account, as far as it may know; None without.
    Nobody learns what others declared of a number that they stated."""
    if not may_know_stated(spoken):
        return None
    since = stated_alone_since(spoken)
    source = OWN if since is None else STATED
    found = Declaration.objects.filter(
        person_id=spoken.person_id, source=source, declared_at__lte=at, is_withdrawn=False
    )
    if since is not None:
        found = found.filter(declared_at__gte=since)
    for one in found.filter(sealed__isnull=False).order_by("-declared_at"):
        if text := _sealed_text(one, "home"):
            return OwnHome(mask_address(text), one.declared_at)
    return None


def negative_days(
    person_ids: Collection[UUID], *, since: datetime, at: datetime
) -> dict[UUID, frozenset[date]]:
    """The local days, in this span, on which a sample of each was taken that proved negative, under all documents."""
    found = negative_samples(person_ids, since=since, at=at)
    return {person_id: frozenset(map(local_day, sampled)) for person_id, sampled in found.items()}


def negative_samples(
    person_ids: Collection[UUID], *, since: datetime, at: datetime
) -> dict[UUID, list[datetime]]:
    """The same by the instant."""
    found: dict[UUID, list[datetime]] = {}
    for person_id, sampled_at in rows_of(_NEGATIVE, [list(person_ids), TestResult.NEGATIVE, since, at]):
        found.setdefault(person_id, []).append(sampled_at)
    return found


_DECLARED = """SELECT DISTINCT person_id, name_hash FROM health_declaration
    WHERE person_id = ANY(%s) AND NOT is_withdrawn AND declared_at >= %s"""


def rows_undeclared(rows: str, *, since: datetime) -> list[int]:
    """Of a staging table with `person_id` and `name_hash`, the rows whose person declared nothing since then under that
    name: a number alone finds nobody."""
    staged = rows_of(f"SELECT row_no, person_id, name_hash FROM {rows} ORDER BY row_no")
    found = rows_of(_DECLARED, [list({person for _number, person, _name in staged}), since])
    known = _known_names(person for person, name in found if name is None)
    declared = {(person, bytes(name or known.get(person, b""))) for person, name in found}
    return [number for number, person, name in staged if (person, bytes(name)) not in declared]


def orders_until(
    person_ids: Collection[UUID], at: datetime
) -> dict[UUID, list[tuple[datetime, Disposition]]]:
    """What the command had decided of each by an instant, under all documents, the latest first, each with its start;
    nobody without. Of now `PassFacts` says the latest without a look at the history."""
    found: dict[UUID, list[tuple[datetime, Disposition]]] = {}
    for person_id, word, started_at in rows_of(_ORDERS, [list(person_ids), at]):
        found.setdefault(person_id, []).append((started_at, Disposition(word)))
    return found
