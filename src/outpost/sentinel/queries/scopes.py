"""Categories as scopes of rights: what the administrator of rights can choose (registered by the wiring)."""

from collections.abc import Collection, Iterable, Mapping

from outpost.access.scopes import Source
from outpost.sentinel.models import Category


def _choices() -> Iterable[tuple[str, str]]:
    found = Category.objects.filter(is_active=True).order_by("position", "code")
    return found.values_list("code", "name")


def _names(codes: Collection[str]) -> Mapping[str, str]:
    return dict(Category.objects.filter(code__in=codes).values_list("code", "name"))


CATEGORIES = Source(_choices, _names)
