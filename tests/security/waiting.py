"""What acts need that the walk of all pages does not meet: what waits for another, went wrong, or was taken over."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.urls import reverse

from outpost.access.models import User
from outpost.access.scopes import Scope
from outpost.access.services import ask_for_grant
from outpost.access.tests.support import enrolled
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.rights import Role
from outpost.core.stated import Stated, name_hash
from outpost.exchange import services as exchange
from outpost.exchange.models import Import
from outpost.exchange.queries import reach_as_json
from outpost.exchange.registry import export_kind
from outpost.exchange.services.approvals import hold_export
from outpost.health import lifting
from outpost.health.models import DispositionRecord
from outpost.health.models.proposals import DispositionProposal
from outpost.health.models.rule_sets import OrderTerm
from outpost.health.pass_facts import DISPOSITIONS, read_anew
from outpost.health.passes import BUILT_IN
from outpost.health.rules import Disposition
from outpost.health.services import propose_lifting_rules, propose_pass_rules
from outpost.notifications.services.channels import ChannelSettings, add_channel
from outpost.notifications.services.second_word import ask_for_channel
from outpost.people.models import RealName
from outpost.people.rules import Document, DocumentType
from outpost.people.services import register_person
from outpost.regions.rules import REGION
from outpost.sentinel.models import StaffMember
from outpost.sentinel.services import latest
from outpost.sentinel.services.principals import ask_for_principal
from outpost.sites.models import Registration
from outpost.sites.models.arrivals import ArrivalFeed
from outpost.sites.services import ask_exception
from outpost.testing.cast import NOON
from outpost.tracing.services import open_case
from outpost.tracing.tests.cases import opening, with_result
from outpost.venues.models import CheckIn, Venue
from outpost.venues.services.handing_over import name_successor
from outpost.venues.services.leaving import offer_check_out
from outpost.venues.tests.ledger import check_in
from tests.security.world import (
    CITIZENS_PHONE,
    FAR,
    NEAR,
    PURPOSE,
    STAFF_EACH,
    SYSTEM,
    World,
    declared,
    id_number,
    staff_file,
)

IN_CLEAR = "sentinel.staff_in_clear"
PARAMS = {"category": "cast-cold"}


def what_waits(world: World) -> Mapping[str, tuple[str, ...]]:
    """Make all of it; gives the pages where each role finds what is there for it."""
    command, town, operator = (world.actor(name) for name in ("command", "town", "operator"))
    _principal(world, town)
    _channel(operator)
    _failed_job()
    ask_for_grant(world.users["outsider"].id, Role.COMMAND, Scope(REGION, "440115"), actor=SYSTEM, at=NOON)
    enrolled(world.users["town"], NOON)
    User.objects.filter(id=world.users["bureau"].id).update(must_change_password=True)
    employers_word = _employers_word(world)
    _rules_of_passes()
    _rules_for_lifting()
    _dispositions(world, command)
    case = _case()
    site = _site(world)
    successor = {"manager_name": "鱻接任", "manager_phone": CITIZENS_PHONE}
    name_successor(world.venues[NEAR.mark], successor, actor=world.actor("manager"), at=clock.now())
    _open_visit(world)
    return {
        "command": (
            *(_held_export(town), _applied_import(command), reverse("sentinel:principals")),
            *(employers_word, reverse("health:passes"), reverse("health:lifting"), case, *site),
        ),
        "bureau": (employers_word,),
        "citizen": (reverse("venues:offers"), reverse("venues:check_outs")),
        "town": (employers_word,),
        "operator": (reverse("operation:jobs"),),
        "security": (
            reverse("access:account", args=[world.users["town"].id]),
            reverse("access:waiting_grants"),
            reverse("channels:waiting"),
        ),
    }


def _open_visit(world: World) -> None:
    """The citizen came to the near venue a moment ago, where who leaves may say so."""
    (venue,) = Venue.objects.filter(id=world.venues[NEAR.mark])
    person_id, at = RealName.objects.get(account=world.users["citizen"]).person_id, clock.now()
    offer_check_out(venue.id, offers=True, actor=SYSTEM, at=at)
    visit = check_in(venue, clock.local_day(at), person_id)
    CheckIn.objects.filter(id=visit).update(occurred_at=at - timedelta(minutes=1))


def _employers_word(world: World) -> str:
    """Somebody whose name and number an officer may confirm."""
    member = world.staff[NEAR.mark][0]
    StaffMember.objects.filter(id=member.id).update(is_unconfirmed=True)
    latest.follow_staff([member.id])
    return reverse("sentinel:staff_member", args=[member.id])


def _case() -> str:
    """A case that was asked for."""
    with_result(952)
    asked = opening(952, NOON - timedelta(days=7), NOON)
    return reverse("tracing:case", args=[open_case(asked, actor=SYSTEM, at=NOON).id])


def _rules_of_passes() -> None:
    """Other rules of the pass."""
    propose_pass_rules(
        BUILT_IN.rules, reason="鱻", expires_at=NOON + timedelta(days=9), actor=SYSTEM, at=NOON
    )


def _rules_for_lifting() -> None:
    """Other rules for lifting."""
    shorter = {**lifting.BUILT_IN, Disposition.ISOLATION: lifting.LiftingRule(10, 2)}
    propose_lifting_rules(shorter, lifting.Running.SHORTEN, reason="鱻", actor=SYSTEM, at=clock.now())


def _dispositions(world: World, actor: Actor) -> None:
    """Dispositions that another officer brought in."""
    body = f"证件号码,处置方式,开始时间,依据\n{NEAR.people[0].number},可进场,2022-06-07 08:00,鱻隔离期满\n".encode()
    task = _applied([body], "health.dispositions", {}, actor)
    task.owner_id = world.users["outsider"].id
    task.save(update_fields=["owner_id"])


def _held_export(actor: Actor) -> str:
    """A file that asks for a second person."""
    task = exchange.request_export(IN_CLEAR, params=PARAMS, purpose=PURPOSE, actor=actor, at=NOON)
    task.reach = reach_as_json(actor.reach(export_kind(IN_CLEAR).action))
    hold_export(task, rows=STAFF_EACH, at=NOON)
    return reverse("exchange:approval", args=[task.id])


def _applied_import(actor: Actor) -> str:
    """A file that was taken over and can be taken back."""
    body = staff_file(NEAR, NEAR.people[STAFF_EACH])
    return reverse("exchange:import", args=[_applied([body], "sentinel.staff", PARAMS, actor).id])


def _applied(file: list[bytes], kind: str, params: Mapping[str, str], actor: Actor) -> Import:
    task = exchange.upload(file, "鱻.csv", kind=kind, params=params, actor=actor, at=NOON)
    exchange.check_import(task.id, at=NOON)
    exchange.confirm_import(task.id, actor=actor, at=NOON)
    exchange.apply_import(task.id, at=NOON)
    task.refresh_from_db()
    return task


def _site(world: World) -> tuple[str, ...]:
    """Two who have declared, to be registered; an exception that waits for another officer, and one to be asked;
    the arrivals feed waits for another one, too."""
    for number in (993, 994):
        person_id = register_person(Document(DocumentType.RESIDENT_ID, id_number(number)), "鱻新", at=NOON)
        declared(person_id, name_hash(ring(), "鱻新"))
    near, far = (Registration.objects.get(contract=world.contracts[one.mark]) for one in (NEAR, FAR))
    last_day = clock.local_day(clock.now()) + timedelta(days=2)
    ArrivalFeed.objects.update(asked_by="user:another", asked_at=NOON)  # that it goes on to the same address
    ask_exception(far.id, "鱻抢修值班", last_day, actor=SYSTEM, at=clock.now())
    isolated = {"person_id": far.person_id, "disposition": "isolation", "agreed_at": NOON}
    DispositionRecord.objects.create(started_at=NOON, received_at=NOON, **isolated)
    read_anew(DISPOSITIONS, "SELECT %(person)s::uuid AS person_id", {"person": far.person_id})
    lifted = reverse("sites:dispose", args=[far.id])
    person, asking = reverse("sites:person", args=[far.id]), reverse("sites:ask_exception", args=[near.id])
    _ended()
    return person, asking, lifted, reverse("sites:arrivals"), reverse("sites:releases")


def _ended() -> None:
    """Two who have done all that their orders asked for; another officer proposed to let one of them in again."""
    people = [_ended_order(number) for number in (983, 984)]
    asked = DispositionProposal(
        person_id=people[0], disposition="admitted", ground="鱻隔离期满", source="release"
    )
    asked.asked_by, asked.asked_label, asked.asked_at = "user:another", "鱻", NOON
    asked.save(force_insert=True)


def _ended_order(number: int) -> UUID:
    person_id = register_person(Document(DocumentType.RESIDENT_ID, id_number(number)), "鱻期满", at=NOON)
    order = {"person_id": person_id, "started_at": NOON - timedelta(days=9)}
    stands = {"disposition": "isolation", "ground": "鱻隔离", "received_at": NOON, "agreed_at": NOON}
    DispositionRecord.objects.create(**order, **stands)
    read_anew(DISPOSITIONS, "SELECT %(person)s::uuid AS person_id", {"person": person_id})
    term = {"version": 2, "rule_version": 0, "days": 3, "tests": 0, "cause": "decide"}
    OrderTerm.objects.create(**order, **term, set_by="user:another", set_label="鱻", set_at=clock.now())
    return person_id


def _principal(world: World, actor: Actor) -> None:
    """Another principal for an organisation in use."""
    organization = world.enrolments[NEAR.mark].organization
    ask_for_principal(organization, Stated("鱻新主", "13802007771"), actor=actor, at=NOON)


def _channel(actor: Actor) -> None:
    """A channel for sign-in codes that is to go on."""
    values = {"method": "POST", "content_type": "json", "url": "https://example.gov.cn/send?p={phone}"}
    channel = add_channel("sms_http", ChannelSettings("鱻", 60, values), actor=actor, at=NOON)
    ask_for_channel(channel, actor=actor, at=NOON)


def _failed_job() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
            " VALUES ('default', 'exchange.check', 'failed')"
        )
