"""Which documents and names can be real, and their one form."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from outpost.core.errors import Problem, Refusal
from outpost.people import errors, rules
from outpost.people.rules import (
    Document,
    DocumentType,
    born_on,
    check_character,
    is_resident_id,
    normalise_document,
)

pytestmark = pytest.mark.rules

TODAY = date(2022, 6, 8)
VALID = "11010519491231002X"  # the example of GB 11643-1999, annex
PROVINCES = sorted(rules._PROVINCES)


def number_of(area: str, born_on: date, order: int) -> str:
    first_17 = f"{area}{born_on:%Y%m%d}{order:03}"
    return first_17 + check_character(first_17)


def resident_ids() -> st.SearchStrategy[str]:
    areas = st.builds("{}{:04}".format, st.sampled_from(PROVINCES), st.integers(0, 9999))
    return st.builds(number_of, areas, st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999))


def normalised(text: str, doc_type: DocumentType = DocumentType.RESIDENT_ID) -> str:
    return normalise_document(doc_type, text, today=TODAY).number


def problem_of(text: str, doc_type: DocumentType = DocumentType.RESIDENT_ID) -> Problem:
    with pytest.raises(Refusal) as caught:
        normalise_document(doc_type, text, today=TODAY)
    assert caught.value.message
    return caught.value.problem


def naive_is_valid(text: str) -> bool:
    """The standard written down once more, digit by digit, in its own formula (ISO 7064: sum of a_i * 2^(i-1))."""
    if len(text) != 18 or not all(c in "0123456789" for c in text[:17]) or text[17] not in "0123456789X":
        return False
    total = sum((10 if c == "X" else int(c)) * pow(2, 17 - i) for i, c in enumerate(text))
    try:
        born_on = date.fromisoformat(f"{text[6:10]}-{text[10:12]}-{text[12:14]}")
    except ValueError:
        return False
    return total % 11 == 1 and text[:2] in PROVINCES and date(1900, 1, 1) <= born_on <= TODAY


# --- resident ID ------------------------------------------------------------------------------------------------


@given(resident_ids())
def test_valid_numbers_stay_as_they_are(number: str) -> None:
    assert is_resident_id(number, TODAY)
    assert naive_is_valid(number)
    assert normalise_document(DocumentType.RESIDENT_ID, number, today=TODAY) == Document(
        DocumentType.RESIDENT_ID, number
    )


@given(resident_ids(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_wrong_character_is_caught(number: str, position: int, other: str) -> None:
    assume(number[position] != other)
    wrong = number[:position] + other + number[position + 1 :]
    assert not is_resident_id(wrong, TODAY)
    with pytest.raises(Refusal):
        normalised(wrong)


@given(resident_ids(), st.integers(0, 16))
def test_any_two_swapped_neighbours_are_caught(number: str, position: int) -> None:
    swapped = number[:position] + number[position + 1] + number[position] + number[position + 2 :]
    assume(swapped != number)
    assert not is_resident_id(swapped, TODAY)


@given(st.one_of(resident_ids(), st.text("0123456789Xx+-_ ", min_size=15, max_size=19), st.text(max_size=20)))
def test_the_fast_path_agrees_with_the_standard(text: str) -> None:
    assert is_resident_id(text, TODAY) == naive_is_valid(text)


@given(resident_ids(), st.data())
def test_the_fast_path_agrees_on_damaged_numbers(number: str, data: st.DataObject) -> None:
    characters = list(number)
    for position in data.draw(st.lists(st.integers(0, 17), max_size=3)):
        characters[position] = data.draw(st.sampled_from("0123456789Xx+-_ ١"))
    damaged = "".join(characters)
    assert is_resident_id(damaged, TODAY) == naive_is_valid(damaged)


@given(
    resident_ids(),
    st.sampled_from(["{}", " {} ", "\t{}", "'{}", "\u202d{}\u202c", "\ufeff{}", "{}\u3000", "{}\n"]),
)
def test_writings_of_one_number_are_one(number: str, frame: str) -> None:
    full_width = number.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    spaced = f"{number[:6]} {number[6:14]} {number[14:]}"
    for written in (number, number.lower(), full_width, full_width.lower(), spaced, number.replace("X", "×")):
        assert normalised(frame.format(written)) == number


@pytest.mark.parametrize("number", [VALID, "810000199408230021", "830000199201300022", "820000199106150018"])
def test_known_numbers(number: str) -> None:
    first_17 = number[:17]
    assert normalised(first_17 + check_character(first_17))
    assert check_character(VALID[:17]) == "X"


@pytest.mark.parametrize(
    ("old", "new"), [("110105491231002", VALID), ("440106900101123", "440106199001011234")]
)
def test_the_15_digit_form_is_converted(old: str, new: str) -> None:
    expected = new[:17] + check_character(new[:17])
    assert normalised(old) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", errors.DOCUMENT_EMPTY),
        (" \u3000", errors.DOCUMENT_EMPTY),
        ("11010519491231002", errors.DOCUMENT_LOST_CHARACTER),
        ("1101051949123100", errors.DOCUMENT_LENGTH),
        ("11010519491231002XX", errors.DOCUMENT_LENGTH),
        ("12345", errors.DOCUMENT_LENGTH),
        ("11O10519491231002X", errors.DOCUMENT_CHARACTERS),
        ("1101051949X231002X", errors.DOCUMENT_CHARACTERS),
        ("11010519491231002Y", errors.DOCUMENT_CHARACTERS),
        ("1101**********002X", errors.DOCUMENT_MASKED),
        ("99010519491231002X", errors.DOCUMENT_CHECK_DIGIT),
        ("16010519491231002X", errors.DOCUMENT_PROVINCE),
        ("00010519491231002X", errors.DOCUMENT_PROVINCE),
        ("110105194902290028", errors.DOCUMENT_BIRTH_DATE),
        ("110105194913010020", errors.DOCUMENT_BIRTH_DATE),
        ("110105180001010020", errors.DOCUMENT_BIRTH_DATE),
        ("110105194912310029", errors.DOCUMENT_CHECK_DIGIT),
        ("160105491231002", errors.DOCUMENT_PROVINCE),
        ("110105491331002", errors.DOCUMENT_BIRTH_DATE),
    ],
)
def test_each_fault_has_its_reason(text: str, problem: Problem) -> None:
    assert problem_of(text) is problem


def test_lengths_are_told() -> None:
    with pytest.raises(Refusal) as caught:
        normalised("1101051949123100")
    assert caught.value.fields == {"found": 16, "expected": 18}


def test_nobody_is_born_tomorrow() -> None:
    assert normalised(number_of("440106", TODAY, 1))
    assert problem_of(number_of("440106", TODAY + timedelta(days=1), 1)) is errors.DOCUMENT_BIRTH_DATE_AHEAD


@pytest.mark.promise("F5")
@given(resident_ids())
def test_what_a_spreadsheet_does_to_a_number_is_named(number: str) -> None:
    digits = number.replace("X", "0")
    value = float(int(digits))
    assert problem_of(f"{value:.5E}") is errors.DOCUMENT_SCIENTIFIC
    assert problem_of(str(value)) is errors.DOCUMENT_SCIENTIFIC
    assert problem_of(f"{value:.1f}") is errors.DOCUMENT_DECIMAL
    shown_by_excel = digits[:15] + "000"
    if not naive_is_valid(shown_by_excel):
        assert problem_of(shown_by_excel) is errors.DOCUMENT_ZEROS


@pytest.mark.promise("F5")
@given(resident_ids())
def test_a_lost_last_character_is_named(number: str) -> None:
    assert problem_of(number[:17]) is errors.DOCUMENT_LOST_CHARACTER


@pytest.mark.promise("F5")
def test_a_number_rounded_to_a_float_is_refused() -> None:
    """Of the values that rounding makes of all numbers of one day, those that change are caught in most cases."""
    numbers = [number_of("440106", date(1990, 1, 1), order) for order in range(1000)]
    rounded = [(number, str(int(float(number)))) for number in numbers if number.isdigit()]
    changed = [(number, value) for number, value in rounded if number != value]
    caught = [value for _, value in changed if not is_resident_id(value, TODAY)]
    assert len(changed) > 800
    assert len(caught) > 0.85 * len(changed)


def test_an_unknown_county_is_a_warning_only() -> None:
    known = {"110105"}
    here = normalise_document(DocumentType.RESIDENT_ID, VALID, today=TODAY, known_counties=known)
    elsewhere = number_of("440106", date(1990, 1, 1), 1)
    away = normalise_document(DocumentType.RESIDENT_ID, elsewhere, today=TODAY, known_counties=known)
    assert here.warnings == ()
    assert away == Document(DocumentType.RESIDENT_ID, elsewhere, (errors.DOCUMENT_COUNTY,))
    for area in ("810000", "820000", "830000"):
        permit = number_of(area, date(1990, 1, 1), 1)
        found = normalise_document(DocumentType.RESIDENT_ID, permit, today=TODAY, known_counties=known)
        assert found.warnings == ()


@given(resident_ids())
def test_the_birth_date_is_read(number: str) -> None:
    document = normalise_document(DocumentType.RESIDENT_ID, number, today=TODAY)
    assert born_on(document.number) == date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def test_other_documents_carry_no_birth_date() -> None:
    assert born_on("E12345678") is None


@pytest.mark.promise("V8")
@given(resident_ids(), st.integers(0, 17), st.sampled_from("0123456789XO"))
def test_no_refusal_repeats_the_number(number: str, position: int, other: str) -> None:
    wrong = number[:position] + other + number[position + 1 :]
    assume(wrong != number)
    with pytest.raises(Refusal) as caught:
        normalised(wrong)
    assert wrong[:14] not in f"{caught.value!r} {caught.value.fields} {caught.value.message}"


# --- foreign permanent residents --------------------------------------------------------------------------------


@given(st.integers(0, 99999), st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999))
def test_a_permanent_resident_is_one_person_whatever_the_type_says(
    rest: int, born_on: date, order: int
) -> None:
    number = number_of(f"9{rest:05}", born_on, order)
    expected = Document(DocumentType.FOREIGN_PERMANENT_RESIDENT, number)
    for doc_type in (DocumentType.RESIDENT_ID, DocumentType.FOREIGN_PERMANENT_RESIDENT):
        assert normalise_document(doc_type, number.lower(), today=TODAY) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("USA440175010112", None),
        ("usa440175010112", None),
        ("USA440175130112", errors.DOCUMENT_BIRTH_DATE),
        (VALID, errors.FOREIGN_RESIDENT_FORMAT),
        ("US4401750101123", errors.FOREIGN_RESIDENT_FORMAT),
        ("9110841994082300", errors.FOREIGN_RESIDENT_FORMAT),
        ("91108419940823O021", errors.DOCUMENT_CHARACTERS),
        ("", errors.DOCUMENT_EMPTY),
    ],
)
def test_permanent_resident_forms(text: str, problem: Problem | None) -> None:
    if problem is None:
        assert normalised(text, DocumentType.FOREIGN_PERMANENT_RESIDENT) == text.upper()
    else:
        assert problem_of(text, DocumentType.FOREIGN_PERMANENT_RESIDENT) is problem


# --- other documents --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("doc_type", "text", "number"),
    [
        (DocumentType.HK_MACAO_PERMIT, "h12345678", "H12345678"),
        (DocumentType.HK_MACAO_PERMIT, "H1234567802", "H12345678"),
        (DocumentType.HK_MACAO_PERMIT, "Ｍ12345678", "M12345678"),
        (DocumentType.TAIWAN_PERMIT, "12345678", "12345678"),
        (DocumentType.TAIWAN_PERMIT, "1234567801", "12345678"),
        (DocumentType.TAIWAN_PERMIT, "1234567801（B）", "12345678"),
        (DocumentType.TAIWAN_PERMIT, "1234567801B", "12345678"),
        (DocumentType.PASSPORT, "e12345678", "E12345678"),
        (DocumentType.PASSPORT, "EA 1234567", "EA1234567"),
        (DocumentType.PASSPORT, "123456789", "123456789"),
        (DocumentType.BIRTH_CERTIFICATE, "s440112345", "S440112345"),
        (DocumentType.OTHER, "军字第1234567号", "军字第1234567号"),
        (DocumentType.OTHER, "ab-1234", "AB-1234"),
    ],
)
def test_other_documents_have_one_form(doc_type: DocumentType, text: str, number: str) -> None:
    assert normalised(text, doc_type) == number
    assert normalised(number, doc_type) == number


@pytest.mark.parametrize(
    ("doc_type", "text", "problem"),
    [
        (DocumentType.HK_MACAO_PERMIT, "X12345678", errors.HK_MACAO_FORMAT),
        (DocumentType.HK_MACAO_PERMIT, "H1234567", errors.HK_MACAO_FORMAT),
        (DocumentType.TAIWAN_PERMIT, "1234567", errors.TAIWAN_FORMAT),
        (DocumentType.TAIWAN_PERMIT, "A12345678", errors.TAIWAN_FORMAT),
        (DocumentType.PASSPORT, "E123", errors.PASSPORT_FORMAT),
        (DocumentType.PASSPORT, "ABCDEFGH", errors.PASSPORT_FORMAT),
        (DocumentType.PASSPORT, "护照12345", errors.PASSPORT_FORMAT),
        (DocumentType.PASSPORT, "1.23E+08", errors.DOCUMENT_SCIENTIFIC),
        (DocumentType.PASSPORT, "123456789.0", errors.DOCUMENT_DECIMAL),
        (DocumentType.PASSPORT, "E1*****78", errors.DOCUMENT_MASKED),
        (DocumentType.PASSPORT, "", errors.DOCUMENT_EMPTY),
        (DocumentType.BIRTH_CERTIFICATE, "S44011234", errors.BIRTH_CERTIFICATE_FORMAT),
        (DocumentType.OTHER, "123", errors.OTHER_FORMAT),
        (DocumentType.OTHER, "无证件", errors.OTHER_FORMAT),
    ],
)
def test_other_documents_are_refused_with_their_form(
    doc_type: DocumentType, text: str, problem: Problem
) -> None:
    assert problem_of(text, doc_type) is problem


@given(st.sampled_from(DocumentType), st.text(max_size=40))
def test_any_text_is_a_document_or_a_refusal(doc_type: DocumentType, text: str) -> None:
    try:
        document = normalise_document(doc_type, text, today=TODAY)
    except Refusal:
        return
    assert normalise_document(document.doc_type, document.number, today=TODAY) == document
