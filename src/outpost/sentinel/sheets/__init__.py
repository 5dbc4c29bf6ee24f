"""The ledgers as files: organisations and staff in, organisations and staff out."""

from outpost.sentinel.sheets.exports import (
    OrganizationExport,
    OrganizationInClearExport,
    OwnStaffExport,
    StaffExport,
    StaffInClearExport,
)
from outpost.sentinel.sheets.organizations import OrganizationImport
from outpost.sentinel.sheets.staff import StaffImport

__all__ = [
    "OrganizationExport",
    "OrganizationImport",
    "OrganizationInClearExport",
    "OwnStaffExport",
    "StaffExport",
    "StaffImport",
    "StaffInClearExport",
]
