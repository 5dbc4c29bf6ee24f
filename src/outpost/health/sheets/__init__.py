"""The tables of tests and vaccinations: their columns, the check of one record, and the kinds of import."""

from outpost.health.sheets.columns import TESTS, VACCINATIONS
from outpost.health.sheets.kinds import TestImport, VaccinationImport
from outpost.health.sheets.records import RecordParser, TestParser, VaccinationParser

__all__ = [
    "TESTS",
    "VACCINATIONS",
    "RecordParser",
    "TestImport",
    "TestParser",
    "VaccinationImport",
    "VaccinationParser",
]
