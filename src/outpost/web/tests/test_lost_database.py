"""Pages while the database is away: 503 in the reader's language, without asking it again, one line in the log."""

import logging
from collections.abc import Iterator
from unittest.mock import patch

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from procrastinate.exceptions import ConnectorException

from outpost.config.settings import LOGGING
from outpost.core.logs import BriefFilter
from outpost.testing.cast import Cast

SAID = {"en": "The database cannot be reached just now.", "zh-hans": "数据库暂时无法连接"}


@pytest.fixture
def page(client: Client, cast: Cast) -> Iterator[Client]:
    """The browser of a signed-in officer, when the database has just gone away."""
    client.force_login(cast.users["command"])
    client.raise_request_exception = False
    with patch.object(connection, "cursor", side_effect=OperationalError("connection refused\n is it up?")):
        yield client


@pytest.mark.promise("R11")
@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("path", ["/me", "/sentinel/staff", "/", "/sign-in", "/nowhere", "/metrics"])
def test_a_page_says_so_in_the_readers_language(page: Client, path: str, language: str) -> None:
    answer = page.get(path, headers={"accept-language": language})
    if path in {"/sign-in", "/nowhere"} and answer.status_code in {200, 404}:
        return  # they may need no database at all
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert f'<html lang="{language}"' in answer.content.decode()
    assert SAID[language] in answer.content.decode()
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.promise("R11")
def test_it_is_one_line_of_the_log(page: Client, caplog: pytest.LogCaptureFixture) -> None:
    page.get("/me")
    (line,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert line.exc_info is None
    assert line.getMessage().startswith(
        "Service Unavailable: /me (OperationalError: connection refused is it up?"
    )
    assert "\n" not in line.getMessage()


@pytest.mark.rules
@pytest.mark.parametrize(
    "fault",
    [InterfaceError, psycopg.OperationalError, psycopg.InterfaceError, ConnectorException, OperationalError],
)
def test_every_way_in_which_it_shows_is_brief(fault: type[Exception]) -> None:
    assert "brief" in LOGGING["handlers"]["stderr"]["filters"]
    record = logging.LogRecord(
        "django.request", logging.ERROR, "", 0, "%s", ("page",), (fault, fault(), None)
    )
    assert BriefFilter().filter(record)
    assert record.exc_info is None


@pytest.mark.rules
def test_another_fault_keeps_its_trace() -> None:
    fault = ValueError("ours")
    record = logging.LogRecord(
        "django.request", logging.ERROR, "", 0, "%s", ("page",), (ValueError, fault, None)
    )
    assert BriefFilter().filter(record)
    assert record.exc_info
    assert record.getMessage() == "page"
