"""A caller sets what the form or call offers and nothing else: every other column is refused or without effect (T5)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from outpost.access.models import Grant
from outpost.health.lifting import HOLDING
from outpost.health.models import Objection, Product
from outpost.health.models.exposures import Exposure
from outpost.health.models.questions import Question
from outpost.health.passes import BUILT_IN
from outpost.sentinel.models import CategoryField, JobRule
from outpost.testing.browsers import sent
from tests.security.crawl import read
from tests.security.world import FAR, NEAR, PURPOSE, STAFF_EACH, World, id_number, staff_file

pytestmark = pytest.mark.promise("T5")

MODELS = [model for model in apps.get_models() if model.__module__.startswith("outpost.")]
# Columns that hold other bytes each time, and the diaries of what happened.
VARYING = {"detail", "hash", "previous_hash", "password", "secret_hash", "seq"}
VARYING |= {"session_data", "session_key", "expire_date"}
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
NAMES = sorted(
    {name for model in MODELS for one in model._meta.concrete_fields for name in (one.name, one.attname)}
    | {"enterprise_id", "is_superuser", "is_staff", "verified", "is_verified", "owner_id", "scope", "grants"}
)


RECORDED = {"audit_entry"}  # a look is recorded, but changes nothing


@dataclass(frozen=True)
class Write:
    """One valid form: who sends it, to which route, with what."""

    role: str
    route: str
    values: Mapping[str, Any]
    known: Callable[[World], Mapping[str, Any]] = lambda _world: {}
    query: str = ""
    changes: bool = True


def near(world: World) -> Mapping[str, Any]:
    return {"enrolment_id": world.enrolments[NEAR.mark].id}


def member(world: World) -> Mapping[str, Any]:
    return {"staff_id": world.staff[NEAR.mark][2].id}


PERSON = {
    "name": "鱻新人",
    "document_type": "resident_id",
    "document_number": id_number(990),
    "phone": "13902119876",
    "address": "鱻港大道9号",
}
COMPANY = {
    "name": "鱻新岸冷库",
    "town": "440115001",
    "address": "鱻港前路10号",
    "principal_name": "鱻新主",
    "principal_phone": "13802009999",
}
CATEGORY = {"code": "extra", "name": "新类别", "rule": "off", "department": "market"}
FIELD = {"name": "新字段", "kind": "text", "choices": "", "code": "fresh"}
JOB_RULE = {"job_type": "保洁员", "rule": "7/2"}
VACCINE = {"code": "fresh", "name": "新疫苗", "doses": "2", "least_days": "21", "is_active": "on"}
PASS_RULES = {
    "reason": "疫情形势变化",
    "expires_on": "2022-06-15",
    **{
        f"{rule.condition}_{name}": getattr(rule, name)
        for rule in BUILT_IN.rules
        for name in ("hours", "zh", "en")
    },
    **{f"{rule.condition}_colour": rule.colour.value for rule in BUILT_IN.rules},
}
EXPOSURE = {
    "document_type": "resident_id",
    "document_number": id_number(77),
    "kind": "contact",
    "first_day": "2022-06-07",
    "last_day": "2022-06-20",
    "ground": "18号",
}
QUESTION = {"name": "同住人数", "name_en": "People", "kind": "number", "begins_on": "2022-06-01"}
LIFTING_RULES = {
    "reason": "疫情形势变化",
    "running": "keep",
    **{f"{one}_{name}": "10" for one in HOLDING for name in ("days", "tests")},
}
KIND = {"name": "新类型", "usual_minutes": "45"}
RISK_AREA = {"name": "杭州", "level": "high", "begins_on": "2022-06-01"}


def objected(_world: World) -> Mapping[str, Any]:
    return {"objection_id": Objection.objects.get().id}


WRITES = [
    Write("command", "sentinel:add_staff", PERSON, near),
    Write("principal", "sentinel:add_staff", PERSON, near),
    Write("principal", "sentinel:edit_staff", PERSON, member),
    Write("town", "sentinel:edit_staff", {**PERSON, "name": "", "phone": "", "address": ""}, member),
    Write("command", "sentinel:new_organization", COMPANY, query="?category=cast-cold"),
    Write(
        "town", "sentinel:edit_organization", {**COMPANY, "principal_name": "", "principal_phone": ""}, near
    ),
    Write(
        "principal",
        "sentinel:set_duty",
        {"state": "off_post", "starts_on": "2022-06-08", "last_on": ""},
        member,
    ),
    Write("command", "sentinel:new_category", CATEGORY),
    Write("command", "sentinel:edit_category", CATEGORY, lambda _w: {"code": "cast-courier"}),
    Write("command", "sentinel:new_field", FIELD, lambda _w: {"code": "cast-cold", "audience": "staff"}),
    Write(
        "command",
        "sentinel:edit_field",
        FIELD,
        lambda _w: {"field_id": CategoryField.objects.get(category="cast-cold", audience="staff").id},
    ),
    Write("command", "sentinel:new_job_rule", JOB_RULE, lambda _w: {"code": "cast-cold"}),
    Write(
        "command",
        "sentinel:edit_job_rule",
        JOB_RULE,
        lambda _w: {"rule_id": JobRule.objects.get(category="cast-cold").id},
    ),
    Write("command", "health:new_product", VACCINE),
    Write("command", "health:propose_rules", PASS_RULES),
    Write("command", "health:propose_lifting", LIFTING_RULES),
    Write("command", "venues:new_kind", KIND),
    Write("command", "health:new_risk_area", RISK_AREA),
    Write("command", "health:new_question", {**QUESTION, "code": "flat"}),
    Write("command", "health:question", QUESTION, lambda _w: {"question_id": Question.objects.get().id}),
    Write("command", "health:new_exposure", EXPOSURE),
    Write(
        "command",
        "health:withdraw_exposure",
        {"because": "更正"},
        lambda _w: {"exposure_id": Exposure.objects.get(agreed_at__isnull=False).id},
    ),
    Write("command", "health:objection", {"outcome": "stands", "text": "无误"}, objected),
    Write(
        "command", "health:product", VACCINE, lambda _w: {"code": Product.objects.order_by("code")[0].code}
    ),
    Write("command", "sentinel:run_match", {"on": "2022-06-06"}),
    Write("town", "sentinel:reveal_staff", {"purpose": PURPOSE}, member, changes=False),
    Write(
        "principal", "exchange:new_import", {}, lambda _w: {"kind": "sentinel.staff"}, "?category=cast-cold"
    ),
    Write("principal", "exchange:confirm", {}, lambda w: {"import_id": w.imports["principal"]}),
    Write(
        "town",
        "exchange:new_export",
        {"purpose": PURPOSE},
        lambda _w: {"kind": "sentinel.staff_in_clear"},
        "?category=cast-cold",
    ),
    Write("security", "access:new_officer", {"username": "fresh.officer", "display_name": "New"}),
    Write("security", "access:new_phone", {"phone": "13802008888"}),
    Write(
        "security",
        "access:grant",
        {"role": "town", "scope": "region:440115001", "source": ""},
        lambda w: {"user_id": w.users["outsider"].id},
    ),
    Write(
        "security",
        "access:revoke",
        {},
        lambda w: {"user_id": w.users["town"].id, "grant_id": Grant.objects.get(user=w.users["town"]).id},
    ),
    Write(
        "security",
        "access:tokens",
        {"label": "fresh", "role": "feeder", "scope": "everything", "source": "", "days": "30"},
    ),
    Write("principal", "notifications:read_all", {}),
    Write("command", "access:end_sessions", {}),
]


def hostile(world: World, offered: set[str]) -> dict[str, str]:
    """A value for every column that the form does not offer: another's id, a higher right, a later state."""
    foreign = {
        "enrolment": str(world.enrolments[FAR.mark].id),
        "organization": str(world.enrolments[FAR.mark].organization_id),
        "person": str(world.staff[FAR.mark][0].person_id),
        "user": str(world.users["auditor"].id),
        "owner": str(world.users["command"].id),
        "role": "command",
        "state": "applied",
        "scope_kind": "everything",
        "category": "cast-courier",
        "region": "440115100",
    }
    values = {}
    for name in set(NAMES) - offered:
        plain = name.removesuffix("_id")
        is_flag = name.startswith(("is_", "has_", "must_", "counts_", "judges_"))
        values[name] = foreign.get(plain) or ("1" if is_flag else "2022-01-01" if "_at" in name else "1")
    return values


def stored(world: World, known: set[str]) -> dict[str, list[str]]:
    """Every table of ours as text, without what differs each time; ids made since are all alike."""
    tables: dict[str, list[str]] = {}
    for model in MODELS:
        names = [
            one.attname
            for one in model._meta.concrete_fields
            if one.attname not in VARYING
            and "sealed" not in one.attname
            and one.get_internal_type() != "BigAutoField"  # a sequence does not step back
        ]
        rows = (
            model._default_manager.values_list(*names) if model._meta.db_table != "audit_rowversion" else ()
        )
        tables[model._meta.db_table] = sorted(
            UUID.sub(lambda found: found[0] if found[0] in known else "new", str(row)) for row in rows
        )
    return tables


def offered_by(client: Client, where: str, values: Mapping[str, Any]) -> set[str]:
    """The names that the form on the page has, and those of the valid submission."""
    page = client.get(where)
    names = set(values) | {"file"}
    if page.status_code == 200:
        for form in read("", where, page)[0].forms:
            names |= {*form.values, *form.options}
    return names


def send(client: Client, write: Write, where: str, values: Mapping[str, Any]) -> HttpResponse:
    if write.route == "exchange:new_import":
        upload = SimpleUploadedFile("staff.csv", staff_file(NEAR, NEAR.people[STAFF_EACH]), "text/csv")
        return client.post(where, {**values, "file": upload})  # type: ignore[return-value]
    if write.route.startswith(
        ("sentinel:edit_", "health:product", "health:question")
    ):  # forms that say what they have shown
        values = sent(client, where, values)
    return client.post(where, values)  # type: ignore[return-value]


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write.route}-{write.role}")
def test_other_properties_have_no_effect(world: World, write: Write) -> None:
    where = reverse(write.route, kwargs=dict(write.known(world))) + write.query
    known = set(UUID.findall(str([list(model._default_manager.values_list()) for model in MODELS])))
    before = stored(world, known)
    results = []
    extra = hostile(world, offered_by(world.browser(write.role), where, write.values))
    assert len(extra) > 50
    for values in (write.values, {**extra, **write.values}):
        with transaction.atomic():
            answer = send(world.browser(write.role), write, where, values)
            results.append((answer.status_code, stored(world, known)))
            transaction.set_rollback(True)
    (status, plain), (other_status, others) = results
    assert status in (200, 302)
    changed = {table for table in plain if plain[table] != before[table]} - RECORDED
    assert bool(changed) is write.changes
    assert other_status == status
    assert {table: rows for table, rows in others.items() if rows != plain[table]} == {}


@pytest.mark.parametrize(("call", "record"), [("tests", {"sampled_at": "2022-06-01 08:30"})])
def test_a_line_of_a_call_with_other_properties_is_refused(
    world: World, call: str, record: Mapping[str, str]
) -> None:
    line = {"source": "lims", "record_id": "t5", "document_number": NEAR.people[0].number, **record}
    offered = {
        *line,
        *("doc_type", "document_type", "name", "kind", "result", "result_at", "laboratory", "sampling_point"),
        *("tube", "is_withdrawn", "withdrawn", "status"),
    }
    extras = [name for name in NAMES if name not in offered]
    lines = [orjson.dumps({**line, "record_id": f"t5-{name}", name: "1"}) for name in extras]
    answer = world.machine("feeder").post(
        f"/api/v1/{call}", b"\n".join(lines), content_type="application/x-ndjson"
    )
    assert answer.status_code == 200
    outcomes = [orjson.loads(row)["outcome"] for row in answer.content.splitlines()]
    assert dict(zip(extras, outcomes, strict=True)) == dict.fromkeys(extras, "rejected")


def test_a_reading_call_knows_its_own_parameters_only(world: World) -> None:
    machine = world.machine("town")
    for call in ("compliance", "test-statistics", "vaccination-statistics"):
        plain = machine.get(f"/api/v1/sentinel/{call}")
        extra = machine.get(
            f"/api/v1/sentinel/{call}",
            {
                "organization": str(world.enrolments[FAR.mark].organization_id),
                "role": "command",
                "reach": "everything",
            },
        )
        assert (extra.status_code, extra.content) == (200, plain.content)
