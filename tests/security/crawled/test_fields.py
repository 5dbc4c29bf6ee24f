"""Names, numbers, phones and residential addresses are masked, but for one's own staff and after a reveal (T4, L2)."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from outpost.audit.models import AuditEntry
from outpost.testing.browsers import shown as page_after
from tests.security.crawl import Answer, Crawl
from tests.security.world import FAR, NEAR, PURPOSE, ROLES, TENANTS, Person, World

pytestmark = pytest.mark.promise("T4")

OWN = {"principal": NEAR, "far_principal": FAR}
FIELDS: dict[str, Callable[[Person], str]] = {
    "name": lambda person: person.name,
    "document": lambda person: person.number,
    "phone": lambda person: person.phone,
    "address": lambda person: person.address,
}


def in_clear(world: World) -> set[str]:
    """Addresses of the files that were asked for in clear, with a purpose."""
    return {
        f"/files/exports/{export}/file"
        for kinds in world.exports.values()
        for kind, export in kinds.items()
        if kind.endswith("_in_clear")
    }


def shown(answers: list[Answer], field: str, *, but: object = None) -> set[tuple[str, str]]:
    """Where a field of somebody stands in clear."""
    texts = [
        FIELDS[field](person)
        for tenant in TENANTS
        if tenant is not but
        for person in (tenant.principal, tenant.manager, *tenant.people)
    ]
    return {(answer.url, text) for answer in answers for text in texts if text in answer.everything}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "who", [*ROLES, "far_principal", "far_town", "post", "token:command", "token:town", "token:principal"]
)
def test_a_field_is_masked_for_everybody_but_the_employer(
    crawl: Crawl, world: World, who: str, field: str
) -> None:
    answers = [answer for answer in crawl.of(who) if answer.url not in in_clear(world)]
    assert answers
    assert shown(answers, field, but=OWN.get(who)) == set()


@pytest.mark.parametrize("field", FIELDS)
def test_the_employer_and_a_file_in_clear_show_them(crawl: Crawl, world: World, field: str) -> None:
    """What proves that the test above would see them."""
    staff = {FIELDS[field](person) for person in NEAR.people[:3]}
    pages = [answer for answer in crawl.of("principal") if not answer.is_file]
    assert staff <= {text for _url, text in shown(pages, field)}
    files = [answer for answer in crawl.of("command") if answer.url in in_clear(world)]
    assert staff <= {text for _url, text in shown(files, field)}


@pytest.mark.promise("L2")
@pytest.mark.parametrize("role", ["command", "bureau", "town"])
def test_an_officer_reveals_for_a_purpose_and_it_is_recorded(world: World, role: str) -> None:
    client, member = world.browser(role), world.staff[NEAR.mark][0]
    for name, id_, person in (
        ("sentinel:reveal_staff", member.id, NEAR.people[0]),
        ("sentinel:reveal_principal", world.enrolments[NEAR.mark].id, NEAR.principal),
    ):
        where, before = reverse(name, args=[id_]), AuditEntry.objects.count()
        for purpose in ("", "curiosity"):
            refused = page_after(client, client.post(where, {"purpose": purpose}))
            assert "is-invalid" in refused.content.decode()
            assert person.phone not in refused.content.decode()
        assert AuditEntry.objects.count() == before
        answer = page_after(client, client.post(where, {"purpose": PURPOSE})).content.decode()
        assert person.name in answer
        assert person.phone in answer
        entry = AuditEntry.objects.latest("seq")
        assert entry.actor_id == f"user:{world.users[role].id}"
        assert (entry.count, entry.purpose) == (1, PURPOSE)
        assert not any(text in str(entry.detail) + entry.object_id for text in person.clear())


@pytest.mark.promise("L2")
def test_nobody_is_revealed_when_it_cannot_be_recorded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("the audit table is gone")

    monkeypatch.setattr("outpost.audit.services._append", broken)
    member = world.staff[NEAR.mark][0]
    answer = world.browser("command").post(
        reverse("sentinel:reveal_staff", args=[member.id]), {"purpose": PURPOSE}
    )
    assert answer.status_code == 500
    assert NEAR.people[0].phone not in answer.content.decode()
