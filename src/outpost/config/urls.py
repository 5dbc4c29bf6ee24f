"""The routes of the house: each module brings its own pages."""

from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from outpost.api.v1 import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("outpost.web.urls")),
    path("", include("outpost.access.urls")),
    path("audit/", include("outpost.audit.urls")),
    path("files/", include("outpost.exchange.urls")),
    path("operation/", include("outpost.exchange.operation")),
    path("inbox/", include("outpost.notifications.urls")),
    path("channels/", include("outpost.notifications.channel_urls")),
    path("regions/", include("outpost.regions.urls")),
    path("people/", include("outpost.people.urls")),
    path("health/", include("outpost.health.urls")),
    path("sentinel/", include("outpost.sentinel.urls")),
    path("api/v1/", api.urls),
]

handler400 = "outpost.web.views.bad_request"
handler403 = "outpost.web.views.permission_denied"
handler404 = "outpost.web.views.page_not_found"
handler500 = "outpost.web.views.server_error"
