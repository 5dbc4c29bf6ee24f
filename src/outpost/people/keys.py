"""Which keys this database was sealed with: a check value of each, so that no other key file is ever used on it.

Whoever takes the key file of an installation has it compared (`require_ours`, wired into `core.crypto.ring`).
A database that knows no keys yet is met by opening what it holds.
"""

from datetime import datetime

import psycopg
from django.db import connection, transaction
from psycopg.conninfo import make_conninfo

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import PREFIX, BrokenSealError, KeyRing, UnknownKeyError
from outpost.core.keyfile import FOREIGN, OUTDATED, KeyFileError
from outpost.core.known_keys import known_keys
from outpost.people.models import KeyCheck
from outpost.people.sealed_columns import columns, one_of_each_key

_CONNECT_SECONDS = 5
_PLACE = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}


def require_ours(ring: KeyRing) -> None:
    """Raise KeyFileError unless the ring holds every key that this database knows.

    Asked on a connection of its own: Django's may be in the middle of a stream or of a failed transaction.
    """
    place = {name: connection.settings_dict[key] for key, name in _PLACE.items()}
    options = {name: v for name, v in connection.settings_dict["OPTIONS"].items() if name != "pool"}
    address = make_conninfo("", **{name: value for name, value in place.items() if value}, **options)
    with psycopg.connect(address, autocommit=True, connect_timeout=_CONNECT_SECONDS) as session:
        ring.require_fit(known_keys(session))


def note_keys(ring: KeyRing, *, at: datetime) -> None:
    """Note the keys of the file that this database does not know yet. Raises KeyFileError when it is another's file."""
    known = {(one.purpose, one.version): bytes(one.value) for one in KeyCheck.objects.all()}
    ring.require_fit(known)
    if not known:
        require_opens(ring)
    KeyCheck.objects.bulk_create(
        [
            KeyCheck(purpose=purpose, version=version, value=value, added_at=at)
            for (purpose, version), value in ring.checks.items()
            if (purpose, version) not in known
        ],
        ignore_conflicts=True,
    )


def require_opens(ring: KeyRing) -> None:
    """Open one value of every sealed column and key version. Raises KeyFileError when one stays shut."""
    for column in columns():
        for _key, tail, blob in one_of_each_key(column):
            try:
                ring.open(blob, f"{column.context}:{tail}")
            except UnknownKeyError as error:
                version = int.from_bytes(blob[1:PREFIX])
                raise KeyFileError(OUTDATED, path=ring.name, versions=version) from error
            except BrokenSealError as error:
                raise KeyFileError(FOREIGN, path=ring.name) from error


def confirm_copies(ring: KeyRing, *, actor: Actor, at: datetime) -> None:
    """Note that the safe copies of the key file hold every key of today."""
    actor.require("people.rotate_keys")
    with transaction.atomic():
        note_keys(ring, at=at)
        KeyCheck.objects.filter(copied_at__isnull=True).update(copied_at=at)
        detail = {"version": max(version for _purpose, version in ring.checks)}
        audit.record("people.key_copies_confirmed", actor=actor, at=at, count=0, detail=detail)


def uncopied_versions() -> list[int]:
    """The versions of the sealing key of which nobody has confirmed yet that the safe copies hold them."""
    waiting = KeyCheck.objects.filter(purpose="sealing", copied_at__isnull=True)
    return list(waiting.order_by("version").values_list("version", flat=True))
