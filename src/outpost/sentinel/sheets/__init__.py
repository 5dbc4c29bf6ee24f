"""The ledgers as files: organisations and staff in, organisations, staff and statistics out."""

from outpost.sentinel.sheets.due import DueExport
from outpost.sentinel.sheets.exports import (
    OrganizationExport,
    StaffExport,
)
from outpost.sentinel.sheets.missed import (
    MissedExport,
    SummaryExport,
)
from outpost.sentinel.sheets.organizations import OrganizationImport
from outpost.sentinel.sheets.staff import StaffImport
from outpost.sentinel.sheets.statistics import (
    CountedOrganizationsExport,
    CountedSamplesExport,
    CountedStaffExport,
    NatTableExport,
    VaccinationTableExport,
)

__all__ = [
    "CountedOrganizationsExport",
    "CountedSamplesExport",
    "CountedStaffExport",
    "DueExport",
    "MissedExport",
    "NatTableExport",
    "OrganizationExport",
    "OrganizationImport",
    "StaffExport",
    "StaffImport",
    "SummaryExport",
    "VaccinationTableExport",
]
