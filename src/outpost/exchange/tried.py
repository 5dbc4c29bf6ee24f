"""Files that try document numbers: what they are answered is counted, and said less plainly, where the actor sees
people masked (docs/adr/0017-reach-and-tries.md)."""

from outpost.access import tries
from outpost.core.actor import Actor
from outpost.exchange.kinds import ImportKind, Setting


class TriedImport(ImportKind):
    """A file about people: its staging holds `person_id` and `mask`."""

    def shows_known_rows(self, actor: Actor) -> bool:
        return not tries.sees_masks(actor, self.action)

    def count_tries(self, staging: str, setting: Setting) -> None:
        if tries.sees_masks(setting.actor, self.action):
            tries.try_staged(staging, "uuid_send(s.person_id)", actor=setting.actor, at=setting.at)
