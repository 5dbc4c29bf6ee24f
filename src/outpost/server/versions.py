"""Whether this version knows a database: an older one would spoil what a newer one keeps."""

from django.db.migrations.loader import MigrationLoader

from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.prepared import product_version
from outpost.server.sessions import Session

MIGRATIONS = "SELECT app || '.' || name FROM django_migrations ORDER BY app, name"
_EXISTS = "SELECT to_regclass('public.django_migrations') IS NOT NULL"


def known_migrations() -> set[str]:
    """What this version can bring a database up to."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {f"{app}.{name}" for app, name in loader.disk_migrations}


def require_not_newer(session: Session) -> None:
    """Raise ServerError for a database that a newer version has made ready. An empty one is none."""
    if session.execute(_EXISTS).fetchone() != (True,):
        return
    unknown = {name for (name,) in session.execute(MIGRATIONS).fetchall()} - known_migrations()
    if unknown:
        raise ServerError(
            _(
                "This version, {version}, is older than the database ({migration} is unknown to it). Install the newer"
                " version again, or restore a backup of this version into an empty place."
            ),
            version=product_version(),
            migration=min(unknown),
        )
