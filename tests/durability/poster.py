"""A sender of facts that never gives up: `python -m tests.durability.poster ADDRESS TOKEN KIND NAME ACKS LINES`.

Sends one call of LINES lines of KIND (`tests`, `vaccinations`) after another, each line with an id of its own. The ids
go into the file ACKS, with their outcome and the time, only after the call was answered with success. After an error
the same call is sent again. What was answered instead of success goes into a file beside ACKS: its status, or `-` where
there was no answer.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.faults.tables import VACCINE, number_of

PEOPLE = 150
"""Who is met again and again. Every fifth line is of somebody of a larger circle, so that figures go on growing."""
CIRCLE = 1_500
SECONDS = 15


def lines_of(name: str, call: int, lines: int, *, kind: str) -> Iterator[Mapping[str, str]]:
    """The lines of one call: the same each time it is sent, others for each name."""
    for line in range(lines):
        number = call * lines + line + zlib.crc32(name.encode())
        is_rare = line % 5 == 4 and call > 0
        fact = a_dose(number) if kind == "vaccinations" else a_sample(number)
        person = number * 7 % (CIRCLE if is_rare else PEOPLE)
        yield {"source": name, "record_id": f"{call}-{line}", "document_number": number_of(person), **fact}


def a_sample(number: int) -> Mapping[str, str]:
    """On each day of four weeks in turn, each time at another minute."""
    minute = number // 28 % 1440
    return {"sampled_at": f"2022-06-{number % 28 + 1:02} {minute // 60:02}:{minute % 60:02}"}


def a_dose(number: int) -> Mapping[str, str]:
    """The first dose more often than the second, the second than the third."""
    dose, month = (1, 1, 1, 2, 2, 3)[number % 6], number // 6 % 12 + 1
    return {"product": VACCINE, "dose": str(dose), "given_on": f"2021-{month:02}-{number % 28 + 1:02}"}


def send(address: str, token: str, body: bytes, *, kind: str = "tests") -> list[str]:
    """The outcomes of one call. Raises OSError (HTTPError among them) where there was no success."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    request = urllib.request.Request(f"{address}/api/v1/{kind}", body, headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310
        return [json.loads(line)["outcome"] for line in response.read().splitlines()]


def body_of(name: str, call: int, lines: int, *, kind: str = "tests") -> bytes:
    """The call as it is sent."""
    return "\n".join(json.dumps(line) for line in lines_of(name, call, lines, kind=kind)).encode()


def main(address: str, token: str, kind: str, name: str, acks: Path, lines: int) -> None:
    """Send until killed."""
    told = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    refused = os.open(acks.with_suffix(".refused"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    call = 0
    while True:
        try:
            outcomes = send(address, token, body_of(name, call, lines, kind=kind), kind=kind)
        except urllib.error.HTTPError as error:
            answer = error.read().decode(errors="replace")[:200].replace("\n", " ")
            os.write(refused, f"{error.code} {error.headers['Retry-After']} {answer}\n".encode())
        except (OSError, ValueError):  # gone in the middle of its answer, or a part of an answer
            os.write(refused, b"-\n")
        else:
            at = time.time()
            ids = "".join(f"{name}/{call}-{line} {outcome} {at}\n" for line, outcome in enumerate(outcomes))
            os.write(told, ids.encode())
            call += 1
            continue
        time.sleep(0.1)


if __name__ == "__main__":
    _address, _token, _kind, _name, _acks, _lines = sys.argv[1:]
    main(_address, _token, _kind, _name, Path(_acks), int(_lines))
