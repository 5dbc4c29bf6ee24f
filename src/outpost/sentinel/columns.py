"""The columns of the two ledgers. Forms, templates, files and exports all follow them; the category adds its own.

Required columns are marked; `town` of the staff table is needed only where two organisations share a name.
"""

from collections.abc import Iterable

from outpost.core.credit_code import normalise_credit_code
from outpost.core.phones import normalise_phone
from outpost.core.sheets.columns import Choice, Column, ColumnKind, Sheet
from outpost.people import rules as people
from outpost.sentinel.duty import DutyState
from outpost.sentinel.fields import Audience, FieldSpec

LONGEST_ADDRESS = 300
LONGEST_NUMBER = 64

_TOWN_SYNONYMS = ("镇街", "所属街道", "所属街镇", "所属镇街道")

DUTY = Column(
    "duty",
    "在岗状态",
    kind=ColumnKind.CHOICE,
    choices=Choice.all_of(DutyState),
    example="在岗",
)

ORGANIZATION_COLUMNS = (
    Column(
        "name",
        "主体名称",
        required=True,
        synonyms=("企业名称", "单位名称", "主体", "organization", "organisation", "organization name"),
        example="南沙示例冷链有限公司",
        max_length=120,
    ),
    Column(
        "social_credit_code",
        "统一社会信用代码",
        kind=ColumnKind.IDENTIFIER,
        synonyms=("社会信用代码", "信用代码", "unified social credit code"),
        max_length=LONGEST_NUMBER,
        check=normalise_credit_code,
    ),
    Column("town", "所属镇街", required=True, synonyms=_TOWN_SYNONYMS, example="南沙街道"),
    Column("grid", "所属网格", synonyms=("网格",)),
    Column(
        "principal_name",
        "负责人姓名",
        required=True,
        synonyms=("负责人", "责任人", "责任人姓名", "principal"),
        example="张三",
        check=people.normalise_name,
    ),
    Column(
        "principal_phone",
        "负责人电话",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("负责人手机", "负责人手机号码", "负责人联系电话", "责任人电话"),
        example="13800138000",
        max_length=LONGEST_NUMBER,
        check=normalise_phone,
    ),
    Column(
        "address",
        "主体地址",
        required=True,
        synonyms=("地址", "企业地址", "单位地址", "经营地址"),
        example="环市大道1号",
        max_length=LONGEST_ADDRESS,
    ),
)

JOB_TYPE = Column(
    "job_type",
    "人员类别",
    synonyms=("岗位", "工种", "人员类型", "岗位类别"),
    example="搬运工",
    max_length=60,
)

STAFF_COLUMNS = (
    Column(
        "organization",
        "主体名称",
        required=True,
        synonyms=("企业名称", "单位名称", "主体", "organisation", "organization name"),
        example="南沙示例冷链有限公司",
        max_length=120,
    ),
    Column("town", "所属镇街", synonyms=_TOWN_SYNONYMS),
    Column(
        "name",
        "姓名",
        required=True,
        synonyms=("员工姓名", "人员姓名"),
        example="张三",
        check=people.normalise_name,
    ),
    JOB_TYPE,
    Column(
        "phone",
        "手机号码",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("手机号", "手机", "联系电话", "电话", "phone number", "mobile"),
        example="13800138000",
        max_length=LONGEST_NUMBER,
        check=normalise_phone,
    ),
    Column(
        "document_type",
        "证件类型",
        synonyms=("证件种类",),
        example="居民身份证",
        check=people.parse_document_type,
    ),
    Column(
        "document_number",
        "身份证号码",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("证件号码", "身份证号", "身份证", "证件号", "ID number"),
        example="11010119000101100X",
        max_length=LONGEST_NUMBER,
    ),
    Column(
        "address",
        "居住地址",
        required=True,
        synonyms=("住址", "现住址", "家庭住址", "现居住地址", "地址", "home address"),
        example="环市大道1号101房",
        max_length=LONGEST_ADDRESS,
    ),
    Column(
        "joined_on",
        "入职日期",
        kind=ColumnKind.DATE,
        synonyms=("入职时间", "上岗日期", "joined"),
        example="2022-06-01",
    ),
    DUTY,
)

_TABLES = {
    Audience.ORGANIZATION: ("organizations", "主体", ORGANIZATION_COLUMNS),
    Audience.STAFF: ("staff", "员工", STAFF_COLUMNS),
}


def table_of(audience: Audience, fields: Iterable[FieldSpec]) -> Sheet:
    """The ledger's table with the extra fields of a category.

    Raises ValueError when two columns answer to one name.
    """
    name, title, columns = _TABLES[audience]
    return Sheet(f"sentinel.{name}", title, (*columns, *(spec.column() for spec in fields)))
