"""The ledger of contracts 合同, column by column: template, file and failure file follow from it."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Refusal
from outpost.core.ledgers import LedgerColumn
from outpost.core.masking import mask_name, mask_phone
from outpost.core.phones import normalise_phone
from outpost.core.sheets.columns import ColumnKind, Sheet
from outpost.people import rules as people
from outpost.regions.columns import LONGEST_ADDRESS, LONGEST_NUMBER, POINT, TOWN
from outpost.sites import errors

LONGEST_NAME = 120
MOST_WORKERS = 100_000


def agreed_workers(number: int) -> int:
    """How many workers a contract states. Raises Refusal AGREED_WORKERS."""
    if not 1 <= number <= MOST_WORKERS:
        raise Refusal(errors.AGREED_WORKERS, found=number, most=MOST_WORKERS)
    return number


CONTRACTS = (
    LedgerColumn(
        "filing_number",
        "报建编号",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("项目报建编号", "filing number"),
        max_length=LONGEST_NUMBER,
        example="BJ2022001",
        label=_("Filing number"),
    ),
    LedgerColumn(
        "number",
        "合同报送编号",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("合同编号", "contract"),
        max_length=LONGEST_NUMBER,
        example="HT2022001-01",
        label=_("Contract number"),
    ),
    LedgerColumn(
        "project",
        "项目名称",
        required=True,
        synonyms=("工程名称", "project"),
        check=people.whole_text,
        max_length=LONGEST_NAME,
        example="南沙示例住宅一期",
        label=_("Project"),
    ),
    LedgerColumn(
        "address",
        "项目地址",
        synonyms=("工程地址", "详细地址"),
        check=people.whole_text,
        max_length=LONGEST_ADDRESS,
        example="环市大道1号",
        label=_("Address"),
    ),
    *(replace(column, in_form=False) for column in POINT),
    replace(TOWN, order=""),
    LedgerColumn(
        "station",
        "监督站",
        required=True,
        synonyms=("所在监督站", "station"),
        check=people.whole_text,
        max_length=LONGEST_NAME,
        example="第一监督站",
        label=_("Supervision station"),
    ),
    LedgerColumn(
        "general_contractor",
        "总包单位",
        required=True,
        synonyms=("施工总包", "施工总包单位", "general contractor"),
        check=people.whole_text,
        max_length=LONGEST_NAME,
        example="示例建设集团有限公司",
        label=_("General contractor"),
    ),
    LedgerColumn(
        "general_contractor_kind",
        "总包单位类型",
        synonyms=("总包类型",),
        check=people.whole_text,
        max_length=LONGEST_NAME,
        example="本市企业",
        label=_("Kind of general contractor"),
    ),
    LedgerColumn(
        "supervision_company",
        "监理单位",
        synonyms=("监理", "supervision company"),
        check=people.whole_text,
        max_length=LONGEST_NAME,
        label=_("Supervision company"),
    ),
    LedgerColumn(
        "agreed_workers",
        "合同用工人数",
        kind=ColumnKind.WHOLE,
        synonyms=("用工人数", "合同人数", "agreed workers"),
        check=agreed_workers,
        example="40",
        label=_("Workers by the contract"),
        advice=_("How many the contract states, whoever is registered. Empty: not stated."),
    ),
    LedgerColumn(
        "employer",
        "用人单位",
        synonyms=("employer",),
        check=people.whole_text,
        max_length=LONGEST_NAME,
        example="示例劳务有限公司",
        label=_("Employer"),
        advice=_("One a row. Without any the general contractor employs its own people."),
        in_form=False,  # a form has one field for all of them
    ),
    LedgerColumn(
        "lead_name",
        "总包项目负责人",
        synonyms=("项目负责人",),
        check=people.normalise_name,
        example="张三",
        label=_("Project lead"),
        mask=mask_name,
    ),
    LedgerColumn(
        "lead_phone",
        "负责人电话",
        kind=ColumnKind.IDENTIFIER,
        synonyms=("项目负责人电话", "总包项目负责人电话"),
        max_length=LONGEST_NUMBER,
        check=normalise_phone,
        repeats=False,
        example="13800138000",
        label=_("Phone of the project lead"),
        mask=mask_phone,
    ),
    LedgerColumn(
        "supervisor_name",
        "监理项目负责人",
        synonyms=("监理负责人",),
        check=people.normalise_name,
        example="李四",
        label=_("Supervision lead"),
        mask=mask_name,
    ),
    LedgerColumn(
        "supervisor_phone",
        "监理负责人电话",
        kind=ColumnKind.IDENTIFIER,
        synonyms=("监理项目负责人电话",),
        max_length=LONGEST_NUMBER,
        check=normalise_phone,
        repeats=False,
        example="13800138001",
        label=_("Phone of the supervision lead"),
        mask=mask_phone,
    ),
)
LEDGER = Sheet("sites.contracts", "合同", CONTRACTS)
