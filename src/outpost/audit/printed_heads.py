"""The printed heads of the chain: one line an hour, kept outside the database.

A line is `seq hash time`. Copied to another machine or printed on paper, they show a cut tail and a chain
that was rewritten as a whole, which the chain alone cannot show.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from outpost.audit.errors import HEADS_DAMAGED
from outpost.audit.models import AuditEntry
from outpost.core.errors import Refusal

FILE_NAME = "audit-heads.txt"
LINE = re.compile(r"(?P<seq>[1-9][0-9]*) (?P<hash>[0-9a-f]{64}) \S+")


def heads_file() -> Path:
    """Where this installation prints its heads."""
    return Path(settings.OUTPOST_DATA) / FILE_NAME


def print_head(path: Path, *, at: datetime) -> str:
    """Append the newest entry's number and hash to the file; returns the line, empty while nothing is recorded."""
    last = AuditEntry.objects.order_by("-seq").values_list("seq", "hash").first()
    if last is None:
        return ""
    line = f"{last[0]} {last[1]} {at.astimezone(UTC).isoformat(timespec='seconds')}"
    with path.open("a", encoding="ascii") as file:
        file.write(line + "\n")
    return line


def read_heads(path: Path) -> dict[int, str]:
    """The printed heads by number; none when nothing was printed yet. Raises HEADS_DAMAGED with the line."""
    if not path.exists():
        return {}
    heads: dict[int, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        match = LINE.fullmatch(line)
        if match is None:
            raise Refusal(HEADS_DAMAGED, number=number)
        heads[int(match["seq"])] = match["hash"]
    return heads
