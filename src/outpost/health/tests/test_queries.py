"""What a page reads of one person."""

from datetime import timedelta

import pytest

from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.health import services
from outpost.health.models import Product
from outpost.health.queries import facts as queries
from outpost.health.queries import vaccinations
from outpost.health.sheets import RecordParser, TestParser, VaccinationParser
from outpost.health.tests.records import a_dose, a_test, cells, document, person
from outpost.testing.cast import NOON, Cast

SYSTEM = Actor.system("tests")
WEEK = (NOON - timedelta(days=7), NOON)


def store(parser: RecordParser, *rows: dict[str, str]) -> None:
    checked = [parser(cells(parser.sheet, row)) for row in rows]
    assert not any(row.faults for row in checked), checked
    record = services.record_tests if isinstance(parser, TestParser) else services.record_vaccinations
    record([row.values for row in checked], actor=SYSTEM, at=NOON)


@pytest.fixture
def facts(cast: Cast) -> Cast:
    services.ensure_products()
    store(
        TestParser(at=NOON),
        a_test(record_id="old", sampled_at="2022-06-01 11:59"),
        a_test(record_id="first", sampled_at="2022-06-01 12:00"),
        a_test(record_id="late", sampled_at="2022-06-08 11:59", result="阳性", tube="T1"),
        a_test(record_id="withdrawn", sampled_at="2022-06-07 08:00", status="作废"),
        a_test(record_id="other", document_number=document(2)),
    )
    store(
        VaccinationParser(at=NOON),
        a_dose(record_id="2", dose="2", given_on="2022-02-01"),
        a_dose(record_id="1"),
    )
    return cast


def test_the_tests_of_a_span_come_newest_first(facts: Cast) -> None:
    rows = queries.tests_of(person(1), WEEK, actor=facts.actor("town"))
    assert [row.record_id for row in rows] == ["late", "withdrawn", "first"]
    assert (rows[0].result, rows[0].tube, rows[1].is_withdrawn) == ("positive", "T1", True)


def test_the_doses_of_a_person_come_in_order_with_the_name_of_the_vaccine(facts: Cast) -> None:
    rows = vaccinations.vaccinations_of(person(1), actor=facts.actor("principal"))
    assert [(row.dose, row.product) for row in rows] == [
        (1, "新冠病毒灭活疫苗(Vero细胞)"),
        (2, "新冠病毒灭活疫苗(Vero细胞)"),
    ]
    assert rows[0].product_en == "Inactivated vaccine (Vero cell)"


def test_a_person_without_records_has_none(facts: Cast) -> None:
    actor = facts.actor("command")
    assert queries.tests_of(person(9), WEEK, actor=actor) == []
    assert vaccinations.vaccinations_of(person(9), actor=actor) == []


@pytest.mark.parametrize("who", ["outsider", "feeder", "operator", "security", "auditor"])
def test_who_sees_no_staff_sees_no_facts(facts: Cast, who: str) -> None:
    actor = facts.actor(who)
    with pytest.raises(Refusal) as refusal:
        queries.tests_of(person(1), WEEK, actor=actor)
    assert refusal.value.status == 403
    with pytest.raises(Refusal):
        vaccinations.vaccinations_of(person(1), actor=actor)


def test_a_vaccine_out_of_use_is_known_but_not_offered(facts: Cast) -> None:
    Product.objects.filter(code="recombinant-cho").update(is_active=False)
    assert "recombinant-cho" in {product.code for product in vaccinations.products()}
    assert "recombinant-cho" not in {product.code for product in vaccinations.products(active_only=True)}
