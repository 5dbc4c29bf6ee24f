"""One walk through everything that each account can reach: pages, lists with their filters and orders, files, calls.

Links and forms are followed as a browser would; nothing is written on the way (forms that post are only noted).
"""

import io
import re
import zipfile
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve
from lxml import etree

from tests.security.world import World

SAME_KIND = 3  # addresses of one page that differ only in the values of their query
SAME_PAGE = 9  # addresses of one page that differ in their query at all
SENDING = {"form", "button", "select", "option"}
"""Elements that say something without an attribute, too."""
CALLS = (
    "sentinel/compliance?date=2022-06-08",
    "sentinel/compliance?date=2022-06-08&category=cast-cold",
    "sentinel/compliance?date=2022-06-07",
    *(f"sentinel/test-statistics?by={by}&all=true" for by in ("town", "category", "organization")),
    *(f"sentinel/vaccination-statistics?by={by}&all=true" for by in ("town", "category", "organization")),
)


@dataclass(frozen=True)
class FormSeen:
    """A form of a page: where it goes, its fields with their first values, and what its selects offer.

    A button with a place or a name of its own is a form of its own; `button` is its name, with its value where that is
    a number. `is_sent`: there is any.
    """

    action: str
    method: str
    values: Mapping[str, str]
    options: Mapping[str, tuple[str, ...]]
    texts: tuple[str, ...]
    is_sent: bool
    button: str = ""


@dataclass(frozen=True)
class Answer:
    """One answer as it was received. `text`: the body as a reader can search it (workbooks unpacked)."""

    who: str
    url: str
    route: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    text: str
    forms: tuple[FormSeen, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def is_file(self) -> bool:
        return "attachment" in self.headers.get("Content-Disposition", "")

    @property
    def everything(self) -> str:
        """Address, headers and body in one text."""
        lines = [f"{name}: {unquote(value)}" for name, value in self.headers.items()]
        return "\n".join((unquote(self.url), *lines, self.text))


@dataclass
class Crawl:
    """All answers, by who asked."""

    answers: list[Answer] = field(default_factory=list)

    def of(self, *names: str) -> list[Answer]:
        return [answer for answer in self.answers if answer.who in names]


class _Reader:
    """Collects addresses and forms, as lxml reads a page to it."""

    def __init__(self) -> None:
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.columns: dict[str, list[str]] = {}
        self._form: dict[str, Any] | None = None
        self._buttons: list[tuple[dict[str, Any] | None, dict[str, str]]] = []
        self._ticks: list[dict[str, str]] = []  # they name the form that they belong to
        self._select = ""
        self._chooser = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not attributes and tag not in SENDING:
            return
        given = dict(attributes)
        self.links += [given[name] for name in ("href", "hx-get") if name in given and tag != "link"]
        self._chooser = given.get("data-columns", self._chooser)
        if tag == "form":
            method = given.get("method", "get").lower()
            self._form = {"action": given.get("action", ""), "method": method, "id": given.get("id", "")}
            self._form |= {"values": {}, "options": {}, "texts": []}
            self.forms.append(self._form)
        elif tag == "button" and given.get("type", "submit") == "submit":
            self._buttons.append((self._form, given))
        elif tag == "input" and given.get("form"):
            self._ticks.append(given)
        elif tag in ("input", "select", "textarea") and self._form is not None and given.get("name"):
            self._field(self._form, tag, given)
        elif tag == "option" and self._select and self._form is not None:
            self._form["options"][self._select].append(given.get("value", ""))
        if self._chooser and given.get("type") == "checkbox":
            self.columns.setdefault(self._chooser, []).append(given.get("value", ""))

    def _field(self, form: dict[str, Any], tag: str, given: dict[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text")
        if tag == "select":
            self._select = name
            form["options"][name] = []
        elif kind in ("radio", "checkbox"):
            form["options"].setdefault(name, []).append(given.get("value", "on"))
        else:
            form["values"][name] = given.get("value", "")
            if tag == "textarea" or kind in ("text", "search", "tel", "date", "number", "password"):
                form["texts"].append(name)

    def end(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "fieldset":
            self._chooser = ""

    def close(self) -> None:
        """There is nothing to hand over."""

    def _press(self, form: dict[str, Any], button: dict[str, str]) -> None:
        """A plain button sends the form as it stands; another makes a form of its own of it."""
        name = button.get("name", "")
        if name or "formaction" in button:
            values = {**form["values"], **({name: button.get("value", "")} if name else {})}
            action = button.get("formaction", form["action"])
            called = f"{name} {value}" if (value := button.get("value", "")).isdigit() else name
            self.forms.append({**form, "action": action, "values": values, "is_sent": True, "button": called})
        else:
            form["is_sent"] = True

    def seen(self) -> tuple[FormSeen, ...]:
        """All forms, with the ticks and buttons that stand elsewhere. Once, when the page was read."""
        named = {form["id"]: form for form in self.forms if form["id"]}
        for tick in self._ticks:
            if tick["form"] in named and tick.get("name"):
                self._field(named[tick["form"]], "input", tick)
        for around, button in self._buttons:
            if form := named.get(button.get("form", ""), around):
                self._press(form, button)
        return tuple(
            FormSeen(
                action=form["action"],
                method=form["method"],
                values=form["values"],
                options={name: tuple(values) for name, values in form["options"].items()},
                texts=tuple(form["texts"]),
                is_sent=form.get("is_sent", False),
                button=form.get("button", ""),
            )
            for form in self.forms
        )


def read(who: str, url: str, response: Any) -> tuple[Answer, _Reader]:
    """An answer with its links and forms."""
    body = b"".join(response) if response.streaming else response.content
    kind = response.headers.get("Content-Type", "")
    reader = _Reader()
    text = workbook_text(body) if "openxml" in kind else body.decode("utf-8", "replace")
    if "text/html" in kind:
        etree.HTML(text, etree.HTMLParser(target=reader))
    answer = Answer(
        who=who,
        url=url,
        route=route_of(url),
        status=response.status_code,
        headers=dict(response.headers.items()),
        body=body,
        text=text,
        forms=reader.seen(),
        links=tuple(reader.links),
    )
    return answer, reader


def route_of(url: str) -> str:
    """The name of the route of an address; empty when there is none."""
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""


def workbook_text(body: bytes) -> str:
    """Every part of a workbook as text, its names included."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return "\n".join(
            f"{name}\n{archive.read(name).decode('utf-8', 'replace')}" for name in archive.namelist()
        )


class _Walk:
    """The walk of one account."""

    def __init__(self, who: str, client: Client) -> None:
        self.who, self.client = who, client
        self.answers: list[Answer] = []
        self._waiting: deque[str] = deque(["/"])
        self._met: set[str] = set()
        self._tried: set[str] = set()
        self._kinds: Counter[tuple[str, ...]] = Counter()
        self._pages: Counter[str] = Counter()

    def run(self) -> list[Answer]:
        while self._waiting:
            self._visit(self._waiting.popleft())
        return self.answers

    def _visit(self, url: str) -> None:
        answer, reader = read(self.who, url, self.client.get(url))
        self.answers.append(answer)
        if "Location" in answer.headers:
            self._add(url, answer.headers["Location"])
        is_new = False
        for name, keys in reader.columns.items():
            cookie = f"columns_{name}"
            if cookie not in self.client.cookies:
                self.client.cookies[cookie] = ".".join(keys)
                is_new = True
        if is_new:  # once more with every column
            answer, _reader = read(self.who, url, self.client.get(url))
            self.answers.append(answer)
        for link in answer.links:
            self._add(url, link)
        for form in answer.forms:
            if form.method == "get":
                self._add_form(url, form)
            elif form.action == "/search":  # a list whose filters travel sealed: the plain ones stand open
                self._add_form(url, form, action=form.values.get("next", url))

    def _add_form(self, url: str, form: FormSeen, action: str = "") -> None:
        """Every choice of every select by itself, the others as they stand."""
        hidden = ("csrfmiddlewaretoken", "next", "private")
        base = {name: value for name, value in form.values.items() if value and name not in hidden}
        target = urljoin(url, action or form.action) if action or form.action else urlsplit(url).path
        for name, options in form.options.items():
            for value in options:
                if value:
                    self._add(url, f"{target.split('?')[0]}?{urlencode({**base, name: value})}")

    def _add(self, base: str, link: str) -> None:
        """Go there later, unless it was met or is one too many of its kind: then it stays so."""
        if link in self._tried:
            return
        if link.startswith("/"):  # it means the same on every page
            self._tried.add(link)
        parts = urlsplit(urljoin(base, link))
        if parts.scheme or parts.netloc or parts.path.startswith("/static/") or link.startswith("#"):
            return
        query = sorted(parse_qsl(parts.query, keep_blank_values=True))
        url = parts.path + (f"?{urlencode(query)}" if query else "")
        kind = (parts.path, *(name for name, _value in query))
        if url in self._met or (
            query and (self._kinds[kind] >= SAME_KIND or self._pages[parts.path] >= SAME_PAGE)
        ):
            return
        self._met.add(url)
        self._kinds[kind] += 1
        self._pages[parts.path] += 1
        self._waiting.append(url)


def crawl_all(world: World) -> Crawl:
    """Walk as everybody, and make the reading calls with every token."""
    found = Crawl()
    for name in (*world.users, "anonymous"):
        found.answers += _Walk(name, world.browser(name)).run()
        found.answers += _files(world, name)
    for role in world.tokens:
        found.answers += _calls(world, role)
    return found


def _files(world: World, name: str) -> Iterator[Answer]:
    """The finished files of an account."""
    client = world.browser(name)
    for export_id in world.exports.get(name, {}).values():
        url = f"/files/exports/{export_id}/file"
        yield read(name, url, client.get(url))[0]


def _calls(world: World, role: str) -> Iterator[Answer]:
    client = world.machine(role)
    for call in CALLS:
        url = f"/api/v1/{call}"
        yield read(f"token:{role}", url, client.get(url))[0]


LINK_TEXT = re.compile(r'(?:href|action|formaction|hx-get|hx-post|src)="([^"]*)"')


def addresses_of(answer: Answer) -> Iterator[str]:
    """The address asked for and every address that the answer names."""
    yield answer.url
    if "Location" in answer.headers:
        yield answer.headers["Location"]
    if "text/html" in answer.headers.get("Content-Type", ""):
        yield from LINK_TEXT.findall(answer.text)
