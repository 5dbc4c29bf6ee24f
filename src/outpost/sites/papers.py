"""Where the files of checklists lie: beside those of imports, out of the web's reach, named by the id of their row."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from outpost.core.papers.cleaning import Paper, cleaned
from outpost.core.papers.rules import PAPER
from outpost.core.papers.scanner import scan
from outpost.exchange import files
from outpost.exchange.files import Stored
from outpost.sites.models.prevention import Checklist

FOLDER = "papers"
_FRESH = timedelta(hours=1)  # an upload has its row by then


def largest() -> int:
    """The most bytes that are taken."""
    return min(PAPER.file_bytes, settings.OUTPOST_IMPORT_MAX_BYTES)


def paper_file(checklist_id: UUID) -> Path:
    """The file of a version, as it is kept."""
    return files.folder(FOLDER) / str(checklist_id)


def keep(checklist_id: UUID, chunks: Iterable[bytes]) -> tuple[Paper, Stored]:
    """Take in what was sent, look at it, and store what may be kept of it; what came is gone. Raises Refusal."""
    sent = files.folder(FOLDER) / f"{checklist_id}.sent"
    files.store(sent, chunks, limit=largest())
    try:
        scan(sent, settings.OUTPOST_SCANNER)
        paper = cleaned(sent)
        return paper, files.store(paper_file(checklist_id), [paper.content], limit=len(paper.content))
    finally:
        sent.unlink(missing_ok=True)


def forget(checklist_id: UUID) -> None:
    """Remove the file of a version."""
    paper_file(checklist_id).unlink(missing_ok=True)


def sweep(*, at: datetime) -> None:
    """Remove every file without a row: of versions that were purged, of uploads that were cut off."""
    known = {str(one) for one in Checklist.objects.values_list("id", flat=True)}
    for path in files.ids_of(FOLDER):
        is_fresh = path.stat().st_mtime > (at - _FRESH).timestamp()
        if path.name not in known and not is_fresh:
            path.unlink(missing_ok=True)
