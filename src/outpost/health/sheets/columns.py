"""The columns of both tables, with the names by which sources call them."""

from django.utils.translation import gettext_lazy

from outpost.access.rules import SOURCE_FORM
from outpost.core.errors import Refusal
from outpost.core.sheets.columns import Choice, Column, ColumnKind, Sheet
from outpost.health import errors
from outpost.health.rules import TestResult
from outpost.people import rules as people

LONGEST_NUMBER = 64


def _source(text: str) -> str:
    """Case and width do not tell sources apart. A slash is kept out: `source/record_id` names a record in the
    history."""
    if not SOURCE_FORM.fullmatch(text):
        raise Refusal(errors.SOURCE_FORM)
    return " ".join(text.casefold().split())


_WHO = (
    Column(
        "source",
        "来源",
        required=True,
        kind=ColumnKind.KEY,
        synonyms=("数据来源",),
        example="lims",
        max_length=64,
        check=_source,
    ),
    Column(
        "record_id",
        "记录编号",
        required=True,
        kind=ColumnKind.KEY,
        synonyms=("记录号", "流水号", "记录ID"),
        example="20220601-000001",
        max_length=128,
        repeats=False,
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
        "证件号码",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("身份证号码", "身份证号", "证件号", "ID number"),
        example="110101190001011009",
        max_length=LONGEST_NUMBER,
        repeats=False,
    ),
    Column("name", "姓名", example="张三"),
)
_STATUS = Column(
    "status",
    "状态",
    kind=ColumnKind.CHOICE,
    synonyms=("记录状态", "state"),
    choices=(
        Choice("active", "有效", "active", ("正常",)),
        Choice("withdrawn", "作废", "withdrawn", ("撤销", "已作废", "已撤销")),
        Choice("corrected", "更正", "corrected", ("已更正", "修正", "correction")),
    ),
    help=gettext_lazy(
        "Empty: as it is on record; a new record counts. Corrected: the record may name another person, another day of"
        " sampling, and take a result back."
    ),
)
_RESULT = Column(
    "result",
    "检测结果",
    kind=ColumnKind.CHOICE,
    synonyms=("结果", "核酸结果", "核酸检测结果"),
    choices=Choice.all_of(TestResult),
    example="阴性",
)
_ORDINALS = "一二三四五六七八九"
_DOSE = Column(
    "dose",
    "针次",
    required=True,
    kind=ColumnKind.CHOICE,
    synonyms=("剂次", "接种剂次", "接种针次"),
    choices=tuple(
        Choice(
            f"{n}",
            f"第{n}针",
            f"dose {n}",
            (f"第{zh}针", f"第{zh}剂", f"第{n}剂", f"{n}针", f"{n}剂", f"{n}.0"),
        )
        for n, zh in enumerate(_ORDINALS, 1)
    ),
    example="第1针",
)

TESTS = Sheet(
    "health.tests",
    "核酸记录",
    (
        *_WHO,
        Column(
            "sampled_at",
            "采样时间",
            required=True,
            kind=ColumnKind.DATETIME,
            synonyms=("采集时间",),
            example="2022-06-01 08:30",
        ),
        Column(
            "result_at",
            "结果时间",
            kind=ColumnKind.DATETIME,
            synonyms=("出结果时间", "报告时间"),
            example="2022-06-01 20:15",
        ),
        _RESULT,
        Column("laboratory", "检测机构", synonyms=("检测单位", "实验室"), example="南沙医院检验科"),
        Column("sampling_point", "采样点", synonyms=("采样地点",), example="南沙体育馆"),
        Column(
            "tube", "试管条码", kind=ColumnKind.IDENTIFIER, synonyms=("试管编号", "试管码"), max_length=64
        ),
        _STATUS,
    ),
)
VACCINATIONS = Sheet(
    "health.vaccinations",
    "疫苗接种记录",
    (
        *_WHO,
        Column(
            "product",
            "疫苗名称",
            required=True,
            synonyms=("疫苗", "疫苗品种"),
            example="新冠病毒灭活疫苗(Vero细胞)",
        ),
        _DOSE,
        Column(
            "given_on",
            "接种日期",
            required=True,
            kind=ColumnKind.DATE,
            synonyms=("接种时间",),
            example="2022-06-01",
        ),
        Column("site", "接种单位", synonyms=("接种点", "接种地点"), example="南沙街社区卫生服务中心"),
        _STATUS,
    ),
)
