"""The page 疫苗产品."""

from typing import Any

import pytest
from django.test import Client

from outpost.audit.models import AuditEntry
from outpost.health import services
from outpost.health.models import Product
from outpost.testing.browsers import sent, shown, sign_in
from outpost.testing.cast import Cast

FORM = {
    "code": "inhaled-ad5",
    "name": "吸入用重组新冠病毒疫苗",
    "name_en": "",
    "synonyms": "吸入式\n\n 雾化 ",
    "doses": "1",
    "least_days": "0",
    "booster_after_days": "180",
    "is_active": "on",
}


@pytest.fixture
def command(client: Client, cast: Cast) -> Client:
    services.ensure_products()
    sign_in(client, cast.users["command"])
    return client


def test_the_list_names_every_vaccine(command: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(10):
        page = command.get("/health/products")
    text = page.content.decode()
    assert page.status_code == 200
    for name in Product.objects.values_list("name", flat=True):
        assert name in text
    assert "疫苗产品" in text
    assert "编码" in text
    assert "动态码" not in text


def test_a_vaccine_is_added_and_changed(command: Client) -> None:
    assert command.get("/health/products/new").status_code == 200
    assert command.post("/health/products/new", FORM).headers["Location"] == "/health/products"
    row = Product.objects.get(code="inhaled-ad5")
    assert (row.synonyms, row.booster_after_days) == (["吸入式", "雾化"], 180)
    assert command.get("/health/products/inhaled-ad5").status_code == 200
    path = "/health/products/inhaled-ad5"
    changed = {**FORM, "code": "other", "doses": "2", "booster_after_days": "", "is_active": ""}
    assert command.post(path, sent(command, path, changed)).status_code == 302
    row.refresh_from_db()
    assert (row.doses, row.booster_after_days, row.is_active) == (2, None, False)
    assert AuditEntry.objects.filter(action="health.product_changed").count() == 2


@pytest.mark.parametrize(
    "change",
    [
        *(
            {"name": ""},
            {"name": "重组新冠病毒疫苗（CHO细胞）"},
            {"code": "中文"},
            {"code": "recombinant-cho"},
        ),
        *({"doses": "4"}, {"least_days": "-1"}, {"synonyms": "\n".join(str(i) for i in range(51))}),
    ],
)
def test_what_cannot_be_is_said_at_the_form_and_nothing_is_lost(
    command: Client, change: dict[str, str]
) -> None:
    page = shown(command, command.post("/health/products/new", {**FORM, **change}))
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert "吸入" in page.content.decode()
    assert Product.objects.count() == 3


def test_a_vaccine_that_is_not_there_is_not_found(command: Client) -> None:
    assert command.get("/health/products/none").status_code == 404
    assert command.post("/health/products/none", FORM).status_code == 404
