"""The columns of the tables of facts, with the names by which sources call them."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext_lazy

from outpost.access.rules import SOURCE_FORM
from outpost.core.errors import Refusal
from outpost.core.phones import normalise_phone
from outpost.core.sheets.columns import Choice, Column, ColumnKind, Sheet
from outpost.fields.specs import FieldSpec
from outpost.health import errors
from outpost.health.rules import HELD_ON, HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, Disposition, TestResult
from outpost.people import rules as people

LONGEST_NUMBER = 64


def _source(text: str) -> str:
    """Case and width do not tell sources apart. A slash is kept out: `source/record_id` names a record in the
    history."""
    if not SOURCE_FORM.fullmatch(text):
        raise Refusal(errors.SOURCE_FORM)
    return " ".join(text.casefold().split())


def _temperature(degrees: Decimal) -> Decimal:
    if not LOWEST_TEMPERATURE <= degrees <= HIGHEST_TEMPERATURE:
        raise Refusal(errors.TEMPERATURE, lowest=LOWEST_TEMPERATURE, highest=HIGHEST_TEMPERATURE)
    return degrees.quantize(Decimal("0.1"))


_RECORD = (
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
)
_PERSON = (
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
_WHO = (*_RECORD, *_PERSON)
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
_YES_NO = (Choice("yes", "是", "yes", ("有",)), Choice("no", "否", "no", ("无",)))
DECLARATIONS = Sheet(
    "health.declarations",
    "健康申报",
    (
        *_RECORD,
        *_PERSON[:2],
        Column("name", "姓名", required=True, example="张三"),
        Column(
            "phone",
            "手机号码",
            kind=ColumnKind.IDENTIFIER,
            synonyms=("手机号", "联系电话", "电话"),
            example="13800138000",
            check=lambda text: normalise_phone(text, mobile_only=False),
            repeats=False,
        ),
        Column(
            "declared_at",
            "申报时间",
            required=True,
            kind=ColumnKind.DATETIME,
            synonyms=("填报时间", "登记时间"),
            example="2022-06-01 08:30",
        ),
        Column("destination", "目的地", synonyms=("到达地",), example="广州市南沙区"),
        Column("departure", "出发地", synonyms=("来源地",), example="上海市浦东新区"),
        Column("travelled_on", "出行日期", kind=ColumnKind.DATE, example="2022-05-31"),
        Column("travel_mode", "出行方式", synonyms=("交通方式",), example="火车"),
        Column("vehicle", "车次航班", synonyms=("车次", "航班", "车次/航班", "航班号"), example="G1301"),
        Column("stopovers", "途经", synonyms=("途经地", "途经城市", "stop-overs"), example="杭州、长沙"),
        Column(
            "risk_area",
            "风险地区",
            kind=ColumnKind.CHOICE,
            synonyms=("是否到过风险地区", "中高风险地区"),
            choices=_YES_NO,
            example="否",
        ),
        Column(
            "temperature",
            "体温",
            kind=ColumnKind.NUMBER,
            synonyms=("体温(℃)",),
            check=_temperature,
            example="36.5",
        ),
        Column(
            "symptoms",
            "症状",
            synonyms=("健康状况",),
            example="无",
            help=gettext_lazy("Split by 、; 无: none."),
        ),
        Column("home", "居住地址", synonyms=("现住址", "住址"), example="南沙街道示例路1号", repeats=False),
        Column("sent_from", "上报地址", synonyms=("填报地址",), example="南沙街道", repeats=False),
        _STATUS,
    ),
)


def declarations_with(questions: Iterable[FieldSpec]) -> Sheet:
    """The table of declarations with the district's own questions; no file needs to answer them.

    Raises ValueError when two columns answer to one name.
    """
    asked = (replace(spec, is_required=False).column() for spec in questions)
    return replace(DECLARATIONS, columns=(*DECLARATIONS.columns, *asked))


DISPOSITIONS = Sheet(
    "health.dispositions",
    "处置",
    (
        *_PERSON,
        Column(
            "disposition",
            "处置方式",
            required=True,
            kind=ColumnKind.CHOICE,
            synonyms=("处置",),
            choices=Choice.all_of(Disposition),
            example="需隔离",
        ),
        Column(
            "started_at",
            "开始时间",
            kind=ColumnKind.DATETIME,
            synonyms=("处置时间", "开始日期"),
            example="2022-06-01 08:30",
            help=gettext_lazy("Empty: the beginning of the day on which the file is checked."),
        ),
        Column(
            "last_day",
            "截止日期",
            kind=ColumnKind.DATE,
            synonyms=("结束日期", "隔离截止日期", "隔离至"),
            example="2022-06-15",
            help=gettext_lazy(
                "The last day as the order states it. The rules for lifting compute the end; where this differs, both"
                " are shown and the computed one holds."
            ),
        ),
        Column("means", "隔离/就医方式", synonyms=("隔离方式", "就医方式"), example="集中隔离"),
        Column(
            "ground_kind",
            "依据类别",
            kind=ColumnKind.CHOICE,
            synonyms=("处置依据类别",),
            choices=Choice.all_of(HELD_ON),
            example="密切接触",
            help=gettext_lazy(
                "Needed for isolation, suspected and confirmed: nobody is held on another ground."
            ),
        ),
        Column(
            "ground",
            "依据",
            synonyms=("处置依据", "文号"),
            example="疾控通知〔2022〕18号",
            help=gettext_lazy("What it rests on, with its number. Needed, also of who may enter again."),
        ),
    ),
)
