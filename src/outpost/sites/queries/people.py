"""Reads of a site's people: who is registered, where they are, whether they may enter; who was inside at an instant."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.lookups import Exact
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from outpost.core.actor import Actor
from outpost.core.clock import local_day, zone
from outpost.core.crypto import ring
from outpost.core.db import as_subquery
from outpost.core.errors import Refusal, or_not_found
from outpost.health.actions import SEE_FACTS
from outpost.health.conditions import NO_FACTS, Condition, PassFacts
from outpost.health.daily import DailySymptom, Report, Wellness
from outpost.health.models import Declaration
from outpost.health.queries.journeys import HELD, declaration_of
from outpost.health.queries.pass_filter import decided_by
from outpost.health.queries.pass_now import pass_facts_of
from outpost.health.queries.proposals import undecided, undecided_of
from outpost.health.queries.questions import in_words
from outpost.health.rules import OWN_SOURCES, Disposition, symptom_label
from outpost.health.services.daily import Days, reports_of, wellness_of
from outpost.people.models import StatedPerson
from outpost.people.queries import identities, stated_as
from outpost.people.stated import Shown
from outpost.sites.actions import SEE_SITES
from outpost.sites.errors import TESTED_POSITIVE
from outpost.sites.models import (
    Contract,
    Registration,
    RegistrationQuerySet,
    SiteException,
    Stay,
    StayQuerySet,
)
from outpost.sites.queries.addresses import Difference, differences, differing
from outpost.sites.queries.contracts import reported_on
from outpost.sites.queries.entering import known_of, obstacles_of
from outpost.sites.queries.families import family_counts
from outpost.sites.rules.addresses import Agreement
from outpost.sites.rules.entering import Obstacle
from outpost.sites.vocabularies import (
    DECLARED_WITHIN_DAYS,
    ENTERED,
    INFERRED,
    Checked,
    Presence,
    Roll,
    Verification,
)

_NOT_COLUMNS = ("presence", "wellness", "verification", "name", "document", "pass_reason", "address")


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """Somebody who was registered, as a list shows them: masked. Without `obstacles` they may enter."""

    registration: Registration
    person: Shown
    presence: Presence
    obstacles: Sequence[Obstacle]
    exception: SiteException | None
    """The one that holds, or waits for the second word."""
    wellness: Wellness
    undecided: str
    """That an abnormal report waits for a decision, in words; empty where none does. It shuts nobody out."""
    family: int
    facts: PassFacts
    """Of the pass, as they are now; whom to tell is the caller's to decide."""
    stays: Sequence[Stay]
    """Under this registration, the latest first."""
    address: Difference | None
    """That what is stated of their address differs from what they declared. It shuts nobody out."""

    @property
    def id(self) -> UUID:
        return self.registration.id

    @property
    def is_asked(self) -> bool:
        """Whether a report is there, or is missed: nobody misses that of who is not on site."""
        return self.presence is Presence.INSIDE or self.wellness is not Wellness.MISSING

    @property
    def verification(self) -> Verification | None:
        return Verification.WAITING if self.registration.unverified_since else None

    @property
    def roll(self) -> Roll:
        return Roll(self.registration.roll)


@dataclass(frozen=True, slots=True)
class StayRow:
    """One stay, with how it was made sure who entered."""

    stay: Stay

    @property
    def checked(self) -> Checked:
        return Checked(self.stay.checked)


def shows_passes(contract: Contract, actor: Actor) -> bool:
    """Whether the actor, who sees this contract, may see the facts of its people: officers of the place; its own people
    learn who may enter, and no more."""
    facts = actor.reach(SEE_FACTS)
    if not facts or facts.covers(actor.reach(SEE_SITES)):
        return bool(facts)
    return Contract.objects.visible_to(actor, SEE_FACTS).filter(id=contract.id).exists()


def registrations(
    contract: Contract, values: Mapping[str, str], *, actor: Actor, at: datetime
) -> RegistrationQuerySet:
    """Who is registered under a contract and in reach: of a name or number, a roll, an employer, by where they are, by
    how they were reported today, by whether their address differs; for who may see passes, by what decides these.

    Who asks has counted what it tries (`people.trying`); what can be no name or number finds nobody.
    """
    wanted = dict(values)
    presence, wellness, is_waiting, name, document, reason, address = (
        wanted.pop(key, "") for key in _NOT_COLUMNS
    )
    mine = Registration.objects.visible_to(actor, SEE_SITES).current()
    found = mine.filter(contract=contract, **wanted)
    try:
        found = found.filter(stated_as(name=name, document=document, today=local_day(at)))
    except Refusal:
        return found.none()
    if is_waiting:
        found = found.filter(unverified_since__isnull=False)
    if presence:
        found = found.filter(_where(presence))
    if wellness:
        found = found.filter(_well(found, Wellness(wellness), local_day(at)))
    if reason:
        found = found.filter(decided_by(Condition(reason), at=at, among=found.values("person_id")))
    if address:
        found = differing(found, Agreement(address), at=at)
    return found.select_related("employer", "person").with_undecided()


def _well(found: RegistrationQuerySet, wanted: Wellness, on: date) -> Q:
    """Those of whom the reports of a day, as far as they may be told, amount to that."""
    is_known = Q(unverified_since__isnull=True) | Q(Exists(Stay.objects.filter(registration=OuterRef("pk"))))
    if wanted is Wellness.MISSING:
        return ~(Q(person_id__in=reported_on(found.values("person_id"), on)) & is_known)
    reports = reports_of(found.filter(is_known).values("person_id"), on)
    return Q(person__in=[person for person, said in reports.items() if said.wellness is wanted])


def unreported(
    contract: Contract, values: Mapping[str, str], *, actor: Actor, at: datetime
) -> RegistrationQuerySet:
    """Who of those in reach is on site now and was not reported today, of those that a filter wants."""
    wanted = {**values, "presence": Presence.INSIDE.value, "wellness": Wellness.MISSING.value}
    return registrations(contract, wanted, actor=actor, at=at)


def named(contract: Contract, ids: Collection[UUID], *, actor: Actor) -> RegistrationQuerySet:
    """These people of a contract, as far as they are in reach."""
    mine = Registration.objects.visible_to(actor, SEE_SITES).current()
    return mine.filter(contract=contract, id__in=list(ids)).select_related("employer")


@dataclass(frozen=True, slots=True)
class CrewRow:
    """Somebody in the table of a shift, masked."""

    registration: Registration
    person: Shown

    @property
    def id(self) -> UUID:
        return self.registration.id


def crew_rows(found: Iterable[Registration]) -> list[CrewRow]:
    """These people, masked."""
    rows, keys = list(found), ring()
    known = identities({row.person_id for row in rows})
    return [CrewRow(row, row.shown(keys, known[row.person_id], is_clear=False)) for row in rows]


def _where(presence: str) -> Q:
    """The registrations of people who are there; ENTERED: who ever were; INFERRED: whom nobody saw leave."""
    stays = Stay.objects.filter(registration=OuterRef("pk"))
    is_inside, has_entered = Q(Exists(stays.inside())), Q(Exists(stays))
    return {
        ENTERED: has_entered,
        INFERRED: Q(Exact(Subquery(stays.order_by("-entered_at").values("is_inferred")[:1]), True)),
        Presence.INSIDE: is_inside,
        Presence.LEFT: has_entered & ~is_inside,
        Presence.NEVER: ~has_entered,
    }[presence]


def registration_rows(found: Iterable[Registration], *, at: datetime) -> list[RegistrationRow]:
    """Those of a page, masked."""
    rows, keys = list(found), ring()
    known = known_of(rows, at=at, names={row.person_id: bytes(row.person.name_hash) for row in rows})
    failing = obstacles_of(rows, at=at, known=known)
    stays = {row.id: _under(row, known.stays.get(row.person_id, ())) for row in rows}
    told = {row.person_id for row in rows if row.unverified_since is None or stays[row.id]}
    health, family = wellness_of(told, local_day(at)), family_counts(rows)
    unlike = differences(rows, at=at, journeys=known.journeys(at))
    return [
        RegistrationRow(
            row,
            row.shown(keys, row.person.identity(keys), is_clear=False),
            _presence(stays[row.id]),
            failing[row.id],
            known.exceptions.get(row.id),
            health.get(row.person_id, Wellness.MISSING),
            _undecided(row, at) if row.person_id in told else "",
            family.get(row.id, 0),
            known.facts.get(row.person_id, NO_FACTS),
            stays[row.id],
            unlike.get(row.id),
        )
        for row in rows
    ]


def _undecided(row: Registration | Stay, at: datetime) -> str:
    waits = undecided_of(row)
    return waits.said(local_day(at)) if waits is not None else ""


def _under(row: Registration, stays: Iterable[Stay]) -> list[Stay]:
    return [stay for stay in stays if stay.registration_id == row.id]


def _presence(stays: Sequence[Stay]) -> Presence:
    """Where somebody is who was there so often."""
    if any(stay.left_at is None for stay in stays):
        return Presence.INSIDE
    return Presence.LEFT if stays else Presence.NEVER


def registration_seen(registration_id: UUID, *, actor: Actor, action: str = SEE_SITES) -> Registration:
    """One registration. Raises Refusal NOT_FOUND outside the actor's reach of that action."""
    mine = Registration.objects.visible_to(actor, action).current()
    return or_not_found(
        mine.select_related("contract__project", "employer", "person")
        .with_undecided()
        .filter(id=registration_id)
        .first()
    )


def name_of(found: Registration) -> str:
    """What somebody is called, masked."""
    keys = ring()
    return found.shown(keys, found.person.identity(keys), is_clear=False).name


def name_seen(registration_id: UUID, *, actor: Actor) -> str:
    """The same of one registration in the actor's reach, empty for an id of none (of accompanying family)."""
    mine = Registration.objects.visible_to(actor, SEE_SITES).current().select_related("person")
    found = mine.filter(id=registration_id).first()
    return name_of(found) if found is not None else ""


def last_registrations(crew: Collection[UUID], *, actor: Actor) -> dict[UUID, UUID]:
    """The last registration of each of these people that the actor sees; not of who waits 待核验: the number may be
    another's."""
    mine = Registration.objects.visible_to(actor, SEE_SITES).current()
    rows = mine.filter(person__in=crew, unverified_since__isnull=True).order_by("created_at")
    return dict(rows.values_list("person_id", "id"))


@dataclass(frozen=True, slots=True)
class Told:
    """The latest declaration of somebody, as the register needs it: without where they live."""

    declaration: Declaration
    symptoms: str
    answers: list[tuple[str | Promise, str]]

    @property
    def source(self) -> str:
        """From where it came."""
        return declared_by(self.declaration.source)


def declared_by(source: str) -> str:
    """From where a declaration came; what people declare here has words instead of the name of a source."""
    return _("declared by themselves") if source in OWN_SOURCES else source


def declared_of(row: StatedPerson, *, at: datetime) -> Told | None:
    """What somebody declared last under this number and name within the days that count; None without."""
    since = at - timedelta(days=DECLARED_WITHIN_DAYS)
    found = declaration_of(row.person_id, bytes(row.name_hash), since=since, at=at)
    if found is None:
        return None
    words = [symptom_label(one, get_language()) for one in found.symptoms or ()]
    [answers] = in_words([found.answers])
    return Told(found, _(", ").join(words), answers)


def reports_today(row: Registration, *, at: datetime) -> Days:
    """What was reported of somebody today; nothing of who waits 待核验 and never came: the reports of another site may
    be of somebody else."""
    if row.unverified_since is not None and not row.stays.exists():
        return Days()
    return reports_of([row.person_id], local_day(at)).get(row.person_id, Days())


def with_symptoms(reports: Iterable[Report]) -> list[tuple[Report, str]]:
    """Each with its symptoms in the reader's words."""
    return [(one, _(", ").join(DailySymptom(word).label for word in one.symptoms)) for one in reports]


def to_leave(stays: StayQuerySet, *, at: datetime) -> StayQuerySet:
    """Of these stays those of people who are on site and have to leave it (`health.journeys.HELD`)."""
    return stays.inside().filter(person_id__in=as_subquery(HELD, {"at": at}))


def to_leave_seen(*, actor: Actor, at: datetime) -> StayQuerySet:
    """The same within the actor's reach."""
    found = to_leave(Stay.objects.visible_to(actor, SEE_SITES), at=at)
    found = found.select_related("contract__project", "registration__employer")
    return found.annotate(**undecided(OuterRef("person_id")))


@dataclass(frozen=True, slots=True)
class InsideRow:
    """Somebody who was on site, masked. `reasons`: of who has to leave it, why; asked for by `leaving_rows`."""

    stay: Stay
    person: Shown
    reasons: Sequence[str] = ()

    @property
    def id(self) -> UUID:
        return self.stay.registration_id


def inside(contract: Contract, at: datetime, *, actor: Actor) -> StayQuerySet:
    """Who was on the site at an instant, of whichever employer in reach, withdrawn since or not."""
    mine = Stay.objects.visible_to(actor, SEE_SITES).inside(at)
    found = mine.filter(contract=contract).select_related("registration__employer")
    return found.order_by("registration__employer__name", "entered_at")


def inside_rows(found: Iterable[Stay]) -> list[InsideRow]:
    """These stays with their people, masked."""
    stays, keys = list(found), ring()
    known = identities({stay.person_id for stay in stays})
    return [
        InsideRow(stay, stay.registration.shown(keys, known[stay.person_id], is_clear=False))
        for stay in stays
    ]


def leaving_rows(found: Iterable[Stay], *, at: datetime) -> list[InsideRow]:
    """The same with why each has to leave, as a site's own people may know it: the order with its beginning, of a
    positive test no more than that the command has to decide."""
    stays = list(found)
    facts = pass_facts_of({stay.person_id for stay in stays})
    return [
        replace(row, reasons=_reasons(row.stay, facts.get(row.stay.person_id, NO_FACTS).as_of(at), at))
        for row in inside_rows(stays)
    ]


def _reasons(stay: Stay, facts: PassFacts, at: datetime) -> list[str]:
    said = []
    if facts.disposition not in (None, Disposition.ADMITTED) and facts.disposed_at is not None:
        since = facts.disposed_at.astimezone(zone()).strftime("%Y-%m-%d %H:%M")
        said.append(_("{disposition} since {since}").format(disposition=facts.disposition.label, since=since))
    if facts.standing_positive_at is not None:
        said.append(TESTED_POSITIVE.render())
    return [*said, *filter(None, [_undecided(stay, at)])]
