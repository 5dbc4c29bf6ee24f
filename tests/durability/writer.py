"""A client that never gives up: `python writer.py DSN ACKS [ROW_BYTES]`.

Sends one write after another, each with an id of its own. An id goes into the file ACKS only after its commit
was acknowledged. After an error the same id is sent again, as a phone or a colleague's import would.
Errors go into a file beside ACKS.
"""

import os
import sys
import time
import uuid
from pathlib import Path

import psycopg

# The effect must happen once an id, however often the id is sent.
WRITE = """
WITH fresh AS (INSERT INTO scan (id, filler) VALUES (%(id)s, %(filler)s) ON CONFLICT (id) DO NOTHING RETURNING id)
INSERT INTO effect (id) SELECT id FROM fresh
"""
SCHEMA = "CREATE TABLE scan (id uuid PRIMARY KEY, filler text); CREATE TABLE effect (id uuid)"


class Client:
    """Holds the id that is not acknowledged yet, over all connections."""

    def __init__(self, acks: Path, row_bytes: int) -> None:
        self._acks = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._filler_bytes = row_bytes // 2
        self._pending = uuid.uuid4()

    def write_all(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """Write until the connection fails."""
        while True:
            connection.execute(WRITE, {"id": self._pending, "filler": os.urandom(self._filler_bytes).hex()})
            connection.commit()
            os.write(self._acks, f"{self._pending}\n".encode())
            self._pending = uuid.uuid4()


def write(dsn: str, acks: Path, row_bytes: int) -> None:
    """Write until killed, on a new connection after each error."""
    client = Client(acks, row_bytes)
    while True:
        try:
            with psycopg.connect(dsn, connect_timeout=5) as connection:
                client.write_all(connection)
        except psycopg.Error as error:
            with acks.with_suffix(".errors").open("a") as errors:
                errors.write(f"{type(error).__name__}: {' '.join(str(error).split())}\n")
            time.sleep(0.05)


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
