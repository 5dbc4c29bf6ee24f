"""The routes of the house: each module brings its own pages."""

from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from outpost.api.v1 import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("outpost.web.urls")),
    path("", include("outpost.access.urls")),
    path("audit/", include("outpost.audit.urls")),
    path("files/", include("outpost.exchange.urls")),
    path("inbox/", include("outpost.notifications.urls")),
    path("people/", include("outpost.people.urls")),
    path("health/", include("outpost.health.urls")),
    path("sentinel/", include("outpost.sentinel.urls")),
    path("api/v1/", api.urls),
]
