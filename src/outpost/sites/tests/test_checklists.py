"""复工检查表: versions, verdicts, the file that is fetched while the right holds, the scanner, the purge."""

import io
import os
import stat
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from PIL import Image

from outpost.access.throttle import HOUR, Limit
from outpost.audit.models import AuditEntry
from outpost.audit.purging import PURGE, Span, finish, purging
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.papers.tests import papers as made
from outpost.core.retention import first_kept_days, periods
from outpost.sites import papers
from outpost.sites.models import Contract, Project
from outpost.sites.models.prevention import Checklist, GroupMember, SupplyMovement
from outpost.sites.queries import prevention as reads
from outpost.sites.rules.prevention import ChecklistState
from outpost.sites.services import checklists
from outpost.sites.services.closing import close_contract
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.prevention_files import TODAY, joined, moved, submitted, uploaded
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("tests")


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    brought(contract_row(1), actor=cast_of_file.actor("command"))


@pytest.fixture
def contract() -> Contract:
    return Contract.objects.get(number="HT0001")


def kept() -> list[Path]:
    return sorted((Path(django_settings.OUTPOST_FILES) / papers.FOLDER).glob("*"))


@pytest.fixture(autouse=True)
def nothing_kept_before() -> None:
    for path in kept():
        path.unlink()


def refused(act: Any) -> str:
    with pytest.raises(Refusal) as found:
        act()
    assert found.value.message
    return found.value.code


@pytest.mark.promise("F4")
def test_a_photo_is_kept_upright_and_bare_where_no_address_leads(cast: Cast, contract: Contract) -> None:
    draft = uploaded(contract, made.photo(), actor=cast.actor("town"))
    (path,) = kept()
    assert path.name == str(draft.id)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Path(django_settings.STATIC_ROOT) not in path.parents
    with Image.open(io.BytesIO(path.read_bytes())) as picture:
        assert picture.size == (40, 60)
        assert not picture.getexif()
    assert (draft.kind, draft.size, draft.state) == ("jpeg", path.stat().st_size, ChecklistState.DRAFT)


def test_a_draft_gives_way_and_what_was_submitted_stays(
    cast: Cast, contract: Contract, django_capture_on_commit_callbacks: Any
) -> None:
    actor = cast.actor("town")
    first = uploaded(contract, actor=actor)
    with django_capture_on_commit_callbacks(execute=True):
        second = uploaded(contract, made.jpeg(), actor=actor)
    assert [path.name for path in kept()] == [str(second.id)]
    assert not Checklist.objects.filter(id=first.id).exists()
    assert second.version == 1
    for _ in range(2):
        assert checklists.submit_checklist(second.id, actor=actor, at=NOON) == contract.id
    third = uploaded(contract, actor=actor)
    assert third.version == 2
    assert len(kept()) == 2
    assert [row.is_open for row in reads.checklists(contract)] == [False, True]
    actions = list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))
    assert actions.count("sites.checklist_submitted") == 1


def test_the_station_says_what_is_to_be_mended_and_accepts_the_next(cast: Cast, contract: Contract) -> None:
    actor = cast.actor("town")
    draft = uploaded(contract, actor=actor)

    def judge(one: Checklist, verdict: ChecklistState, reason: str = "") -> Any:
        return checklists.judge_checklist(one.id, verdict, reason, actor=actor, at=NOON)

    assert refused(lambda: judge(draft, ChecklistState.ACCEPTED)) == "sites.not_to_judge"
    checklists.submit_checklist(draft.id, actor=actor, at=NOON)
    for nothing in (" ", "……", "\u200b", "\u3164"):
        assert refused(partial(judge, draft, ChecklistState.TO_MEND, nothing)) == "sites.mending_missing"
    judge(draft, ChecklistState.TO_MEND, "第二页未盖章")
    draft.refresh_from_db()
    assert (draft.state, draft.reason, draft.judged_at) == ("to_mend", "第二页未盖章", NOON)
    assert draft.judged_by == actor.label
    assert refused(lambda: judge(draft, ChecklistState.ACCEPTED)) == "sites.not_to_judge"
    assert refused(lambda: checklists.submit_checklist(draft.id, actor=actor, at=NOON)) == "sites.no_draft"
    (row,) = reads.file_rows(Contract.objects.all(), on=TODAY)
    assert row.facts.latest is ChecklistState.TO_MEND
    judge(submitted(contract, actor=actor), ChecklistState.ACCEPTED)
    (row,) = reads.file_rows(Contract.objects.all(), on=TODAY)
    assert row.facts.latest is ChecklistState.ACCEPTED


def test_only_the_latest_version_is_judged(cast: Cast, contract: Contract) -> None:
    actor = cast.actor("town")
    first = submitted(contract, actor=actor)
    submitted(contract, actor=actor)
    late = lambda: checklists.judge_checklist(first.id, ChecklistState.ACCEPTED, "", actor=actor, at=NOON)  # noqa: E731
    assert refused(late) == "sites.not_to_judge"


@pytest.mark.promise("F4")
def test_each_fetch_asks_for_the_right_again_and_is_recorded(cast: Cast, contract: Contract) -> None:
    one = submitted(contract, actor=cast.actor("town"))
    found, _kind = checklists.fetch_checklist(one.id, actor=cast.actor("town"), at=NOON)
    assert found.path.stat().st_size == one.size
    assert found.name.endswith("-HT0001-v1.pdf")
    assert AuditEntry.objects.filter(action="sites.checklist_fetched", object_id=str(one.id)).count() == 1

    def fetch(who: str) -> str:
        return refused(lambda: checklists.fetch_checklist(one.id, actor=cast.actor(who), at=NOON))

    assert fetch("principal") == "core.forbidden"
    Project.objects.update(region="440106001")
    assert fetch("town") == "core.not_found"


def test_a_file_that_is_gone_is_said_to_be(cast: Cast, contract: Contract) -> None:
    one = submitted(contract, actor=cast.actor("town"))
    papers.forget(one.id)
    gone = lambda: checklists.fetch_checklist(one.id, actor=cast.actor("town"), at=NOON)  # noqa: E731
    assert refused(gone) == "sites.paper_gone"


@pytest.mark.promise("F4")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (made.HTML, "papers.markup"),
        (made.HEIC, "papers.heic"),
        (made.with_zip(made.jpeg()), "papers.two_files"),
        (made.with_object(b"<< /S /Launch >>"), "papers.active_pdf"),
        (b"", "papers.empty"),
        (b"\xff\xd8\xff" + bytes(21 << 20), "exchange.too_large"),
    ],
)
def test_nothing_is_left_of_what_is_refused(
    cast: Cast, contract: Contract, content: bytes, code: str
) -> None:
    assert refused(lambda: uploaded(contract, content, actor=cast.actor("town"))) == code
    assert kept() == []
    assert not Checklist.objects.exists()


def test_what_the_scanner_does_not_clear_is_not_kept(
    cast: Cast, contract: Contract, tmp_path: Path, settings: Any
) -> None:
    program = tmp_path / "scan"
    program.write_text('#!/bin/sh\ngrep -q EICAR "$1" && exit 1\ntest -e "$0.broken" && exit 2\nexit 0\n')
    program.chmod(0o700)
    settings.OUTPOST_SCANNER = (str(program),)
    actor = cast.actor("town")
    infected = made.with_object(b"(EICAR)")
    assert refused(lambda: uploaded(contract, infected, actor=actor)) == "papers.infected"
    (tmp_path / "scan.broken").touch()
    assert refused(lambda: uploaded(contract, actor=actor)) == "papers.not_scanned"
    assert kept() == []
    (tmp_path / "scan.broken").unlink()
    assert uploaded(contract, actor=actor).version == 1


def test_uploads_of_an_account_are_counted(
    cast: Cast, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checklists, "UPLOADS", Limit("sites.uploads", 2, HOUR))
    for _ in range(2):
        uploaded(contract, actor=cast.actor("town"))
    assert refused(lambda: uploaded(contract, actor=cast.actor("town"))) == "sites.too_many_uploads"
    uploaded(contract, actor=cast.actor("command"))


def test_beyond_the_reach_there_is_no_checklist(cast: Cast, contract: Contract) -> None:
    far = brought(contract_row(2, 所属镇街=FAR_TOWN), actor=cast.actor("command"))[0]
    there, town = submitted(far, actor=cast.actor("command")), cast.actor("town")
    acts = (
        lambda: uploaded(far, actor=town),
        lambda: checklists.submit_checklist(there.id, actor=town, at=NOON),
        lambda: checklists.judge_checklist(there.id, ChecklistState.ACCEPTED, "", actor=town, at=NOON),
        lambda: checklists.fetch_checklist(there.id, actor=town, at=NOON),
        lambda: checklists.fetch_checklist(uuid4(), actor=town, at=NOON),
    )
    assert [refused(act) for act in acts] == ["core.not_found"] * len(acts)


def test_all_of_it_goes_with_its_contract_the_files_too(
    cast: Cast, contract: Contract, django_capture_on_commit_callbacks: Any
) -> None:
    actor = cast.actor("command")
    joined(contract, actor=actor)
    moved(contract, 10, actor=actor)
    submitted(contract, actor=actor)
    close_contract(contract.id, actor=actor, at=NOON)
    _old(kept())
    for days, left in ((179, 1), (182, 0)):
        span = Span(first_kept_days(TODAY + timedelta(days=days), periods()))
        with (
            django_capture_on_commit_callbacks(execute=True),
            purging(PURGE, span, actor=SYSTEM, at=NOON, progress=lambda *_: None) as run,
        ):
            finish(run, erased=None, actor=SYSTEM, at=NOON)
        tables = (Contract, Checklist, GroupMember, SupplyMovement)
        assert [table.objects.count() for table in tables] == [left] * len(tables)
        assert len(kept()) == left


def _old(paths: list[Path]) -> None:
    """An upload that has just begun has no row yet: only older files without one go."""
    for path in paths:
        os.utime(path, (0, 0))
