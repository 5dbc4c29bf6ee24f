"""解除告知: lead and person are told once a lifting holds, of what is on record then; it names nobody."""

from datetime import timedelta

import pytest
from django.utils import translation

from outpost.audit.models import AuditEntry
from outpost.core.actor import Actor
from outpost.health.models import DispositionRecord
from outpost.health.pass_facts import DISPOSITIONS, read_anew
from outpost.notifications import templates
from outpost.notifications.models import InboxMessage
from outpost.sites.models import Contract, Registration
from outpost.sites.queries.leads import leads_of
from outpost.sites.services.releasing import LATEST, tell_released
from outpost.sites.tests.test_passing import (  # noqa: F401 - fixtures
    HOUR,
    command,
    crew,
    dispose,
    other_of,
    registered,
)
from outpost.testing.cast import NOON

pytestmark = pytest.mark.django_db
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
TOMORROW = NOON + 20 * HOUR


@pytest.fixture
def held(crew: list[Registration]) -> Registration:  # noqa: F811 - the fixture's value
    """Somebody of two sites, isolated, whose lifting begins tomorrow."""
    row = next(row for row in crew if Registration.objects.filter(person=row.person_id).count() == 2)
    dispose(row.person_id, "isolation", NOON - 15 * DAY)
    dispose(row.person_id, "admitted", TOMORROW)
    return row


def told(*times: object, by: Actor) -> list[int]:
    return [tell_released(actor=by, at=at) for at in times]  # type: ignore[arg-type]


def test_it_is_told_when_the_lifting_holds_and_once(held: Registration, command: Actor) -> None:  # noqa: F811
    assert told(NOON, TOMORROW - SECOND, by=command) == [0, 0]
    assert told(TOMORROW, TOMORROW + SECOND, TOMORROW + HOUR, by=command) == [2, 0, 0]
    kept = AuditEntry.objects.get(action="sites.released")
    assert (kept.count, kept.detail) == (2, {})
    leads = {one for contract in Contract.objects.all() for one in leads_of(contract)}
    assert (
        set(InboxMessage.objects.filter(template="sites.released").values_list("user_id", flat=True)) == leads
    )


def test_what_was_taken_back_before_it_began_is_told_to_nobody(held: Registration, command: Actor) -> None:  # noqa: F811
    DispositionRecord.objects.filter(started_at=TOMORROW).delete()
    read_anew(DISPOSITIONS, "SELECT %(person)s::uuid AS person_id", {"person": held.person_id})
    assert told(TOMORROW, TOMORROW + HOUR, by=command) == [0, 0]


def test_whoever_is_held_again_is_told_of_the_next_lifting(held: Registration, command: Actor) -> None:  # noqa: F811
    assert told(TOMORROW, by=command) == [2]
    dispose(held.person_id, "suspected", TOMORROW + HOUR)
    assert told(TOMORROW + 2 * HOUR, by=command) == [0]
    dispose(held.person_id, "admitted", TOMORROW + 3 * HOUR)
    assert told(TOMORROW + 3 * HOUR, by=command) == [2]


def test_nobody_is_told_who_was_never_held_waits_to_be_verified_or_was_let_in_long_ago(
    held: Registration,
    crew: list[Registration],  # noqa: F811
    command: Actor,  # noqa: F811
) -> None:
    never = next(row for row in crew if row.person_id != held.person_id)
    dispose(never.person_id, "admitted", TOMORROW)
    Registration.objects.filter(id=held.id).update(unverified_since=NOON)
    assert told(TOMORROW + LATEST, by=command) == [0]
    assert told(TOMORROW, by=command) == [1]
    other, mine = other_of(held), Registration.objects.get(id=held.id)
    assert (other.released_at, mine.released_at) == (TOMORROW, None)


def test_the_texts_name_nobody_and_no_illness() -> None:
    for language in ("en", "zh-hans"):
        with translation.override(language):
            for code in ("sites.released", "sites.released_person"):
                said = templates.text_of(code).casefold()
                assert not any(
                    word in said for word in ("isolat", "test", "case", "隔离", "核酸", "确诊", "疑似")
                )
