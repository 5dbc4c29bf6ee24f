"""The shared cast: one district, two towns, two enterprises, one officer a role, and an outsider.

Built with plain rows so that every module may use it, whatever else is broken. All people are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from outpost.access.models import Grant, User
from outpost.access.queries import actor_of
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.rights import WHOLE, Role, ScopeKind
from outpost.regions.models import Department, Organization, Region
from outpost.regions.rules import DEPARTMENT, ORGANIZATION, REGION
from outpost.sentinel.models import Category, Enrolment

NOON = datetime(2022, 6, 8, 4, 0, tzinfo=UTC)  # 2022-06-08 12:00 in Shanghai
PASSWORD = "correct horse 6 battery"

REGIONS = [
    ("44", "广东省", "province", None),
    ("4401", "广州市", "city", "44"),
    ("440115", "南沙区", "district", "4401"),
    ("440115001", "南沙街道", "town", "440115"),
    ("440115100", "万顷沙镇", "town", "440115"),
    ("440106", "天河区", "district", "4401"),
    ("440106001", "五山街道", "town", "440106"),
]


@dataclass(frozen=True)
class Cast:
    """People and places by name. `near` lies in Nansha street, `far` in Wanqingsha, both in the district."""

    users: Mapping[str, User]
    cold_chain: Category
    courier: Category
    near: Enrolment
    far: Enrolment

    def actor(self, name: str) -> Actor:
        """command, bureau, town, principal, feeder, operator, security, auditor or outsider (no grant)."""
        return actor_of(self.users[name], is_verified=True)


def _organization(name: str, town: str, principal: str, phone: str) -> Organization:
    keys = ring()
    organization = Organization(
        name=name,
        region_id=town,
        address="环市大道1号",
        principal_name_hash=keys.search_hash("name", principal),
        principal_phone_hash=keys.search_hash("phone", phone),
        content_hash=b"cast",
        created_at=NOON,
        updated_at=NOON,
    )
    sealed = f'{{"name":"{principal}","phone":"{phone}"}}'.encode()
    organization.sealed = keys.seal(sealed, organization.sealing_context)
    return organization


def _user(name: str, phone: str = "") -> User:
    user = User(username=name, display_name=name, created_at=NOON)
    user.set_password(PASSWORD)
    if phone:
        user.phone_hash = ring().search_hash("phone", phone)
        user.sealed_phone = ring().seal(phone.encode(), user.sealing_context)
    return user


def _grant(user: User, role: Role, kind: ScopeKind, key: str) -> Grant:
    return Grant(user=user, role=role, scope_kind=kind, scope_key=key, granted_by="cast", granted_at=NOON)


def build_cast() -> Cast:
    """Write the cast into the database of the running test: many tests do, so in few statements."""
    regions = [Region(code=code, name=name, level=level, parent_id=up) for code, name, level, up in REGIONS]
    Region.objects.bulk_create(regions, ignore_conflicts=True)
    departments = [("market", "市场监督管理局"), ("post", "邮政管理局")]
    Department.objects.bulk_create(
        Department(code=code, name=name, region_id="440115") for code, name in departments
    )
    cold = Category(
        code="cast-cold", name="冷链（测试）", department_id="market", window_days=3, least_tests=2
    )
    courier = Category(
        code="cast-courier", name="快递（测试）", department_id="post", window_days=7, least_tests=1
    )
    cold.updated_at = courier.updated_at = NOON
    Category.objects.bulk_create([cold, courier])
    near = _organization("近岸冷链有限公司", "440115001", "甄近安", "13800138001")
    far = _organization("远洋冷链有限公司", "440115100", "甄远帆", "13800138002")
    Organization.objects.bulk_create([near, far])
    enrolments = [
        Enrolment(category=cold, organization=organization, created_at=NOON, updated_at=NOON)
        for organization in (near, far)
    ]
    Enrolment.objects.bulk_create(enrolments)
    everything = (WHOLE, "")
    rights = {
        "command": (Role.COMMAND, REGION, "440115"),
        "bureau": (Role.BUREAU, DEPARTMENT, "market"),
        "town": (Role.TOWN, REGION, "440115001"),
        "principal": (Role.PRINCIPAL, ORGANIZATION, str(near.id)),
        "feeder": (Role.FEEDER, *everything),
        "operator": (Role.OPERATOR, *everything),
        "security": (Role.SECURITY, *everything),
        "auditor": (Role.AUDITOR, *everything),
    }
    users = {
        name: _user(name, "13800138001" if name == "principal" else "") for name in (*rights, "outsider")
    }
    User.objects.bulk_create(users.values())
    Grant.objects.bulk_create(_grant(users[name], *right) for name, right in rights.items())
    return Cast(users, cold, courier, enrolments[0], enrolments[1])
