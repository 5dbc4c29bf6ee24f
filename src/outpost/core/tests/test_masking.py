"""What is shown of a person who is not revealed, and what a log may hold."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.core.logs import ScrubFilter
from outpost.core.masking import mask_address, mask_document, mask_name, mask_phone, scrub

pytestmark = pytest.mark.rules


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("欧阳锋", "欧**"),
        ("阿卜杜拉·买买提", "阿*******"),
        (" 李四 ", "李*"),
        ("John Smith", "J***"),
        ("Li", "L***"),
        ("张", "*"),
        ("", ""),
    ],
)
def test_names(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("440106199001011234", "4401**********1234"),
        ("44010619900101123X", "4401**********123X"),
        ("H12345678", "H1*****78"),
        ("E1234567", "E1****67"),
        ("123456", "12**56"),
        ("12345", "*****"),
        ("1", "*"),
        ("", ""),
    ],
)
def test_documents(number: str, shown: str) -> None:
    assert mask_document(number) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("02084681234", "020****1234"),
        ("+85291234567", "+85*****4567"),
        ("4008123", "40***23"),
        ("110", "***"),
        ("", ""),
    ],
)
def test_phones(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("广州市南沙区环市大道西1号", "广州市南沙区***"),
        ("东涌镇鱼窝头", "东涌镇***"),
        ("家", "***"),
        ("  ", ""),
    ],
)
def test_addresses(address: str, shown: str) -> None:
    assert mask_address(address) == shown


@pytest.mark.promise("T4")
@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1, max_size=40))
def test_no_mask_shows_the_whole(text: str) -> None:
    for mask in (mask_name, mask_document, mask_phone, mask_address):
        assert text not in mask(text)


@pytest.mark.promise("V8")
@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("no row for 440106199001011234 here", "no row for 4401**********1234 here"),
        ("号码44010619900101123x，", "号码4401**********123x，"),
        ("440106 19900101 1234", "4401**********1234"),
        ("４４０１０６１９９００１０１１２３Ｘ", "４４０１**********１２３Ｘ"),
        ("id=44010619900101123", "id=44*************23"),
        ("old 440106900101123.", "old 44***********23."),
        ("call 13812345678 now", "call 138****5678 now"),
        ("tel13812345678", "tel138****5678"),
        ("138-1234-5678/139 8765 4321", "138****5678/139****4321"),
        ("+8613812345678 0086-13912345678", "138****5678 139****5678"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("permit H12345678, passport EA1234567", "permit H1*****78, passport EA*****67"),
    ],
)
def test_logs_lose_their_numbers(line: str, kept: str) -> None:
    assert scrub(line) == kept


@pytest.mark.parametrize(
    "line",
    [
        "person 1d2a3f44-13a8-4123-9567-a13812345678 of import 99",
        "GET /sentinel/staff?page=12 200 in 1350 ms",
        "2022-06-08 12:00:00 job 20220608120000 took 13.81234 s",
        "region 440115001, 14,825 staff, port 15432",
        "1654660800000 ms",
    ],
)
def test_logs_keep_what_is_no_number_of_a_person(line: str) -> None:
    assert scrub(line) == line


@pytest.mark.promise("V8")
def test_the_log_filter_scrubs_arguments_too() -> None:
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "sent to %s", ("13812345678",), None)
    assert ScrubFilter().filter(record)
    assert record.getMessage() == "sent to 138****5678"
