"""Accompanying family 携带家属, column by column; who a person is stands as in the register."""

from django.utils.translation import gettext_lazy as _

from outpost.core.ledgers import LedgerColumn
from outpost.core.sheets.columns import Choice, ColumnKind, Sheet
from outpost.sites.people_columns import PEOPLE
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
