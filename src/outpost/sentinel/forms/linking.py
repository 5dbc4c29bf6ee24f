"""Forms of a staff member's further documents."""

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.people.forms import RealNameForm
from outpost.people.grounds import LinkGround, UnlinkReason


class LinkForm(RealNameForm):
    """A second document as it is read from its paper, and on what ground it is the same person's."""

    ground = forms.ChoiceField(label=_("On what ground"), choices=[("", ""), *LinkGround.choices()])
    field_order = ["document_type", "document_number", "name", "ground"]


class UnlinkForm(forms.Form):
    because = forms.ChoiceField(label=_("Reason"), choices=[("", ""), *UnlinkReason.choices()])
