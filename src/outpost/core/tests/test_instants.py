"""Instants come from the database by the reader of ours, wherever they stand."""

from unittest.mock import patch

import pytest

from outpost.config.postgresql.base import InstantLoader
from outpost.core.db import rows_of


@pytest.mark.django_db
def test_instants_come_by_ours_in_arrays_too() -> None:
    with patch.object(InstantLoader, "load", lambda _self, _data: "ours"):
        rows = rows_of("SELECT '2022-06-08'::timestamptz, ARRAY['2022-06-08'::timestamptz]")
    assert rows == [("ours", ["ours"])]
