"""A sender of test records that never gives up: `python -m tests.durability.poster ADDRESS TOKEN NAME ACKS LINES`.

Sends one call of LINES lines after another, each line with an id of its own. The ids go into the file ACKS, with their
outcome and the time, only after the call was answered with success. After an error the same call is sent again. What
was answered instead of success goes into a file beside ACKS: its status, or `-` where there was no answer.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.faults.tables import number_of

PEOPLE = 150
SECONDS = 15


def lines_of(name: str, call: int, lines: int) -> Iterator[Mapping[str, str]]:
    """The lines of one call: the same each time it is sent."""
    for line in range(lines):
        number = call * lines + line
        yield {
            "source": name,
            "record_id": f"{call}-{line}",
            "document_number": number_of(number * 7 % PEOPLE),
            "sampled_at": f"2022-06-{number % 28 + 1:02} {number % 24:02}:{number % 60:02}",
        }


def send(address: str, token: str, body: bytes) -> list[str]:
    """The outcomes of one call. Raises OSError (HTTPError among them) where there was no success."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    request = urllib.request.Request(f"{address}/api/v1/tests", body, headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310
        return [json.loads(line)["outcome"] for line in response.read().splitlines()]


def body_of(name: str, call: int, lines: int) -> bytes:
    """The call as it is sent."""
    return "\n".join(json.dumps(line) for line in lines_of(name, call, lines)).encode()


def main(address: str, token: str, name: str, acks: Path, lines: int) -> None:
    """Send until killed."""
    told = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    refused = os.open(acks.with_suffix(".refused"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    call = 0
    while True:
        try:
            outcomes = send(address, token, body_of(name, call, lines))
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
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), int(sys.argv[5]))
