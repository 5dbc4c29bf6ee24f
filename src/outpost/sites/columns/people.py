"""The register of a site's people 进场预登记, column by column."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from outpost.core.ledgers import LedgerColumn
from outpost.core.masking import mask_address, mask_document, mask_name, mask_phone
from outpost.core.phones import normalise_phone
from outpost.core.sheets.columns import Choice, ColumnKind, Sheet
from outpost.people import rules as people
from outpost.regions.columns import LONGEST_ADDRESS, LONGEST_NUMBER
from outpost.sites.columns.contracts import LONGEST_NAME
from outpost.sites.vocabularies import Roll

PEOPLE = (
    LedgerColumn(
        "roll",
        "人员类型",
        kind=ColumnKind.CHOICE,
        choices=Choice.all_of(Roll),
        example="作业人员",
        label=_("Roll"),
    ),
    LedgerColumn(
        "document_type",
        "证件类型",
        check=people.parse_document_type,
        example="居民身份证",
        label=_("Document type"),
    ),
    LedgerColumn(
        "document_number",
        "证件号码",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("身份证号码", "身份证号"),
        example="110101190001011009",
        max_length=LONGEST_NUMBER,
        repeats=False,
        label=_("ID number"),
        mask=mask_document,
    ),
    LedgerColumn(
        "name",
        "姓名",
        required=True,
        check=people.normalise_name,
        example="张三",
        label=_("Full name"),
        mask=mask_name,
    ),
    LedgerColumn(
        "departure",
        "出发地",
        required=True,
        synonyms=("来源地",),
        check=people.whole_text,
        max_length=LONGEST_NAME,
        example="湖南省长沙市",
        label=_("Place of departure"),
    ),
    LedgerColumn(
        "employer",
        "用人单位",
        required=True,
        check=people.whole_text,
        max_length=LONGEST_NAME,
        example="示例劳务有限公司",
        label=_("Employer"),
    ),
    LedgerColumn(
        "phone",
        "手机号码",
        kind=ColumnKind.IDENTIFIER,
        synonyms=("手机号", "联系电话"),
        max_length=LONGEST_NUMBER,
        check=normalise_phone,
        repeats=False,
        example="13800138000",
        label=_("Phone"),
        mask=mask_phone,
    ),
    LedgerColumn(
        "trade",
        "工种",
        synonyms=("岗位",),
        check=people.whole_text,
        max_length=LONGEST_NAME,
        example="钢筋工",
        label=_("Trade"),
    ),
    LedgerColumn(
        "address",
        "居住地址",
        synonyms=("住址", "现住址", "宿舍"),
        check=people.whole_text,
        max_length=LONGEST_ADDRESS,
        example="南沙街道示例路1号",
        label=_("Where they live"),
        mask=mask_address,
    ),
)
WHO = tuple(one for one in PEOPLE if one.name in ("document_type", "document_number"))
"""How a file that comes later names somebody."""
REGISTER = Sheet("sites.registrations", "预登记", PEOPLE)

_OF_USERS = ("document_type", "document_number", "name", "phone", "employer")
USERS = tuple(
    replace(column, required=column.required or column.name == "phone")
    for column in PEOPLE
    if column.name in _OF_USERS
)
"""What is stated of somebody who is authorised to register the people of an employer: they sign in by this phone."""
AUTHORISED = Sheet("sites.users", "登记管理人员", USERS)
