"""What the base template needs. Everything is worked out only when a template asks for it."""

from datetime import datetime
from functools import cached_property, lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from outpost.core import clock
from outpost.core.actions import OWN_AFFAIRS
from outpost.core.actor import Actor
from outpost.core.modules import Place
from outpost.notifications.queries import unread_count
from outpost.web import navigation
from outpost.web.navigation import Item, Section

LARGE_TEXT_COOKIE = "large_text"


@lru_cache(maxsize=512)
def _menu(sections: tuple[Section, ...], _language: str | None) -> SafeString:
    """Drawn once for all of a role, and not for each page of each of them."""
    return SafeString(render_to_string("components/menu.html", {"sections": sections}))


class Shell:
    """The frame around one page: menu, switches, counts. `actor` is None before sign-in."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def actor(self) -> Actor | None:
        user = getattr(self.request, "user", None)  # an error may come before the middleware that sets it
        return getattr(self.request, "actor", None) if user and user.is_authenticated else None

    @property
    def printed_at(self) -> datetime:
        """What a page says on paper; of the product's clock, as everything else on it."""
        return clock.now()

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        if self.actor is None:
            return ()
        return navigation.sections_for(self.actor, self.request.path)

    @cached_property
    def menu(self) -> str:
        """Shown twice: beside the page, and behind the last button of a phone's bar."""
        return _menu(self.sections, get_language())

    @property
    def phone_items(self) -> list[Item]:
        items = [item for section in self.sections for item in section.items if item.on_phone]
        return items[: navigation.PHONE_ITEMS]

    @property
    def roles(self) -> list[str]:
        return navigation.role_names(self.actor) if self.actor else []

    @property
    def has_own_page(self) -> bool:
        """Whoever signs in by phone has one, with a role or without."""
        return self.actor is not None and self.actor.may(OWN_AFFAIRS)

    @cached_property
    def place(self) -> Place | None:
        """What the reader has chosen to work on."""
        return navigation.place_of(self.request, self.actor) if self.actor else None

    @cached_property
    def unread(self) -> int:
        """Messages that wait in the reader's inbox."""
        user_id = getattr(self.request.user, "id", None)
        return unread_count(user_id) if user_id else 0

    @property
    def authority(self) -> str:
        """Whose installation it is, as the operator named it; empty when it has no name."""
        name: str = settings.OUTPOST_AUTHORITY
        return name

    @property
    def is_large_text(self) -> bool:
        return self.request.COOKIES.get(LARGE_TEXT_COOKIE) == "1"


def shell(request: HttpRequest) -> dict[str, Shell]:
    return {"shell": Shell(request)}
