"""Test clients that have signed in."""

from django.test import Client

from outpost.access.models import User


def sign_in(client: Client, user: User) -> None:
    """Let the client be signed in as that user, with both factors."""
    client.force_login(user)
    session = client.session
    session["is_verified"] = True
    session.save()
