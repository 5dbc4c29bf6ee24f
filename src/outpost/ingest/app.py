"""The lane as an RSGI application: `POST /api/v1/check-ins`, one check-in a request, and `GET /api/v1/pass`, one's own.

201 it is on disk; 200 it was sent before, with the same answer; 409 its id says something else already; 401 the token
is not good; 422 it does not count, and why; 429 one person too often; 503 try again later, as when a venue is flooded.
A pass is decided anew for each who asks, by facts that are two seconds old at most; its `code` is what a gate reads.
Whose card nobody has seen is told no verdict (403), and has a code that says so.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import cache, partial
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from django.utils import translation
from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # a class of Rust, not re-exported
from psycopg import AsyncConnection
from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    FiniteFloat,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from outpost.core import clock
from outpost.core.crypto import KeyRing
from outpost.core.errors import Problem, Refusal
from outpost.health import conditions, passes
from outpost.health.live_passes import LIVE, LivePass, pass_text
from outpost.health.queries.pass_reading import facts_of
from outpost.ingest import errors, metrics
from outpost.ingest.answers import CHECK_INS, PASS, Written, language_of, refused, written
from outpost.ingest.known import Known
from outpost.ingest.limits import MOST, Limits
from outpost.ingest.looker import Looker
from outpost.ingest.writer import MOST_AT_ONCE, BusyError, UnwritableError, Writer
from outpost.people.tokens import LONGEST as TOKEN_LONGEST
from outpost.people.tokens import Holder, holder_of
from outpost.venues import errors as venue_errors
from outpost.venues.codes import code_id
from outpost.venues.recording import CheckIn, Kept, digest_of, record
from outpost.venues.rules import FARTHEST_KNOWN, Place, Point, Position, Visit, is_remote, why_not

LONGEST = 2048
"""Bytes of a request; a check-in has some three hundred."""
BODY_PATIENCE = 10.0
MOST_AT_WORK = 2 * MOST_AT_ONCE
"""Calls that are worked on at once, twice what is written at once; who comes beyond them is refused unread, so that
a refusal does not wait behind what it is refused for."""


class StatedPosition(BaseModel):
    """Where the phone was, in degrees, and how exactly it knows, in metres."""

    longitude: FiniteFloat = Field(ge=-180, le=180)
    latitude: FiniteFloat = Field(ge=-90, le=90)
    accuracy: FiniteFloat = Field(ge=0)

    def position(self) -> Position:
        return Position(Point(self.longitude, self.latitude), self.accuracy)


def _or_nothing(value: object, read: ValidatorFunctionWrapHandler) -> StatedPosition | None:
    """What is no position is none: somebody who agreed to say more is not sent away for it."""
    try:
        position: StatedPosition | None = read(value)
    except ValidationError:
        return None
    return position


class Stated(BaseModel):
    """A check-in as a phone or a gate states it."""

    id: UUID
    code: str = Field(max_length=64)
    token: str = Field(max_length=TOKEN_LONGEST)
    occurred_at: AwareDatetime
    temperature: Decimal | None = Field(None, max_digits=3, decimal_places=1)
    position: Annotated[StatedPosition | None, WrapValidator(_or_nothing)] = None


_REQUIRED = [name for name, field in Stated.model_fields.items() if field.is_required()]


@dataclass(frozen=True, slots=True)
class Checks:
    """By which check-ins are judged: the keys, the zone whose days count, how many of one venue are taken in a minute
    (beyond that its phones try again, and those of other venues do not wait for them), and beyond how many metres from
    its venue one is remote."""

    keys: KeyRing
    zone: tzinfo
    most_of_venue: int
    remote_metres: int

    def read(
        self, body: bytes, places: Mapping[UUID, Place], ended: Mapping[UUID, datetime], at: datetime
    ) -> CheckIn:
        """The check-in of a request. Raises Refusal."""
        try:
            stated = Stated.model_validate_json(body)
        except ValidationError as error:
            faulty = sorted({".".join(map(str, one["loc"])) for one in error.errors()})
            fields = ", ".join(_REQUIRED if faulty == [""] else faulty)  # "": it is no object at all
            raise Refusal(errors.UNREADABLE, fields=fields) from None
        person_id = self.holder(stated.token, ended, at).person_id
        id_ = code_id(self.keys, stated.code)
        place = places.get(id_) if id_ else None
        if place is None:
            raise Refusal(venue_errors.CODE_DAMAGED if id_ is None else venue_errors.CODE_ENDED)
        visit = Visit(stated.occurred_at, stated.temperature)
        problem = why_not(visit, place, at=at)
        is_late = problem is venue_errors.TIME_PAST and visit.occurred_at >= at - FARTHEST_KNOWN
        if problem is not None and not is_late:
            raise Refusal(problem)
        digest = digest_of(self.keys, person_id, place, visit)
        position = stated.position.position() if stated.position else None
        is_far = is_remote(place.point, position, beyond=self.remote_metres)
        return CheckIn(stated.id, person_id, place, visit, digest, is_late=is_late, is_remote=is_far)

    def holder(self, token: str, ended: Mapping[UUID, datetime], at: datetime) -> Holder:
        """Whose token it is. Raises Refusal TOKEN."""
        holder = holder_of(self.keys, token, ended=ended, at=at)
        if holder is None:
            raise Refusal(errors.TOKEN)
        return holder


class Lane:
    """The application of one process; it answers inside `working`."""

    def __init__(self, address: str, checks: Checks) -> None:
        self._checks = checks
        self._known = Known(address)
        self._writer = Writer(address, self._write)
        self._looker = Looker(address, facts_of)
        self._persons, self._venues = Limits(MOST), Limits(checks.most_of_venue)
        self._answering = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._is_stopping = False

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Keep the writer at work, and what is known true, for as long as the block lasts. When one of them fails in a
        way that nobody thought of, the block ends, and the process with it: a lane without a writer would let everybody
        wait."""
        try:
            async with asyncio.TaskGroup() as group:
                works = (self._known.follow(), self._writer.run(), self._looker.run())
                tasks = [group.create_task(work) for work in works]
                yield
                for task in tasks:
                    task.cancel()
        finally:
            await self._writer.close()
            await self._looker.close()

    async def drained(self, patience: float) -> None:
        """Refuse what comes from now on, and wait until all that came before is answered; `patience` in seconds."""
        self._is_stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._is_idle.wait()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if self._answering >= MOST_AT_WORK and scope.path in _BUSY:
            answer = _BUSY[scope.path](language_of(scope.headers.get("accept-language")))
        else:
            answer = await self._counted(scope, protocol)
        if scope.path == CHECK_INS:
            metrics.ANSWERS.labels(answer[0]).inc()
        protocol.response_bytes(*answer)

    async def _counted(self, scope: Scope, protocol: HTTPProtocol) -> Written:
        self._answering += 1
        self._is_idle.clear()
        try:
            return await self._answer(scope, protocol)
        except Refusal as refusal:
            return refused(refusal, language_of(scope.headers.get("accept-language")))
        finally:
            self._answering -= 1
            if not self._answering:
                self._is_idle.set()

    async def _answer(self, scope: Scope, protocol: HTTPProtocol) -> Written:
        if scope.path == "/healthz":
            return written(HTTPStatus.OK, {})
        if scope.path == "/metrics":
            return metrics.exposition()
        if scope.path == PASS:
            return await self._pass(scope)
        if scope.path != CHECK_INS:
            raise Refusal(errors.NO_SUCH_CALL)
        if scope.method != "POST":
            raise Refusal(errors.METHOD)
        return await self._check_in(await _body(scope, protocol))

    async def _check_in(self, body: bytes) -> Written:
        if (places := self._known.places) is None or self._is_stopping:
            raise Refusal(errors.BUSY)
        check_in = self._checks.read(body, places, self._known.ended, clock.now())
        now = asyncio.get_running_loop().time()
        if self._persons.is_over(check_in.person_id, now):
            raise Refusal(errors.TOO_OFTEN)
        if self._venues.is_over(check_in.place.venue_id, now):
            raise Refusal(errors.CROWDED)
        try:
            kept = await self._writer.put(check_in)
        except BusyError:
            raise Refusal(errors.BUSY) from None
        except UnwritableError:
            raise Refusal(errors.UNWRITABLE) from None
        return _told(check_in, kept)

    async def _pass(self, scope: Scope) -> Written:
        if scope.method != "GET":
            raise Refusal(errors.GET_ONLY)
        if self._known.places is None or self._is_stopping:
            raise Refusal(errors.BUSY_PASS)
        token, at = (scope.headers.get("authorization") or "").removeprefix("Bearer "), clock.now()
        holder = self._checks.holder(token, self._known.ended, at)
        language = language_of(scope.headers.get("accept-language"))
        live = LivePass(
            kind=LIVE,
            person_id=holder.person_id,
            issued_at=at,
            name=holder.name,
            number_end=holder.number_end,
        )
        if not holder.is_seen:
            return refused(Refusal(errors.NOT_SEEN), language, code=pass_text(self._checks.keys, live))
        try:
            facts = await self._looker.facts(holder.person_id)
        except BusyError:
            raise Refusal(errors.BUSY_PASS) from None
        rules = passes.in_force(self._known.agreed, at)
        decision = passes.decide(facts, rules, at)
        code = pass_text(self._checks.keys, live.decided(decision, rules))
        return written(HTTPStatus.OK, {**_shown(decision, language, at), "code": code})

    async def _write(self, connection: AsyncConnection[Any], batch: Sequence[CheckIn]) -> dict[UUID, Kept]:
        return await record(connection, batch, zone=self._checks.zone, at=clock.now())


@cache
def _too_many(problem: Problem, language: str) -> Written:
    return refused(Refusal(problem), language)


_BUSY = {CHECK_INS: partial(_too_many, errors.BUSY), PASS: partial(_too_many, errors.BUSY_PASS)}


def _told(check_in: CheckIn, kept: Kept | None) -> Written:
    if kept is None:
        raise Refusal(venue_errors.TIME_PAST)
    if kept.digest != check_in.digest:
        raise Refusal(venue_errors.OTHER_CONTENT)
    place = check_in.place
    document = {
        "id": str(check_in.id),
        "venue": place.venue,
        "venue_id": str(place.venue_id),
        "checkpoint": place.checkpoint,
        "checks_out": place.checks_out,
        "occurred_at": check_in.visit.occurred_at.isoformat(),
        "received_at": kept.received_at.isoformat(),
    }
    return written(HTTPStatus.CREATED if kept.is_new else HTTPStatus.OK, document)


def _shown(decision: passes.Decision, language: str, at: datetime) -> Mapping[str, Any]:
    """A pass in the reader's language; instants are None where there is none."""
    with translation.override(language):
        word, ends_by = decision.colour.label, decision.ends_by.label
    return {
        "colour": decision.colour,
        "word": word,
        "shape": conditions.SHAPES[decision.colour],
        "reason": decision.rule.reason(language),
        "since": decision.since,
        "until": decision.until,
        "ends_by": ends_by,
        "as_of": at,
    }


async def _body(scope: Scope, protocol: HTTPProtocol) -> bytes:
    """The whole body, short and in time. Raises Refusal."""
    stated = scope.headers.get("content-length") or ""
    if not stated.isdecimal() or int(stated) > LONGEST:
        raise Refusal(errors.TOO_LONG, most=LONGEST)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_PATIENCE):
            async for chunk in protocol:
                body += chunk
    except TimeoutError:
        raise Refusal(errors.TOO_SLOW) from None
    return bytes(body)
