"""Forms of a site's people: what they are found by, pre-registration, who comes along."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.health.conditions import Condition
from outpost.health.daily import Wellness
from outpost.pages.filters import filter_choice, filter_text, offer
from outpost.pages.ledgers import StatedForm
from outpost.people.rules import DocumentType
from outpost.sites.columns.families import FAMILY
from outpost.sites.columns.people import PEOPLE
from outpost.sites.forms.contracts import offer_employers
from outpost.sites.models import Employer
from outpost.sites.rules.addresses import Agreement
from outpost.sites.services.addresses import LONGEST_GROUND
from outpost.sites.vocabularies import ENTERED, INFERRED, Presence, Roll, Verification


class RegistrationFilter(forms.Form):
    """By name or surname, number, where somebody is, how they were reported today, what is still to be verified,
    whose address differs, roll and employer."""

    name = filter_text(_("Full name"))
    document = filter_text(_("ID number"))
    presence = filter_choice(
        _("On site"),
        [*Presence.choices(), (ENTERED, _("Have entered")), (INFERRED, _("Entered another site since"))],
    )
    verification = filter_choice(_("Verification"), Verification.choices())
    wellness = filter_choice(_("Health today"), Wellness.choices())
    address = filter_choice(_("Where they live"), Agreement.choices())
    roll = filter_choice(_("Roll"), Roll.choices())
    employer = filter_choice(_("Employer"))

    pass_reason = filter_choice(_("Reason of the pass"), Condition.choices())

    def __init__(
        self, *args: Any, employers: Iterable[Employer], shows_passes: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "employer", ((str(one.id), one.name) for one in employers))
        if not shows_passes:
            del self.fields["pass_reason"]


class RegistrationForm(StatedForm):
    """Somebody who is to work under a contract: the columns of the table."""

    def __init__(self, *args: Any, employers: Iterable[Employer], **kwargs: Any) -> None:
        super().__init__(*args, columns={one.name: one for one in PEOPLE}, **kwargs)
        self.offer("document_type", DocumentType.choices())
        offer_employers(self, employers)
        self.fields["document_type"].initial = DocumentType.RESIDENT_ID.value
        self.fields["roll"].initial = Roll.WORKER.value
        self.fields["phone"].help_text = _("Left empty, it is that of the declaration, where one is stated.")
        self.fields["address"].help_text = _("In this city, with number and room, such as of the dormitory.")


class CheckedAddressForm(forms.Form):
    """Why an address that differs stays."""

    ground = forms.CharField(
        label=_("What was found out"),
        max_length=LONGEST_GROUND,
        help_text=_("Everybody who sees the person's page reads it. Write no address here."),
    )


class FamilyForm(StatedForm):
    """Who comes along with somebody: the columns of the table."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, columns={one.name: one for one in FAMILY}, **kwargs)
        self.offer("document_type", DocumentType.choices())
        self.fields["document_type"].initial = DocumentType.RESIDENT_ID.value
        self.fields["document_type"].help_text = _("A child without a card: the birth certificate.")
        self.fields["phone"].help_text = _("Left empty, it is that of the declaration, where one is stated.")
