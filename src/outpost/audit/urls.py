"""Routes."""

from django.urls import path

from outpost.audit import deleted_page, web

app_name = "audit"
urlpatterns = [
    path("", web.log, name="log"),
    path("verify", web.verify, name="verify"),
    path("deleted/", deleted_page.deleted, name="deleted"),
    path("deleted/<uuid:deletion_id>/restore", deleted_page.restore, name="restore"),
]
