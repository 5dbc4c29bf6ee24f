"""The menu as one reader sees it: what the modules put into it (`menu` in their `module.py`), by right."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from outpost.core.actor import Actor
from outpost.core.modules import Entry, Module, Place, Text
from outpost.core.rights import Role


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as one reader sees it on one page. Its address says which it is: a text of a language would have to be
    translated to be told from another."""

    label: Text = field(compare=False)
    url: str
    icon: str
    is_current: bool
    on_phone: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Its items say which it is."""

    label: Text = field(compare=False)
    items: tuple[Item, ...]


_OF_THE_SHELL: Mapping[str, Text] = {
    "tasks": _("Tasks"),
    "messages": _("Messages"),
    "settings": _("Settings"),
}
# Filled by `register`: the sections by name, what stands in them, and each role's first page.
GROUPS: dict[str, Text] = {}
ENTRIES: list[Entry] = []
HOME: dict[Role, str] = {}
PLACES: list[Callable[[HttpRequest, Actor], Place | None]] = []

PHONE_ITEMS = 4  # and one for the whole menu


def register(modules: Iterable[Module]) -> None:
    """Take the menus of all modules in, the instruments' sections first; a repetition changes nothing."""
    known = tuple(modules)
    GROUPS.update({module.name: module.title for module in known if module.title})
    GROUPS.update(_OF_THE_SHELL)
    ENTRIES[:] = sorted((entry for module in known for entry in module.menu), key=lambda entry: entry.rank)
    for module in known:
        HOME.update(module.homes)
    PLACES[:] = [import_string(module.place) for module in known if module.place]


def place_of(request: HttpRequest, actor: Actor) -> Place | None:
    """What the reader has chosen to work on; None for who chooses nothing."""
    return next((place for find in PLACES if (place := find(request, actor))), None)


def home_of(actor: Actor) -> str:
    """The URL name of the first page of the reader's first role; the inbox for a role without one."""
    return next((HOME[role] for role in Role if role in actor.roles and role in HOME), "notifications:inbox")


def role_names(actor: Actor) -> list[str]:
    return [role.label for role in Role if role in actor.roles]


@cache
def _url(name: str, _routes: str) -> str:
    """Empty for a page that is not there: tests name it, but it must not take every other page down."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def sections_for(actor: Actor, path: str, entries: Iterable[Entry] = ENTRIES) -> tuple[Section, ...]:
    """The menu of one reader. `path` marks the current item: the longest address that it begins with."""
    routed = [
        (entry, _url(entry.url_name, settings.ROOT_URLCONF)) for entry in entries if actor.may(entry.action)
    ]
    allowed = [(entry, url) for entry, url in routed if url]
    above = (url for entry, url in allowed if path == url or (path.startswith(url) and not entry.is_root))
    current = max(above, key=len, default=None)
    by_group: dict[str, list[Item]] = {}
    for entry, url in allowed:
        item = Item(entry.label, url, entry.icon, url == current, entry.on_phone)
        by_group.setdefault(entry.group, []).append(item)
    return tuple(Section(label, tuple(by_group[key])) for key, label in GROUPS.items() if key in by_group)
