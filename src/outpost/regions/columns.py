"""Columns that every ledger of places has: in which town one lies and where, and the credit code of its body."""

from django.utils.translation import gettext_lazy as _

from outpost.core.credit_code import normalise_credit_code
from outpost.core.ledgers import LedgerColumn
from outpost.core.sheets.columns import ColumnKind
from outpost.regions import points

LONGEST_ADDRESS = 300
LONGEST_NUMBER = 64

TOWN = LedgerColumn(
    "town",
    "所属镇街",
    required=True,
    synonyms=("镇街", "所属街道", "所属街镇", "所属镇街道"),
    example="南沙街道",
    label=_("Town"),
    order="town",
)
CREDIT_CODE = LedgerColumn(
    "social_credit_code",
    "统一社会信用代码",
    kind=ColumnKind.IDENTIFIER,
    synonyms=("社会信用代码", "信用代码", "unified social credit code"),
    max_length=LONGEST_NUMBER,
    check=normalise_credit_code,
    label=_("Unified social credit code"),
    is_default=False,
    typed="name",
)
POINT = (
    LedgerColumn(
        "longitude",
        "经度",
        kind=ColumnKind.NUMBER,
        synonyms=("lng", "lon"),
        check=points.longitude,
        label=_("Longitude"),
        in_list=False,
    ),
    LedgerColumn(
        "latitude",
        "纬度",
        kind=ColumnKind.NUMBER,
        synonyms=("lat",),
        check=points.latitude,
        label=_("Latitude"),
        in_list=False,
    ),
)
