"""What files of every ledger share: its rows are stamped, and removed softly and dated."""

from dataclasses import dataclass

from outpost.exchange.target import Target


@dataclass(frozen=True, slots=True)
class LedgerTarget(Target):
    """A table of rows with `created_at`, `updated_at` and `removed_at`."""

    stamps_new: tuple[str, ...] = ("created_at", "updated_at")
    stamps_replaced: tuple[str, ...] = ("updated_at",)
    current: str = "t.removed_at IS NULL"
    removed_stamp: str = "removed_at"
