"""The ledger of venues 场所台账, column by column: template, file, failure file and list follow from it."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from outpost.core.ledgers import LedgerColumn
from outpost.core.masking import mask_name, mask_phone
from outpost.core.phones import normalise_phone
from outpost.core.sheets.columns import Choice, ColumnKind, Sheet
from outpost.people import rules as people
from outpost.regions.columns import CREDIT_CODE, LONGEST_ADDRESS, LONGEST_NUMBER, POINT, TOWN
from outpost.venues import rules
from outpost.venues.models import Kind

KIND = LedgerColumn(
    "kind",
    "场所类型",
    required=True,
    kind=ColumnKind.CHOICE,
    synonyms=("类型", "场所类别"),
    example="农贸市场",
    label=_("Kind of venue"),
    order="kind__position",
)
VENUES = (
    LedgerColumn(
        "name",
        "场所名称",
        required=True,
        synonyms=("场所", "单位名称", "venue"),
        check=people.whole_text,
        example="南沙示例农贸市场有限公司",
        max_length=120,
        label=_("Name of the venue"),
        heading=_("Venue"),
        is_long=True,
        order="name",
    ),
    CREDIT_CODE,
    KIND,
    replace(TOWN, order="region"),
    LedgerColumn(
        "address",
        "详细地址",
        required=True,
        synonyms=("地址", "场所地址"),
        check=people.whole_text,
        example="环市大道1号",
        max_length=LONGEST_ADDRESS,
        repeats=False,
        label=_("Address"),
        is_default=False,
        is_long=True,
    ),
    *POINT,
    LedgerColumn(
        "manager_name",
        "管理员姓名",
        required=True,
        synonyms=("管理员", "场所管理员", "manager"),
        example="张三",
        check=people.normalise_name,
        label=_("Name of the manager"),
        heading=_("Manager"),
        mask=mask_name,
    ),
    LedgerColumn(
        "manager_phone",
        "管理员手机",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("管理员电话", "管理员手机号码", "管理员联系电话"),
        example="13800138000",
        max_length=LONGEST_NUMBER,
        check=normalise_phone,
        repeats=False,
        label=_("Phone of the manager"),
        mask=mask_phone,
    ),
    LedgerColumn(
        "checkpoints",
        "检测点",
        synonyms=("检测点名称", "出入口", "checkpoint"),
        check=rules.checkpoint_names,
        example="南门、北门",
        max_length=1000,
        label=_("Checkpoints"),
    ),
)
MANAGER = tuple(one for one in VENUES if one.name in ("manager_name", "manager_phone"))
_OTHER = {"manager_name": _("Name of somebody else who shall manage it"), "manager_phone": _("Their phone")}
OTHER = tuple(
    replace(one, name=one.name.replace("manager", "other"), required=False, label=_OTHER[one.name])
    for one in MANAGER
)
SUCCESSOR = Sheet("venues.successor", "场所管理员", MANAGER)


def ledger(kinds: Iterable[Kind]) -> Sheet:
    """The table of the ledger, in which a venue is of one of these kinds."""
    choices = tuple(Choice(kind.code, kind.name, kind.name_en) for kind in kinds)
    columns = (replace(one, choices=choices) if one is KIND else one for one in VENUES)
    return Sheet("venues.venues", "场所", tuple(columns))
