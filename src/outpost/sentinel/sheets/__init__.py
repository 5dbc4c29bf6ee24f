"""The ledgers as files: organisations and staff in, organisations, staff and statistics out."""

from outpost.sentinel.sheets.exports import (
    OrganizationExport,
    OrganizationInClearExport,
    OwnStaffExport,
    StaffExport,
    StaffInClearExport,
)
from outpost.sentinel.sheets.missed import (
    MissedExport,
    MissedInClearExport,
    OwnMissedExport,
    SummaryExport,
)
from outpost.sentinel.sheets.organizations import OrganizationImport
from outpost.sentinel.sheets.staff import StaffImport
from outpost.sentinel.sheets.statistics import (
    CountedOrganizationsExport,
    CountedOrganizationsInClearExport,
    CountedOwnStaffExport,
    CountedSamplesExport,
    CountedSamplesInClearExport,
    CountedStaffExport,
    CountedStaffInClearExport,
    NatTableExport,
    VaccinationTableExport,
)

__all__ = [
    "CountedOrganizationsExport",
    "CountedOrganizationsInClearExport",
    "CountedOwnStaffExport",
    "CountedSamplesExport",
    "CountedSamplesInClearExport",
    "CountedStaffExport",
    "CountedStaffInClearExport",
    "MissedExport",
    "MissedInClearExport",
    "NatTableExport",
    "OrganizationExport",
    "OrganizationImport",
    "OrganizationInClearExport",
    "OwnMissedExport",
    "OwnStaffExport",
    "StaffExport",
    "StaffImport",
    "StaffInClearExport",
    "SummaryExport",
    "VaccinationTableExport",
]
