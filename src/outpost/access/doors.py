"""The door under the name by which pages import it. It stands in the core, because the audit's pages, which
lie below this module, need it too."""

from outpost.pages.doors import PageRequest, door, open_door

__all__ = ["PageRequest", "door", "open_door"]
