"""The wiring diagram of the house: which event wakes which job, which kinds of files there are.

Read it from top to bottom; nothing else in the house happens behind a caller's back.
"""

from collections.abc import Mapping

from django.utils.module_loading import import_string

from outpost.exchange import registry

# event → names of the jobs that it wakes; each gets the event's payload as keyword arguments
EVENTS: Mapping[str, tuple[str, ...]] = {
    "exchange.import_finished": ("notifications.tell_import",),
    "exchange.export_ready": ("notifications.tell_export",),
}

# files that come in and files that go out; named by path because models are loaded after this file
IMPORTS: tuple[str, ...] = (
    "outpost.health.sheets.TestImport",
    "outpost.health.sheets.VaccinationImport",
)
EXPORTS: tuple[str, ...] = ()


def wire() -> None:
    """Hand the kinds of imports and exports to the module that runs them."""
    registry.register_imports(*(import_string(path)() for path in IMPORTS))
    registry.register_exports(*(import_string(path)() for path in EXPORTS))
