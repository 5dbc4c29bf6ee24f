"""What a history says of each change."""

from uuid import uuid4

from django.utils.translation import override

from outpost.audit import versions
from outpost.testing.cast import NOON


def test_the_undoing_of_an_import_is_told_by_its_name() -> None:
    """It stood there as one more import."""
    batch = str(uuid4())
    changes = [versions.Change(NOON, "166****0001", cause, ()) for cause in (f"undo:{batch}", batch)]
    with override("en"):
        said = versions.told(changes, {}, {"import": "Replaced by an import"}, "import")
    assert [one["act"] for one in said] == ["An import was undone", "Replaced by an import"]
