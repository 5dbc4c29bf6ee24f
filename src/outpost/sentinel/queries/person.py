"""What the page of one staff member shows beside the ledger's row.

Whoever calls has resolved the member within the reader's scope (`queries.staff.member_of`).
"""

from collections.abc import Mapping
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
from outpost.sentinel.queries.sight import sight_of
from outpost.sentinel.queries.staff_filter import SEE
from outpost.sentinel.rules import Judgement


def spells_of(member: StaffMember) -> list[Spell[DutyState]]:
    """The absences of a staff member that were not called off, the latest first."""
    found = DutySpell.objects.filter(staff=member)
    return [row.spell for row in found.order_by("-starts_on") if row.ends_on != row.starts_on]


def judgements_of(member: StaffMember, *, at: datetime, actor: Actor) -> list[tuple[date, Judgement]]:
    """How a staff member stands at the dawns of today, tomorrow and the day after, should nothing be added;
    empty while no rule holds for them."""
    today = clock.local_day(at)
    found = []
    for on in (today, today + timedelta(days=1), today + timedelta(days=2)):
        tasks = match.tasks_of([member.enrolment.category], on, reach=actor.reach(SEE))
        state = match.states(tasks, [member.id]).get(member.id)
        if state is not None:
            found += [(on, one.judgement(state, on)) for one in match.evidence(tasks, [member.id])]
    return found


def nat_tests_of(member: StaffMember, *, first: date, last: date, actor: Actor) -> list[NatRow]:
    """查看核酸: the test records of a staff member sampled on the days `first` to `last`, newest first.

    Raises Refusal 403.
    """
    sight = sight_of([member.id], actor.reach(SEE))
    rows = health.tests_of(member.person_id, clock.day_span(first, last), actor=actor)
    return [row for row in rows if sight.seen(member.id, row.sampled_at)]


def pass_of(member: StaffMember, *, at: datetime, actor: Actor) -> Decision | None:
    """The pass of a staff member; None for an employer whose word alone says whose number it is.

    Raises Refusal 403.
    """
    return passes_of({member.id: member.person_id}, at=at, actor=actor).get(member.id)


def passes_of(people_of: Mapping[UUID, UUID], *, at: datetime, actor: Actor) -> dict[UUID, Decision]:
    """The same of some staff members (with the person of each), by one look at the facts of all.

    Raises Refusal 403.
    """
    actor.require(SEE_FACTS)
    sight = sight_of(people_of, actor.reach(SEE))
    shown = {staff: person for staff, person in people_of.items() if sight.shows(staff)}
    found = pass_now.passes_of(set(shown.values()), at=at)
    return {staff: found[person] for staff, person in shown.items()}


def doses_of(
    member: StaffMember, *, on: date, actor: Actor
) -> tuple[list[VaccinationRow], tuple[DoseState, DoseState, DoseState]]:
    """疫苗接种: the records of a staff member, withdrawn ones too, and where they stand with each dose on a day.

    Raises Refusal 403.
    """
    shows = sight_of([member.id], actor.reach(SEE)).shows(member.id)
    rows = vaccinations.vaccinations_of(member.person_id, actor=actor) if shows else []
    products = {product.code: product for product in vaccinations.products()}
    codes = {product.name: code for code, product in products.items()}
    given = tuple(
        DoseGiven(given_on=one.given_on, dose=one.dose, product=codes[one.product])
        for one in rows
        if not one.is_withdrawn
    )
    return rows, dose_states(VaccinationHistory(given), on, products)
