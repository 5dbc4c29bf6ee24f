"""How document types and purposes are called on pages, in forms and in files."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.people.rules import DocumentType, Purpose

DOCUMENT_TYPES: Mapping[DocumentType, Promise] = {
    DocumentType.RESIDENT_ID: _("Resident ID card"),
    DocumentType.HK_MACAO_PERMIT: _("Hong Kong and Macao travel permit"),
    DocumentType.TAIWAN_PERMIT: _("Taiwan travel permit"),
    DocumentType.PASSPORT: _("Passport"),
    DocumentType.FOREIGN_PERMANENT_RESIDENT: _("Foreign permanent resident ID card"),
    DocumentType.BIRTH_CERTIFICATE: _("Birth certificate"),
    DocumentType.OTHER: _("Other document"),
}
PURPOSES: Mapping[Purpose, Promise] = {
    Purpose.HEALTH_FOLLOW_UP: _("Follow-up of a person who missed a test"),
    Purpose.VACCINATION_FOLLOW_UP: _("Follow-up of a vaccination"),
    Purpose.TRACING: _("Epidemiological investigation"),
    Purpose.DATA_CORRECTION: _("Correction of data"),
    Purpose.COMPLAINT: _("Complaint or objection"),
    Purpose.SUPERVISION: _("Supervision and inspection"),
}
