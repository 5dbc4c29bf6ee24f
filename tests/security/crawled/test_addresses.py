"""Addresses, redirects and file names hold random ids and declared codes, nothing to count through (T7, V2)."""

import re
from html import unescape
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import pytest
from django.apps import apps
from django.db.models import UUIDField

from outpost.core.ids import new_id
from tests.security.crawl import Crawl, addresses_of
from tests.security.world import TENANTS

pytestmark = pytest.mark.promise("T7")

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
# Codes that the house declares: words, regions (GB/T 2260), days, numbers of pages and rows, marked columns.
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
SIGNED = re.compile(r"[A-Z2-7]{45}")
"""A random id with a signature of this installation, such as the code of a poster."""
DIGEST = re.compile(r"[A-Z2-7]{26}")
"""128 bits of the sealed content of a gate's entry, which holds a random key."""
SEGMENT = re.compile(r"|".join((UUID4.pattern, WORD.pattern, SIGNED.pattern, DIGEST.pattern)))
VALUE = re.compile(
    "|".join(
        (
            UUID4.pattern,
            r"-?[A-Za-z][A-Za-z0-9_.-]{0,39}",
            r"(?:user|token|system):[a-z0-9-]{3,36}",  # who acted
            r"44\d{0,10}",  # a region
            r"20\d\d-\d\d-\d\d",
            r"\d{1,3}",
            r"[\u4e00-\u9fff]{0,8}",  # a declared choice, such as a job type
        )
    )
)
PARAMETERS_IN_CHINESE = {"job_type"}
NUMBER = re.compile(r"\d{11}|\d{15,18}")
SCHEMES = ("data:", "otpauth:", "#")


def seen(crawl: Crawl) -> set[str]:
    found = {unescape(address) for answer in crawl.answers for address in addresses_of(answer)}
    return {address for address in found if not address.startswith(SCHEMES)}


def test_paths_hold_words_and_random_ids(crawl: Crawl) -> None:
    paths = {urlsplit(address).path for address in seen(crawl)}
    assert len(paths) > 60
    odd = {
        path
        for path in paths
        if not path.startswith("/static/")
        and any(not SEGMENT.fullmatch(part) for part in path.split("/") if part)
    }
    assert odd == set()


def test_queries_hold_declared_codes(crawl: Crawl) -> None:
    odd = set()
    for address in seen(crawl):
        for name, value in parse_qsl(urlsplit(address).query):
            parts = urlsplit(value).path.split("/") if name == "next" else [value]
            is_declared = all(VALUE.fullmatch(part) or SEGMENT.fullmatch(part) for part in parts if part)
            if not is_declared and name not in PARAMETERS_IN_CHINESE:
                odd.add((name, value))
    assert odd == set()


@pytest.mark.promise("V2")
def test_no_address_file_name_or_title_names_anybody(crawl: Crawl) -> None:
    names = [unquote(answer.headers.get("Content-Disposition", "")) for answer in crawl.answers]
    titles = [re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL) for answer in crawl.answers]
    texts = {*map(unquote, seen(crawl)), *names, *(title.group(1) for title in titles if title)}
    marks = [text for tenant in TENANTS for text in tenant.identities()]
    odd = {text for text in texts if NUMBER.search(UUID4.sub("", text)) or any(m in text for m in marks)}
    assert odd == set()


def test_every_id_in_an_address_is_of_version_4(crawl: Crawl) -> None:
    ids = {UUID(text) for address in seen(crawl) for text in re.findall(r"[0-9a-f-]{36}", address)}
    assert len(ids) > 20
    assert {id_.version for id_ in ids} == {4}
    assert {new_id().version for _n in range(100)} == {4}


@pytest.mark.rules
def test_what_addresses_name_has_a_random_key() -> None:
    """Tables with a counted key never stand in an address; all others are keyed by UUIDs or declared codes."""
    counted = {
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith("outpost.")
        and model._meta.pk.get_internal_type() in ("AutoField", "BigAutoField", "BigIntegerField")
    }
    assert counted == {
        *("audit_entry", "audit_chaincut", "access_denial", "access_tried", "people_keycheck"),
        *("sentinel_matchfinding", "sentinel_matchcount", "sites_arrival"),
    }
    random = [
        field
        for model in apps.get_models()
        if model.__module__.startswith("outpost.")
        for field in [model._meta.pk]
        if isinstance(field, UUIDField) and field.has_default()
    ]
    assert len(random) > 8
    assert {field.default for field in random} == {new_id}
