"""Pages of the shell through the whole middleware: headers, languages, errors, switches."""

import logging
import re
from unittest.mock import patch

import psycopg
import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import translation
from pytest_django.fixtures import Settings

from outpost.core import outage
from outpost.core.errors import Problem, Refusal
from outpost.core.keyfile import KeyFileError
from outpost.core.logs import BriefFilter
from outpost.web.errors import TEXTS, error_page
from outpost.web.middleware import RefusalMiddleware
from outpost.web.views import csrf_failure

PAGES = ["/list", "/list?empty=1", "/form", "/overview", "/sign-in", "/nowhere", "/healthz"]


@pytest.mark.promise("W2")
@pytest.mark.parametrize("page", PAGES)
def test_every_answer_carries_the_headers(gallery_client: Client, page: str) -> None:
    headers = gallery_client.get(page, secure=True).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "microphone=()" in headers["Permissions-Policy"]


@pytest.mark.promise("W2")
@pytest.mark.parametrize("page", PAGES)
def test_nothing_inline_and_nothing_from_outside(gallery_client: Client, page: str) -> None:
    html = gallery_client.get(page).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", html)
    assert "<c-" not in html
    assert "{%" not in html


@pytest.mark.parametrize("page", ["/list", "/form", "/overview", "/sign-in"])
def test_pages_speak_both_languages(gallery_client: Client, page: str) -> None:
    chinese = gallery_client.get(page, headers={"accept-language": "zh-CN"}).content.decode()
    english = gallery_client.get(page, headers={"accept-language": "en"}).content.decode()
    assert '<html lang="zh-hans"' in chinese
    assert '<html lang="en"' in english
    assert "English" in chinese
    assert "Outpost 哨点" in chinese
    assert "中文" in english


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("status", sorted(TEXTS))
def test_each_error_says_what_happened_and_what_to_do(status: int, language: str) -> None:
    with translation.override(language):
        response = error_page(RequestFactory().get("/"), status)
        assert response.status_code == status
        assert str(TEXTS[status].title) in response.content.decode()
        assert str(TEXTS[status].advice) in response.content.decode()


def test_an_unlisted_status_falls_back_to_its_family() -> None:
    assert "<h1>" in error_page(RequestFactory().get("/"), 418).content.decode()
    assert error_page(RequestFactory().get("/"), 503)["Retry-After"] == "30"


@pytest.mark.promise("T1")
def test_missing_and_forbidden_objects_give_the_same_bytes(gallery_client: Client) -> None:
    answers = [gallery_client.get(page) for page in ("/forbidden", "/nowhere", "/nowhere/else?x=1")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1


def test_a_refusal_shows_its_reason_and_other_errors_pass() -> None:
    middleware = RefusalMiddleware(lambda request: error_page(request, 500))
    request = RequestFactory().get("/")
    full = Problem("web.full", 409, "The tube holds {n} people already.")
    response = middleware.process_exception(request, Refusal(full, n=10))
    assert response is not None
    assert response.status_code == 409
    assert "The tube holds 10 people already." in response.content.decode()
    assert middleware.process_exception(request, ValueError("x")) is None


def test_reasons_are_escaped() -> None:
    html = error_page(RequestFactory().get("/"), 422, "<script>alert(1)</script>").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html


def test_alive_and_ready(gallery_client: Client, db: None) -> None:
    assert gallery_client.get("/healthz").json() == {"status": "ok"}
    assert gallery_client.get("/readyz").status_code == 200
    with patch.object(connection, "cursor", side_effect=OperationalError):
        assert gallery_client.get("/readyz").status_code == 503
        assert gallery_client.get("/healthz").status_code == 200


def test_a_full_disk_and_a_wrong_key_file_are_not_ready(
    gallery_client: Client, db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    with monkeypatch.context() as full:
        full.setattr(outage, "FULL", 1 << 60)
        told = gallery_client.get("/readyz")
        assert (told.status_code, told.json()["disk"]) == (503, "full")
    settings.OUTPOST_KEY_FILE = settings.OUTPOST_DATA / "none.json"
    told = gallery_client.get("/readyz")
    assert (told.status_code, told.json()["keys"]) == (503, "not usable")


def test_an_outage_is_said_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk was called a database that cannot be reached, in pages and log."""
    away, keys = OperationalError("gone"), KeyFileError("lost")
    full = OperationalError("could not extend file")
    full.__cause__ = psycopg.errors.DiskFull("could not extend file: No space left on device")
    assert [outage.outage_text(fault) for fault in (away, full, keys)] == [
        outage.AWAY,
        outage.DISK_FULL,
        outage.KEYS,
    ]
    assert outage.outage_text(ValueError("ours")) == ""
    record = logging.makeLogRecord({"msg": "GET /", "exc_info": (type(full), full, None)})
    assert BriefFilter().filter(record)
    assert record.getMessage().startswith("GET / (OperationalError: the disk is full: ")
    monkeypatch.setattr(outage, "FULL", 1 << 60)
    assert outage.outage_text(away) == outage.DISK_FULL


def test_large_text_switches_on_and_off(gallery_client: Client) -> None:
    assert 'class="large-text"' not in gallery_client.get("/overview").content.decode()
    gallery_client.post("/large-text", {"next": "/overview"})
    assert 'class="large-text"' in gallery_client.get("/overview").content.decode()
    assert 'class="large-text"' in gallery_client.get("/nowhere").content.decode()
    gallery_client.post("/large-text", {"next": "/overview"})
    assert 'class="large-text"' not in gallery_client.get("/overview").content.decode()


def test_language_switch_is_remembered(gallery_client: Client) -> None:
    gallery_client.post("/language", {"language": "en", "next": "/overview"})
    assert '<html lang="en"' in gallery_client.get("/overview").content.decode()


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_switches_never_lead_outside(gallery_client: Client, address: str) -> None:
    assert gallery_client.post("/large-text", {"next": address})["Location"] == "/"


@pytest.mark.promise("T7")
def test_a_search_for_a_person_leaves_no_identity_in_the_address(gallery_client: Client) -> None:
    answer = gallery_client.post(
        "/search",
        {"next": "/list", "private": "search", "search": " 13812345678 ", "state": "bad", "size": "20"},
    )
    address = answer["Location"]
    assert address.startswith("/list?")
    assert "138" not in address
    assert "state=bad" in address
    assert "next=" not in address
    page = gallery_client.get(address).content.decode()
    assert 'value="13812345678"' in page


def test_an_empty_search_is_the_plain_list(gallery_client: Client) -> None:
    assert (
        gallery_client.post("/search", {"next": "/list", "private": "search", "search": ""})["Location"]
        == "/list"
    )


def test_a_stale_form_leads_back_to_its_page_and_says_so(gallery_client: Client) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post("/form", {"name": "typed"})
    assert (answer.status_code, answer["Location"]) == (302, "/form#unsaved")
    assert "typed" not in str(answer.cookies)
    page = client.get("/form")
    assert page.status_code == 200
    assert "older than the last sign-in" in page.content.decode()
    elsewhere = client.post("/form", headers={"referer": "http://testserver/list?page=2"})
    assert elsewhere["Location"] == "/list?page=2#unsaved"


def test_a_form_of_a_browser_without_cookies_is_told_what_to_do() -> None:
    request: HttpRequest = RequestFactory().post("/")
    answer = csrf_failure(request, reason="secret reason")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?cookies=none")
    assert "secret" not in answer.content.decode()


def test_a_part_of_a_page_stays_as_it_was() -> None:
    request: HttpRequest = RequestFactory().post("/", headers={"hx-request": "true"})
    assert csrf_failure(request, reason="secret reason").status_code == 403
