"""The printed heads of the chain: one line an hour, kept outside the database.

A line is `seq hash time`. Copied to another machine or printed on paper, they show a cut tail and a chain
that was rewritten as a whole, which the chain alone cannot show.
"""

from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from outpost.audit.models import AuditEntry

FILE_NAME = "audit-heads.txt"


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
    """The printed heads by number; none when nothing was printed yet. Raises ValueError for a damaged line."""
    if not path.exists():
        return {}
    heads: dict[int, str] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        seq, hash_, _time = line.split()
        heads[int(seq)] = hash_
    return heads
