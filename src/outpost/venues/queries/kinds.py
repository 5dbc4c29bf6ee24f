"""Reads of 场所类型: which kinds there are, which of them a reach is about, what a form shows of one."""

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from outpost.audit.editing import Edited, last_act
from outpost.core.actor import Reach
from outpost.core.errors import or_not_found
from outpost.regions.queries import department_name
from outpost.regions.rules import DEPARTMENT, REGION
from outpost.venues.models import Kind, Venue

KIND_SET = "venues.kind_set"
NAMES = {
    "name": _("Name in Chinese"),
    "name_en": _("Name in English"),
    "usual_minutes": _("Usual stay in minutes"),
    "department": _("Responsible department"),
}


def kinds() -> QuerySet[Kind]:
    return Kind.objects.select_related("department")


def met(reach: Reach) -> QuerySet[Kind]:
    """The kinds that a reach is about: of departments those that they answer for, by place all of them."""
    if reach.everything or reach.keys(REGION):
        return kinds()
    return kinds().filter(department__in=reach.keys(DEPARTMENT))


def counted() -> list[tuple[Kind, int]]:
    """All of them, each with how many venues are of it."""
    number = dict(Venue.objects.current().values_list("kind").annotate(Count("id")))
    return [(kind, number.get(kind.code, 0)) for kind in kinds()]


def kind_of(code: str) -> Kind:
    """Raises Refusal NOT_FOUND."""
    return or_not_found(kinds().filter(code=code).first())


def edited_kind(kind: Kind) -> Edited:
    """What a form shows of a kind."""
    texts = {
        "name": kind.name,
        "name_en": kind.name_en,
        "usual_minutes": str(kind.usual_minutes),
        "department": kind.department_id or "",
    }
    return Edited(kind.code, texts, last_act(kind.code, KIND_SET), NAMES, {"department": department_name})
