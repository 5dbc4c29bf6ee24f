"""What the tests of signing in share."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.test import Client

from outpost.access.models import User
from outpost.access.services.principals import Holder, assign_principals
from outpost.access.services.second_factor import code_at, enrol
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.testing.browsers import shown

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
SYSTEM = Actor.system("test")
SECRET = b"0123456789abcdefghij"


def browser(address: str = HERE) -> Client:
    """A browser of its own, which reads English."""
    return Client(REMOTE_ADDR=address, headers={"accept-language": "en"})


def enrolled(user: User, at: datetime) -> list[str]:
    """Give the account the authenticator `SECRET`, a minute before `at`; returns its recovery codes."""
    before = at - timedelta(minutes=2)
    codes = enrol(user, SECRET, code_at(SECRET, before), actor=SYSTEM, at=before)
    user.refresh_from_db()
    return codes


def signed_in(user: User, password: str, address: str = HERE) -> Client:
    """A browser that has signed in by password and, where it is asked for, authenticator."""
    at = clock.now()
    if user.sealed_totp is None:
        enrolled(user, at)
    client = browser(address)
    post(client, "/sign-in", username=user.username, password=password)
    response = post(client, "/sign-in/code", code=code_at(SECRET, at))
    assert response.status_code == 302, response.content
    return client


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data)


def sent(client: Client, path: str, **data: Any) -> Any:
    """The page that shows what became of a form."""
    return shown(client, post(client, path, **data))


def at_clock(at: datetime) -> Any:
    """Let the doors read this instant."""
    return patch.object(clock, "now", lambda: at)


def codes_printed(text: str) -> list[str]:
    """The passcodes in what the terminal showed."""
    return re.findall(r": (\d{6})$", text, flags=re.MULTILINE)


@contextmanager
def refused(code: str, **fields: object) -> Iterator[None]:
    """Expect a refusal with this code and, of its fields, these."""
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code
    assert {name: caught.value.fields[name] for name in fields} == fields
    assert caught.value.message


def ensure_principal(phone: str, organization_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Give the account of this phone, made when it is new, the right over the organisation."""
    assign_principals([Holder(organization_id, phone)], actor=actor, at=at)


def move_principal(
    old_phone: str, new_phone: str, organization_id: UUID, *, actor: Actor, at: datetime
) -> None:
    """Move the right over the organisation to the account of another phone."""
    assign_principals([Holder(organization_id, new_phone, old_phone)], actor=actor, at=at)


def release_principal(phone: str, organization_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Take the right back when the organisation is removed."""
    assign_principals([Holder(organization_id, "", phone)], actor=actor, at=at)
