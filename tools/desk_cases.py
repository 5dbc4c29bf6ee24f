"""Writes sealing.json, documents.json, entering.json, listed.json, temperatures.json of tests/shared/: a sealed entry,
what is typed at a gate, who may enter a site on which day, a sealed list, which of several readings counts.

Server and gate read the same files (`desks/sealing.py`, `people/rules.py`, `venues/gate_forms.py`, `sites/rules.py`,
`health/daily.py`; `field/`). Keys and seals are made by chance anew. Names as arguments: only those files.
"""

import base64
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from outpost.core.curve import CURVE, public_point
from outpost.core.errors import Refusal
from outpost.core.phones import normalise_phone
from outpost.desks.gates import limits
from outpost.desks.sealing import b64u, list_key, list_sealed, sealed_to
from outpost.health.daily import UNWELL_FROM, Report, Wellness, wellness
from outpost.health.rules import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, Disposition
from outpost.people.rules import DocumentType, normalise_document
from outpost.people.seals import Identity
from outpost.sites.reading.gate import number_digest, told_of
from outpost.sites.rules.entering import AWAY_DAYS, Coming, Standing, failing
from outpost.venues.reading.gate import readings, temperature
from outpost.venues.rules import COLDEST, HOTTEST
from outpost.venues.rules import NORMAL_UP_TO as VENUE_NORMAL

TARGET = Path(__file__).resolve().parents[1] / "tests" / "shared"
TODAY = date(2022, 6, 8)
ENTRY, SEQ = UUID("01812345-6789-7abc-8def-0123456789ab"), 4_294_967_297
CONTENT = {
    "kind": "visit",
    "checkpoint_id": "8f3c2a10-5b77-4d41-9a6e-0c1d2e3f4a5b",
    "temperature": "36.5",
    "second": None,
    "isolated": None,
    "person": {"document_type": "passport", "document_number": "E12345678", "name": "张三丰", "phone": None},
    "way": "typed",
    "green_channel": None,
    "verdict": "look",
}
DOCUMENTS = (
    *(("resident_id", text) for text in ("110101199003071233", "11010119900307109x", "110101900307123")),
    *(
        ("resident_id", text)
        for text in (
            "",
            "11010119900307123",
            "110101199003071232",
            "110101199013071233",
            "110101209903071233",
        )
    ),
    *(
        ("resident_id", text)
        for text in ("990101199003071233", "1101011990O3071233", "１１０１０１１９９００３０７１２３３")
    ),
    *(("hk_macao_permit", text) for text in ("H12345678", "M1234567890", "X12345678", "h12345678")),
    *(("taiwan_permit", text) for text in ("12345678", "0123456701B", "1234567")),
    *(("passport", text) for text in ("E12345678", "ABCDEFGH", "AB 12345", "1")),
    *(("foreign_permanent_resident", text) for text in ("ABC110101900307", "AB110101900307")),
)
PHONES = (
    "13812345678",
    "+86 138 1234 5678",
    "138-1234-5678",
    "12812345678",
    "1381234567",
    "020-84990000",
    "abc",
)
TEMPERATURES = (
    "34.0",
    "36.5",
    "37.3",
    "37.4",
    "43.0",
    "33.9",
    "43.1",
    "99.0",
    "36",
    "36.55",
    "",
    "３６.5",
    "-36.5",
)


def sealing() -> dict[str, Any]:
    """A key as WebCrypto takes it (PKCS 8), what it opens, and its content."""
    key = ec.generate_private_key(CURVE)
    plain = json.dumps(CONTENT, ensure_ascii=False).encode()
    pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {
        "private_pkcs8": base64.b64encode(pkcs8).decode(),
        "private": b64u(key.private_numbers().private_value.to_bytes(32)),
        "public": b64u(public_point(key)),
        "id": str(ENTRY),
        "seq": SEQ,
        "sealed": sealed_to(public_point(key), plain, ENTRY, SEQ),
        "content": CONTENT,
    }


PIN, SALT, ROUNDS = "246813", b"0123456789abcdef", 1_000
DEVICE, MEMBER = UUID("01812345-6789-7abc-8def-00000000000d"), UUID("01812345-6789-7abc-8def-00000000000a")


def listed() -> dict[str, Any]:
    """A list that one PIN opens."""
    content = {"at": "2022-06-08T04:00:00+00:00", "people": [{"name": "张*"}]}
    openers = {MEMBER: list_key(PIN, SALT, ROUNDS)}
    plain = json.dumps(content, ensure_ascii=False).encode()
    return {
        "device": str(DEVICE),
        "member": {"id": str(MEMBER), "salt": b64u(SALT), "rounds": ROUNDS},
        "pin": PIN,
        "people": list_sealed(plain, openers, DEVICE),
        "content": content,
    }


GOLDEN = (
    *(date(2024, 2, 15), date(2024, 2, 16), date(2023, 2, 15), date(2022, 1, 31)),
    *(date(2022, 12, 17), date(2023, 12, 31), date(1986, 4, 25), date(1991, 9, 1)),
)
"""Base days whose isolation meets 29 February, 31 December, the first and the last summer time of Shanghai."""
SHIFTS = (
    *("1986-05-03", "1986-05-04", "1986-09-13", "1986-09-14", "1991-04-13", "1991-04-14"),
    *("1991-09-14", "1991-09-15", "2022-06-08", "2024-02-29", "2023-12-31"),
)
"""Days around the shifts of Shanghai's clocks."""
ANYBODY = Standing(
    declared_on=date(2022, 6, 1),
    unverified_since=None,
    base_on=date(2022, 6, 1),
    left_on=None,
    disposition=None,
    is_positive=False,
    coming=None,
    isolation_days=0,
    tests=0,
    tests_done=0,
    excepted_to=None,
)


def standings() -> Iterator[tuple[Standing, date]]:
    """People and days: around the end of every isolation, around an absence, with orders, tests and exceptions."""
    for base_on in GOLDEN:
        waits = replace(ANYBODY, declared_on=base_on, base_on=base_on, isolation_days=14)
        for days in (-1, 0, 1, 9, 13, 14, 15, 16):
            yield waits, base_on + timedelta(days=days)
    for left_on in (date(2024, 2, 22), date(2022, 12, 25), date(1986, 4, 30)):
        back = replace(ANYBODY, left_on=left_on, base_on=left_on, declared_on=left_on)
        for days in (AWAY_DAYS, AWAY_DAYS + 1, AWAY_DAYS + 2):
            yield back, left_on + timedelta(days=days)
            yield replace(back, declared_on=left_on + timedelta(days=1)), left_on + timedelta(days=days)
    today = date(2022, 6, 8)
    shut = replace(ANYBODY, isolation_days=21, tests=3, tests_done=1)
    for disposition in (None, *Disposition):
        for excepted_to in (None, today - timedelta(days=1), today):
            yield replace(shut, disposition=disposition, excepted_to=excepted_to), today
            yield replace(shut, is_positive=True, disposition=disposition, excepted_to=excepted_to), today
    yield replace(ANYBODY, declared_on=None, base_on=None), today
    yield replace(ANYBODY, declared_on=None, unverified_since="2022-06-08 09:30"), today
    yield replace(ANYBODY, tests=2, tests_done=2), today


def instants() -> Iterator[tuple[Standing, datetime]]:
    """People of whom a disposition begins later, a second before, at and after its instant, over midnight, too."""
    free, held = Disposition.ADMITTED, Disposition.ISOLATION
    second = timedelta(seconds=1)
    for begins_at in (datetime(2022, 6, 9, tzinfo=UTC), datetime(2022, 6, 8, 16, tzinfo=UTC)):
        for disposition, coming, is_positive in (
            (None, held, False),
            (held, free, False),
            (free, held, True),
        ):
            person = replace(ANYBODY, disposition=disposition, coming=Coming(begins_at, coming, is_positive))
            for at in (begins_at - second, begins_at, begins_at + second):
                yield person, at
                yield replace(person, is_positive=True, excepted_to=date(2022, 6, 30)), at


def entering() -> dict[str, Any]:
    """Who may enter on which day, and why not; on which day an instant lies; by what a typed number is found."""
    salt = bytes(range(16))
    numbers = (
        *(("resident_id", "110101199003071233"), ("resident_id", "11010119900307109x")),
        *(("resident_id", "110101900307123"), ("passport", "e12345678")),
        *(("hk_macao_permit", "M1234567890"), ("taiwan_permit", "0123456701B")),
    )
    return {
        "persons": [
            {
                "today": today.isoformat(),
                "person": told_of(person),
                "failing": [[one.problem.code, dict(one.numbers)] for one in failing(person, today)],
            }
            for person, today in standings()
        ],
        "instants": [
            {
                "at": at.isoformat(),
                "person": told_of(person),
                "failing": [
                    [one.problem.code, dict(one.numbers)]
                    for one in failing(person.as_of(at), at.astimezone(SHANGHAI).date())
                ],
            }
            for person, at in instants()
        ],
        "days": [
            {"at": at.isoformat(), "day": at.astimezone(SHANGHAI).date().isoformat()}
            for day in SHIFTS
            for at in _around(date.fromisoformat(day))
        ],
        "salt": b64u(salt),
        "numbers": [
            {"type": type_, "text": text, "digest": number_digest(salt, _identity(type_, text))}
            for type_, text in numbers
        ],
    }


SHANGHAI = ZoneInfo("Asia/Shanghai")


def _around(day: date) -> Iterator[datetime]:
    """Instants of a day at which its bounds can be missed by an hour."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=9)
    for minutes in (0, 29, 59, 60, 61, 90, 119, 120, 719):
        yield start + timedelta(minutes=minutes)


def _identity(type_: str, text: str) -> Identity:
    document = normalise_document(DocumentType(type_), text, today=TODAY)
    return Identity(document.doc_type, "", document.number)


def is_good(check: Callable[[str], object], text: str) -> bool:
    """Whether a text can be one."""
    try:
        check(text)
    except Refusal:
        return False
    return True


def typed() -> dict[str, Any]:
    """What may be typed of documents, phones and temperatures on a day."""
    documents = [
        {"type": type_, "text": text, "good": is_good(partial(_document, type_), text)}
        for type_, text in DOCUMENTS
    ]
    return {
        "today": TODAY.isoformat(),
        "documents": documents,
        "phones": [{"text": text, "good": is_good(normalise_phone, text)} for text in PHONES],
        "temperatures": [{"text": text, "good": is_good(temperature, text)} for text in TEMPERATURES],
    }


def _document(type_: str, text: str) -> object:
    return normalise_document(DocumentType(type_), text, today=TODAY)


READINGS = (
    (),
    ((0, "36.5", None),),
    ((0, "34.9", "forehead"),),
    ((0, "35.0", "forehead"),),
    ((0, "37.2", "forehead"),),
    ((0, "37.3", "forehead"),),
    ((0, "37.7", "forehead"), (1, "34.2", "forehead")),
    ((0, "37.7", "forehead"), (20, "34.2", "armpit")),
    ((0, "37.7", "forehead"), (20, "36.8", "armpit")),
    ((0, "37.7", "forehead"), (14, "36.8", "armpit")),
    ((0, "37.7", "forehead"), (15, "36.8", "ear")),
    ((0, "37.7", "forehead"), (20, "36.8", "forehead")),
    ((0, "37.7", None), (20, "36.8", None)),
    ((0, "37.7", None), (20, "36.8", "armpit")),
    ((0, "37.7", "armpit"), (20, "36.8", "armpit")),
    ((0, "37.7", "armpit"), (20, "36.8", "forehead")),
    ((0, "37.7", "ear"), (10, "37.5", "forehead"), (20, "36.8", "armpit")),
    ((0, "37.7", "ear"), (10, "37.5", "forehead"), (25, "36.8", "armpit")),
    ((0, "34.2", "forehead"), (1, "36.5", "forehead")),
    ((0, "36.5", "forehead"), (1, "34.2", "forehead")),
    ((958, "37.7", "forehead"), (970, "36.5", "forehead")),
    ((958, "37.7", "forehead"), (970, "36.5", "armpit")),
    ((958, "37.7", "forehead"), (973, "36.5", "armpit")),
    ((958, "37.7", "forehead"), (970, "34.2", "armpit")),
    ((958, "37.7", "forehead"), (973, "36.5", "armpit"), (2420, "36.5", "forehead")),
    ((958, "37.7", "forehead"), (3837, "36.5", "forehead")),
    ((958, "37.7", "forehead"), (3838, "36.5", "forehead")),
    ((958, "37.7", "forehead"), (3838, "34.2", "forehead")),
    ((958, "37.7", "armpit"), (3838, "36.5", "armpit")),
    ((900, "37.7", "forehead"), (970, "37.4", "ear"), (1000, "36.5", "armpit")),
)
"""Minutes after eight in the morning, so that midnight is at 960; degrees, method; in order of time. What they amount
to is said of the day of the last one."""


def of_last_day(reports: Sequence[Report]) -> Wellness:
    """What these amount to on the day of the last one."""
    days = [one.reported_at.astimezone(SHANGHAI).date() for one in reports]
    today = [one for one, day in zip(reports, days, strict=True) if day == days[-1]]
    return wellness(today, [one for one in reports if one not in today])


def temperatures() -> dict[str, Any]:
    """What readings of somebody amount to at the gate of a site; what a venue's gate states of them."""
    start = datetime(2022, 6, 8, tzinfo=UTC)
    return {
        "limits": limits(LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE, UNWELL_FROM - Decimal("0.1")),
        "readings": [
            {
                "taken": [
                    {"minutes": minutes, "degrees": text, "method": method} for minutes, text, method in one
                ],
                "amounts_to": of_last_day(
                    [
                        Report(start + timedelta(minutes=minutes), Decimal(text), (), method or "")
                        for minutes, text, method in one
                    ]
                ).value,
            }
            for one in READINGS
        ],
        "stated": {
            "limits": limits(COLDEST, HOTTEST, VENUE_NORMAL),
            "cases": [stated(*one) for one in STATED],
        },
    }


STATED = (
    (((0, "36.5", "forehead"),), (None, 0, None)),
    (((0, "34.2", "forehead"),), (None, 0, None)),
    (((0, "34.2", "forehead"), (1, "36.5", "ear")), (0, 1, None)),
    (((0, "34.2", "forehead"), (1, "34.6", "armpit"), (2, "36.5", "ear")), (0, 2, None)),
    (((0, "34.2", "forehead"), (1, "38.1", "ear")), (0, 1, None)),
    (((0, "34.2", "forehead"), (1, "38.1", "ear"), (20, "36.8", "armpit")), (0, 1, 2)),
    (((0, "38.1", "forehead"), (20, "36.8", "armpit")), (None, 0, 1)),
    (((0, "38.1", "forehead"), (5, "36.8", "armpit")), (None, 0, 1)),
    (((0, "38.1", "forehead"), (20, "34.2", "armpit")), (None, 0, 1)),
    (((0, "37.4", "armpit"), (20, "36.8", "armpit")), (None, 0, 1)),
)
"""What is read of one person at a venue's gate, and at which places of it stand what failed first, what counts and what
was read after that."""


def stated(
    taken: Sequence[tuple[int, str, str]], places: tuple[int | None, int, int | None]
) -> dict[str, Any]:
    """How the app states it, and what the server keeps of that as open."""
    failed, first, second = [None if at is None else taken[at] for at in places]
    waited = None if first is None or second is None else (second[0] - first[0]) * 60
    said = {"second_after": waited}
    for name, one in (("failed", failed), ("temperature", first), ("second", second)):
        said[name] = one and one[1]
        said["method" if name == "temperature" else f"{name}_method"] = one and one[2]
    kept = readings(said).in_order
    return {
        "taken": [{"minutes": minutes, "degrees": text, "method": method} for minutes, text, method in taken],
        "said": said,
        "is_open": kept.is_fever and not kept.is_taken_back,
        "has_failed": kept.has_failed,
    }


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "sealing": sealing,
    "documents": typed,
    "entering": entering,
    "listed": listed,
    "temperatures": temperatures,
}


def main(names: Sequence[str]) -> None:
    """Write the files."""
    TARGET.mkdir(exist_ok=True)
    for name in names or CASES:
        text = json.dumps(CASES[name](), ensure_ascii=False, indent=1) + "\n"
        (TARGET / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
