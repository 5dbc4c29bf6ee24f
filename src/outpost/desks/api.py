"""The calls of `/api/v1/desk/`: a device enrols itself by a pairing code, then signs what it asks and states.

A signature holds no time: entries are idempotent, so whoever sends a call again changes nothing.
"""

import hashlib
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from outpost.access import throttle
from outpost.access.throttle import Limit
from outpost.audit import services as audit
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.api_problems import TROUBLES, Trouble
from outpost.core.curve import is_signed
from outpost.core.errors import Refusal
from outpost.desks import errors, queries
from outpost.desks.models import Device
from outpost.desks.rules import DEVICE, MOST_BYTES, MOST_ENTRIES
from outpost.desks.sealing import from_b64u
from outpost.desks.services import devices, taking

CALLS = Limit("desk.calls", 1_200, throttle.HOUR)
FORGERIES = Limit("desk.forgeries", 30, throttle.HOUR)
"""Refused signatures that are recorded of one source; further ones are refused unrecorded."""
_APP = r"^[ -~]*$"
"""Printable ASCII: a version, which is kept and shown."""
_SIGNED = (
    "base64url of ECDSA P-256 with SHA-256 (r and s, 64 bytes) over METHOD, a line feed, the path, a line feed, and "
    "the SHA-256 of the body in hex."
)
_HEADERS = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": text}
    for name, text in ((DEVICE, "The id of the device."), ("Outpost-Signature", _SIGNED))
]

router = Router(tags=["desk"])


class Enrolment(Schema):
    """What a device says of itself. `public_key`: a raw point of P-256 (65 bytes), base64url."""

    code: str = Field(max_length=20)
    public_key: str = Field(max_length=100)
    name: str = Field(max_length=100)
    app: str = Field(max_length=40, pattern=_APP)


class Batch(Schema):
    """Entries in the order of their numbers: {id, seq, member_id, at, skew_ms, sealed}. Each is read by itself."""

    app: str = Field(max_length=40, pattern=_APP)
    device_time: datetime
    entries: list[Any] = Field(min_length=1, max_length=MOST_ENTRIES)


class AnswerOut(Schema):
    """What became of one entry: kept, repeated (with what was said first), conflict, refused."""

    id: str
    state: str
    code: str
    message: str


class BatchOut(Schema):
    """The answers in the order of the batch, the highest number of the device, the numbers that are missing."""

    server_time: datetime
    last_seq: int
    gaps: list[tuple[int, int]]
    answers: list[AnswerOut]


def may_be_revoked(request: HttpRequest) -> Device:
    """The device that has signed a call. Raises Refusal: TOO_LARGE, TOO_MANY, UNKNOWN_DEVICE, BAD_SIGNATURE."""
    at = clock.now()
    device = _device(request.headers.get(DEVICE, ""))
    said = f"{request.method}\n{request.path}\n{hashlib.sha256(_body(request)).hexdigest()}"
    signature = from_b64u(request.headers.get("Outpost-Signature", "")) or b""
    if not is_signed(bytes(device.public_key), signature, said.encode()):
        _record_forgery(request, device, at)
        raise Refusal(errors.BAD_SIGNATURE)
    # Only now: whoever knows no more than the id of a device must not use up its calls.
    if not throttle.take(CALLS, str(device.id), at=at):
        raise Refusal(errors.TOO_MANY)
    return device


def signed(request: HttpRequest) -> Device:
    """The same; a revoked one is refused. Raises Refusal REVOKED, too."""
    device = may_be_revoked(request)
    if device.revoked_at is not None:
        raise Refusal(errors.REVOKED)
    return device


def _device(text: str) -> Device:
    found = queries.device_named(text)
    if found is None:
        raise Refusal(errors.UNKNOWN_DEVICE)
    return found


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise Refusal(errors.TOO_LARGE)
    try:
        return request.body
    except RequestDataTooBig:
        raise Refusal(errors.TOO_LARGE) from None


def _record_forgery(request: HttpRequest, device: Device, at: datetime) -> None:
    caller: Actor = request.actor  # type: ignore[attr-defined]  # anonymous, with the caller's address
    if not throttle.take(FORGERIES, throttle.source_of(caller.address), at=at):
        raise Refusal(errors.TOO_MANY)
    actor = Actor(id="device:unknown", label="?", address=caller.address)
    audit.record("desks.signature_refused", actor=actor, at=at, object_id=device.id)


@router.post(
    "/devices", auth=None, response={201: dict[str, Any], 429: Trouble, **TROUBLES}, summary="登记设备"
)
def enrol_device(request: HttpRequest, enrolment: Enrolment) -> Status[dict[str, Any]]:
    """Enrol a device by a pairing code, which is good once and for ten minutes; answers with its setup."""
    at = clock.now()
    caller: Actor = request.actor  # type: ignore[attr-defined]  # anonymous, with the caller's address
    device = devices.enrol(**enrolment.dict(), address=caller.address, at=at)
    return Status(HTTPStatus.CREATED, _setup(device, at))


@router.get(
    "/setup",
    auth=signed,
    response={200: dict[str, Any], 429: Trouble, **TROUBLES},
    openapi_extra={"parameters": _HEADERS},
    summary="设备配置",
)
def read_setup(request: HttpRequest) -> dict[str, Any]:
    """What the device needs to work alone: place, people who work there, keys, words."""
    return _setup(request.auth, clock.now())  # type: ignore[attr-defined]  # put there by the signature


@router.post(
    "/entries",
    auth=may_be_revoked,
    response={200: BatchOut, 429: Trouble, **TROUBLES},
    openapi_extra={"parameters": _HEADERS},
    summary="上传记录",
)
def take_entries(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    """Entries made at the device, sealed; each is answered by itself, and none that is refused is lost."""
    at = clock.now()
    device: Device = request.auth  # type: ignore[attr-defined]  # put there by the signature
    receipt = taking.take_entries(device.id, batch.entries, app=batch.app, at=at)
    return {
        "server_time": at,
        "last_seq": receipt.last_seq,
        "gaps": receipt.gaps,
        "answers": [
            {
                "id": one.id,
                "state": one.state,
                "code": one.problem.code if one.problem else "",
                "message": one.problem.render() if one.problem else "",
            }
            for one in receipt.answers
        ],
    }


def _setup(device: Device, at: datetime) -> dict[str, Any]:
    setup = queries.setup_of(device, at=at)
    if setup is None:
        raise Refusal(errors.PLACE_GONE)
    return setup
