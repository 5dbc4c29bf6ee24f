"""An import in one go, for the command line: check and apply without a stop between."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from outpost.core.actor import Actor
from outpost.core.db import held_by_this_connection
from outpost.core.errors import Refusal, problem_of
from outpost.core.sheets.limits import OPERATOR
from outpost.exchange import errors, files
from outpost.exchange.check_worker import Broken
from outpost.exchange.models import Import
from outpost.exchange.services.applying import apply_import
from outpost.exchange.services.checking import check_import, lock_name
from outpost.exchange.services.imports import move, refuse, remove_traces, upload

_JUST_BEGUN = timedelta(minutes=1)  # its file is stored, its lock not taken yet


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of an import: `read = new + replaced + unchanged + rejected`. `failures`: the workbook, if any."""

    import_id: UUID
    read: int
    new: int
    replaced: int
    unchanged: int
    rejected: int
    duplicates: int
    lines: int
    concerned: int | None
    warnings: Mapping[str, int]
    failures: Path | None

    def summary(self) -> str:
        """The same in words, a line each."""
        lines = [
            _("{read} rows read: {new} new, {replaced} replaced, {unchanged} unchanged, {rejected} rejected.")
        ]
        if self.concerned is not None:
            lines.append(_("They are about {concerned} people of the ledger."))
        if self.duplicates:
            lines.append(_("{duplicates} rows have a later row with the same key, which counts."))
        lines += [f"{problem_of(code).render()} ×{n}" for code, n in self.warnings.items()]
        if self.failures:
            lines.append(_("The rejected rows and the reasons: {failures}"))
        return "\n".join(lines).format(**asdict(self))


def run_import(
    path: Path, *, kind: str, params: Mapping[str, str], actor: Actor, at: datetime
) -> ImportResult:
    """Import a file of the operator's own (larger ones are allowed than in an upload); good rows go in.

    Raises Refusal when the file as a whole is refused or its check was cut off; nothing is taken over then.
    """
    chunks = files.chunks_of(path)
    task = upload(
        chunks,
        path.name,
        kind=kind,
        params=params,
        actor=actor,
        at=at,
        limit=OPERATOR.file_bytes,
        is_queued=False,
    )
    with held_by_this_connection(lock_name(task.id)):  # from beginning to end: a live one is not cut off
        _check(task.id, at)
        _raise_refusal(task.id)
        with transaction.atomic():
            move(Import.objects.select_for_update().get(id=task.id), to="applying", when=("checked",), at=at)
        apply_import(task.id, at=at)
        _raise_refusal(task.id)
    done = Import.objects.get(id=task.id)
    return ImportResult(
        import_id=done.id,
        read=done.read,
        new=done.new,
        replaced=done.replaced,
        unchanged=done.unchanged,
        rejected=done.rejected,
        duplicates=done.duplicates,
        lines=done.lines or 0,
        concerned=done.concerned,
        warnings=done.warnings,
        failures=files.failure_file(done.id) if done.has_failure_file else None,
    )


def end_cut_off(*, at: datetime) -> list[UUID]:
    """End the imports of the command line whose process has died: nobody will go on with them, and nothing was taken
    over. What was staged of them goes. Returns which they were.
    """
    found = Import.objects.filter(
        owner__isnull=True,
        state__in=("uploaded", "checking", "checked", "applying"),
        step_started_at__lte=at - _JUST_BEGUN,
    )
    return [import_id for import_id in found.values_list("id", flat=True) if _ended(import_id, at)]


def _ended(import_id: UUID, at: datetime) -> bool:
    """Whether it was cut off; not while its process lives, which holds its lock."""
    with held_by_this_connection(lock_name(import_id)) as is_mine:
        if is_mine:
            remove_traces(import_id)
            refuse(Import.objects.get(id=import_id), Refusal(errors.KILLED), at=at)
        return is_mine


def _check(import_id: UUID, at: datetime) -> None:
    """Check in this process. No job will try it again, so a check that was cut off ends refused."""
    try:
        check_import(import_id, at=at, is_previewed=False)
    except Broken:
        remove_traces(import_id)
        refuse(Import.objects.get(id=import_id), Refusal(errors.CUT_OFF), at=at)


def _raise_refusal(import_id: UUID) -> None:
    refusal = Import.objects.values_list("refusal", flat=True).get(id=import_id)
    if refusal:
        raise Refusal(problem_of(refusal["code"]), **refusal["fields"])
