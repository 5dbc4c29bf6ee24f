"""The gallery as a site of its own: real settings and middleware, no database, a signed-in stand-in."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.test import Client
from django.urls import clear_url_caches
from pytest_django import Settings

from outpost.web.tests import gallery


@pytest.fixture
def gallery_client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr("outpost.web.context.unread_count", lambda _user: 120)
    settings.ROOT_URLCONF = "outpost.web.tests.gallery"
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    own = {
        "django.contrib.auth.middleware.AuthenticationMiddleware": None,
        "outpost.access.middleware.ActorMiddleware": "outpost.web.tests.gallery.signed_in",
    }
    settings.MIDDLEWARE = [own.get(name, name) for name in settings.MIDDLEWARE if own.get(name, name)]
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [str(gallery.TEMPLATES)]
    settings.TEMPLATES = templates
    yield Client()
    clear_url_caches()
