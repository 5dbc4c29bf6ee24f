"""Hostile text in every field and filter: never a server error, never markup of somebody else's (W1)."""

from collections.abc import Iterator
from contextlib import contextmanager
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

pytestmark = [pytest.mark.promise("W1"), pytest.mark.usefixtures("bare_answers")]

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
    """Each different form that is sent once, with the page that it stands on. A form that closes a dialog never is."""
    seen = set()
    for answer in answers:
        for form in answer.forms:
            path = urlsplit(urljoin(answer.url, form.action)).path
            fields = tuple(sorted({*form.values, *form.options}))
            kind = (route_of(path), form.method, fields)
            if kind not in seen and "sign-out" not in path and form.method != "dialog":
                seen.add(kind)
                yield answer.url, form


def typed_in(form: FormSeen) -> set[str]:
    """The fields that take a text of anybody's."""
    return {*form.values, *form.options} - {"csrfmiddlewaretoken", "next", "private"}


def submit(client: Client, page: str, form: FormSeen, text: str) -> Any:
    """Send a form with the text in all of its fields."""
    names = typed_in(form)
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


@contextmanager
def undone() -> Iterator[None]:
    """What is written meanwhile is taken back, so that no limit of a day is reached by the text before."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# The officer meets the whole corpus, the others what has most often broken a form.
MET_BY = {
    "command": tuple(CORPUS),
    **dict.fromkeys(("principal", "security", "anonymous"), ("markup", "nul", "number")),
}


@pytest.mark.parametrize("who", MET_BY)
def test_no_form_breaks_or_runs_it(crawl: Crawl, world: World, who: str) -> None:
    forms = list(forms_of(crawl.of(who)))
    assert len(forms) >= (1 if who == "anonymous" else 5)
    found = []
    for name in MET_BY[who]:
        client = world.browser(who)
        for page, form in forms:
            if name != MET_BY[who][0] and not typed_in(form):
                continue  # a button alone: sent once
            with undone():
                found += [(name, page, form.action, why) for why in wrongs(client, page, form, CORPUS[name])]
            if who != "anonymous":
                client.cookies["sessionid"] = world.sessions[who]
    assert found == []


def wrongs(client: Client, page: str, form: FormSeen, text: str) -> Iterator[str]:
    """What is wrong with the answer to a form full of the text, and with the page that it leads to."""
    answer = submit(client, page, form, text)
    if "Set-Cookie: x" in str(answer.headers):
        yield "a header of its own"
    if answer.status_code in (301, 302):
        answer = client.get(answer["Location"])
    yield from broken(answer)


def broken(answer: Any) -> Iterator[str]:
    """A failure of ours, or a text that runs."""
    if answer.status_code >= 500:
        yield f"status {answer.status_code}"
    if not answer.streaming:
        yield from reflected(answer.content.decode())


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


def test_no_query_breaks_a_page(world: World) -> None:
    found = []
    for name, text in CORPUS.items():
        client = world.browser("command")
        client.cookies["columns_staff"] = "name.no-such.<script>"
        with undone():
            found += [
                (name, page, names, why)
                for page in PAGES
                for names in (*(NAMES[n : n + 5] for n in range(0, len(NAMES), 5)), NAMES)
                for why in broken(client.get(page, dict.fromkeys(names, text[:2000]), follow=True))
            ]
    assert found == []


def test_no_call_breaks(world: World) -> None:
    found = []
    for name, text in CORPUS.items():
        machine = world.machine("command")
        with undone():
            for call in ("compliance", "test-statistics", "vaccination-statistics"):
                for param in ("date", "category", "by", "from", "to", "all"):
                    answer = machine.get(f"/api/v1/sentinel/{call}", {param: text[:2000]})
                    if answer.status_code not in (200, 422) or "html" in answer["Content-Type"]:
                        found.append((name, call, param, answer.status_code, answer["Content-Type"]))
    assert found == []


def test_no_address_breaks(world: World) -> None:
    client = world.browser("command")
    found = []
    for path in ("/files/imports/new/{}/", "/files/exports/new/{}/", "/health/products/{}"):
        for name in ("sql", "markup", "template", "control", "nul", "emoji"):
            answer = client.get(path.format(CORPUS[name].replace("/", "")))
            if answer.status_code not in (400, 404) or reflected(answer.content.decode()):
                found.append((path, name, answer.status_code))
    assert found == []


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
