"""Accompanying family 携带家属, column by column; who a person is stands as in the register."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from outpost.core.ledgers import LedgerColumn
from outpost.core.sheets.columns import Choice, ColumnKind, Sheet
from outpost.sites.columns.people import PEOPLE
from outpost.sites.vocabularies import Relation

_registered = {column.name: column for column in PEOPLE}

FAMILY = (
    _registered["document_type"],
    _registered["document_number"],
    _registered["name"],
    LedgerColumn(
        "relation",
        "关系",
        required=True,
        kind=ColumnKind.CHOICE,
        synonyms=("与登记人关系", "与作业人员关系"),
        choices=Choice.all_of(Relation),
        example="子女",
        label=_("Relation"),
    ),
    _registered["phone"],
)
FAMILIES = Sheet("sites.family", "携带家属", FAMILY)

OF_WORKER = "worker_"
"""Begins the names of the columns that say with whom somebody comes."""
WORKER = (
    replace(
        _registered["document_type"],
        name="worker_document_type",
        zh="登记人证件类型",
        label=_("Document type of whom they come with"),
    ),
    replace(
        _registered["document_number"],
        name="worker_document_number",
        zh="登记人证件号码",
        synonyms=("登记人身份证号码", "登记人身份证号"),
        example="110101198001010010",
        repeats=True,
        label=_("ID number of whom they come with"),
    ),
    replace(
        _registered["name"],
        name="worker_name",
        zh="登记人姓名",
        required=False,
        example="李四",
        label=_("Name of whom they come with"),
    ),
)
OF_FILE = Sheet("sites.families", "携带家属", (*WORKER, *FAMILY))
"""A file says of each row with whom they come, by number; a name beside it has to fit."""
