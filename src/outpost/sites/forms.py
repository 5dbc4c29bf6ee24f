"""Filters of the lists."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.pages.filters import filter_choice, filter_text, offer
from outpost.regions.models import Region
from outpost.sites.models import Employer
from outpost.sites.vocabularies import Roll


class ContractFilter(forms.Form):
    """As the manual has it: by contract number, project, general contractor, station; and by town."""

    number = filter_text(_("Contract number"))
    project = filter_text(_("Project"))
    general_contractor = filter_text(_("General contractor"))
    station = filter_choice(_("Supervision station"))
    town = filter_choice(_("Town"))

    def __init__(self, *args: Any, stations: Iterable[str], towns: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "station", ((one, one) for one in stations))
        offer(self, "town", ((town.code, town.name) for town in towns))


class RegistrationFilter(forms.Form):
    """By roll and employer."""

    roll = filter_choice(_("Roll"), Roll.choices())
    employer = filter_choice(_("Employer"))

    def __init__(self, *args: Any, employers: Iterable[Employer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "employer", ((str(one.id), one.name) for one in employers))
