"""The same bad input over HTTP, against the served pages and calls with their job worker."""

import gzip
import json
import re
import secrets
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.faults import tables
from tests.faults.installation import CATEGORY, Installation, Served
from tests.faults.tables import KINDS, a_row, write_csv, write_xlsx
from tests.faults.test_bad_input import BAD_CELLS, REFUSED, SQL_OF_ALL, is_chinese

pytestmark = pytest.mark.slow

PATIENCE = 60.0
FIRST = 8_000_000
END_WAITING = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = "
"""The first of the invented people of this file."""
KIND_NAMES = {
    kind: f"{'sentinel' if kind in {'organizations', 'staff'} else 'health'}.{kind}" for kind in KINDS
}


@pytest.fixture(scope="module")
def served(installation: Installation) -> Iterator[Served]:
    with installation.up(OUTPOST_SECOND_FACTOR="off") as found:
        yield found


@pytest.fixture(scope="module")
def officer(installation: Installation, served: Served) -> Iterator[httpx.Client]:
    """The browser of a command officer, signed in."""
    made = installation.run("user", "create", "matrix", "--json").document
    done = installation.run("user", "grant", "matrix", "--role", "command", "--scope", "everything")
    assert done.code == 0, done.err
    password = secrets.token_urlsafe(12)
    with httpx.Client(base_url=served.address, follow_redirects=True, timeout=PATIENCE) as browser:
        browser.get("/sign-in")
        submit(browser, "/sign-in", username="matrix", password=made["initial_password"])
        page = submit(browser, "/sign-in/new-password", new_password=password, repeated=password)
        assert (page.status_code, page.url.path) != (200, "/sign-in/new-password"), page.text
        yield browser


def submit(browser: httpx.Client, path: str, *, file: Path | None = None, **fields: str) -> httpx.Response:
    """Send a form as a browser does."""
    data = {**fields, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    files = {"file": (file.name, file.read_bytes())} if file else None
    return browser.post(path, data=data, files=files)


def upload(browser: httpx.Client, kind: str, path: Path) -> httpx.Response:
    """Send a file and wait for the end of its check: its page."""
    category = f"?category={CATEGORY}" if kind in {"organizations", "staff"} else ""
    page = submit(browser, f"/files/imports/new/{KIND_NAMES[kind]}/{category}", file=path)
    deadline = time.monotonic() + PATIENCE
    while page.status_code == 200 and "/progress" in page.text:
        assert time.monotonic() < deadline, page.text
        time.sleep(0.1)
        page = browser.get(page.url)
    return page


def words(page: httpx.Response) -> str:
    """What is read on the page."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.text.partition("<main")[2]).split())


@pytest.mark.promise("F2")
@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_table_is_refused_on_its_page(
    installation: Installation, officer: httpx.Client, tmp_path: Path, name: str
) -> None:
    write, _code, english, chinese = REFUSED[name]
    kind = KINDS[list(REFUSED).index(name) % len(KINDS)]
    path = write(tmp_path / "file.xlsx", kind)
    before = installation.rows(SQL_OF_ALL)
    page = upload(officer, kind, path)
    assert page.status_code == 200, page.text
    if name == "empty":  # the form says it before anything is stored
        assert "is-invalid" in page.text
        return
    for language, named in (("en", english), ("zh-hans", chinese)):
        page = officer.get(page.url, headers={"Accept-Language": language})
        assert named in words(page), words(page)
    assert installation.rows(SQL_OF_ALL) == before


@pytest.mark.promise("R4")
@pytest.mark.parametrize("kind", KINDS)
def test_bad_rows_are_counted_and_offered_back(
    installation: Installation, officer: httpx.Client, tmp_path: Path, kind: str
) -> None:
    base = FIRST + 1000 * KINDS.index(kind)
    bad = [a_row(kind, base + n, **changes) for n, (changes, _) in enumerate(BAD_CELLS[kind], 1)]
    path = write_xlsx(tmp_path / "mixed.xlsx", kind, [a_row(kind, base), *bad])
    before = installation.rows(SQL_OF_ALL)
    page = upload(officer, kind, path)
    shown = words(officer.get(page.url, headers={"Accept-Language": "en"}))
    assert f"Rows read {len(bad) + 1}" in shown, shown
    assert f"Rejected {len(bad)}" in shown
    assert "New 1" in shown
    assert installation.rows(SQL_OF_ALL) == before, "something was applied before it was confirmed"
    failures = officer.get(f"{page.url.path}failures")
    assert failures.headers["content-type"].startswith("application/vnd.openxmlformats")
    submit(officer, f"{page.url.path}confirm")
    deadline = time.monotonic() + PATIENCE
    count = f"SELECT count(*) FROM {tables.TABLES[kind]}"
    while installation.rows(count)[0][0] == dict(before)[tables.TABLES[kind]]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert installation.rows(count)[0][0] == dict(before)[tables.TABLES[kind]] + 1
    submit(officer, f"{page.url.path}confirm")  # pressed twice
    assert installation.rows(count)[0][0] == dict(before)[tables.TABLES[kind]] + 1


def test_an_unknown_category_in_the_address_is_not_taken(officer: httpx.Client, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "staff", [a_row("staff", FIRST)])
    page = submit(officer, "/files/imports/new/sentinel.staff/?category=nothing", file=path)
    assert page.status_code in {200, 404, 422}
    assert "/files/imports/new/" in page.url.path, "the file was taken"


# --- calls ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def machine(installation: Installation, served: Served) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {installation.token()}", "Content-Type": "application/x-ndjson"}
    with httpx.Client(base_url=f"{served.address}/api/v1", headers=headers, timeout=PATIENCE) as client:
        yield client


def a_line(kind: str, n: int, **changes: Any) -> dict[str, Any]:
    """A good line of a call, with some fields changed."""
    good = {
        "tests": {"record_id": f"t{n}", "sampled_at": "2022-06-01 08:30"},
        "vaccinations": {
            "record_id": f"v{n}",
            "product": tables.VACCINE,
            "dose": "1",
            "given_on": "2021-06-01",
        },
    }[kind]
    return {"source": "calls", "document_number": tables.number_of(FIRST + 500_000 + n), **good, **changes}


BAD_FIELDS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"document_number": 440106199001017777}, "ndjson.not_text"),
    ({"document_number": 4.40106199001018e17}, "ndjson.not_text"),
    ({"document_number": "4.40106E+17"}, ""),
    ({"document_number": None}, "sheets.required"),
    ({"document_number": ["x"]}, "ndjson.not_text"),
    ({"document_type": "图书证"}, ""),
    ({"record_id": "r\x00"}, "sheets.control_character"),
    ({"record_id": "r\x1b"}, "sheets.control_character"),
    ({"source": "a/b"}, ""),
    ({"record_id": ""}, "sheets.required"),
    ({"record_id": True}, "ndjson.not_text"),
    ({"record_id": "r" * 129}, "sheets.too_long"),
    ({"person_id": "x"}, "ndjson.unknown_fields"),
    ({"status": "perhaps"}, "sheets.unknown_choice"),
)


@pytest.mark.promise("R4")
@pytest.mark.parametrize("kind", ["tests", "vaccinations"])
def test_each_bad_line_is_answered_and_the_others_go_in(machine: httpx.Client, kind: str) -> None:
    full_width = tables.number_of(FIRST + 600_000).translate({ord(str(d)): 0xFF10 + d for d in range(10)})
    odd = [{"document_number": full_width}, {"record_id": "📄=1+1"}, {"name": "甄𠮷"}]
    odd += [{"name": "甄\x00测试"}, {"name": "甄\x1b测试"}]  # nobody keeps the name: it rejects no record
    lines = [a_line(kind, n, **changes) for n, changes in enumerate(odd)]
    lines += [a_line(kind, 100 + n, **changes) for n, (changes, _) in enumerate(BAD_FIELDS)]
    body = "\n".join(map(json.dumps, lines)).encode() + b'\n{"source": \xff}\n[1]\n{"a"'
    outcomes: list[dict[str, Any]] = []
    for expected in ("new", "unchanged"):
        answer = machine.post(f"/{kind}", content=body, headers={"Accept-Language": "zh-hans"})
        assert answer.status_code == 200, answer.text
        outcomes = [json.loads(line) for line in answer.text.splitlines()]
        assert [one["line"] for one in outcomes] == list(range(1, len(lines) + 4))
        assert [one["outcome"] for one in outcomes] == [expected] * 5 + ["rejected"] * (len(outcomes) - 5)
    for (_, code), one in zip(BAD_FIELDS, outcomes[5:], strict=False):
        assert one["code"] == (code or one["code"]), one
        assert is_chinese(one["message"])


def raw(served: Served, token: str, head: str, body: bytes) -> bytes:
    """What the server answers to these very bytes, when no more come."""
    parts = urlsplit(served.address)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(
            f"POST /api/v1/tests HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {token}\r\n"
            f"Content-Type: application/x-ndjson\r\nConnection: close\r\n{head}\r\n\r\n".encode()
            + body
        )
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(65536):
            answer += block
        return answer


def stored(installation: Installation, record_id: str) -> int:
    query = "SELECT count(*) FROM health_testrecord WHERE source = 'calls' AND record_id = %s"
    return int(installation.rows(query, [record_id])[0][0])


def test_a_body_without_a_length_is_never_taken_for_stored(
    installation: Installation, machine: httpx.Client
) -> None:
    """As `curl -T -` sends it, in chunks: WSGI has no end for such a body, so it must be refused, not read as empty."""
    lines = [json.dumps(a_line("tests", 1000 + n)).encode() + b"\n" for n in range(3)]
    answer = machine.post("/tests", content=iter(lines))
    assert (answer.status_code, answer.json()["code"]) == (411, "ndjson.length_required"), answer.text
    assert [stored(installation, f"t{1000 + n}") for n in range(3)] == [0, 0, 0]


def test_of_a_call_that_was_cut_off_only_what_is_stored_is_acknowledged(
    installation: Installation, served: Served, machine: httpx.Client
) -> None:
    whole, half = (json.dumps(a_line("tests", n)).encode() for n in (1100, 1101))
    body = whole + b"\n" + half[: len(half) // 2]
    head = f"Content-Length: {len(whole) + len(half) + 1}"
    answer = raw(served, machine.headers["Authorization"], head, body)
    status, _, content = answer.partition(b"\r\n")
    told = [json.loads(line)["outcome"] for line in content.splitlines() if line.startswith(b"{")]
    assert told in ([], ["new", "rejected"]) if b" 200 " in status else "new" not in told, answer
    assert stored(installation, "t1101") == 0
    if told == ["new", "rejected"]:
        assert stored(installation, "t1100") == 1


@pytest.mark.promise("R11")
@pytest.mark.parametrize("table", ["health_testrecord", "health_latestsamples", "audit_entry"])
def test_a_connection_lost_at_any_step_is_said_and_nothing_stored(
    installation: Installation, machine: httpx.Client, table: str
) -> None:
    """The steps are held by a lock of ours: the merge, the latest samples, the audit."""
    line = a_line("tests", 1300, source="lost", record_id=table)
    with installation.session() as session, ThreadPoolExecutor(1) as pool:
        with session.transaction():
            session.execute(f"LOCK TABLE {table} IN SHARE MODE")
            answer = pool.submit(machine.post, "/tests", content=json.dumps(line))
            while not answer.done():  # who waits may also be the job worker
                session.execute(f"{END_WAITING}'{table}'::regclass")
                time.sleep(0.02)
        refused = answer.result()
    assert (refused.status_code, refused.json()["code"]) == (503, "core.unavailable"), refused.text
    assert refused.headers["Retry-After"]
    assert installation.rows("SELECT FROM health_testrecord WHERE record_id = %s", [table]) == []
    again = machine.post("/tests", content=json.dumps(line))
    assert again.json()["outcome"] == "new"


def test_a_call_larger_than_allowed_is_refused_at_its_head(served: Served, machine: httpx.Client) -> None:
    body = b"{}\n" * (18 << 20)
    answer = machine.post("/tests", content=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "ndjson.too_large")


def test_packed_lines_are_not_taken_for_lines(machine: httpx.Client) -> None:
    packed = gzip.compress(json.dumps(a_line("tests", 1200)).encode())
    answer = machine.post("/tests", content=packed, headers={"Content-Encoding": "gzip"})
    assert answer.status_code in {200, 415, 422}
    if answer.status_code == 200:
        assert {json.loads(line)["outcome"] for line in answer.text.splitlines()} == {"rejected"}


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Authorization": "Bearer nothing"}, b"{}", 401),
        ({"Authorization": "Basic eDp5"}, b"{}", 401),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", 415),
        ({"Content-Type": "text/csv"}, b"a,b", 415),
        ({}, b"", 422),
        ({}, b"\n\n", 422),
        (
            {"Content-Type": "application/x-ndjson; charset=gb18030"},
            '{"source": "来源"}'.encode("gb18030"),
            200,
        ),
    ],
)
def test_what_is_no_call_has_one_shape_of_answer(
    machine: httpx.Client, headers: dict[str, str], content: bytes, status: int
) -> None:
    for language in ("en", "zh-hans"):
        answer = machine.post("/tests", content=content, headers={**headers, "Accept-Language": language})
        assert answer.status_code == status, answer.text
        if status == 200:
            assert answer.json()["outcome"] == "rejected"
        else:
            assert is_chinese(answer.json()["message"]) is (language == "zh-hans"), answer.text
