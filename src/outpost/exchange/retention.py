"""How the rows of imports and exports go. Their files are gone long before (`services.expire`)."""

from outpost.audit.purging import HEALTH, Rows
from outpost.exchange import files, staging

_OLD = "t.created_at < %(before)s AND t.state IN "


class _WithFiles(Rows):
    """Tasks whose files go with them at the end of the event."""

    def ended_files(self) -> None:
        for import_id in staging.all_ids():
            staging.drop(import_id)
        for folder in ("imports", "exports"):
            for path in files.ids_of(folder):
                path.unlink(missing_ok=True)


_OF_OLD_FILE = "EXISTS (SELECT FROM exchange_export e WHERE e.id = t.export_id AND e.created_at < %(before)s)"

ROWS = (
    Rows("files", "exchange_exportedperson", _OF_OLD_FILE, HEALTH, is_part=True),
    Rows("files", "exchange_import", f"{_OLD} ('applied', 'undone', 'discarded', 'refused')", HEALTH),
    _WithFiles("files", "exchange_export", f"{_OLD} ('declined', 'refused', 'expired')", HEALTH),
)
