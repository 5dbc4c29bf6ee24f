"""Which database a command talks to: the given one, or the embedded one for as long as it is needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outpost.config.env import Env
from outpost.server.embedded import EmbeddedPostgres
from outpost.server.provision import Role


@contextmanager
def database_address(env: Env, data: Path, *, role: Role) -> Iterator[str]:
    """Give the address of the database in this role; the embedded server runs at least as long as the block.

    `outpost up` may be running on the same directory: then its server is used and left to it. With
    DATABASE_URL set nothing is started; `owner` and `lane` have addresses of their own where those are set.
    Raises ServerError when the embedded server cannot be started.
    """
    if env.database_url:
        own = {"owner": env.database_owner_url, "lane": env.database_lane_url}
        yield own.get(role) or env.database_url
        return
    with EmbeddedPostgres(data, account=env.database_user or None) as server:
        yield server.dsn(role)
