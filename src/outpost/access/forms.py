"""Forms of signing in, accounts and rights. They check shapes; the services decide."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.access import scopes
from outpost.access.contacts import NAMES, Contacts
from outpost.access.rules import SOURCE, TOKEN_ROLES
from outpost.core.errors import Refusal
from outpost.core.phones import normalise_phone
from outpost.core.rights import Role
from outpost.pages.forms import SecretInput

MEMBER = re.compile(r"[A-Za-z0-9._@-]{1,64}")  # one member: "|" would make several, "@all" is no member's
PASSWORD_LENGTH = 256  # hashing costs time by length; nobody types more
LABEL_LENGTH = 80
CREDENTIAL_LENGTH = 8_000


class OfficerSignInForm(forms.Form):
    username = forms.CharField(label=_("User name"), max_length=LABEL_LENGTH)
    password = forms.CharField(
        label=_("Password"), max_length=PASSWORD_LENGTH, strip=False, widget=forms.PasswordInput
    )


class PhoneSignInForm(forms.Form):
    """`code` may stay empty while asking for one; `document` is checked where it is given."""

    phone = forms.CharField(label=_("Mobile number"), max_length=30)
    code = forms.CharField(
        label=_("Code from the message"), max_length=20, required=False, widget=SecretInput
    )
    document = forms.CharField(
        label=_("ID number, if you are asked for it"),
        max_length=40,
        required=False,
        widget=SecretInput,
        help_text=_("Checked with your phone: for who is authorised at a site, or has said who they are."),
    )

    def clean_phone(self) -> str:
        return _phone(self.cleaned_data["phone"])


class SecondFactorForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=30, widget=SecretInput)


class ConfirmByPasswordForm(forms.Form):
    proof = forms.CharField(
        label=_("Present password"), max_length=PASSWORD_LENGTH, strip=False, widget=forms.PasswordInput
    )


class ConfirmByCodeForm(forms.Form):
    """`proof` may stay empty while asking for a code."""

    proof = forms.CharField(
        label=_("Code from the message"), max_length=20, required=False, widget=SecretInput
    )


class PasskeyForm(forms.Form):
    """`credential` is the browser's answer, put in by the script."""

    credential = forms.CharField(max_length=CREDENTIAL_LENGTH, widget=SecretInput)


class NewPasskeyForm(PasskeyForm):
    label = forms.CharField(
        label=_("Name of the passkey"),
        max_length=LABEL_LENGTH,
        help_text=_("By which you know it again, such as “my phone”."),
    )


class NewPasswordForm(forms.Form):
    new_password = forms.CharField(
        label=_("New password"),
        max_length=PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput,
        help_text=_("At least 10 characters, and not one that many people use."),
    )
    repeated = forms.CharField(
        label=_("New password again"), max_length=PASSWORD_LENGTH, strip=False, widget=forms.PasswordInput
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("new_password") != cleaned.get("repeated") and "repeated" in cleaned:
            self.add_error("repeated", _("The two passwords differ. Type the same one twice."))
        return cleaned


class ChangePasswordForm(NewPasswordForm):
    old_password = forms.CharField(
        label=_("Present password"), max_length=PASSWORD_LENGTH, strip=False, widget=forms.PasswordInput
    )
    field_order = ["old_password", "new_password", "repeated"]


class NewOfficerForm(forms.Form):
    username = forms.CharField(
        label=_("User name"),
        max_length=40,
        help_text=_("Letters, digits, dots, dashes and underscores; begins with a letter."),
    )
    display_name = forms.CharField(
        label=_("Name shown"),
        max_length=LABEL_LENGTH,
        required=False,
        help_text=_("The post rather than the person, such as “Market bureau 1”."),
    )


class NewPhoneAccountForm(forms.Form):
    phone = forms.CharField(label=_("Mobile number"), max_length=30)

    def clean_phone(self) -> str:
        return _phone(self.cleaned_data["phone"])


# Principals get their right from the ledger of organisations, by their phone.
OFFERED_ROLES = frozenset(Role) - {Role.PRINCIPAL}


class GrantForm(forms.Form):
    """A role over a scope that is chosen, or over a source of data that is typed: a new one is on no list."""

    role = forms.ChoiceField(label=_("Role"))
    scope = forms.ChoiceField(label=_("Over"), required=False)
    source = forms.CharField(
        label=_("Or over a data source"),
        max_length=64,
        required=False,
        help_text=_("For who delivers data: only records with this 来源 (source) may be delivered."),
    )

    def __init__(self, *args: Any, roles: frozenset[Role] = OFFERED_ROLES, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [("", "")] + [(str(r), Role(r).label) for r in Role if r in roles]
        self.fields["role"].choices = offered  # type: ignore[attr-defined]
        self.fields["scope"].choices = [("", ""), *scopes.choices()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen, source = cleaned.get("scope"), cleaned.get("source")
        if "scope" in cleaned and bool(chosen) == bool(source):
            self.add_error("scope", _("Choose what the right is over, or name one data source."))
        return cleaned | {"scope": f"{SOURCE}:{source}" if source else chosen}


class TokenForm(GrantForm):
    label = forms.CharField(
        label=_("Label"), max_length=LABEL_LENGTH, help_text=_("Which machine or system uses it.")
    )
    days = forms.IntegerField(
        label=_("Days"), min_value=1, max_value=3650, initial=365, help_text=_("It ends after so many days.")
    )
    field_order = ["label", "role", "scope", "source", "days"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, roles=TOKEN_ROLES & OFFERED_ROLES, **kwargs)


class ContactsForm(forms.Form):
    """Where an account gets its messages. A phone account's phone is its sign-in, so it is not asked for."""

    wecom = forms.CharField(
        label=NAMES["wecom"],
        max_length=64,
        required=False,
        help_text=_("Also of 粤政易: the member's account in its address book, not a name."),
    )
    email = forms.EmailField(label=NAMES["email"], max_length=254, required=False)
    phone = forms.CharField(label=NAMES["phone"], max_length=30, required=False)

    def __init__(self, *args: Any, has_phone: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_phone:
            del self.fields["phone"]

    def clean_wecom(self) -> str:
        member = str(self.cleaned_data["wecom"]).strip()
        if member and (not MEMBER.fullmatch(member) or member.lower() == "@all"):
            raise forms.ValidationError(_("1 to 64 letters, digits, dots, dashes, underscores or @."))
        return member

    def clean_phone(self) -> str:
        return _phone(self.cleaned_data["phone"]) if self.cleaned_data["phone"] else ""

    def contacts(self) -> Contacts:
        return Contacts(**{name: self.cleaned_data.get(name, "") for name in NAMES})


class AccountFilter(forms.Form):
    name = forms.CharField(label=_("User name or name shown"), max_length=LABEL_LENGTH, required=False)
    phone = forms.CharField(label=_("Mobile number"), max_length=30, required=False)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All")), *Role.choices()])
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), ("active", _("active")), ("disabled", _("disabled"))],
    )

    def clean_phone(self) -> str:
        return _phone(self.cleaned_data["phone"]) if self.cleaned_data["phone"] else ""


def _phone(text: str) -> str:
    try:
        return normalise_phone(text)
    except Refusal as refusal:
        raise forms.ValidationError(refusal.message, code=refusal.code) from None
