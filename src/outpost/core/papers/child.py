"""The child in which papers are opened (`python -m outpost.core.papers.child`): little memory, little time, no secrets.

It gets the file as standard input and its limits as one JSON argument, and answers one line of JSON on standard output,
{"kind", "pages"} or {"code", "fields"}; behind it a picture as it is kept. Without the line the child has died.
"""

import os
import resource
import sys
import zipfile
from typing import Any, BinaryIO

import orjson

from outpost.core.papers.pdf import pages_of
from outpost.core.papers.pictures import redrawn
from outpost.core.papers.rules import HEAD, PaperKind, PaperLimits, Unsafe, kind_of


def main(request: bytes, file: BinaryIO, out: BinaryIO) -> None:
    """Answer for one file."""
    limits = PaperLimits(**orjson.loads(request))
    _confine(limits)
    try:
        found, content = _opened(file, limits)
    except Unsafe as refused:
        found, content = {"code": refused.code, "fields": refused.fields}, b""
    except MemoryError:
        found, content = {"code": "papers.too_heavy", "fields": {}}, b""
    out.write(orjson.dumps(found) + b"\n" + content)


def _opened(file: BinaryIO, limits: PaperLimits) -> tuple[dict[str, Any], bytes]:
    kind = kind_of(file.read(HEAD))
    if zipfile.is_zipfile(file):
        raise Unsafe("papers.two_files")
    file.seek(0)
    if kind is PaperKind.PDF:
        return {"kind": kind, "pages": pages_of(file.read(), limits)}, b""
    return {"kind": kind, "pages": 1}, redrawn(file, kind, limits)


def _confine(limits: PaperLimits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    with os.fdopen(0, "rb") as source, os.fdopen(1, "wb") as sink:
        main(sys.argv[1].encode(), source, sink)
