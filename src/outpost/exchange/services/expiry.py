"""The end of what is kept only for a while: staged rows and files of imports, export files."""

from datetime import datetime, timedelta
from uuid import UUID

from outpost.core.db import held_by_this_connection
from outpost.exchange import files, staging
from outpost.exchange.models import Export, Import
from outpost.exchange.services.approvals import let_lapse
from outpost.exchange.services.checking import lock_name
from outpost.exchange.services.imports import remove_traces

IMPORT_KEPT = timedelta(days=7)
UNFINISHED = ("uploaded", "checking", "checked", "refused")


def expire(*, at: datetime) -> None:
    """Discard imports that nobody confirmed in a week, and remove files and tables past their time."""
    _expire_imports(at)
    let_lapse(at=at)
    gone = Export.objects.filter(state="ready", expires_at__lte=at)
    gone.update(state="expired")
    wanted = {
        str(key) for key in Export.objects.filter(state__in=("writing", "ready")).values_list("id", flat=True)
    }
    for path, key in files.ids_of("exports").items():
        if key not in wanted:
            path.unlink(missing_ok=True)


def forget_files(*, at: datetime) -> None:
    """After a restoration: neither the files nor what was staged of them was in the backup."""
    lost = (*UNFINISHED, "applying")
    Import.objects.filter(state__in=lost).update(state="discarded", step_started_at=at)
    Import.objects.filter(has_failure_file=True).update(has_failure_file=False)
    Export.objects.filter(state="ready").update(state="expired")


def _expire_imports(at: datetime) -> None:
    long_ago = at - IMPORT_KEPT
    for task in Import.objects.filter(step_started_at__lte=long_ago, state__in=UNFINISHED):
        with held_by_this_connection(lock_name(task.id)) as is_mine:
            if is_mine:
                Import.objects.filter(id=task.id, state__in=UNFINISHED).update(
                    state="discarded", step_started_at=at, has_failure_file=False
                )
    Import.objects.filter(step_started_at__lte=long_ago).update(has_failure_file=False)
    working = Import.objects.filter(state__in=("uploaded", "checking", "checked", "applying"))
    staged = set(working.values_list("id", flat=True))
    kept = {str(key) for key in staged} | {
        str(key) for key in Import.objects.filter(has_failure_file=True).values_list("id", flat=True)
    }
    for import_id in staging.all_ids() - staged:
        staging.drop(import_id)
    for path, key in files.ids_of("imports").items():
        if key not in kept and path.stat().st_mtime < long_ago.timestamp():
            remove_traces(UUID(key))
