"""Daily health: temperatures as they are typed, and what the reports of a day amount to."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from outpost.core.errors import Refusal
from outpost.health.daily import (
    RECHECK,
    Report,
    Wellness,
    contradiction,
    read_symptoms,
    read_temperature,
    recheck_from,
    wellness,
)

NOON = datetime(2022, 6, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "degrees"),
    [
        ("36.5", "36.5"),
        ("36,5", "36.5"),
        (" 40.9 ", "40.9"),
        ("36.50", "36.5"),
        ("37", "37.0"),
        ("34.0℃", "34.0"),
        ("43", "43.0"),
    ],
)
def test_a_temperature_is_read_as_typed(typed: str, degrees: str) -> None:
    assert read_temperature(typed) == Decimal(degrees)


def test_nothing_typed_is_not_measured() -> None:
    assert read_temperature("  ") is None


@pytest.mark.parametrize(
    ("typed", "code", "proposed"),
    [
        ("3.65", "health.temperature_proposed", "36.5"),
        ("366", "health.temperature_proposed", "36.6"),
        ("98.6", "health.temperature_proposed", "37.0"),
        ("36.55", "health.temperature_not_read", ""),
        ("warm", "health.temperature_not_read", ""),
        ("NaN", "health.temperature_not_read", ""),
        ("1e400", "health.temperature_not_read", ""),
        ("33.9", "health.temperature", ""),
        ("0", "health.temperature", ""),
    ],
)
def test_what_is_no_temperature_is_refused_and_what_was_meant_is_proposed(
    typed: str, code: str, proposed: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        read_temperature(typed)
    assert refusal.value.problem.code == code
    assert proposed in refusal.value.message


def report(minutes: int, degrees: str | None, *symptoms: str, method: str = "") -> Report:
    return Report(NOON + timedelta(minutes=minutes), Decimal(degrees) if degrees else None, symptoms, method)


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        ((), Wellness.MISSING),
        ((report(0, None),), Wellness.NORMAL),
        ((report(0, "37.2"),), Wellness.NORMAL),
        ((report(0, "37.3"),), Wellness.ABNORMAL),
        ((report(0, "36.4", "咳嗽"),), Wellness.ABNORMAL),
        ((report(0, "37.7"), report(1, "34.2")), Wellness.ABNORMAL),
        ((report(0, "37.7"), report(20, "36.8")), Wellness.ABNORMAL),
        ((report(0, "37.7"), report(14, "36.8", method="armpit")), Wellness.ABNORMAL),
        ((report(0, "37.7"), report(20, "36.8", method="armpit")), Wellness.NORMAL),
        ((report(0, "37.7", method="armpit"), report(20, "36.8", method="armpit")), Wellness.ABNORMAL),
        ((report(0, "37.7", method="armpit"), report(20, "36.8", method="forehead")), Wellness.ABNORMAL),
        ((report(0, "37.7"), report(20, None, method="armpit")), Wellness.ABNORMAL),
        ((report(0, "37.7"), report(20, "34.2", method="armpit")), Wellness.ABNORMAL),
        ((report(0, "36.4", "咳嗽"), report(20, "36.4")), Wellness.NORMAL),
        ((report(0, "36.4", "咳嗽"), report(20, "34.9")), Wellness.ABNORMAL),
        ((report(0, None, "发热"), report(20, None)), Wellness.ABNORMAL),
        ((report(0, None, "发热"), report(20, "36.5")), Wellness.ABNORMAL),
        ((report(0, None, "发热"), report(20, "36.5", method="ear")), Wellness.NORMAL),
        ((report(0, None, "发热"), report(14, "36.5", method="ear")), Wellness.ABNORMAL),
        ((report(0, "36.4", "发热"), report(20, "36.4")), Wellness.ABNORMAL),
        ((report(0, None, "咳嗽"), report(20, None)), Wellness.NORMAL),
        ((report(0, "34.9"),), Wellness.FAILED),
        ((report(0, "35.0"),), Wellness.NORMAL),
        ((report(0, "34.9"), report(1, None)), Wellness.FAILED),
        ((report(0, "34.9"), report(1, "36.5")), Wellness.NORMAL),
        ((report(0, "36.5"), report(1, "34.9")), Wellness.FAILED),
        ((report(0, "36.5"), report(60, "37.7")), Wellness.ABNORMAL),
    ],
)
def test_an_abnormal_report_stands_until_a_later_normal_one(
    reports: tuple[Report, ...], state: Wellness
) -> None:
    assert wellness(reports) is state
    assert wellness(reversed(reports)) is state
    assert timedelta(minutes=1) < RECHECK <= timedelta(minutes=20)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("无", ()),
        ("无上述异常症状", ()),
        ("咳嗽、发热", ("发热", "咳嗽")),
        ("发烧; 发热，肌肉酸痛", ("发热", "肌肉酸痛/关节痛")),
        ("肌肉酸痛/关节痛", ("肌肉酸痛/关节痛",)),
        ("Fever", ("发热",)),
    ],
)
def test_symptoms_are_read_as_written(typed: str, found: tuple[str, ...]) -> None:
    assert read_symptoms(typed) == found


@pytest.mark.parametrize(
    ("typed", "code"), [("无、发热", "health.none_and_some"), ("头晕", "health.symptom_unknown")]
)
def test_symptoms_that_are_not_read_are_refused(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_symptoms(typed)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("degrees", "symptoms", "code"),
    [
        ("38.6", (), "health.fever_not_said"),
        ("38.6", ("咳嗽",), "health.fever_not_said"),
        ("36.4", ("发热",), "health.fever_not_measured"),
        ("38.6", ("发热",), None),
        ("36.4", ("咳嗽",), None),
        (None, ("发热",), None),
        ("34.2", ("发热",), None),
    ],
)
def test_temperature_and_symptom_are_held_against_each_other_both_ways(
    degrees: str | None, symptoms: tuple[str, ...], code: str | None
) -> None:
    found = contradiction(Decimal(degrees) if degrees else None, symptoms)
    assert (found.code if found else None) == code


def test_a_fever_says_from_when_it_may_be_measured_again() -> None:
    fever = report(0, "37.7", method="forehead")
    assert recheck_from([fever, report(1, "34.2", method="forehead")]) == NOON + RECHECK
    assert recheck_from([fever, report(20, "36.8", method="armpit")]) is None
    assert recheck_from([report(0, "36.4", "咳嗽")]) is None


@pytest.mark.parametrize(
    ("before", "today", "state"),
    [
        ((report(0, "37.7"),), (), Wellness.MISSING),
        ((report(0, "37.7"),), (report(12, "34.2"),), Wellness.ABNORMAL),
        ((report(0, "37.7"),), (report(720, "36.5"),), Wellness.ABNORMAL),
        ((report(0, "37.7"),), (report(720, "36.5", method="armpit"),), Wellness.NORMAL),
        ((report(0, "37.7"), report(20, "36.5", method="armpit")), (report(720, "36.5"),), Wellness.NORMAL),
        ((report(0, None, "发热"),), (report(720, None),), Wellness.ABNORMAL),
        ((report(0, "36.4", "咳嗽"),), (report(720, "36.5"),), Wellness.NORMAL),
        ((report(0, "37.7"),), (report(48 * 60 - 1, "36.5"),), Wellness.ABNORMAL),
        ((report(0, "37.7"),), (report(48 * 60, "36.5"),), Wellness.NORMAL),
        ((report(0, "37.7"),), (report(48 * 60, None),), Wellness.ABNORMAL),
    ],
)
def test_a_fever_stands_over_midnight_until_a_better_reading_or_one_of_two_days_later(
    before: tuple[Report, ...], today: tuple[Report, ...], state: Wellness
) -> None:
    assert wellness(today, before) is state
