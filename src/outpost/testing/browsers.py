"""Test clients that have signed in."""

from collections.abc import Mapping
from typing import Any

from django.test import Client

from outpost.access.models import User


def sign_in(client: Client, user: User) -> None:
    """Let the client be signed in as that user, with both factors."""
    client.force_login(user)
    session = client.session
    session["is_verified"] = True
    session.save()


def sent(client: Client, address: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What a browser sends of the form at this address: what is typed, and what the page showed when it was opened."""
    return {**typed, "seen": client.get(address).context["seen"]}


def shown(client: Client, answer: Any) -> Any:
    """The page that an answer to a POST leads to: no page is drawn by the POST itself."""
    assert answer.status_code == 302, answer.status_code
    language = answer.wsgi_request.headers.get("Accept-Language", "")
    return client.get(answer["Location"], headers={"accept-language": language})
