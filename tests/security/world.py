"""The small world that the promises across modules are held against: two enterprises full of canaries.

Every text of an enterprise begins with a rare character of its own, so that even a masked or cut piece of it shows.
Everything is made through the doors and services of the house and is committed.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from uuid import UUID, uuid4

import orjson
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.test import Client
from stdnum.cn import uscc

from outpost.access.models import ApiToken, Grant, User
from outpost.access.queries import actor_of, secret_hash
from outpost.access.rules import PERMISSIONS
from outpost.access.services.accounts import open_phone_account
from outpost.access.sessions import SessionStore
from outpost.access.web.confirming import CONFIRMED_UNTIL
from outpost.core import clock
from outpost.core.actions import OWN_AFFAIRS
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.masking import mask_document, mask_phone
from outpost.core.rights import Role
from outpost.core.stated import Stated
from outpost.desks.rules import State
from outpost.exchange import services as exchange
from outpost.fields.specs import FieldSpec
from outpost.health.daily import Report
from outpost.health.models import Declaration, DispositionRecord
from outpost.health.models.rule_sets import OrderTerm
from outpost.health.pass_facts import DISPOSITIONS, read_anew
from outpost.health.rules import ExposureKind
from outpost.health.sealing import seal_texts
from outpost.health.services import (
    Asking,
    Exposed,
    add_question,
    agree_to_exposures,
    ensure_products,
    raise_objection,
    state_exposures,
)
from outpost.health.services.proposals import propose_for
from outpost.notifications.jobs import tell_import
from outpost.notifications.models import Delivery, InboxMessage
from outpost.notifications.tests.support import greet_group, webhook
from outpost.people import dependants, real_names, second_documents
from outpost.people.grounds import LinkGround
from outpost.people.links import link_documents
from outpost.people.models import Claim, Dependant, DocumentLink, RealName
from outpost.people.real_names import Statement
from outpost.people.rules import DocumentType, check_character, normalise_document
from outpost.people.services import register_person
from outpost.people.stated import seal_stated
from outpost.regions.models import Department, Organization, Region
from outpost.regions.rules import DEPARTMENT, REGION, grid_code
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.services import categories, category_fields, organizations, staff
from outpost.sentinel.services.duty import set_duty
from outpost.sentinel.services.matching import run_match
from outpost.sites.models import Contract, Employer, Project, Registration
from outpost.sites.models.families import FamilyMember
from outpost.sites.rules.entering import CONTRACT
from outpost.sites.services import arrival_switch, prevention
from outpost.sites.services.arrivals import number_waiting
from outpost.sites.services.prevention import MemberFacts
from outpost.sites.services.users import authorise_user
from outpost.sites.tests import prevention_files
from outpost.sites.tests.gate import passing
from outpost.sites.tests.ledger import brought as filed
from outpost.sites.tests.ledger import contract_row
from outpost.sites.vocabularies import Relation
from outpost.testing.cast import NOON, Cast, build_cast
from outpost.testing.gates import waiting_entry
from outpost.tracing.tests.cases import open_case_of, with_result
from outpost.venues.codes import JOIN, code_text
from outpost.venues.days import keep_days
from outpost.venues.models import Checkpoint, Kind, Venue
from outpost.venues.rules import VENUE, Inspected, Reading, Readings
from outpost.venues.services import joining, naming
from outpost.venues.services.inspected import count_inspected
from outpost.venues.services.temperatures import note_abnormal
from outpost.venues.tests.gate import visit
from outpost.venues.tests.ledger import bring, brought, check_in, venue_row

SYSTEM = Actor.system("world")
CITIZENS_PHONE = "13700000999"
TODAY = date(2022, 6, 8)
STAFF_EACH = 3
PURPOSE = "supervision"


def id_number(number: int) -> str:
    """A valid resident ID number of nobody; the last digits tell the numbers apart even when masked."""
    first = f"11010119800101{number:03}"
    return first + check_character(first)


def credit_code(number: int) -> str:
    """A valid unified social credit code of nobody."""
    first = f"91440101MA5{number:06}"
    return first + uscc.calc_check_digit(first)


@dataclass(frozen=True)
class Person:
    """Somebody invented, in clear."""

    name: str
    phone: str
    number: str
    address: str

    def clear(self) -> tuple[str, ...]:
        return (self.name, self.phone, self.number, self.address)


@dataclass(frozen=True)
class Tenant:
    """One enterprise: its mark, its numbers (`serial` keeps them apart), and what was made of it."""

    mark: str
    serial: int
    town: str

    @cached_property
    def name(self) -> str:
        return f"{self.mark}岸冷链有限公司"

    @cached_property
    def principal(self) -> Person:
        phone = f"1380{self.serial}00{self.serial}090"
        return Person(f"{self.mark}安主", phone, id_number(self.serial * 100), f"{self.mark}东路1号")

    @cached_property
    def manager(self) -> Person:
        """Of its venue; only a name and a phone."""
        phone = f"1360{self.serial}00{self.serial}055"
        return Person(f"{self.mark}场管", phone, id_number(self.serial * 100 + 99), f"{self.mark}场内1号")

    @cached_property
    def lead(self) -> Person:
        """Of its construction site; only a name and a phone."""
        phone = f"1350{self.serial}00{self.serial}044"
        return Person(f"{self.mark}项管", phone, id_number(self.serial * 100 + 98), f"{self.mark}工地1号")

    @cached_property
    def supervisor(self) -> Person:
        """Of the supervision company of its site; only a name and a phone."""
        phone = f"1350{self.serial}00{self.serial}033"
        return Person(f"{self.mark}监管", phone, id_number(self.serial * 100 + 97), f"{self.mark}工地2号")

    @cached_property
    def registrar(self) -> Person:
        """Of the employer at its site."""
        phone = f"1350{self.serial}00{self.serial}022"
        return Person(f"{self.mark}登管", phone, id_number(self.serial * 100 + 96), f"{self.mark}工地3号")

    @cached_property
    def people(self) -> tuple[Person, ...]:
        return tuple(
            Person(
                f"{self.mark}工{'甲乙丙丁'[n]}",
                f"1390{self.serial}11{self.serial}{n}{n}{n}",
                id_number(self.serial * 100 + 11 * (n + 1)),
                f"{self.mark}港大道{n + 1}号院东侧",
            )
            for n in range(STAFF_EACH + 1)
        )

    @cached_property
    def file_name(self) -> str:
        return f"{self.mark}名单.csv"

    def canaries(self) -> tuple[str, ...]:
        """What must not show to others: every piece of text, every number, and its masked form."""
        numbers = [n for person in self._everybody() for n in (person.phone, person.number)]
        masked = [mask_phone(n) if len(n) == 11 else mask_document(n) for n in numbers]
        return (self.mark, credit_code(self.serial), *numbers, *masked)

    def _everybody(self) -> tuple[Person, ...]:
        return (self.principal, self.manager, self.lead, self.supervisor, self.registrar, *self.people)

    def identities(self) -> tuple[str, ...]:
        """Names, numbers, phones and residential addresses of its people and its principal, in clear."""
        return tuple(text for person in self._everybody() for text in person.clear())


NEAR = Tenant("鱻", 2, "南沙街道")
FAR = Tenant("驫", 3, "万顷沙镇")
HIDDEN = Tenant("麤", 4, "万顷沙镇")  # moved into another district and another bureau's category
TENANTS = (NEAR, FAR, HIDDEN)


@dataclass(frozen=True)
class World:
    """The world by name. `users`: the cast, with the rivals `far_principal`, `far_town` and `post` (a bureau), and
    a citizen."""

    cast: Cast
    users: Mapping[str, User]
    enrolments: Mapping[str, Enrolment]  # by the mark of the tenant
    staff: Mapping[str, tuple[StaffMember, ...]]
    imports: Mapping[str, UUID]  # by the user who owns it
    exports: Mapping[str, Mapping[str, UUID]]  # user → kind → export
    messages: Mapping[str, UUID]
    tokens: Mapping[str, str]  # role → secret
    sessions: Mapping[str, str]  # user → key
    venues: Mapping[str, UUID]  # by the mark of the tenant
    contracts: Mapping[str, UUID]  # by the mark of the tenant
    claims: Mapping[str, UUID]  # of the citizen's document and another's, by the mark of whose town
    dependants: Mapping[str, UUID]  # the same, of who wants to act for them
    documents: Mapping[
        str, UUID
    ]  # links of a second document of the last of the staff, by the mark of the tenant
    named: Mapping[str, UUID]  # a venue that waits for its manager, by who entered it
    case: UUID  # of somebody in no ledger, open on the word of the command officer

    def actor(self, name: str) -> Actor:
        return actor_of(self.users[name], is_verified=True)

    def browser(self, name: str, language: str = "en") -> Client:
        """A browser in which this account has signed in with both factors; errors become pages."""
        client = Client(headers={"accept-language": language}, raise_request_exception=False)
        if name == "anonymous":
            return client
        client.cookies["sessionid"] = self.sessions[name]
        return client

    def machine(self, role: str) -> Client:
        """A caller of the interface with the token of this role."""
        secret = self.tokens[role]
        return Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False)


ROLES = (
    *("command", "bureau", "town", "principal", "manager", "inspector", "feeder"),
    *("site_lead", "site_supervisor", "site_user"),
    *("operator", "security", "auditor", "outsider", "citizen"),
)
_OF_SITES = ("site_lead", "site_supervisor", "site_user")
CITIZENS = frozenset({"principal", "manager", "inspector", *_OF_SITES, "citizen"})
"""Who signs in by phone, and so sees to their own affairs."""


def roles_of(action: str) -> frozenset[str]:
    """The accounts that may do this."""
    return CITIZENS if action == OWN_AFFAIRS else frozenset(PERMISSIONS.get(action, ()))


EXPORTS: Mapping[str, tuple[str, ...]] = {
    "sentinel.staff": ("command", "bureau", "town", "principal", "far_principal", "far_town"),
    "sentinel.organizations": ("command", "bureau", "town", "principal", "far_principal", "far_town"),
    "sentinel.own_staff": ("principal", "far_principal"),
    "sentinel.staff_in_clear": ("command", "town", "far_town"),
    "sentinel.organizations_in_clear": ("command", "town", "far_town"),
}


def build_world() -> World:
    """Make everything; takes a few seconds."""
    cast = build_cast()
    for town in ("440115001", "440106001"):
        Region.objects.get_or_create(
            code=grid_code(town, 1), defaults={"name": "第一网格", "level": "grid", "parent_id": town}
        )
    Department.objects.get_or_create(code="post", defaults={"name": "邮政管理局", "region_id": "440115"})
    ensure_products()
    question = Asking(spec=FieldSpec("abroad", "14天内是否出境", "choice", "", ("是", "否")), begins_on=TODAY)
    add_question(question, actor=SYSTEM, at=NOON)
    for audience in ("organization", "staff"):
        field = FieldSpec("note", f"备注{audience}", "text")
        category_fields.set_field("cast-cold", audience, field, actor=SYSTEM, at=NOON)
    driver = categories.JobRuleEntry("cast-cold", "司机", "7/1")
    categories.set_job_rule(driver, actor=SYSTEM, at=NOON)
    enrolments = {tenant.mark: _enterprise(tenant) for tenant in TENANTS}
    members = {tenant.mark: _people(tenant, enrolments[tenant.mark]) for tenant in TENANTS}
    tokens = {role: _token(role, scope) for role, scope in TOKENS.items()}
    venues = dict(_venues())
    contracts = dict(_contracts(cast))
    _register(contracts, members)
    _authorise(contracts)
    arrival_switch.ask(actor=SYSTEM, at=NOON)
    number_waiting()
    _prevent(contracts)
    users = {**cast.users, **_rivals()}
    users["inspector"] = _inspector(venues[NEAR.mark], users["manager"])
    _abnormal(venues)
    tokens["principal"] = _token("principal", f"organization:{enrolments[NEAR.mark].organization_id}")
    sessions = {name: _session(user) for name, user in users.items()}
    claims = dict(_claims(users["citizen"]))
    asked = dict(_dependants(users["citizen"]))
    world = World(
        *(
            cast,
            users,
            enrolments,
            members,
            {},
            {},
            {},
            tokens,
            sessions,
            venues,
            contracts,
            claims,
            asked,
            {},
            dict(_named(users, venues)),
        ),
        _case(cast),
    )
    _facts(world)
    for mark, people in members.items():
        set_duty([people[0].id], "resting", starts_on=TODAY, actor=SYSTEM, at=NOON)
        staff.change_staff(people[1].id, {"job_type": f"{mark}搬运工组长"}, actor=SYSTEM, at=NOON)
    for on in (TODAY - timedelta(days=1), TODAY):
        run_match(on, actor=SYSTEM, at=NOON)
    imports = dict(_imports(world))
    exports = {name: dict(_exports(world, name)) for name in {n for names in EXPORTS.values() for n in names}}
    messages = dict(_messages(world, imports))
    _dead_letter()
    objector = members[NEAR.mark][0].person_id
    raise_objection(objector, f"{NEAR.mark}不服", key=uuid4(), actor=SYSTEM, at=NOON)
    propose_for({objector: Report(NOON, None, ("发热",))}, "site:near", actor=SYSTEM, at=NOON)
    _expose(members[NEAR.mark], cast)
    _hold()
    _second_document()
    documents = {mark: _link(number, people[-1]) for number, (mark, people) in enumerate(members.items())}
    return replace(world, imports=imports, exports=exports, messages=messages, documents=documents)


def _hold() -> None:
    """Somebody whose isolation runs, about whose term an officer has yet to decide."""
    document = normalise_document(DocumentType.RESIDENT_ID, id_number(981), today=TODAY)
    person_id, at = register_person(document, f"{NEAR.mark}在管", at=NOON), NOON - timedelta(days=3)
    order = {"person_id": person_id, "started_at": at}
    DispositionRecord.objects.create(
        **order, disposition="isolation", ground="鱻隔离", received_at=at, agreed_at=at
    )
    with transaction.atomic():
        read_anew(DISPOSITIONS, "SELECT %(person)s::uuid AS person_id", {"person": person_id})
    said = {"set_by": "user:another", "set_label": "鱻", "set_at": NOON, "cause": "decide", "waits": True}
    OrderTerm.objects.create(**order, version=2, rule_version=0, days=10, tests=2, **said)


def _expose(people: Sequence[StaffMember], cast: Cast) -> None:
    """Somebody for whom two officers stand, and somebody who waits for the second."""
    span = (NOON - timedelta(days=1), NOON + timedelta(days=7))
    for one, ground in zip(people, ("18号", "19号"), strict=False):
        exposed = Exposed(people={one.person_id: span}, kind=ExposureKind.CONTACT, ground=ground)
        batch = state_exposures(exposed, actor=SYSTEM, at=NOON)
        if ground == "18号":
            agree_to_exposures(batch, actor=cast.actor("command"), at=NOON)


def _case(cast: Cast) -> UUID:
    """An open case; of somebody else there is a positive result alone."""
    with_result(951)
    return open_case_of(950, *clock.day_span(TODAY - timedelta(days=7), TODAY), cast).id


def _link(number: int, member: StaffMember) -> UUID:
    permit = normalise_document(DocumentType.HK_MACAO_PERMIT, f"H6120{number:04}", today=TODAY)
    one = Statement("甄市民", permit)
    link_documents(member.person_id, one, LinkGround.BOTH_SEEN, actor=SYSTEM, at=NOON)
    return DocumentLink.objects.exclude(person=member.person_id).get(group_id=member.person_id).id


def _dead_letter() -> None:
    """A channel with a message that could not be delivered, for the operator's pages."""
    greet_group(webhook("http://127.0.0.1:1"))
    Delivery.objects.update(state="dead", next_at=None, attempts=1, finished_at=NOON, code="http_410")


TOKENS: Mapping[str, str] = {
    "feeder": "everything:",
    "receiver": "everything:",
    "command": "region:440115",
    "bureau": "department:market",
    "town": "region:440115001",
}


def _enterprise(tenant: Tenant) -> Enrolment:
    is_hidden = tenant is HIDDEN
    category = "cast-courier" if is_hidden else "cast-cold"
    stated = {
        "name": tenant.name,
        "town": tenant.town,
        "grid": "第一网格" if tenant is NEAR else "",
        "address": f"{tenant.mark}港前路9号",
        "principal_name": tenant.principal.name,
        "principal_phone": tenant.principal.phone,
        "social_credit_code": credit_code(tenant.serial),
        **({} if is_hidden else {"note": f"{tenant.mark}主体备注"}),
    }
    entered = organizations.add_organization(category, stated, actor=SYSTEM, at=NOON)
    if is_hidden:
        Organization.objects.filter(id=entered.organization_id).update(region="440106001")
    return entered


def _venues() -> Iterator[tuple[str, UUID]]:
    """A venue of each enterprise, with its manager, where somebody checked in today."""
    today = clock.local_day(clock.now())
    keep_days(today)
    rows = [
        venue_row(
            tenant.serial,
            场所名称=f"{tenant.mark}岸市场",
            所属镇街=tenant.town,
            详细地址=f"{tenant.mark}港前路9号",
            管理员姓名=tenant.manager.name,
            管理员手机=tenant.manager.phone,
            检测点=f"{tenant.mark}门",
            场所类型="商场" if tenant is HIDDEN else "农贸市场",
        )
        for tenant in TENANTS
    ]
    venues = brought(*rows)
    for code, department in (("market", "market"), ("mall", "post")):
        Kind.objects.filter(code=code).update(department=department)
    for tenant, venue in zip(TENANTS, venues, strict=True):
        check_in(venue, today)
        told, code = visit(temperature="99.0"), "venues.no_temperature"
        waiting_entry(str(VENUE), venue.id, told, state=State.REFUSED, code=code, at=clock.now())
        if tenant is HIDDEN:
            Venue.objects.filter(id=venue.id).update(region="440106001")
        yield tenant.mark, venue.id


def _named(users: Mapping[str, User], venues: Mapping[str, UUID]) -> Iterator[tuple[str, UUID]]:
    """A venue that a bureau entered, and a branch of the near venue, each waiting for whom it names as manager."""
    naming.let_branch(venues[NEAR.mark], 5, actor=actor_of(users["town"], is_verified=True), at=clock.now())
    kinds = {"bureau": "农贸市场", "manager": "住宿"}
    for number, (who, kind) in enumerate(kinds.items(), start=91):
        name = f"{NEAR.mark}岸{kind}分店"
        row = venue_row(number, 场所名称=name, 场所类型=kind, 检测点=f"{NEAR.mark}门")
        bring(row, actor=actor_of(users[who], is_verified=True), kind="venues.entered", at=clock.now())
        yield who, Venue.objects.get(name=name).id


def _contracts(cast: Cast) -> Iterator[tuple[str, UUID]]:
    """A contract of each enterprise, which is its general contractor."""
    rows = [
        contract_row(
            tenant.serial,
            报建编号=f"{tenant.mark}建",
            合同报送编号=f"{tenant.mark}合",
            项目名称=f"{tenant.mark}岸小区",
            项目地址=f"{tenant.mark}港前路19号",
            所属镇街=tenant.town,
            监督站=f"{tenant.mark}站",
            总包单位=tenant.name,
            监理单位=f"{tenant.mark}监理",
            用人单位=f"{tenant.mark}劳务",
            总包项目负责人=tenant.lead.name,
            负责人电话=tenant.lead.phone,
            监理项目负责人=tenant.supervisor.name,
            监理负责人电话=tenant.supervisor.phone,
        )
        for tenant in TENANTS
    ]
    for tenant, contract in zip(TENANTS, filed(*rows, actor=cast.actor("command")), strict=True):
        if tenant is HIDDEN:
            Project.objects.filter(id=contract.project_id).update(region="440106001")
        yield tenant.mark, contract.id


def _register(contracts: Mapping[str, UUID], members: Mapping[str, tuple[StaffMember, ...]]) -> None:
    """One of each enterprise's people is to work under its contract, another one comes along."""
    for tenant in TENANTS:
        contract, person = contracts[tenant.mark], tenant.people[0]
        row = Registration(contract_id=contract, person_id=members[tenant.mark][0].person_id)
        row.employer = Employer.objects.get(contract=contract)
        row.departure, row.created_at, row.updated_at = f"{tenant.mark}省", NOON, NOON
        stated = Stated(person.name, person.phone, f"{tenant.mark}港工棚路3号101室")
        row.state(seal_stated(ring(), row.sealing_context, stated, kind="registration"))
        row.save(force_insert=True)
        declared(row.person_id, bytes(row.name_hash), home=f"{tenant.mark}港租屋路5号202室")
        family = FamilyMember(registration=row, person_id=members[tenant.mark][1].person_id)
        family.relation, family.created_at, family.updated_at = Relation.SPOUSE, NOON, NOON
        stated = Stated(tenant.people[1].name, tenant.people[1].phone)
        family.state(seal_stated(ring(), family.sealing_context, stated, kind="family_member"))
        family.save(force_insert=True)
        told, code = passing(row, "leave"), "sites.gate_outside"
        waiting_entry(str(CONTRACT), contract, told, state=State.CONFLICT, code=code, at=clock.now())


def declared(person_id: UUID, named: bytes, home: str = "") -> None:
    """Somebody declared an hour ago, under the name of that hash, and where they live."""
    at = clock.now() - timedelta(hours=1)
    row = Declaration(source="lims", record_id=str(uuid4()), id=uuid4(), person_id=person_id, name_hash=named)
    row.declared_at = row.received_at = at
    row.sealed, row.stated_hash = seal_texts(ring(), row.id, {"home": home})
    row.save(force_insert=True)


def _authorise(contracts: Mapping[str, UUID]) -> None:
    """Somebody of each enterprise registers for the employer of its contract."""
    for tenant in TENANTS:
        who, employer = tenant.registrar, Employer.objects.get(contract=contracts[tenant.mark])
        stated = {
            "name": who.name,
            "phone": who.phone,
            "document_number": who.number,
            "employer": employer.name,
        }
        authorise_user(contracts[tenant.mark], stated, None, actor=SYSTEM, at=NOON)


def _prevent(contracts: Mapping[str, UUID]) -> None:
    """The prevention file of each contract: somebody in the group, a hospital, supplies, a checklist that waits."""
    for tenant in TENANTS:
        contract, person = Contract.objects.get(id=contracts[tenant.mark]), tenant.people[1]
        facts = MemberFacts(person.name, person.phone, f"{tenant.mark}组长", TODAY)
        prevention.add_member(contract.id, facts, actor=SYSTEM, at=NOON)
        hospital = {
            "name": f"{tenant.mark}医院",
            "address": f"{tenant.mark}医院路",
            "supplies": f"{tenant.mark}床位",
        }
        stated = {**hospital, "phone": f"020-8498812{tenant.serial}"}
        prevention.state_hospital(contract.id, stated, actor=SYSTEM, at=NOON)
        prevention_files.moved(contract, 90 + tenant.serial, actor=SYSTEM)
        prevention_files.submitted(contract, actor=SYSTEM)
        prevention_files.uploaded(contract, actor=SYSTEM)


def _claims(citizen: User) -> Iterator[tuple[str, UUID]]:
    """The citizen's document and another's, each stated by a second account that shows its card in a town."""
    other = open_phone_account("13700000998", address="", at=NOON)
    for number, holder, tenant, town in (
        (990, citizen, NEAR, "440115001"),
        (980, other, HIDDEN, "440106001"),
    ):
        claimant = open_phone_account(f"13700000{number}", address="", at=NOON)
        document = normalise_document(DocumentType.RESIDENT_ID, id_number(number), today=TODAY)
        for user in (holder, claimant):
            real_names.state_real_name(user, Statement("甄市民", document), actor=SYSTEM, at=NOON)
        Claim.objects.filter(account=claimant).update(region=town)
        yield tenant.mark, Claim.objects.get(account=claimant).id


SECOND_PAPER = "E61200001"


def _second_document() -> None:
    """Somebody waits for an officer who sees both papers."""
    asker = RealName.objects.get(person_id=ring().pseudonym("resident_id", id_number(971))).account
    passport = normalise_document(DocumentType.PASSPORT, SECOND_PAPER, today=TODAY)
    stated = Statement("甄大人", passport)
    second_documents.state_document(asker, stated, actor=SYSTEM, at=NOON)


def _dependants(citizen: User) -> Iterator[tuple[str, UUID]]:
    """Whom others want to act for: the citizen, whose card was seen, in the near town; somebody else in another
    district."""
    RealName.objects.filter(account=citizen).update(seen_at=NOON, seen_by="town")
    for number, tenant, town in ((990, NEAR, "440115001"), (970, HIDDEN, "440106001")):
        asker = open_phone_account(f"13700001{number}", address="", at=NOON)
        own = normalise_document(DocumentType.RESIDENT_ID, id_number(number + 1), today=TODAY)
        real_names.state_real_name(asker, Statement("甄大人", own), actor=SYSTEM, at=NOON)
        document = normalise_document(DocumentType.RESIDENT_ID, id_number(number), today=TODAY)
        one = Statement("甄市民", document)
        dependants.ask_to_act(asker, one, "440115001", actor=actor_of(citizen, is_verified=True), at=NOON)
        Dependant.objects.filter(account=asker).update(region=town)
        yield tenant.mark, Dependant.objects.get(account=asker).id


def _people(tenant: Tenant, enrolment: Enrolment) -> tuple[StaffMember, ...]:
    return tuple(
        staff.add_staff(enrolment.id, _entry(tenant, person), actor=SYSTEM, at=NOON - timedelta(days=30))
        for person in tenant.people[:STAFF_EACH]
    )


def _entry(tenant: Tenant, person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "phone": person.phone,
        "document_number": person.number,
        "address": person.address,
        "job_type": f"{tenant.mark}搬运工",
        **({} if tenant is HIDDEN else {"note": f"{tenant.mark}人员备注"}),
    }


def _rivals() -> dict[str, User]:
    """Principals of enterprises, a venue's manager, a site's lead, officers of the other town and category."""
    found = {}
    for name, person in (
        ("principal", NEAR.principal),
        ("far_principal", FAR.principal),
        ("manager", NEAR.manager),
        ("site_lead", NEAR.lead),
        ("site_supervisor", NEAR.supervisor),
        ("site_user", NEAR.registrar),
    ):
        found[name] = User.objects.get(phone_hash=ring().search_hash("phone", person.phone))
    for name, role, kind, key in (
        ("far_town", Role.TOWN, REGION, "440115100"),
        ("post", Role.BUREAU, DEPARTMENT, "post"),
    ):
        user = User(username=name, display_name=name, created_at=NOON)
        user.set_unusable_password()
        user.save(force_insert=True)
        Grant(user=user, role=role, scope_kind=kind, scope_key=key, granted_by="cast", granted_at=NOON).save(
            force_insert=True
        )
        found[name] = user
    found["citizen"] = open_phone_account(CITIZENS_PHONE, address="", at=NOON)
    return found


def _inspector(venue_id: UUID, manager: User) -> User:
    """Somebody who joined the near venue by its code."""
    by, user = actor_of(manager, is_verified=True), open_phone_account("13700000899", address="", at=NOON)
    code = joining.renew_join_code(venue_id, days=30, most=20, actor=by, at=clock.now())
    text = code_text(ring(), code.id, JOIN)
    joining.join(text, f"{NEAR.mark}检测", user, actor=actor_of(user, is_verified=True), at=clock.now())
    user.refresh_from_db()
    return user


def _abnormal(venues: Mapping[str, UUID]) -> None:
    """An abnormal temperature at each venue, of nobody in particular, and counted."""
    today = clock.local_day(clock.now())
    for venue_id in venues.values():
        member_id, checkpoint_id = uuid4(), Checkpoint.objects.get(venue=venue_id).id
        reading = Reading(uuid4(), venue_id, checkpoint_id, member_id, NOON, Readings(Decimal("38.1")))
        note_abnormal([reading], at=clock.now())
        count_inspected([Inspected(venue_id, today, member_id, checkpoint_id, temperatures=1, abnormal=1)])


def _session(user: User) -> str:
    """A session signed in with both factors, its owner confirmed once more for the acts that ask for it."""
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.id), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session["is_verified"] = True
    session[CONFIRMED_UNTIL] = (clock.now() + timedelta(days=1)).timestamp()
    session.save()
    return str(session.session_key)


def _token(role: str, scope: str) -> str:
    secret = f"world-secret-{role}"
    kind, _colon, key = scope.partition(":")
    ApiToken(
        secret_hash=secret_hash(secret),
        label=f"{role} machine",
        role=role,
        scope_kind=kind,
        scope_key=key,
        created_at=NOON,
        created_by="world",
    ).save(force_insert=True)
    return secret


def _facts(world: World) -> None:
    """Tests and doses over the interface: some recent, some old, nobody complete."""
    feeder = world.machine("feeder")
    tests, doses = [], []
    for tenant in TENANTS:
        for n, person in enumerate(tenant.people[1:STAFF_EACH]):
            identity = {"document_number": person.number, "name": person.name}
            record = {"source": "lims", "record_id": f"{tenant.serial}-{n}"}
            tests.append(
                {
                    **record,
                    **identity,
                    "sampled_at": f"2022-06-0{7 - 4 * n} 08:30",
                    "result": "阴性",
                    "laboratory": f"{tenant.mark}检验所",
                    "sampling_point": f"{tenant.mark}采样点",
                    "tube": f"T{tenant.serial}{n}",
                }
            )
            dose = {"product": "新冠病毒灭活疫苗(Vero细胞)", "dose": "1", "given_on": "2022-01-05"}
            doses.append({**record, **identity, **dose, "site": f"{tenant.mark}接种点"})
    for path, lines in (("tests", tests), ("vaccinations", doses)):
        body = b"\n".join(map(orjson.dumps, lines))
        answer = feeder.post(f"/api/v1/{path}", body, content_type="application/x-ndjson")
        if answer.status_code != 200 or b"rejected" in answer.content:
            raise AssertionError(answer.content.decode())


def staff_file(tenant: Tenant, *people: Person) -> bytes:
    """A staff list of one enterprise; a person without a valid number is rejected."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["主体名称", "姓名", "人员类别", "手机号码", "身份证号码", "居住地址"])
    for person in people:
        job = f"{tenant.mark}装卸工"
        writer.writerow([tenant.name, person.name, job, person.phone, person.number, person.address])
    return text.getvalue().encode()


def _imports(world: World) -> Iterator[tuple[str, UUID]]:
    """Imports that wait for their confirmation: a new, a changed and a rejected row each. One is applied first."""
    for name, tenant in (("principal", NEAR), ("far_principal", FAR), ("command", NEAR)):
        wrong = Person(
            f"{tenant.mark}错号", f"1370{tenant.serial}00{tenant.serial}999", "11010119800101", "无"
        )
        body = staff_file(tenant, tenant.people[0], tenant.people[STAFF_EACH], wrong)
        task = exchange.upload(
            [body],
            tenant.file_name,
            kind="sentinel.staff",
            params={"category": "cast-cold"},
            actor=world.actor(name),
            at=NOON,
        )
        exchange.check_import(task.id, at=NOON)
        task.refresh_from_db()
        if (task.state, task.new, task.replaced, task.rejected) != ("checked", 1, 1, 1):
            raise AssertionError((task.state, task.new, task.replaced, task.rejected, task.refusal))
        yield name, task.id


def _exports(world: World, name: str) -> Iterator[tuple[str, UUID]]:
    """A written file of every kind that the account may have."""
    for kind, names in EXPORTS.items():
        if name in names:
            purpose = PURPOSE if kind.endswith("_in_clear") else ""
            params = {"category": "cast-cold"}
            task = exchange.request_export(
                kind, params=params, purpose=purpose, actor=world.actor(name), at=NOON
            )
            exchange.write_export(task.id, at=NOON)
            task.refresh_from_db()
            if task.state != "ready":
                raise AssertionError((name, kind, task.state, task.refusal))
            yield kind, task.id


def _messages(world: World, imports: Mapping[str, UUID]) -> Iterator[tuple[str, UUID]]:

    for name, import_id in imports.items():
        tell_import(import_id=str(import_id), state="checked")
        yield name, InboxMessage.objects.get(user=world.users[name], template__startswith="exchange.").id
