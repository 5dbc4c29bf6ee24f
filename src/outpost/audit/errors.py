"""The audit's problems."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

CHAIN_BROKEN = Problem(
    "audit.chain_broken",
    409,
    _(
        "The audit chain is broken at entry {seq} ({reason}). Keep the database as it is and call the auditor."
    ),
)
