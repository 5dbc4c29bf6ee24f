"""Imports that bring the same people at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from outpost.core.crypto import ring
from outpost.people import seals, services
from outpost.people.models import Person
from outpost.people.rules import Document, DocumentType
from outpost.people.seals import PersonRow

AT = datetime(2022, 6, 8, 4, 0, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_imports_of_the_same_people_neither_fail_nor_double_anybody() -> None:
    keys = ring()
    rows = [seals.person_row(keys, Document(DocumentType.PASSPORT, f"E{n:08}"), "甄安") for n in range(2000)]

    def load(mine: list[PersonRow]) -> int:
        try:
            return services.register_people(mine, at=AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        new = list(pool.map(load, [rows, rows[::-1], rows[700:] + rows[:700], rows[::2] + rows[1::2]]))
    assert sum(new) == Person.objects.count() == 2000
