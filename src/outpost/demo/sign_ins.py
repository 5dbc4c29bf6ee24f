"""One account a role for the made-up district; the passwords are made once and kept beside the data."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import orjson
from django.db import transaction

from outpost.access import account_rows, queries, services
from outpost.access.scopes import Scope
from outpost.access.services.accounts import initial_password, open_phone_account
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.rights import WHOLE, Role
from outpost.demo.invented import Body
from outpost.regions.rules import DEPARTMENT, REGION
from outpost.sites.models import Contract, Project
from outpost.sites.seats import SEATS
from outpost.venues.codes import JOIN, code_text
from outpost.venues.models import Venue
from outpost.venues.queries.venues import manager_of
from outpost.venues.services import joining

FILE = "demo-sign-ins.json"
INSPECTOR, INSPECTOR_PHONE = "甄检测", "17000999999"


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to come in as one role. Who signs in by phone has no password: the page shows the passcode."""

    role: str
    name: str
    user: str
    password: str


def accounts(region: str) -> tuple[tuple[str, str, Role, Scope], ...]:
    """User name, shown name, role and scope of the demo's officers."""
    return (
        ("command", "区指挥部", Role.COMMAND, Scope(REGION, region)),
        ("bureau", "市场监督管理局", Role.BUREAU, Scope(DEPARTMENT, "market")),
        ("town", "镇街经办", Role.TOWN, Scope(REGION, f"{region}001")),
        ("operator", "运维", Role.OPERATOR, Scope(WHOLE)),
        ("security", "安全管理员", Role.SECURITY, Scope(WHOLE)),
        ("auditor", "审计员", Role.AUDITOR, Scope(WHOLE)),
    )


def make_sign_ins(region: str, bodies: Sequence[Body], *, actor: Actor, at: datetime) -> list[SignIn]:
    """Create the accounts; returns how to come in. Those of a load that was cut off get new passwords."""
    made = [
        _officer(user, name, role, [scope], actor=actor, at=at)
        for user, name, role, scope in accounts(region)
    ]
    first = Project.objects.filter(removed_at=None).order_by("filing_number")[:1]
    made += [station_officer(one.station, actor=actor, at=at) for one in first]
    principal = next(body for body in bodies if body.category == "cold-chain")
    made.append(SignIn(Role.PRINCIPAL, f"{principal.name} {principal.principal}", principal.phone, ""))
    for venue in Venue.objects.current().filter(kind="market").order_by("name")[:1]:
        manager = manager_of(venue)
        made.append(SignIn(Role.MANAGER, f"{venue.name} {manager.name}", manager.phone, ""))
        made.append(_inspector(venue, actor=actor, at=at))
    for contract in Contract.objects.current().filter(sealed__isnull=False).order_by("number")[:1]:
        seated = [(seat.role, who) for seat in SEATS if (who := seat.of(contract))]
        made += [SignIn(role, f"{contract.project.name} {who.name}", who.phone, "") for role, who in seated]
    return made


@transaction.atomic  # so that an account that is there has its rights
def _officer(
    user: str, name: str, role: Role, scopes: Iterable[Scope], *, actor: Actor, at: datetime
) -> SignIn:
    account = account_rows.accounts(actor=actor).filter(username=user).first()
    if account is None:
        account, password = services.create_officer(user, name, actor=actor, at=at)
        account.must_change_password = False  # it keeps the first one: each hash takes a quarter of a second
        account.save(update_fields=["must_change_password"])
        for scope in scopes:
            services.grant_role(account.id, role, scope, actor=actor, at=at)
    else:
        password = initial_password()
        services.change_password(account, password, actor=actor, at=at)
    return SignIn(role, name, user, password)


def station_officer(name: str, *, actor: Actor, at: datetime) -> SignIn:
    """监督站: a station is a word of projects and no scope; its officers have the towns in which these lie."""
    mine = Project.objects.filter(station=name, removed_at=None)
    towns = mine.order_by("region_id").values_list("region_id", flat=True).distinct()
    return _officer("station", name, Role.TOWN, [Scope(REGION, town) for town in towns], actor=actor, at=at)


def _inspector(venue: Venue, *, actor: Actor, at: datetime) -> SignIn:
    """Somebody who has joined the venue by its join code."""
    code = joining.renew_join_code(venue.id, days=7, most=20, actor=actor, at=at)
    account = open_phone_account(INSPECTOR_PHONE, address="", at=at)
    text = code_text(ring(), code.id, JOIN)
    own = queries.actor_of(account, is_verified=False)
    joining.join(text, INSPECTOR, account, actor=own, at=at)
    return SignIn(Role.INSPECTOR, f"{venue.name} {INSPECTOR}", INSPECTOR_PHONE, "")


def note_sign_ins(data: Path, made: Sequence[SignIn]) -> None:
    """Note (mode 0600) that the district is loaded, and how to come in; nothing of that where a backup was restored,
    whose passwords stay what they were."""
    fresh = data / f"{FILE}.new"
    fresh.touch(mode=0o600)
    fresh.write_bytes(orjson.dumps([asdict(one) for one in made], option=orjson.OPT_INDENT_2))
    fresh.replace(data / FILE)


def is_made(data: Path) -> bool:
    """Whether the district was loaded to its end: the sign-ins are noted last."""
    return (data / FILE).exists()


def read_sign_ins(data: Path) -> list[SignIn]:
    """What `note_sign_ins` noted."""
    return [SignIn(**one) for one in orjson.loads((data / FILE).read_bytes())]
