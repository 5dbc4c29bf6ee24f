"""Forms of the real name. They check shapes by the rules of every other door; the services decide."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Refusal
from outpost.core.phones import normalise_phone
from outpost.people.rules import DocumentType, normalise_document, normalise_name

NUMBER_LENGTH = 40


class CardForm(forms.Form):
    """A document as it is read from its card; `cleaned_data["document"]` is the checked one."""

    document_type = forms.ChoiceField(label=_("Document type"), choices=DocumentType.choices)
    document_number = forms.CharField(label=_("Document number"), max_length=NUMBER_LENGTH)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"document_type", "document_number"} <= set(cleaned):
            self._check(cleaned, "document", "document_type", "document_number")
        return cleaned

    def _check(self, cleaned: dict[str, Any], name: str, of_type: str, of_number: str) -> None:
        """Put a checked document under a name, or say at its number what is wrong."""
        try:
            cleaned[name] = normalise_document(
                DocumentType(cleaned[of_type]), cleaned[of_number], today=self._today
            )
        except Refusal as refusal:
            self.add_error(of_number, forms.ValidationError(refusal.message, code=refusal.code))


class SeenCardForm(CardForm):
    """The card of a person, and the phone that they hold."""

    phone = forms.CharField(label=_("Phone"), max_length=30)

    def clean_phone(self) -> str:
        try:
            return normalise_phone(self.cleaned_data["phone"])
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from None


class BothPapersForm(SeenCardForm):
    """Both papers of a person, and the phone that they hold; `cleaned_data["other"]` is the second one, checked."""

    other_type = forms.ChoiceField(
        label=_("Type of the second document"), choices=lambda: [("", ""), *DocumentType.choices()]
    )
    other_number = forms.CharField(label=_("Number of the second document"), max_length=NUMBER_LENGTH)
    field_order = ["document_type", "document_number", "other_type", "other_number", "phone"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if {"other_type", "other_number"} <= set(cleaned):
            self._check(cleaned, "other", "other_type", "other_number")
        return cleaned


class RealNameForm(CardForm):
    name = forms.CharField(label=_("Full name"), max_length=120)
    field_order = ["name", "document_type", "document_number"]

    def clean_name(self) -> str:
        try:
            return normalise_name(self.cleaned_data["name"])
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from None


class TownForm(forms.Form):
    town = forms.ChoiceField(label=_("Town where you show your card"))

    def __init__(self, *args: Any, towns: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["town"].choices = [("", ""), *towns]  # type: ignore[attr-defined]


class DependantForm(TownForm, RealNameForm):
    """Whom somebody wants to act for, and in which town the papers are shown where nobody else confirms it."""

    field_order = ["name", "document_type", "document_number", "town"]
