"""The wiring of the house: what the modules declare (`<module>/module.py`) is handed to those that work with it.

Read it from top to bottom; nothing else in the house happens behind a caller's back.
"""

from importlib import import_module

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from outpost.access import documents as own_numbers
from outpost.access import gateway, rules, scopes
from outpost.audit import events
from outpost.config.modules import MODULES
from outpost.core import crypto, queues
from outpost.core.modules import Module
from outpost.desks import places
from outpost.exchange import registry
from outpost.health import followers, notices, person_pages
from outpost.notifications import templates
from outpost.people import documents, sealed_columns
from outpost.people.grounds import LINKED_PURPOSE, UNLINKED_PURPOSE
from outpost.people.rules import OWN_STAFF, REGISTERED_AT_SITE, SHARED_WITH_POLICE, Purpose
from outpost.web import navigation

# how passcodes reach their phones
PASSCODES = "outpost.notifications.passcodes.SmsGateway"

# the jobs that cross the modules, and what acts without an account
OWN = {
    "outpost.purge": _("Delete what is past its time"),
    "outpost.remove_old_jobs": _("Forget old jobs"),
    "outpost.retry_stalled": _("Take up jobs of lost workers"),
    "access.init": _("Set-up of the server"),
    "command.init": _("Set-up of the server"),
    "command-line": _("Command line of the server"),
    "demo": _("Made-up district"),
    "sites.arrivals": _("Arrivals feed"),
    "sites.verify": _("Look-up of declarations"),
}


def wire() -> None:
    """Make every module known, each piece where it is worked with. Raises ImportError for a path that is wrong."""
    queues.call(OWN)
    unasked = {
        OWN_STAFF: _("Own staff"),
        REGISTERED_AT_SITE: _("Registration at a construction site"),
        SHARED_WITH_POLICE: _("Pre-registration of a site, for public security"),
    }
    queues.call({**dict(Purpose.choices()), **unasked})
    queues.call({LINKED_PURPOSE: _("Two documents linked"), UNLINKED_PURPOSE: _("Two documents unlinked")})
    for module in MODULES:
        rules.allow(*module.actions)
        for kind, path in module.scopes.items():
            scopes.register(kind, import_string(path))
        for event, jobs in module.jobs_of.items():
            events.follow(event, jobs)
        queues.call(module.jobs)
        _followers(module)
        if module.signs_in:
            own_numbers.register(import_string(module.signs_in))
        if module.person_pages:
            person_pages.register(import_string(module.person_pages))
        if module.notices:
            notices.register(import_string(module.notices))
        if module.ledger:
            followers.keep(import_string(module.ledger))
        sealed_columns.register(*module.sealed)
        if module.desk:
            places.register(import_string(module.desk))
        _files_and_messages(module)
    _what_goes()
    crypto.check_with(import_module("outpost.people.keys").require_ours)
    navigation.register(MODULES)
    gateway.use(import_string(PASSCODES)())


def _followers(module: Module) -> None:
    if module.follows_facts:
        followers.follow(import_string(module.follows_facts))
    if module.follows_declarations:
        followers.follow_declarations(import_string(module.follows_declarations))
    if module.follows_links:
        documents.follow(import_string(module.follows_links))


def _files_and_messages(module: Module) -> None:
    registry.register_imports(*(import_string(path)() for path in module.imports))
    kinds = map(import_string, module.exports)
    registry.register_exports(*(kind(view) for kind in kinds for view in kind.views))
    if module.messages:
        templates.register(import_string(module.messages))


def _what_goes() -> None:
    """What is purged, from the highest module down, so that who refers to a row goes before it; what can be put back.

    Both are loaded here, because they hold models.
    """
    purging = import_module("outpost.audit.purging")
    for module in reversed(MODULES):
        if module.retention:
            purging.register(*import_string(module.retention))
        for one in module.references:
            purging.refer(one)
    deletions = import_module("outpost.audit.deletions")
    for module in MODULES:
        for path in module.restorable:
            deletions.register(*import_string(path))
