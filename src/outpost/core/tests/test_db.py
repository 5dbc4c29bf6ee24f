"""How a database that cannot be had just now is told from a fault of ours."""

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError
from procrastinate.exceptions import ConnectorException

from outpost.core.db import MAYBE_GONE, is_gone

pytestmark = pytest.mark.rules

READ_ONLY = 'could not extend file "base/5/16384": Read-only file system'


def through_django(cause: psycopg.Error) -> ProgrammingError:
    """The error as Django passes it on."""
    wrapped = ProgrammingError(str(cause))
    wrapped.__cause__ = cause
    return wrapped


@pytest.mark.promise("R11")
@pytest.mark.parametrize(
    "fault",
    [
        *(OperationalError(), InterfaceError(), ConnectorException()),
        *(psycopg.OperationalError(), psycopg.InterfaceError(), psycopg.errors.DiskFull()),
        psycopg.errors.InsufficientPrivilege(READ_ONLY),
        through_django(psycopg.errors.InsufficientPrivilege(READ_ONLY)),
    ],
)
def test_a_lost_a_full_and_a_read_only_database_are_gone(fault: Exception) -> None:
    assert is_gone(fault)
    assert isinstance(fault, MAYBE_GONE)


@pytest.mark.parametrize(
    "fault",
    [
        psycopg.errors.InsufficientPrivilege("permission denied for table audit_entry"),
        through_django(psycopg.errors.InsufficientPrivilege("permission denied for table audit_entry")),
        through_django(psycopg.errors.UndefinedColumn("no column named Read-only file system")),
        ProgrammingError("Read-only file system"),
        *(ValueError("Read-only file system"), None),
    ],
)
def test_a_fault_of_ours_is_not(fault: Exception | None) -> None:
    assert not is_gone(fault)
