"""The manifest of accounts and rights."""

from django.utils.translation import gettext_lazy as _

from outpost.access import actions
from outpost.access.rules import SOURCE
from outpost.core.actions import USE_ACCOUNT
from outpost.core.modules import Entry, Module, SealedColumn
from outpost.core.rights import Role
from outpost.regions.rules import DEPARTMENT, ORGANIZATION, REGION

MODULE = Module(
    name="access",
    actions=actions.ACTIONS,
    scopes={
        REGION: "outpost.access.scope_sources.REGIONS",
        DEPARTMENT: "outpost.access.scope_sources.DEPARTMENTS",
        ORGANIZATION: "outpost.access.scope_sources.ORGANIZATIONS",
        SOURCE: "outpost.access.scope_sources.SOURCES",
    },
    jobs={
        "access.sweep": _("Remove codes and sessions that are over"),
        "access.record_denials": _("Record refusals that were counted"),
    },
    sealed=(
        SealedColumn("access_user", "id", "uuid", "sealed_phone", "access.user"),
        SealedColumn("access_user", "id", "uuid", "sealed_totp", "access.user"),
        SealedColumn("access_user", "id", "uuid", "sealed_contacts", "access.user"),
    ),
    menu=(
        Entry(
            *(_("Accounts and rights"), "access:accounts", "user-cog", actions.MANAGE_ACCESS, "settings"),
            on_phone=True,
            rank=3,
        ),
        Entry(_("My account"), "access:me", "user", USE_ACCOUNT, "settings", rank=5),
    ),
    homes={Role.SECURITY: "access:accounts"},
    routes={"": "outpost.access.urls"},
)
