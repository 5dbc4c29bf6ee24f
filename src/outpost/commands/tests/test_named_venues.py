"""`outpost import named-venues`: the operator enters in the name of a bureau or a chain, and no further than they."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from outpost.commands import imports
from outpost.commands.base import DONE, REFUSED, Call
from outpost.core.errors import Problem, Refusal
from outpost.regions.models import Department
from outpost.testing.cast import NOON, Cast
from outpost.venues import errors
from outpost.venues.models import HandOver, Kind, Venue
from outpost.venues.queries.naming import entered_row
from outpost.venues.rules import Answer
from outpost.venues.services import ensure_kinds, naming
from outpost.venues.tests.ledger import brought, venue_row

pytestmark = pytest.mark.django_db
MALL = {"场所类型": "商场"}


@pytest.fixture(scope="module", autouse=True)
def kinds_of_bureaus(cast_of_file: Cast) -> None:
    """Markets are the bureau's, malls another one's."""
    ensure_kinds()
    Department.objects.get_or_create(code="post", defaults={"name": "邮政管理局", "region_id": "440115"})
    Kind.objects.filter(code="market").update(department="market")
    Kind.objects.filter(code="mall").update(department="post")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two markets and a mall."""
    rows = [venue_row(2), venue_row(3), venue_row(4, **MALL)]
    path = tmp_path / "named.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def head(cast: Cast) -> Venue:
    (venue,) = brought(venue_row(1))
    naming.let_branch(venue.id, 2, actor=cast.actor("town"), at=NOON)
    return venue


def run(file: Path, **options: str) -> int:
    return imports.answer(Call(file.parent, as_json=True, language="en"), "venues.entered", file, **options)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    found = json.loads(capsys.readouterr().out)
    return {name: found[name] for name in ("read", "new", "unchanged", "rejected")}


def refused(file: Path, **options: str) -> Problem:
    with pytest.raises(Refusal) as refusal:
        run(file, **options)
    assert refusal.value.message
    return refusal.value.problem


def test_in_the_name_of_a_bureau_its_kinds_alone_go_in(
    file: Path, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, department="market") == REFUSED
    assert told(capsys) == {"read": 3, "new": 2, "unchanged": 0, "rejected": 1}
    entered = list(Venue.objects.current())
    assert {(one.kind_id, one.confirmed_at, one.head_id) for one in entered} == {("market", None, None)}
    assert HandOver.objects.filter(state=HandOver.WAITING).count() == 2
    bureau = cast.actor("bureau")
    row = entered_row(entered[0].id, actor=bureau, at=HandOver.objects.latest("asked_at").asked_at)
    assert row.answer is Answer.WAITS
    assert run(file, department="market") == REFUSED
    assert told(capsys) == {"read": 3, "new": 0, "unchanged": 2, "rejected": 1}


def test_in_the_name_of_a_chain_as_many_branches_as_it_may_have(
    file: Path, cast: Cast, head: Venue, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, chain=head.name) == REFUSED
    assert told(capsys) == {"read": 3, "new": 2, "unchanged": 0, "rejected": 1}
    assert set(Venue.objects.filter(confirmed_at=None).values_list("head_id", flat=True)) == {head.id}
    naming.let_branch(head.id, 3, actor=cast.actor("town"), at=NOON)
    assert run(file, chain=str(head.id)) == DONE
    naming.let_branch(head.id, 0, actor=cast.actor("town"), at=NOON)
    assert refused(file, chain=head.name) is errors.NO_BRANCHES


def test_what_others_entered_is_neither_s(
    file: Path, head: Venue, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line reaches everything; in somebody's name it does not."""
    run(file, department="post")
    assert told(capsys)["new"] == 1
    run(file, chain=head.name)
    assert told(capsys) == {"read": 3, "new": 2, "unchanged": 0, "rejected": 1}
    run(file, department="market")
    assert told(capsys) == {"read": 3, "new": 0, "unchanged": 0, "rejected": 3}


def test_it_says_whose_they_are(file: Path, head: Venue) -> None:
    assert refused(file) is errors.WHOSE_VENUES
    assert refused(file, department="market", chain=head.name) is errors.WHOSE_VENUES
    assert refused(file, department="nobody") is errors.UNKNOWN_DEPARTMENT
    assert refused(file, chain="没有这家") is errors.UNKNOWN_VENUE
    assert not HandOver.objects.exists()


def test_the_command_says_what_it_takes() -> None:
    text = CliRunner().invoke(imports.import_group, ["named-venues", "--help"]).output
    assert "--department CODE" in text
    assert "--chain NAME" in text
