"""The two ledgers, column by column. Forms, templates, files, lists and exports follow from this declaration; the
category adds its own columns.

`town` of the staff table is needed only where two organisations share a name.
"""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from outpost.core.ledgers import LedgerColumn
from outpost.core.masking import mask_address, mask_document, mask_name, mask_phone
from outpost.core.phones import normalise_phone
from outpost.core.sheets.columns import Choice, ColumnKind, Sheet
from outpost.core.vocabulary import Vocabulary, Word
from outpost.fields.specs import FieldSpec
from outpost.people import rules as people
from outpost.people.rules import DocumentType
from outpost.regions.columns import CREDIT_CODE, LONGEST_ADDRESS, LONGEST_NUMBER, TOWN
from outpost.sentinel.duty import DutyState


class Audience(Vocabulary):
    """Whose ledger it is, and whose extra fields; the value stands in the database."""

    ORGANIZATION = Word("organization", "主体", "Organisations")
    STAFF = Word("staff", "员工", "Staff")


DUTY = LedgerColumn(
    "duty",
    "在岗状态",
    kind=ColumnKind.CHOICE,
    choices=Choice.all_of(DutyState),
    example="在岗",
    label=_("Duty"),
    in_form=False,
    is_default=False,
)

ORGANIZATIONS = (
    LedgerColumn(
        "name",
        "主体名称",
        required=True,
        synonyms=("企业名称", "单位名称", "主体", "organization", "organisation", "organization name"),
        check=people.whole_text,
        example="南沙示例冷链有限公司",
        max_length=120,
        label=_("Name of the organisation"),
        heading=_("Organisation"),
        is_long=True,
        order="name",
        typed="name",
    ),
    CREDIT_CODE,
    TOWN,
    LedgerColumn("grid", "所属网格", synonyms=("网格",), label=_("Grid")),
    LedgerColumn(
        "principal_name",
        "负责人姓名",
        required=True,
        synonyms=("负责人", "责任人", "责任人姓名", "principal"),
        example="张三",
        check=people.normalise_name,
        label=_("Name of the principal"),
        heading=_("Person in charge"),
        mask=mask_name,
        typed="name",
    ),
    LedgerColumn(
        "principal_phone",
        "负责人电话",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("负责人手机", "负责人手机号码", "负责人联系电话", "责任人电话"),
        example="13800138000",
        max_length=LONGEST_NUMBER,
        check=normalise_phone,
        repeats=False,
        label=_("Phone of the principal"),
        advice=_("The principal signs in with it."),
        mask=mask_phone,
        typed="phone",
    ),
    LedgerColumn(
        "address",
        "主体地址",
        required=True,
        synonyms=("地址", "企业地址", "单位地址", "经营地址"),
        check=people.whole_text,
        example="环市大道1号",
        max_length=LONGEST_ADDRESS,
        repeats=False,
        label=_("Address"),
        is_default=False,
        is_long=True,
        typed="name",
    ),
)

JOB_TYPE = LedgerColumn(
    "job_type",
    "人员类别",
    synonyms=("岗位", "工种", "人员类型", "岗位类别"),
    check=people.whole_text,
    example="搬运工",
    max_length=60,
    label=_("Job type"),
    is_plain=True,
    order="job_type",
    is_filter=True,
    typed="name",
)

STAFF = (
    LedgerColumn(
        "organization",
        "主体名称",
        required=True,
        synonyms=("企业名称", "单位名称", "主体", "organisation", "organization name"),
        example="南沙示例冷链有限公司",
        max_length=120,
        label=_("Organisation"),
        in_form=False,
        is_long=True,
        order="organization",
    ),
    replace(TOWN, required=False, example="", in_form=False),
    LedgerColumn(
        "name",
        "姓名",
        required=True,
        synonyms=("员工姓名", "人员姓名"),
        example="张三",
        check=people.normalise_name,
        label=_("Full name"),
        mask=mask_name,
        typed="name",
    ),
    JOB_TYPE,
    LedgerColumn(
        "phone",
        "手机号码",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("手机号", "手机", "联系电话", "电话", "phone number", "mobile"),
        example="13800138000",
        max_length=LONGEST_NUMBER,
        check=normalise_phone,
        repeats=False,
        label=_("Mobile number"),
        mask=mask_phone,
        typed="phone",
    ),
    LedgerColumn(
        "document_type",
        "证件类型",
        synonyms=("证件种类",),
        example="居民身份证",
        check=people.parse_document_type,
        label=_("Document type"),
        in_list=False,
        options=dict(DocumentType.choices()),
    ),
    LedgerColumn(
        "document_number",
        "身份证号码",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("证件号码", "身份证号", "身份证", "证件号", "ID number"),
        example="110101190001011009",
        max_length=LONGEST_NUMBER,
        repeats=False,
        label=_("ID number"),
        mask=mask_document,
        typed="document",
    ),
    LedgerColumn(
        "address",
        "居住地址",
        required=True,
        synonyms=("住址", "现住址", "家庭住址", "现居住地址", "地址", "home address"),
        check=people.whole_text,
        example="环市大道1号101房",
        max_length=LONGEST_ADDRESS,
        repeats=False,
        label=_("Home address"),
        mask=mask_address,
        is_default=False,
        is_long=True,
        typed="name",
    ),
    LedgerColumn(
        "joined_on",
        "入职日期",
        kind=ColumnKind.DATE,
        synonyms=("入职时间", "上岗日期", "joined"),
        example="2022-06-01",
        label=_("Joined on"),
        is_default=False,
        order="joined_on",
        typed="day",
    ),
    DUTY,
)

LEDGERS = {Audience.ORGANIZATION: ORGANIZATIONS, Audience.STAFF: STAFF}
_NAMES = {Audience.ORGANIZATION: "organizations", Audience.STAFF: "staff"}


def table_of(audience: Audience, fields: Iterable[FieldSpec]) -> Sheet:
    """The ledger's table with the extra fields of a category.

    Raises ValueError when two columns answer to one name.
    """
    columns = (*LEDGERS[audience], *(spec.column() for spec in fields))
    return Sheet(f"sentinel.{_NAMES[audience]}", audience.zh, columns)
