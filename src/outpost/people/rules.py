"""Rules about identity documents and names: what a number may be, and its one form. Pure.

Sources: GB 11643-1999 (citizen identification number, check character after ISO 7064 MOD 11-2), GB/T 2260
(province prefixes), the residence permits of Hong Kong, Macao and Taiwan residents (prefixes 81, 82, 83; notice
of the General Office of the State Council 2018 No. 81), the foreign permanent resident ID card (since 2023:
18 digits beginning with 9; before: three letters and 12 digits), and the travel permits, whose first characters
stay with their holder for life.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import mul

from outpost.core import text as cleaning
from outpost.core.errors import Problem, Refusal
from outpost.core.vocabulary import Vocabulary, Word
from outpost.people import errors


class DocumentType(Vocabulary):
    """The kinds of identity documents. The value stands in the database and in every pseudonym: never rename it."""

    RESIDENT_ID = Word(  # 港澳台居民居住证 follow the same standard
        "resident_id",
        "居民身份证",
        "Resident ID card",
        synonyms=(
            *("身份证", "二代身份证", "中国居民身份证", "居民身份证号码", "身份证号", "身份证号码", "户口簿"),
            *("临时身份证", "临时居民身份证", "中华人民共和国居民身份证", "中华人民共和国临时居民身份证"),
            *("居民户口簿", "港澳台居民居住证", "港澳居民居住证", "台湾居民居住证"),
            *("resident ID", "ID card", "identity card", "Chinese ID", "residence permit"),
        ),
    )
    HK_MACAO_PERMIT = Word(
        "hk_macao_permit",
        "港澳居民来往内地通行证",
        "Hong Kong and Macao travel permit",
        synonyms=(
            *("港澳居民往来内地通行证", "港澳通行证", "回乡证", "来往内地通行证"),
            *("HK/Macao permit", "home return permit", "mainland travel permit"),
        ),
    )
    TAIWAN_PERMIT = Word(
        "taiwan_permit",
        "台湾居民来往大陆通行证",
        "Taiwan travel permit",
        synonyms=(
            *("台湾居民往来大陆通行证", "台胞证", "台湾通行证", "来往大陆通行证"),
            *("Taiwan permit", "Taiwan compatriot permit"),
        ),
    )
    PASSPORT = Word(
        "passport", "护照", "Passport", synonyms=("外国护照", "中国护照", "因私护照", "foreign passport")
    )
    FOREIGN_PERMANENT_RESIDENT = Word(
        "foreign_permanent_resident",
        "外国人永久居留身份证",
        "Foreign permanent resident ID card",
        synonyms=(
            *("外国人永久居留证", "永久居留身份证", "永居证", "五星卡"),
            *("foreign permanent resident ID", "permanent resident ID"),
        ),
    )
    BIRTH_CERTIFICATE = Word(
        "birth_certificate", "出生医学证明", "Birth certificate", synonyms=("出生证", "出生证明")
    )
    OTHER = Word("other", "其他证件", "Other document", synonyms=("其他", "其它", "其它证件"))


@dataclass(frozen=True, slots=True)
class Document:
    """A checked document in its one form. `doc_type` may differ from what was asked: a permanent resident's
    number under "resident ID" is still that person. `warnings` never stop a record."""

    doc_type: DocumentType
    number: str
    warnings: tuple[Problem, ...] = ()


_FOLDED_AWAY = re.compile(r"[\s/_()\-]+")


def _folded(text: str) -> str:
    return _FOLDED_AWAY.sub("", cleaning.compact(text)).lower()


_TYPES: Mapping[str, DocumentType] = {
    _folded(name): doc_type for doc_type in DocumentType for name in doc_type.names
}


@lru_cache(maxsize=1024)
def parse_document_type(text: str) -> DocumentType:
    """Read a document type in Chinese or English; empty is the resident ID, as the files' column is optional.

    Raises Refusal(DOCUMENT_TYPE_UNKNOWN).
    """
    folded = _folded(text)
    if not folded:
        return DocumentType.RESIDENT_ID
    try:
        return _TYPES[folded]
    except KeyError:
        raise Refusal(errors.DOCUMENT_TYPE_UNKNOWN) from None


# --- GB 11643 ---------------------------------------------------------------------------------------------------

LENGTH = 18
OLD_LENGTH = 15
EARLIEST_BIRTH = date(1900, 1, 1)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_PROVINCES = frozenset(
    (
        *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34"),
        *("35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51", "52"),
        *("53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83"),
    )
)
_PERMANENT_RESIDENT = "9"
_ABROAD = "78"  # 71, 81, 82, 83: no counties there
_DIGITS_17 = re.compile(r"[0-9]{17}[0-9X]")
_DIGITS_15 = re.compile(r"[0-9]{15}")
_LIKE_X = str.maketrans({"x": "X", "×": "X", "✕": "X", "х": "X", "Х": "X", "χ": "X", "Χ": "X"})


def _weighted(digits: str, start: int) -> int:
    return sum(map(mul, map(int, digits), _WEIGHTS[start:]))


# The number is read in parts that repeat from person to person, so that a check is three look-ups.
_ORDER_SUMS: Mapping[str, int] = {f"{order:03}": _weighted(f"{order:03}", 14) for order in range(1000)}


@lru_cache(maxsize=8192)
def _area_sum(area: str) -> int | None:
    """The weighted sum of the six digits of the area; None unless they begin with a province."""
    return _weighted(area, 0) if area.isdigit() and area[:2] in _PROVINCES else None


@lru_cache(maxsize=65536)
def _birth(digits: str) -> tuple[int, date] | None:
    """The weighted sum and the day of YYYYMMDD; None when there is no such day."""
    if not digits.isdigit():
        return None
    try:
        born_on = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return (_weighted(digits, 6), born_on) if born_on >= EARLIEST_BIRTH else None


def is_resident_id(text: str, today: date) -> bool:
    """Whether `text` is a valid resident ID number already in its one form (18 ASCII characters, capital X).

    The fast path of bulk imports: about a microsecond. False says nothing about why: ask `normalise_document`.
    """
    if len(text) != LENGTH or not text.isascii():
        return False
    area = _area_sum(text[:6])
    birth = _birth(text[6:14])
    order = _ORDER_SUMS.get(text[14:17])
    if area is None or birth is None or order is None or birth[1] > today:
        return False
    return _CHECK_CHARACTERS[(area + birth[0] + order) % 11] == text[17]


def check_character(first_17: str) -> str:
    """The 18th character for 17 digits: 0 to 9 or X (ISO 7064 MOD 11-2)."""
    return _CHECK_CHARACTERS[_weighted(first_17, 0) % 11]


def normalise_document(
    doc_type: DocumentType, text: str, *, today: date, known_counties: Collection[str] = frozenset()
) -> Document:
    """Check a document number and bring it into its one form. Raises Refusal with a problem of `people.errors`.

    `today` is the local day (nobody is born after it). `known_counties` are six-digit codes; when given, an
    area outside them earns a warning, since counties come and go and old numbers stay.
    """
    if doc_type is DocumentType.RESIDENT_ID and is_resident_id(text, today):
        return _resident(text, known_counties)
    number = cleaning.compact(text).upper()
    if not number:
        raise Refusal(errors.DOCUMENT_EMPTY)
    _check_undamaged(number)
    if doc_type is DocumentType.RESIDENT_ID:
        return _normalise_resident_id(number, today, known_counties)
    if doc_type is DocumentType.FOREIGN_PERMANENT_RESIDENT:
        return _normalise_permanent_resident(number, today)
    return Document(doc_type, _FORMS[doc_type](number))


def _check_undamaged(number: str) -> None:
    if cleaning.is_scientific(number):
        raise Refusal(errors.DOCUMENT_SCIENTIFIC)
    if cleaning.is_decimal(number):
        raise Refusal(errors.DOCUMENT_DECIMAL)
    if "*" in number:
        raise Refusal(errors.DOCUMENT_MASKED)


def born_on(number: str) -> date | None:
    """The day of birth in a number of 18 characters; None where there is none."""
    birth = _birth(number[6:14]) if len(number) == LENGTH else None
    return birth[1] if birth else None


def _resident(number: str, known_counties: Collection[str]) -> Document:
    if known_counties and number[:6] not in known_counties and number[0] not in _ABROAD:
        return Document(DocumentType.RESIDENT_ID, number, (errors.DOCUMENT_COUNTY,))
    return Document(DocumentType.RESIDENT_ID, number)


def _normalise_resident_id(number: str, today: date, known_counties: Collection[str]) -> Document:
    number = number.replace("-", "").translate(_LIKE_X)
    if len(number) == OLD_LENGTH and _DIGITS_15.fullmatch(number):
        number = _converted(number)
    _check_length_and_characters(number)
    if number.startswith(_PERMANENT_RESIDENT):
        _check_birth_and_last(number, today)
        return Document(DocumentType.FOREIGN_PERMANENT_RESIDENT, number)
    if number[:2] not in _PROVINCES:
        raise Refusal(errors.DOCUMENT_PROVINCE)
    _check_birth_and_last(number, today)
    return _resident(number, known_counties)


def _converted(old: str) -> str:
    """15 digits → 18: the century is 19, the check character is added (GB 11643-1999, annex)."""
    if old[:2] not in _PROVINCES:
        raise Refusal(errors.DOCUMENT_PROVINCE)
    if _birth("19" + old[6:12]) is None:
        raise Refusal(errors.DOCUMENT_BIRTH_DATE, first=7, last=12)
    first_17 = old[:6] + "19" + old[6:]
    return first_17 + check_character(first_17)


def _check_length_and_characters(number: str) -> None:
    if number[:1].isalpha() and len(number) < OLD_LENGTH:
        raise Refusal(errors.DOCUMENT_TYPE_MISSING)
    if len(number) == LENGTH - 1:
        raise Refusal(errors.DOCUMENT_LOST_CHARACTER)
    if len(number) != LENGTH:
        raise Refusal(errors.DOCUMENT_LENGTH, found=len(number), expected=LENGTH)
    if not _DIGITS_17.fullmatch(number):
        raise Refusal(errors.DOCUMENT_CHARACTERS)


def _check_birth_and_last(number: str, today: date) -> None:
    fits = check_character(number[:17]) == number[17]
    if not fits and number.endswith("000"):
        raise Refusal(errors.DOCUMENT_ZEROS)
    birth = _birth(number[6:14])
    if birth is None:
        raise Refusal(errors.DOCUMENT_BIRTH_DATE, first=7, last=14)
    if birth[1] > today:
        raise Refusal(errors.DOCUMENT_BIRTH_DATE_AHEAD, first=7, last=14)
    if not fits:
        raise Refusal(errors.DOCUMENT_CHECK_DIGIT)


# --- names ------------------------------------------------------------------------------------------------------

NAME_LENGTH = 64
_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・･.．", "·"))
HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_NO_NAME = frozenset(
    {"So", "Sk", "Cc", "Cs"}
)  # emoji, control characters, halves; rare characters may be unassigned
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def normalise_name(text: str) -> str:
    """A name in its one form: half-width, 张 三 → 张三, one kind of middle dot (阿卜杜拉·买买提), single spaces.

    Raises Refusal(NAME_EMPTY, NAME_LENGTH or NAME_CHARACTERS). Digits are allowed, as lists tell namesakes
    apart by them; a name without any letter is a shifted column.
    """
    name = " ".join(_INVISIBLE.sub("", cleaning.half_width(text)).split())
    if not name:
        raise Refusal(errors.NAME_EMPTY)
    if HAN.search(name):
        name = name.replace(" ", "").translate(_DOTS)
    name = cleaning.half_width(name)  # a mark may have come to stand beside its letter
    if cleaning.is_lost(name) or "?" in name:
        raise Refusal(errors.NAME_LOST)
    if len(name) > NAME_LENGTH:
        raise Refusal(errors.NAME_LENGTH, found=len(name), expected=NAME_LENGTH)
    if not any(map(str.isalpha, name)) or any(unicodedata.category(sign) in _NO_NAME for sign in name):
        raise Refusal(errors.NAME_CHARACTERS)
    return name


def whole_text(text: str) -> str:
    """Any text of a ledger. Raises Refusal(NAME_LOST) when characters of it were lost."""
    if cleaning.is_lost(text):
        raise Refusal(errors.NAME_LOST)
    return text


# --- purposes ---------------------------------------------------------------------------------------------------


class Purpose(Vocabulary):
    """Why an identity may be seen in clear. The value stands in the audit."""

    HEALTH_FOLLOW_UP = Word("health_follow_up", "核酸漏检人员跟进", "Follow-up of a person who missed a test")
    VACCINATION_FOLLOW_UP = Word("vaccination_follow_up", "疫苗接种跟进", "Follow-up of a vaccination")
    TRACING = Word("tracing", "流行病学调查", "Epidemiological investigation")
    DATA_CORRECTION = Word("data_correction", "数据更正", "Correction of data")
    COMPLAINT = Word("complaint", "投诉或申诉处理", "Complaint or objection")
    SUPERVISION = Word("supervision", "监督检查", "Supervision and inspection")


OWN_STAFF = "own staff"  # the purpose of an employer's look: nobody is asked for it
REGISTERED_AT_SITE = "registered at a site"  # of whoever fetches a declaration to register somebody
SHARED_WITH_POLICE = "shared with public security"  # of the arrivals feed
PURPOSE_LENGTH = 200


def check_purpose(purpose: str, *, is_operator: bool) -> str:
    """The purpose as it is recorded: one of `Purpose`; an operator at the console may state it in words.

    Raises Refusal(PURPOSE_MISSING or PURPOSE_UNKNOWN).
    """
    purpose = " ".join(purpose.split())
    if not cleaning.says_something(purpose):
        raise Refusal(errors.PURPOSE_MISSING)
    if purpose in set(Purpose) or (is_operator and len(purpose) <= PURPOSE_LENGTH):
        return purpose
    raise Refusal(errors.PURPOSE_UNKNOWN)


# --- other documents --------------------------------------------------------------------------------------------

_OLD_PERMANENT_RESIDENT = re.compile(r"[A-Z]{3}[0-9]{12}")
_HK_MACAO = re.compile(r"([HM][A0-9][0-9]{7})(?:[0-9]{2})?")  # HA and MA since July 2024
_TAIWAN = re.compile(r"([0-9]{8})(?:[0-9]{2}(?:[A-Z]|\([A-Z]\))?)?")
_PASSPORT = re.compile(r"(?=[A-Z]*[0-9])[A-Z0-9]{5,15}")
_BIRTH_CERTIFICATE = re.compile(r"[A-Z][0-9]{9}")
_OTHER = re.compile(r"(?=.*[0-9])[\w()-]{4,32}")


def _normalise_permanent_resident(number: str, today: date) -> Document:
    if len(number) == OLD_LENGTH and _OLD_PERMANENT_RESIDENT.fullmatch(number):
        if not any(_birth(century + number[7:13]) for century in ("19", "20")):
            raise Refusal(errors.DOCUMENT_BIRTH_DATE, first=8, last=13)
        return Document(DocumentType.FOREIGN_PERMANENT_RESIDENT, number)
    number = number.replace("-", "").translate(_LIKE_X)
    if len(number) != LENGTH or not number.startswith(_PERMANENT_RESIDENT):
        raise Refusal(errors.FOREIGN_RESIDENT_FORMAT)
    _check_length_and_characters(number)
    _check_birth_and_last(number, today)
    return Document(DocumentType.FOREIGN_PERMANENT_RESIDENT, number)


def _form(pattern: re.Pattern[str], problem: Problem) -> Callable[[str], str]:
    """A check that returns the part of the number that stays for life: the whole, or the first group."""

    def check(number: str) -> str:
        match = pattern.fullmatch(number)
        if match is None:
            raise Refusal(problem)
        return match[pattern.groups and 1]

    return check


_FORMS: Mapping[DocumentType, Callable[[str], str]] = {
    DocumentType.HK_MACAO_PERMIT: _form(_HK_MACAO, errors.HK_MACAO_FORMAT),
    DocumentType.TAIWAN_PERMIT: _form(_TAIWAN, errors.TAIWAN_FORMAT),
    DocumentType.PASSPORT: _form(_PASSPORT, errors.PASSPORT_FORMAT),
    DocumentType.BIRTH_CERTIFICATE: _form(_BIRTH_CERTIFICATE, errors.BIRTH_CERTIFICATE_FORMAT),
    DocumentType.OTHER: _form(_OTHER, errors.OTHER_FORMAT),
}
