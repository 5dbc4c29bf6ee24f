"""Regions, departments, organisations and sources of data as scopes of rights (registered by the wiring)."""

import re
from collections.abc import Collection, Iterable, Mapping

from django.conf import settings

from outpost.access.rules import SOURCE_FORM
from outpost.access.scopes import Source
from outpost.regions.models import Department, Organization, Region

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _regions() -> Iterable[tuple[str, str]]:
    rows = Region.objects.filter(code__startswith=settings.OUTPOST_REGION).exclude(level="grid")
    return rows.order_by("code").values_list("code", "name")


def _region_names(keys: Collection[str]) -> Mapping[str, str]:
    return dict(Region.objects.filter(code__in=keys).values_list("code", "name"))


def _departments() -> Iterable[tuple[str, str]]:
    return Department.objects.order_by("name").values_list("code", "name")


def _department_names(keys: Collection[str]) -> Mapping[str, str]:
    return dict(Department.objects.filter(code__in=keys).values_list("code", "name"))


def _organization_names(keys: Collection[str]) -> Mapping[str, str]:
    rows = Organization.objects.filter(id__in=[key for key in keys if UUID_TEXT.fullmatch(key)])
    return {str(id_): name for id_, name in rows.values_list("id", "name")}


def _source_names(keys: Collection[str]) -> Mapping[str, str]:
    """A source begins with the right to deliver for it: every well-formed name stands for one."""
    return {key: key for key in keys if SOURCE_FORM.fullmatch(key)}


REGIONS = Source(_regions, _region_names)
DEPARTMENTS = Source(_departments, _department_names)
ORGANIZATIONS = Source(list, _organization_names)  # too many to choose from a list
SOURCES = Source(list, _source_names)  # typed, not chosen
