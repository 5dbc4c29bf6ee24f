"""B7: the most used pages of the sentinel instrument over a large ledger: time in the server, statements a page.

Whole requests are timed in this process, middleware and template included, as a command officer and as a principal
see them; what the network and the browser add is left out. The figure of a page is its 95th percentile; the goals are
150 ms and 15 statements. There is no peer: the admin of Django cannot open sealed names.
"""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from unittest.mock import patch

from django.urls import reverse

from benchmarks import b4_nightly_match as b4
from benchmarks import b6_staff_excel as b6
from benchmarks import pages
from benchmarks.harness import Result, here, timed
from outpost.access.models import User
from outpost.access.scopes import Scope
from outpost.access.services import create_officer, grant_role
from outpost.core import clock, db
from outpost.core.actor import Actor
from outpost.core.rights import Role
from outpost.exchange.services import run_import
from outpost.health.services import ensure_products
from outpost.regions.rules import ORGANIZATION, REGION
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.services.matching import run_match

SMALL, FULL = 20_000, 1_000_000
ROWS_A_FILE = 250_000
RECORDS_EACH = 4
ACTOR = Actor.system("bench")
NOON = clock.day_start(b4.ON) + timedelta(hours=12)
# One in twenty is off duty, as on any day.
_LEAVE = """INSERT INTO sentinel_dutyspell (id, staff_id, state, starts_on)
  SELECT gen_random_uuid(), id, %s, %s FROM sentinel_staffmember WHERE get_byte(uuid_send(id), 15) < 13"""


def run(*, full: bool) -> Iterable[Result]:
    """Fill the ledger by import, then open each page as its reader does."""
    staff = FULL if full else SMALL
    b6._prepare()  # noqa: SLF001 - the district and organisations of B6
    with _at_noon():
        ensure_products()
        _import_staff(staff)
        db.run(_LEAVE, [DutyState.RESTING, b4.ON - timedelta(days=1)])
        b4._execute(b4.RECORDS, prefix="a", each=RECORDS_EACH)  # noqa: SLF001 - the records of B4
        b4.follow()
        timed("match", lambda: run_match(b4.ON, actor=ACTOR, at=NOON))
        for reader, asked in _readers().items():
            client = pages.signed_in(reader)
            for name, address in asked.items():
                yield from pages.page("B7", f"{reader.display_name}: {name}", client, address, staff)


def _readers() -> dict[User, dict[str, str]]:
    """Who reads which pages: name → address."""
    command, _ = create_officer("command", "command", actor=ACTOR, at=NOON)
    grant_role(command.id, Role.COMMAND, Scope(REGION, "440115"), actor=ACTOR, at=NOON)
    enrolment = Enrolment.objects.order_by("organization__name").first()
    assert enrolment is not None
    member = StaffMember.objects.filter(enrolment=enrolment).order_by("id").first()
    assert member is not None
    principal = User.objects.get(
        grants__scope_kind=ORGANIZATION, grants__scope_key=str(enrolment.organization_id)
    )
    principal.display_name = "principal"
    own, of_category = f"category={b6.CATEGORY['category']}", {"code": b6.CATEGORY["category"]}
    lists = {
        name: reverse(f"sentinel:{name}") for name in ("today", "due", "staff", "organizations", "compliance")
    }
    person = reverse("sentinel:staff_member", args=[member.id])
    return {
        command: {
            **lists,
            "due of a category": f"{lists['due']}?{own}",
            "staff, second page of 100": f"{lists['staff']}?{own}&size=100&page=2",
            "staff of a town": f"{lists['staff']}?{own}&town=440115001",
            "staff of an organisation": f"{lists['staff']}?{own}&organization={enrolment.id}",
            "staff who missed": f"{lists['staff']}?{own}&state=missed",
            "organisation": reverse("sentinel:organization", args=[enrolment.id]),
            "person": person,
            "missed": reverse("sentinel:missed", kwargs=of_category) + f"?on={b4.ON}",
            "tests by town": reverse("sentinel:nat_statistics"),
            "vaccinations by town": reverse("sentinel:vaccination_statistics"),
            "category": reverse("sentinel:category", kwargs=of_category),
            "alerts": reverse("sentinel:alerts"),
        },
        principal: {
            **{name: lists[name] for name in ("today", "due", "staff", "compliance")},
            "person": person,
        },
    }


def _import_staff(staff: int) -> None:
    rows = b6._rows(staff)  # noqa: SLF001 - the staff of B6
    for number in range(0, staff, ROWS_A_FILE):
        path = here().data / f"staff-{number}.csv"
        _write(path, islice(rows, ROWS_A_FILE))
        work = partial(run_import, path, kind="sentinel.staff", params=b6.CATEGORY, actor=ACTOR, at=NOON)
        _, done = timed(f"staff from {number}", work)
        assert done.new > 0, done
        path.unlink()


def _write(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(b6.STAFF_HEADER)
        writer.writerows(rows)


@contextmanager
def _at_noon() -> Iterator[None]:
    with patch.object(clock, "now", lambda: NOON):
        yield
