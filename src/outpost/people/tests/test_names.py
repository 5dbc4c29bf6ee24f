"""How document types, names and purposes are read."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outpost.core.errors import Problem, Refusal
from outpost.people import errors, rules
from outpost.people.rules import DocumentType, Purpose, check_purpose, normalise_name, parse_document_type

pytestmark = pytest.mark.rules

# --- document types ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "doc_type"),
    [
        ("", DocumentType.RESIDENT_ID),
        ("居民身份证", DocumentType.RESIDENT_ID),
        (" 身份证 ", DocumentType.RESIDENT_ID),
        ("港澳台居民居住证", DocumentType.RESIDENT_ID),
        ("Resident ID", DocumentType.RESIDENT_ID),
        ("resident_id", DocumentType.RESIDENT_ID),
        ("港澳居民来往内地通行证", DocumentType.HK_MACAO_PERMIT),
        ("回乡证", DocumentType.HK_MACAO_PERMIT),
        ("HK/Macao permit", DocumentType.HK_MACAO_PERMIT),
        ("台湾居民来往大陆通行证", DocumentType.TAIWAN_PERMIT),
        ("台胞证", DocumentType.TAIWAN_PERMIT),
        ("护照", DocumentType.PASSPORT),
        ("ＰＡＳＳＰＯＲＴ", DocumentType.PASSPORT),
        ("外国人永久居留身份证", DocumentType.FOREIGN_PERMANENT_RESIDENT),
        ("出生医学证明", DocumentType.BIRTH_CERTIFICATE),
        ("其他", DocumentType.OTHER),
        ("其它证件", DocumentType.OTHER),
    ],
)
def test_document_types_are_read(text: str, doc_type: DocumentType) -> None:
    assert parse_document_type(text) is doc_type


def test_no_name_stands_for_two_document_types() -> None:
    folded = {doc_type: set(map(rules._folded, doc_type.names)) for doc_type in DocumentType}
    for name in set().union(*folded.values()):
        assert len({doc_type for doc_type, names in folded.items() if name in names}) == 1


def test_an_unknown_document_type_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        parse_document_type("驾驶证")
    assert caught.value.problem is errors.DOCUMENT_TYPE_UNKNOWN


# --- names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        (" 张　三 ", "张三"),
        ("张\u200b三", "张三"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("John   Smith", "John Smith"),
        ("Ｊｏｈｎ", "John"),
        ("员工0001", "员工0001"),
    ],
)
def test_names_have_one_form(text: str, name: str) -> None:
    assert normalise_name(text) == name


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", errors.NAME_EMPTY),
        ("\u3000\u200b", errors.NAME_EMPTY),
        ("张" * 65, errors.NAME_LENGTH),
        ("13812345678", errors.NAME_CHARACTERS),
        ("--", errors.NAME_CHARACTERS),
        ("NULL", errors.NAME_LOST),
    ],
)
def test_what_is_no_name(text: str, problem: Problem) -> None:
    with pytest.raises(Refusal) as caught:
        normalise_name(text)
    assert caught.value.problem is problem
    assert caught.value.message


@given(st.text(max_size=70))
@example("t¨𠀀")
@example("t\u200b\u0308")
def test_a_normalised_name_stays(text: str) -> None:
    try:
        name = normalise_name(text)
    except Refusal:
        return
    assert normalise_name(name) == name


# --- purposes ---------------------------------------------------------------------------------------------------


@pytest.mark.promise("T4")
@pytest.mark.parametrize("purpose", ["", "  ", "\n"])
def test_a_look_needs_a_purpose(purpose: str) -> None:
    for is_operator in (False, True):
        with pytest.raises(Refusal) as caught:
            check_purpose(purpose, is_operator=is_operator)
        assert caught.value.problem is errors.PURPOSE_MISSING


def test_purposes_are_a_list_for_officers_and_words_for_the_operator() -> None:
    assert check_purpose("tracing", is_operator=False) == Purpose.TRACING
    assert check_purpose(" drill of  8 June ", is_operator=True) == "drill of 8 June"
    for purpose, is_operator in [("curiosity", False), ("x" * 201, True)]:
        with pytest.raises(Refusal) as caught:
            check_purpose(purpose, is_operator=is_operator)
        assert caught.value.problem is errors.PURPOSE_UNKNOWN


def test_every_document_type_and_purpose_has_a_name() -> None:
    for word in (*DocumentType, *Purpose):
        assert word.zh
        assert word.en
