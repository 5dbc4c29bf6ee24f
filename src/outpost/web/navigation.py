"""The menu as data: what stands where, and which right shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.core.actor import Actor
from outpost.core.rights import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the menu. Shown to whom `action` is allowed; `on_phone` puts it into the bottom bar.
    An item that `is_root` lies above the others' addresses and is current on its own alone."""

    label: str | Promise
    url_name: str
    icon: str
    action: str
    group: str
    on_phone: bool = False
    is_root: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as one reader sees it on one page."""

    label: str | Promise
    url: str
    icon: str
    is_current: bool
    on_phone: bool


@dataclass(frozen=True, slots=True)
class Section:
    label: str | Promise
    items: tuple[Item, ...]


GROUPS: Mapping[str, str | Promise] = {
    "sentinel": _("Sentinel"),
    "tasks": _("Tasks"),
    "messages": _("Messages"),
    "settings": _("Settings"),
}

ENTRIES: tuple[Entry, ...] = (
    Entry(
        _("Today"),
        "sentinel:today",
        "activity",
        "sentinel.see_compliance",
        "sentinel",
        on_phone=True,
        is_root=True,
    ),
    Entry(_("Who is due"), "sentinel:due", "calendar", "sentinel.see_staff", "sentinel", on_phone=True),
    Entry(_("Staff"), "sentinel:staff", "users", "sentinel.see_staff", "sentinel", on_phone=True),
    Entry(_("Organisations"), "sentinel:organizations", "building", "sentinel.see_organizations", "sentinel"),
    Entry(_("Compliance"), "sentinel:compliance", "shield-check", "sentinel.see_compliance", "sentinel"),
    Entry(
        _("Test statistics"), "sentinel:nat_statistics", "test-pipe", "sentinel.see_compliance", "sentinel"
    ),
    Entry(
        _("Vaccination statistics"),
        "sentinel:vaccination_statistics",
        "vaccine",
        "sentinel.see_compliance",
        "sentinel",
    ),
    Entry(
        _("Categories and rules"), "sentinel:categories", "category", "sentinel.see_categories", "sentinel"
    ),
    Entry(_("Alert settings"), "sentinel:alerts", "bell", "sentinel.set_alerts", "sentinel"),
    Entry(_("My tasks"), "exchange:tasks", "list-check", "exchange.see_tasks", "tasks", on_phone=True),
    Entry(_("Job queue"), "operation:jobs", "hourglass", "operation.see_jobs", "tasks", on_phone=True),
    Entry(_("Inbox"), "notifications:inbox", "inbox", "account.use", "messages", on_phone=True),
    Entry(_("Towns and grids"), "regions:towns", "map-pin", "regions.edit", "settings"),
    Entry(
        _("Channels"), "channels:channels", "bell", "notifications.edit_channels", "messages", on_phone=True
    ),
    Entry(
        _("Log of deliveries"), "channels:deliveries", "history", "notifications.see_deliveries", "messages"
    ),
    Entry(_("Vaccine products"), "health:products", "clipboard-list", "health.edit_products", "settings"),
    Entry(
        _("Accounts and rights"), "access:accounts", "user-cog", "access.manage", "settings", on_phone=True
    ),
    Entry(_("Audit log"), "audit:log", "history", "audit.see", "settings", on_phone=True),
    Entry(_("My account"), "access:me", "user", "account.use", "settings"),
)

# The page that answers a role's question without a click; the first role that the reader holds decides.
HOME: Mapping[str, str] = {
    Role.COMMAND: "sentinel:today",
    Role.BUREAU: "sentinel:today",
    Role.TOWN: "sentinel:today",
    Role.PRINCIPAL: "sentinel:today",
    Role.AUDITOR: "audit:log",
    Role.SECURITY: "access:accounts",
    Role.OPERATOR: "operation:jobs",
    Role.FEEDER: "exchange:tasks",
}

PHONE_ITEMS = 4  # and one for the whole menu


def home_of(actor: Actor) -> str:
    """The URL name of the reader's first page; the inbox for a role without one."""
    return next((name for role, name in HOME.items() if role in actor.roles), "notifications:inbox")


def role_names(actor: Actor) -> list[str]:
    return [role.label for role in Role if role in actor.roles]


def _url(entry: Entry) -> str:
    """Empty for a page that is not there: tests name it, but it must not take every other page down."""
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return ""


def sections_for(actor: Actor, path: str, entries: Iterable[Entry] = ENTRIES) -> tuple[Section, ...]:
    """The menu of one reader. `path` marks the current item: the longest address that it begins with."""
    routed = [(entry, _url(entry)) for entry in entries if actor.may(entry.action)]
    allowed = [(entry, url) for entry, url in routed if url]
    above = (url for entry, url in allowed if path == url or (path.startswith(url) and not entry.is_root))
    current = max(above, key=len, default=None)
    by_group: dict[str, list[Item]] = {}
    for entry, url in allowed:
        item = Item(entry.label, url, entry.icon, url == current, entry.on_phone)
        by_group.setdefault(entry.group, []).append(item)
    return tuple(Section(label, tuple(by_group[key])) for key, label in GROUPS.items() if key in by_group)
