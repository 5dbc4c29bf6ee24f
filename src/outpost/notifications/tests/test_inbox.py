"""Messages: once each, told in the reader's language, seen by their reader alone."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from outpost.core.errors import Refusal
from outpost.notifications import queries, services, templates
from outpost.notifications.models import InboxMessage
from outpost.testing.cast import NOON, Cast


@pytest.fixture(autouse=True)
def greeting() -> None:
    templates.register({"test.greeting": "{n} of {kind} <b>"})


def tell(user_id: UUID, key: str = "once", *, minutes: int = 0) -> None:
    at = NOON + timedelta(minutes=minutes)
    params: dict[str, str | int] = {"n": 3, "kind": "no.such"}
    services.tell(user_id, "test.greeting", params, link="/", dedupe_key=key, at=at)


def client_of(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.users[name])
    return client


def test_a_message_told_twice_is_one(cast: Cast) -> None:
    user = cast.users["town"]
    tell(user.id)
    tell(user.id, minutes=5)
    tell(cast.users["bureau"].id)
    assert queries.unread_count(user.id) == 1
    (shown,) = queries.shown(queries.inbox(user.id))
    assert (shown.text, shown.created_at, shown.is_read) == ("3 of no.such <b>", NOON, False)


def test_an_unknown_template_is_a_mistake_of_the_sender(cast: Cast) -> None:
    with pytest.raises(LookupError):
        services.tell(cast.users["town"].id, "no.such", {}, dedupe_key="x", at=NOON)


def test_messages_are_rendered_in_the_language_of_who_reads(cast: Cast) -> None:
    user_id = cast.users["town"].id
    params: dict[str, str | int] = {"kind": "x", "rows": 5}
    services.tell(user_id, "exchange.export_ready", params, dedupe_key="x", at=NOON)
    with override("en"):
        assert "is ready: 5 rows" in queries.shown(queries.inbox(user_id))[0].text
    with override("zh-hans"):
        assert "共 5 行" in queries.shown(queries.inbox(user_id))[0].text


def test_numbers_in_messages_are_said_with_separators() -> None:
    values = {"category": "冷链", "on": "2022-06-08", "judged": 1382, "missed": 100}
    with override("zh-hans"):
        assert "应检 1,382 人" in templates.said("sentinel.alert", values)
    assert "138200" in templates.said("access.passcode", {"code": "138200"})


def test_reading_marks_one_or_all_of_ones_own(cast: Cast) -> None:
    user, other = cast.users["town"].id, cast.users["bureau"].id
    for key in ("a", "b"):
        tell(user, key)
        tell(other, key)
    message = InboxMessage.objects.filter(user_id=user).earliest("dedupe_key")
    with pytest.raises(Refusal):
        services.mark_read(message.id, user_id=other, at=NOON)
    services.mark_read(message.id, user_id=user, at=NOON)
    assert queries.unread_count(user) == 1
    assert services.mark_all_read(user_id=user, at=NOON) == 1
    assert (queries.unread_count(user), queries.unread_count(other)) == (0, 2)


def test_the_page_escapes_and_pages(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = client_of(cast, "principal")
    for number in range(60):
        tell(cast.users["principal"].id, str(number), minutes=number)
    with django_assert_max_num_queries(10):
        page = client.get(reverse("notifications:inbox")).content.decode()
    assert "&lt;b&gt;" in page
    assert reverse("notifications:read_all") in page
    assert client.get(reverse("notifications:read_all")).status_code == 405
