"""Forms of contracts: what they are found by, what one says, who acts for one."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.pages.filters import filter_choice, filter_text, offer
from outpost.pages.ledgers import DAY, StatedForm
from outpost.people.rules import DocumentType
from outpost.regions.models import Region
from outpost.sites.columns.contracts import CONTRACTS
from outpost.sites.columns.people import USERS
from outpost.sites.models import Employer
from outpost.sites.vocabularies import Figure

NONE = "none"
FAILED_FOR_ALL = _("Below 35.0 °C the measurement has failed. Measure again, or say that none was taken.")
KEEP_BOTH = _("Both are right: keep them as they are")
LONGEST_LIST = 20_000


class ContractFilter(forms.Form):
    """As the manual has it: by contract number, project, general contractor, station; by town, and by what counts
    them in the headline."""

    number = filter_text(_("Contract number"))
    project = filter_text(_("Project"))
    general_contractor = filter_text(_("General contractor"))
    station = filter_choice(_("Supervision station"))
    town = filter_choice(_("Town"))
    figure = filter_choice(_("Counted in"), Figure.choices())

    def __init__(self, *args: Any, stations: Iterable[str], towns: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "station", ((one, one) for one in stations))
        offer(self, "town", ((town.code, town.name) for town in towns))


class ContractForm(StatedForm):
    """A contract with its project and employers; `has_numbers` for a new one: those of a filed one stay."""

    def __init__(
        self, *args: Any, has_numbers: bool, towns: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        fixed = () if has_numbers else ("number", "filing_number")
        shown = {one.name: one for one in CONTRACTS if one.name not in fixed}
        super().__init__(*args, columns=shown, **kwargs)
        self.offer("town", towns)
        self.fields["employers"] = forms.CharField(
            label=_("Employers"),
            required=False,
            max_length=LONGEST_LIST,
            widget=forms.Textarea(attrs={"rows": 6}),
            help_text=_("One a line. Without any the general contractor employs its own people."),
        )

    def employers(self) -> list[str]:
        """Each once, in the order in which they were typed."""
        lines = map(str.strip, self.cleaned_data["employers"].splitlines())
        return list(dict.fromkeys(filter(None, lines)))


def offer_employers(form: StatedForm, employers: Iterable[Employer]) -> None:
    """Make a choice of the field, among these: the only one is chosen."""
    names = [one.name for one in employers]
    form.offer("employer", zip(names, names, strict=True))
    if len(names) == 1:
        form.fields["employer"].initial = names[0]


class UserForm(StatedForm):
    """Somebody who is authorised to register the people of an employer."""

    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=DAY,
        help_text=_("Left empty, the right lasts as long as the contract. You can end it at any time."),
    )

    def __init__(self, *args: Any, employers: Iterable[Employer], **kwargs: Any) -> None:
        super().__init__(*args, columns={one.name: one for one in USERS}, **kwargs)
        self.offer("document_type", DocumentType.choices())
        offer_employers(self, employers)
        self.fields["document_type"].initial = DocumentType.RESIDENT_ID.value
        self.fields["phone"].help_text = _("They sign in by this phone.")
