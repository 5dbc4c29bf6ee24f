"""Which passwords are guessed first: what stands on the sign-in page and in the account itself."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from outpost.access.models import User

# Words of the product and of every administration, as they are typed.
WORDS = ("outpost", "shaodian", "哨点", "admin", "administrator", "password", "mima", "nansha", "南沙")
LEAST_NAME = 3  # shorter names stand in too many good passwords
LEAST_REST = 9  # what must remain beside such a word


class NamesAndWordsValidator:
    """Refuses a password that is a user name or a word of the product with little around it."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError; part of Django's AUTH_PASSWORD_VALIDATORS."""
        rest = unicodedata.normalize("NFKC", password).casefold()
        names = [user.username, user.display_name] if user else []
        for word in (*sorted(map(str.casefold, names), key=len, reverse=True), *WORDS):
            if len(word) >= LEAST_NAME or word in WORDS:
                rest = rest.replace(word, "")
        if rest != password.casefold() and len(rest) < LEAST_REST:
            raise ValidationError(_("It is the user name or a word of this system with little around it."))

    def get_help_text(self) -> str:
        """What a form says of it."""
        return _("Not the user name or a word of this system with little around it.")
