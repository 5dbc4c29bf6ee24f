"""Hostile text in every field and filter: never a server error, never markup of somebody else's (W1)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from outpost.fields.specs import FieldSpec
from outpost.sentinel.models import Enrolment
from outpost.sentinel.services import category_fields, organizations, staff
from outpost.testing.cast import NOON
from tests.security.crawl import Answer, Crawl, FormSeen, route_of
from tests.security.world import NEAR, SYSTEM, World, id_number

pytestmark = pytest.mark.promise("W1")

MARKUP = '"><img src=x onerror=alert(31337)><script>alert(31337)</script>'
TEMPLATE = "{{31337*3}}{% now 'Y' %}${31337*3}"
CORPUS = {
    "sql": "' OR 1=1; DROP TABLE sentinel_staffmember; --",
    "markup": MARKUP,
    "template": TEMPLATE,
    "format": "../../../../etc/passwd%s%n{0}{actor}%(x)s",
    "control": "a\x01\x0b\x1f\x7f\x85b\r\nSet-Cookie: x=1",
    "nul": "a\x00b",
    "emoji": "👩‍👩‍👧‍👦\U0010ffff\u202egnp.exe\u2066\u200b\ufeff",
    "long": "长" * 20_000,
    "number": "9" * 400,
    "float": "NaN",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
}
RAW = ("<img src=x", "<script>alert", "94011", "onerror=alert(31337)>")


def reflected(text: str) -> list[str]:
    """What a browser or a template engine would have run."""
    return [raw for raw in RAW if raw in text]


def forms_of(answers: list[Answer]) -> Iterator[tuple[str, FormSeen]]:
    """Each different form once, with the page that it stands on."""
    seen = set()
    for answer in answers:
        for form in answer.forms:
            path = urlsplit(urljoin(answer.url, form.action)).path
            fields = tuple(sorted({*form.values, *form.options}))
            kind = (route_of(path), form.method, fields)
            if kind not in seen and "sign-out" not in path:
                seen.add(kind)
                yield answer.url, form


def submit(client: Client, page: str, form: FormSeen, text: str) -> Any:
    """Send a form with the text in all of its fields."""
    names = {*form.values, *form.options} - {"csrfmiddlewaretoken", "next", "private"}
    data: dict[str, Any] = {**form.values, **dict.fromkeys(names, text)}
    data.pop("csrfmiddlewaretoken", None)
    if form.values.get("private"):
        data["private"] = "phone"
    target = urljoin(page, form.action) if form.action else page
    if form.method == "get":
        return client.get(target.split("?")[0], data)
    if "file" in names:
        data["file"] = SimpleUploadedFile(text[:200].replace("\x00", "") or "x", text.encode(), "text/csv")
    return client.post(target, data)


# The officer meets the whole corpus, the others what has most often broken a form.
CASES = [("command", name) for name in CORPUS]
CASES += [
    (who, name) for who in ("principal", "security", "anonymous") for name in ("markup", "nul", "number")
]


@pytest.mark.parametrize(("who", "name"), CASES)
def test_no_form_breaks_or_runs_it(crawl: Crawl, world: World, who: str, name: str) -> None:
    client, count = world.browser(who), 0
    for page, form in forms_of(crawl.of(who)):
        with transaction.atomic():
            answer = submit(client, page, form, CORPUS[name])
            count += 1
            assert answer.status_code < 500, (page, form.action)
            assert "Set-Cookie: x" not in str(answer.headers), (page, form.action)
            if answer.status_code in (301, 302):
                answer = client.get(answer["Location"])
                assert answer.status_code < 500, (page, form.action)
            if not answer.streaming:
                assert reflected(answer.content.decode()) == [], (page, form.action)
            transaction.set_rollback(True)
        if who != "anonymous":
            client.cookies["sessionid"] = world.sessions[who]
    assert count >= (1 if who == "anonymous" else 5)


LISTS = (
    "/sentinel/staff/",
    "/sentinel/organizations/",
    "/sentinel/due/",
    "/sentinel/compliance/cast-cold",
    "/sentinel/statistics/staff",
    "/sentinel/statistics/samples",
    "/sentinel/statistics/organizations",
    "/files/",
)
PAGES = (*LISTS, "/sentinel/compliance/", "/sentinel/statistics/tests", "/sentinel/statistics/vaccination")
NAMES = (
    *(
        "sort",
        "size",
        "page",
        "category",
        "town",
        "grid",
        "on",
        "first",
        "last",
        "by",
        "kind",
        "state",
        "organization",
    ),
    *("recency", "dose", "duty", "phone", "name", "document", "field.note", "with_empty", "no-such"),
)


@pytest.mark.parametrize("name", CORPUS)
def test_no_query_breaks_a_page(world: World, name: str) -> None:
    client, text = world.browser("command"), CORPUS[name][:2000]
    client.cookies["columns_staff"] = "name.no-such.<script>"
    for page in PAGES:
        for names in (*(NAMES[n : n + 5] for n in range(0, len(NAMES), 5)), NAMES):
            answer = client.get(page, dict.fromkeys(names, text), follow=True)
            assert answer.status_code < 500, (page, names)
            assert reflected(answer.content.decode()) == [], (page, names)


@pytest.mark.parametrize("name", CORPUS)
def test_no_call_breaks(world: World, name: str) -> None:
    machine, text = world.machine("command"), CORPUS[name][:2000]
    for call in ("compliance", "test-statistics", "vaccination-statistics"):
        for param in ("date", "category", "by", "from", "to", "all"):
            answer = machine.get(f"/api/v1/sentinel/{call}", {param: text})
            assert answer.status_code in (200, 422), (call, param)
            assert "html" not in answer["Content-Type"]


@pytest.mark.parametrize("path", ["/files/imports/new/{}/", "/files/exports/new/{}/", "/health/products/{}"])
@pytest.mark.parametrize("name", ["sql", "markup", "template", "control", "nul", "emoji"])
def test_no_address_breaks(world: World, path: str, name: str) -> None:
    answer = world.browser("command").get(path.format(CORPUS[name].replace("/", "")))
    assert answer.status_code in (400, 404)
    assert reflected(answer.content.decode()) == []


@pytest.fixture
def marked(world: World) -> Enrolment:
    """An enterprise and its staff whose stored texts are markup."""
    for audience in ("organization", "staff"):
        field = FieldSpec("evil", f"{MARKUP[:40]}{audience}", "text")
        category_fields.set_field("cast-cold", audience, field, actor=SYSTEM, at=NOON)
    enrolment = organizations.add_organization(
        "cast-cold",
        {
            "name": MARKUP,
            "town": NEAR.town,
            "address": TEMPLATE + MARKUP,
            "principal_name": NEAR.principal.name,
            "principal_phone": "13802007777",
            "evil": MARKUP,
        },
        actor=SYSTEM,
        at=NOON,
    )
    stated = {
        "name": NEAR.people[0].name,
        "phone": "13902117777",
        "document_number": id_number(777),
        "address": MARKUP,
        "job_type": MARKUP[:60],
        "evil": TEMPLATE + MARKUP,
    }
    staff.add_staff(enrolment.id, stated, actor=SYSTEM, at=NOON)
    return enrolment


def test_stored_text_is_shown_as_text(world: World, marked: Enrolment) -> None:
    client = world.browser("command")
    member = marked.staff.get()
    pages = [
        *(reverse(f"sentinel:{name}") for name in ("staff", "organizations", "due", "today", "new_staff")),
        *(
            reverse(f"sentinel:{name}", args=[marked.id])
            for name in ("organization", "edit_organization", "add_staff")
        ),
        *(reverse(f"sentinel:{name}", args=[member.id]) for name in ("staff_member", "edit_staff")),
        reverse("sentinel:category", args=["cast-cold"]),
        reverse("exchange:new_import", args=["sentinel.staff"]) + "?category=cast-cold",
    ]
    seen = 0
    for page in pages:
        for query in ("", "?category=cast-cold&duty=all"):
            answer = client.get(page + query.replace("?", "&" if "?" in page else "?"))
            assert answer.status_code in (200, 302), page
            assert reflected(answer.content.decode()) == [], page
            seen += "&lt;img src=x" in answer.content.decode()
    assert seen >= 8
