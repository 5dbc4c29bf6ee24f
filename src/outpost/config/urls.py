"""The routes of the house: each module brings its own pages and calls."""

from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from outpost.api.v1 import api
from outpost.config.modules import MODULES

for module in MODULES:
    for address, router in module.routers.items():
        api.add_router(address, router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("outpost.web.urls")),
    *(path(address, include(urls)) for module in MODULES for address, urls in module.routes.items()),
    path("api/v1/", api.urls),
]

handler400 = "outpost.web.views.bad_request"
handler403 = "outpost.web.views.permission_denied"
handler404 = "outpost.web.views.page_not_found"
handler500 = "outpost.web.views.server_error"
