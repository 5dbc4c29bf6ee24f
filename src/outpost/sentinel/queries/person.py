"""What the page of one staff member shows beside the ledger's row.

Whoever calls has resolved the member within the reader's scope (`queries.staff.member_as_row`).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.spells import Spell
from outpost.health.actions import SEE_FACTS
from outpost.health.passes import Decision
from outpost.health.queries import facts as health
from outpost.health.queries import pass_now, vaccinations
from outpost.health.queries.facts import TestRow as NatRow
from outpost.health.queries.vaccinations import VaccinationRow
from outpost.health.rules import DoseGiven, DoseState, VaccinationHistory, dose_states
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import DutySpell, StaffMember
from outpost.sentinel.queries import match
from outpost.sentinel.queries.sight import sight_of_rows
from outpost.sentinel.queries.staff import StaffRow
from outpost.sentinel.queries.staff_filter import SEE
from outpost.sentinel.rules import Judgement


def spells_of(member: StaffMember) -> list[Spell[DutyState]]:
    """The absences of a staff member that were not called off, the latest first."""
    found = DutySpell.objects.filter(staff=member)
    return [row.spell for row in found.order_by("-starts_on") if row.ends_on != row.starts_on]


def judgements_of(member: StaffMember, *, at: datetime, actor: Actor) -> list[tuple[date, Judgement]]:
    """How a staff member stands at the dawns of today, tomorrow and the day after, should nothing be added;
    empty while no rule holds for them."""
    dawns = [clock.local_day(at) + timedelta(days=days) for days in range(3)]
    category, reach = member.enrolment.category, actor.reach(SEE)
    tasks = [task for on in dawns for task in match.tasks_of([category], on, reach=reach)]
    if not tasks:
        return []
    found = match.judged_by_day(tasks, member.id)
    return [(on, one.judgement(state, on)) for on, one, state in found]


def nat_tests_of(member: StaffMember, *, first: date, last: date, actor: Actor) -> list[NatRow]:
    """查看核酸: the test records of a staff member sampled on the days `first` to `last`, newest first.

    Raises Refusal 403.
    """
    sight = sight_of_rows([member], actor.reach(SEE))
    rows = health.tests_of(member.person_id, clock.day_span(first, last), actor=actor)
    return [row for row in rows if sight.seen(member.id, row.sampled_at)]


def passes_of(rows: Iterable[StaffRow], *, at: datetime, actor: Actor) -> dict[UUID, Decision]:
    """The passes of staff members, by one look at the facts of all; none for an employer of whom their word alone says
    whose number it is.

    Raises Refusal 403.
    """
    actor.require(SEE_FACTS)
    shown = {row.id: row.person_id for row in rows if row.shows_facts}
    found = pass_now.passes_of(set(shown.values()), at=at)
    return {staff: found[person] for staff, person in shown.items()}


def doses_of(
    member: StaffMember, *, on: date, actor: Actor
) -> tuple[list[VaccinationRow], tuple[DoseState, DoseState, DoseState]]:
    """疫苗接种: the records of a staff member, withdrawn ones too, and where they stand with each dose on a day.

    Raises Refusal 403.
    """
    shows = sight_of_rows([member], actor.reach(SEE)).shows(member.id)
    rows = vaccinations.vaccinations_of(member.person_id, actor=actor) if shows else []
    products = {one.made.code: one.made for one in rows}
    given = tuple(
        DoseGiven(given_on=one.given_on, dose=one.dose, product=one.made.code)
        for one in rows
        if not one.is_withdrawn
    )
    return rows, dose_states(VaccinationHistory(given), on, products)
