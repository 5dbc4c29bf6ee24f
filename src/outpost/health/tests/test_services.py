"""Writing facts: what it returns, who may, what is left in the audit, and the list of vaccines."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from outpost.audit.models import AuditEntry, RowVersion
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.stated import name_hash
from outpost.health import services
from outpost.health.models import Product, TestRecord, Vaccination
from outpost.health.queries import vaccinations
from outpost.health.services import ProductFacts, Staged
from outpost.health.sheets import RecordParser, TestParser, VaccinationParser
from outpost.health.tests.records import a_dose, a_test, cells, document, person
from outpost.testing.cast import NOON, Cast

LATER = NOON + timedelta(hours=1)
NEW_VACCINE = ProductFacts("inhaled-ad5", "吸入用重组新冠病毒疫苗", "Inhaled vaccine", ("吸入式",), 1, 0, 180)


def staged(parser: RecordParser, *rows: dict[str, Any]) -> Sequence[Staged]:
    checked = [parser(cells(parser.sheet, row)) for row in rows]
    assert not any(row.faults for row in checked)
    return [row.values for row in checked]


def checked_tests(*rows: dict[str, Any]) -> Sequence[Staged]:
    return staged(TestParser(at=NOON), *rows)


def checked_doses(*rows: dict[str, Any]) -> Sequence[Staged]:
    services.ensure_products()
    return staged(VaccinationParser(at=NOON), *rows)


def outcomes_of(recorded: Sequence[services.Recorded]) -> list[str]:
    return [one.outcome for one in recorded]


def test_new_replaced_and_unchanged_are_told_apart(cast: Cast) -> None:
    actor = cast.actor("feeder")
    first = checked_tests(a_test(record_id="1"), a_test(record_id="2"))
    assert outcomes_of(services.record_tests(first, actor=actor, at=NOON)) == ["new", "new"]
    second = checked_tests(a_test(record_id="1"), a_test(record_id="2", result="阳性"), a_test(record_id="3"))
    assert outcomes_of(services.record_tests(second, actor=actor, at=LATER)) == [
        "unchanged",
        "replaced",
        "new",
    ]
    received = dict(TestRecord.objects.values_list("record_id", "received_at"))
    assert received == {"1": NOON, "2": LATER, "3": LATER}


def test_the_name_stays_with_the_record_and_goes_with_the_person(cast: Cast) -> None:
    def sent(**changes: Any) -> bytes | None:
        services.record_tests(checked_tests(a_test(**changes)), actor=cast.actor("feeder"), at=NOON)
        kept = TestRecord.objects.get().name_hash
        return None if kept is None else bytes(kept)

    named = name_hash(ring(), "张三")
    assert sent() is None
    assert sent(name="张 三") == named
    assert sent(result="阳性") == named
    assert sent(name="·") == named
    assert sent(document_number=document(2), status="更正") is None


@pytest.mark.promise("R5")
def test_the_replaced_version_stays_in_the_history(cast: Cast) -> None:
    actor = cast.actor("feeder")
    services.record_tests(checked_tests(a_test()), actor=actor, at=NOON)
    services.record_tests(checked_tests(a_test(status="作废")), actor=actor, at=LATER)
    (version,) = RowVersion.objects.filter(table="health_testrecord", row_key="lims/1")
    assert version.row["is_withdrawn"] is False
    assert version.replaced_at == LATER
    assert TestRecord.objects.get().is_withdrawn


def test_of_rows_with_one_id_the_last_counts(cast: Cast) -> None:
    rows = checked_tests(a_test(tube="A"), a_test(tube="B"))
    assert outcomes_of(services.record_tests(rows, actor=cast.actor("feeder"), at=NOON)) == [
        "replaced",
        "new",
    ]
    assert TestRecord.objects.get().tube == "B"


def test_the_same_again_changes_nothing_and_leaves_no_trace(cast: Cast) -> None:
    actor = cast.actor("feeder")
    services.record_tests(checked_tests(a_test()), actor=actor, at=NOON)
    before = AuditEntry.objects.count(), RowVersion.objects.count()
    assert outcomes_of(services.record_tests(checked_tests(a_test()), actor=actor, at=LATER)) == ["unchanged"]
    assert (AuditEntry.objects.count(), RowVersion.objects.count()) == before


def test_doses_are_written_corrected_and_withdrawn_like_tests(cast: Cast) -> None:
    actor = cast.actor("feeder")
    assert outcomes_of(services.record_vaccinations(checked_doses(a_dose()), actor=actor, at=NOON)) == ["new"]
    assert outcomes_of(services.record_vaccinations(checked_doses(a_dose()), actor=actor, at=NOON)) == [
        "unchanged"
    ]
    assert outcomes_of(
        services.record_vaccinations(checked_doses(a_dose(dose="2")), actor=actor, at=LATER)
    ) == ["replaced"]
    assert outcomes_of(
        services.record_vaccinations(checked_doses(a_dose(dose="2", status="作废")), actor=actor, at=LATER)
    ) == ["replaced"]
    row = Vaccination.objects.get()
    assert (row.person_id, row.dose, row.is_withdrawn) == (person(1), 2, True)


@pytest.mark.parametrize(
    ("record", "rows", "action"),
    [
        (services.record_tests, lambda: checked_tests(a_test()), "health.tests_recorded"),
        (services.record_vaccinations, lambda: checked_doses(a_dose()), "health.vaccinations_recorded"),
    ],
)
def test_a_write_is_recorded_without_personal_data(
    cast: Cast, record: Callable[..., list[str]], rows: Callable[[], Sequence[Staged]], action: str
) -> None:
    actor = cast.actor("feeder")
    record(rows(), actor=actor, at=NOON)
    entry = AuditEntry.objects.get(action=action)
    assert (entry.actor_id, entry.count, entry.at) == (actor.id, 1, NOON)
    assert entry.detail == {"new": 1, "replaced": 0, "unchanged": 0}


@pytest.mark.parametrize(
    "who", ["outsider", "bureau", "town", "principal", "operator", "security", "auditor"]
)
def test_who_may_not_record_is_refused(cast: Cast, who: str) -> None:
    for record in (services.record_tests, services.record_vaccinations):
        with pytest.raises(Refusal) as refusal:
            record([], actor=cast.actor(who), at=NOON)
        assert refusal.value.status == 403
    assert not AuditEntry.objects.exists()


def test_the_built_in_vaccines_come_once_and_edits_stay(cast: Cast) -> None:
    assert services.ensure_products() == 3
    Product.objects.filter(code="recombinant-cho").update(least_days=30)
    assert services.ensure_products() == 0
    assert Product.objects.get(code="recombinant-cho").least_days == 30
    assert {product.code: product.booster_after_days for product in vaccinations.products()} == {
        "inactivated-vero": 180,
        "recombinant-ad5": 180,
        "recombinant-cho": None,
    }


def test_a_vaccine_is_added_and_changed_by_command(cast: Cast) -> None:
    services.ensure_products()
    actor = cast.actor("command")
    services.save_product(NEW_VACCINE, is_new=True, actor=actor, at=NOON)
    services.save_product(replace(NEW_VACCINE, doses=2, is_active=False), is_new=False, actor=actor, at=NOON)
    row = Product.objects.get(code="inhaled-ad5")
    assert (row.doses, row.is_active, row.synonyms) == (2, False, ["吸入式"])
    assert AuditEntry.objects.filter(action="health.product_changed", object_id="inhaled-ad5").count() == 2
    assert VaccinationParser(at=NOON).stated(a_dose(product="吸入式")).values["product_id"] == "inhaled-ad5"


@pytest.mark.parametrize(
    ("facts", "is_new", "code"),
    [
        (replace(NEW_VACCINE, code="recombinant-cho"), True, "health.product_name_taken"),
        (replace(NEW_VACCINE, name="重组新冠病毒疫苗（CHO 细胞）"), True, "health.product_name_taken"),
        (replace(NEW_VACCINE, synonyms=("recombinant-cho",)), True, "health.product_name_taken"),
        (replace(NEW_VACCINE, code="中文"), True, "health.product_code_form"),
        (replace(NEW_VACCINE, doses=4), True, "health.product_numbers"),
        (replace(NEW_VACCINE, booster_after_days=-1), True, "health.product_numbers"),
        (NEW_VACCINE, False, "core.not_found"),
    ],
)
def test_a_wrong_vaccine_is_refused(cast: Cast, facts: ProductFacts, is_new: bool, code: str) -> None:
    services.ensure_products()
    with pytest.raises(Refusal) as refusal:
        services.save_product(facts, is_new=is_new, actor=cast.actor("command"), at=NOON)
    assert refusal.value.code == code
    assert refusal.value.message


def test_only_command_edits_vaccines(cast: Cast) -> None:
    with pytest.raises(Refusal) as refusal:
        services.save_product(NEW_VACCINE, is_new=True, actor=cast.actor("bureau"), at=NOON)
    assert refusal.value.status == 403
