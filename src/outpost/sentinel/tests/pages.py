"""Signed-in browsers and made-up facts for the tests of the pages."""

import re
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from outpost.core import clock
from outpost.health.models import LatestSamples, TestRecord
from outpost.sentinel.models import StaffMember
from outpost.sentinel.services.latest import mend
from outpost.testing.browsers import sign_in
from outpost.testing.cast import Cast


def browser(cast: Cast, name: str, language: str = "en") -> Client:
    """A browser in which this account of the cast has signed in with both factors."""
    client = Client(headers={"accept-language": language})
    sign_in(client, cast.users[name])
    return client


def at_clock(at: datetime) -> Any:
    """Let the doors read this instant."""
    return patch.object(clock, "now", lambda: at)


def page(client: Client, name: str, /, *args: Any, **query: Any) -> HttpResponse:
    return client.get(reverse(name, args=args), query)  # type: ignore[return-value]


def text(response: Any) -> str:
    """What a reader sees, in one line without tags."""
    main = str(response.content.decode()).split("<main", 1)[-1].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main))


def links(response: Any) -> list[str]:
    """Every address that a page names."""
    return re.findall(r'(?:href|action|src|formaction|hx-[a-z]+)="([^"]*)"', response.content.decode())


def sampled(member: StaffMember, *times: datetime) -> None:
    """Negative tests of a staff member, as the feed keeps them."""
    for n, at in enumerate(times):
        TestRecord(
            source="test",
            record_id=f"{member.id}-{n}",
            person_id=member.person_id,
            sampled_at=at,
            result="negative",
            laboratory="示例实验室",
            received_at=at + timedelta(hours=6),
        ).save(force_insert=True)
    LatestSamples.objects.create(person_id=member.person_id, sampled_at=sorted(times, reverse=True))
    mend()
