"""The tables of health facts: their columns, the check of one record, and the kinds of import."""

from outpost.health.columns import DECLARATIONS, DISPOSITIONS, TESTS, VACCINATIONS
from outpost.health.sheets.declared import DeclarationParser, DispositionParser
from outpost.health.sheets.kinds import DeclarationImport, DispositionImport, TestImport, VaccinationImport
from outpost.health.sheets.records import RecordParser, TestParser, VaccinationParser

__all__ = [
    "DECLARATIONS",
    "DISPOSITIONS",
    "TESTS",
    "VACCINATIONS",
    "DeclarationImport",
    "DeclarationParser",
    "DispositionImport",
    "DispositionParser",
    "RecordParser",
    "TestImport",
    "TestParser",
    "VaccinationImport",
    "VaccinationParser",
]
