"""Forms filled with good values, and what their acts wrote: somebody at a browser who makes no mistakes."""

import base64
import html
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from outpost.access.services.second_factor import code_at
from outpost.access.tests.authenticator import Device
from outpost.access.tests.support import SECRET
from outpost.core import clock
from outpost.core.papers.tests import papers
from outpost.sentinel.tests import ledgers
from outpost.testing.cast import NOON, PASSWORD
from tests.security.crawl import FormSeen
from tests.security.world import NEAR, SECOND_PAPER, STAFF_EACH, credit_code, id_number, staff_file

# What is typed into a field of this name; `route.field` where one form wants something else, and what stands before
# a colon for all the names behind it. A new field stands here.
GOOD: Mapping[str, str] = {
    # people and organisations
    "name": "鱻新",
    "display_name": "鱻新官",
    "document_number": id_number(990),
    "people:new_dependant.document_number": id_number(960),
    "people:card.document_number": id_number(991),  # of who asks to act for the citizen, not seen yet
    "sentinel:link_document.document_number": id_number(992),
    "people:card.phone": "13700001990",
    "people:second_document.document_number": id_number(994),
    "people:both_papers.document_number": id_number(971),  # of who stated a second one, see world.py
    "people:both_papers.other_type": "passport",
    "people:both_papers.other_number": SECOND_PAPER,
    "people:both_papers.phone": "13700001970",
    "phone": "13902119876",
    "address": "鱻港大道9号",
    "home": "鱻港大道10号302室",
    "job_type": "保洁员",
    "principal_name": "鱻新主",
    "principal_phone": "13802009999",
    "social_credit_code": credit_code(990),
    "field.note": "鱻记",
    "note": "明早补检",
    "document": "",
    "organization_name": "",
    "joined_on": "",
    "starts_on": "2022-06-08",
    "last_on": "",
    # venues
    "names": "鱻东门",
    "checkpoints": "鱻门、鱻后门",
    "venues:new.name": "鱻新农贸市场有限公司",
    "venues:new.manager_name": "鱻新管",
    "longitude": "113.5",
    "latitude": "22.8",
    "manager_name": "",
    "manager_phone": "",
    "venues:pin.pin": "370915",
    "venues:pin.repeated": "370915",
    "venues:settle_entry.reason": "鱻已补录",
    "join:code.name": "鱻新检",
    "venues:hand_over.manager_name": "鱻接任",
    "venues:hand_over.manager_phone": "13800138777",
    "venues:named.manager_name": "鱻另管",
    "venues:named.manager_phone": "13800138776",
    "venues:new.other_name": "",
    "venues:new.other_phone": "",
    "venues:let_branch.most": "30",
    # construction sites
    "sites:new_contract.filing_number": "BJ990001",
    "sites:new_contract.number": "HT990001",
    "sites:new_contract.project": "鱻小区",
    "sites:new_contract.station": "鱻监督站",
    "sites:new_contract.general_contractor": "鱻建设有限公司",
    "employers": "鱻劳务有限公司",
    "sites:new_contract.lead_name": "鱻项目",
    "sites:new_contract.lead_phone": "13800138778",
    "sites:new_contract.supervisor_name": "鱻监理",
    "sites:new_contract.supervisor_phone": "13800138779",
    "sites:new_user.document_number": id_number(995),
    "sites:new_user.last_day": "",
    "sites:edit_contract.address": "鱻路",
    "general_contractor_kind": "鱻企业",
    "agreed_workers": "40",
    "supervision_company": "鱻监理有限公司",
    "lead_name": "",
    "lead_phone": "",
    "supervisor_name": "",
    "supervisor_phone": "",
    "departure": "鱻省",
    "trade": "鱻工",
    "place": "鱻省",
    "isolation_days": "14",
    "tests": "2",
    "sites:gate_pin.pin": "370915",
    "sites:gate_pin.repeated": "370915",
    "sites:settle_conflict.reason": "鱻已处理",
    "sites:register.document_number": id_number(993),  # who has declared, see waiting.py
    "sites:register_family.document_number": id_number(994),  # likewise
    "sites:report_rest.temperature": "",  # none was taken
    "sites:report_shift.temperature": "",  # as well
    "sites:report_health.symptoms": "none",  # beside a normal temperature
    "role": "鱻职",
    "confirmed_on": "2022-06-08",
    "supplies": "鱻床位",
    "sites:hospital.phone": "020-84988120",
    "quantity": "3",
    "remark": "鱻补货",
    "low_days": "5",
    "sites:new_supply_item.name": "鱻手套",
    "sites:edit_supply_item.name": "鱻口罩",
    "sites:judge_checklist.reason": "鱻缺盖章",
    "sites:arrivals_again.number": "1",
    # declarations and passes
    "stopovers": "鱻城",
    "temperature": "36.5",
    "reason": "鱻疫情变化",
    "expires_on": "2022-07-08",
    "text": "鱻已核对记录",
    "begins_on": "2022-06-01",
    "means": "鱻隔离点",
    "choices_en": "",
    "first_day": "2022-06-07",
    "last_day": "2022-06-20",
    "health:withdraw_exposure.because": "鱻更正",
    "health:propose_lifting.isolation_days": "12",
    "health:decide_order.ground": "鱻核实无误",
    "sites:dispose.ground": "鱻隔离期满",
    "sites:checked_address.ground": "鱻已向本人问过",
    "begins_at": "",
    "stated_last_on": "",
    "health:decide_disposition.ground": "鱻核实无误",
    # cases
    "tracing:new_case.document": ledgers.id_number(951),
    "ground": "鱻依据",
    "ends_on": "2022-06-08",
    # categories, places, vaccines
    "code": "fresh",
    "name_en": "Fresh",
    "window_days": "7",
    "least_tests": "2",
    "choices": "",
    "position": "5",
    "aliases": "鱻街",
    "synonyms": "",
    "usual_minutes": "45",
    "doses": "2",
    "least_days": "21",
    "booster_after_days": "180",
    # accounts
    "username": "fresh.officer",
    "access:sign_in.username": "town",
    "access:sign_in.password": PASSWORD,
    "access:phone.phone": NEAR.principal.phone,
    "old_password": PASSWORD,
    "new_password": "another horse 7 battery",
    "repeated": "another horse 7 battery",
    "source": "",
    "access:tokens.role": "town",  # a wider one takes two
    "access:tokens.scope": "region:440115001",
    "label": "鱻机",
    "days": "30",
    "wecom": "fresh",
    "email": "fresh@example.gov.cn",
    # channels
    "channels:test.address": "13902119876",
    "corp_id": "ww0123456789abcdef",
    "agent_id": "1000002",
    "secret": "s" * 32,
    "key": "693a91f6-7a0c-4bc4-97a0-0ec25fa5aaaa",
    "url": "https://example.gov.cn/hook",
    "headers": "",
    "body": "",
    "success_field": "",
    "success_value": "",
    "key_id": "k" * 16,
    "key_secret": "s" * 32,
    "secret_id": "k" * 16,
    "secret_key": "s" * 32,
    "app_id": "1400000000",
    "sign_name": "哨点",
    "template_of": "",
    "template_of:access.passcode": "1 code",
    "host": "smtp.example.gov.cn",
    "sender": "outpost@example.gov.cn",
    "password": "",
    "purpose": "supervision",
}
OPTIONS = re.compile(r'data-options="([^"]*)"')
OURS = ("csrfmiddlewaretoken", "private")
NEW_KEY, NEW_PASSCODE = re.compile(r"<code>([A-Z2-7 ]{32,})</code>"), re.compile(r"<code>([0-9]{6})</code>")


def _code_of_new_key(page: str) -> str:
    """What an authenticator shows that has just taken up the key of the page."""
    found = NEW_KEY.search(page)
    return code_at(base64.b32decode(found[1].replace(" ", "")), NOON) if found else ""


def _passcode(page: str) -> str:
    """The code that a demo shows instead of sending it; nothing while none was asked for."""
    found = NEW_PASSCODE.search(page)
    return found[1] if found else ""


def _asked(page: str) -> str:
    """What the page lets the browser ask a device for."""
    found = OPTIONS.search(page)
    return html.unescape(found[1]) if found else "{}"


def _listed_employers(page: str) -> str:
    """Those of the contract: people are registered under them."""
    found = re.search(r'<textarea name="employers"[^>]*>([^<]*)<', page)
    return html.unescape(found[1]).strip() if found else ""


# What cannot stand in a table, because the page says it or the time makes it.
MADE: Mapping[str, Callable[[str], str]] = {
    "access:enrol.code": _code_of_new_key,
    "access:second_factor.code": lambda _page: code_at(SECRET, NOON),
    "access:phone.code": _passcode,
    "sites:ask_exception.last_day": lambda _page: (
        clock.local_day(clock.now()) + timedelta(days=2)
    ).isoformat(),
    "sites:edit_contract.employers": lambda page: f"{_listed_employers(page)}\n鱻新劳务",
    "sites:new_movement.day": lambda _page: clock.local_day(clock.now()).isoformat(),
    "access:new_passkey.credential": lambda page: Device().make(_asked(page)),
    "access:confirm.proof": lambda page: _passcode(page) if 'name="ask"' in page else PASSWORD,
}


def without_value(route: str, form: FormSeen) -> list[str]:
    """The texts of the form that are empty and have no good value."""
    return [name for name in form.texts if not form.values[name] and _good(route, name, "") is None]


def typed(route: str, form: FormSeen, page: str) -> dict[str, Any]:
    """The form of this page as it is sent: its first choices or those of the table, texts from there, else as it is."""
    data: dict[str, Any] = {name: value for name, value in form.values.items() if name not in OURS}
    data |= {name: next(filter(None, options)) for name, options in form.options.items() if any(options)}
    data |= {name: good for name in form.options if (good := GOOD.get(f"{route}.{name}"))}
    data |= {name: good for name in form.texts if (good := _good(route, name, page)) is not None}
    data |= {name: make(page) for name in form.values if (make := MADE.get(f"{route}.{name}"))}
    if route == "sites:new_checklist":
        data["file"] = SimpleUploadedFile("鱻.pdf", papers.pdf(), "application/pdf")
    elif "file" in data:
        body = staff_file(NEAR, NEAR.people[STAFF_EACH])
        data["file"] = SimpleUploadedFile(NEAR.file_name, body, "text/csv")
    return data


def _good(route: str, name: str, page: str) -> str | None:
    if make := MADE.get(f"{route}.{name}"):
        return make(page)
    return GOOD.get(f"{route}.{name}", GOOD.get(name, GOOD.get(name.partition(":")[0])))


def written() -> dict[str, int]:
    """How often each table was written to by this transaction until now, what was taken back included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())


def since(before: Mapping[str, int]) -> set[str]:
    """The tables that were written to since then."""
    return {table for table, times in written().items() if times != before.get(table, 0)}
