"""What is not read: bodies of strangers and bodies beyond every limit (P6)."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from outpost.testing.cast import Cast
from outpost.web.middleware import STRANGERS_BYTES

DOORS = [
    "/sign-in",
    "/sign-in/phone",
    "/search",
    "/language",
    "/large-text",
    "/me/password",
    "/nowhere",
    "/healthz",
]

pytestmark = pytest.mark.promise("P6")


class Unread(BytesIO):
    """A body that must not be touched."""

    def read(self, *_arguments: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = readlines = __iter__ = read  # type: ignore[assignment]


def post(client: Client, path: str, length: int, kind: str = MULTIPART_CONTENT) -> Any:
    stated = {"CONTENT_LENGTH": str(length), "wsgi.input": Unread()}
    return client.generic("POST", path, b"", kind, **stated)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [MULTIPART_CONTENT, "application/x-www-form-urlencoded", "text/plain"])
@pytest.mark.parametrize("path", DOORS)
def test_a_large_body_of_a_stranger_is_refused_unread(db: None, path: str, kind: str) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = post(client, path, STRANGERS_BYTES + 1, kind)
    assert answer.status_code == 401
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "path", ["/api/v1/tests", "/api/v1/vaccinations", "/api/v1/declarations", "/api/v1/nowhere"]
)
def test_a_call_without_a_token_is_refused_unread(db: None, path: str) -> None:
    assert post(Client(), path, 50 * 1024 * 1024, "application/x-ndjson").status_code in {401, 404}


def test_more_than_a_file_is_refused_unread_of_who_has_signed_in(cast: Cast, settings: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.users["town"])
    answer = post(
        client, "/files/imports/new/sentinel.staff/", settings.OUTPOST_IMPORT_MAX_BYTES + 2 * 1024 * 1024
    )
    assert answer.status_code == 413


def test_what_a_stranger_may_send_never_reaches_the_disk(db: None, settings: Any) -> None:
    assert STRANGERS_BYTES <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    body = encode_multipart(BOUNDARY, {"username": "x" * 100, "password": "y"})
    assert Client().generic("POST", "/sign-in", body, MULTIPART_CONTENT).status_code in {200, 302}
