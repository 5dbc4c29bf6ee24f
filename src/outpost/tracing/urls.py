"""Routes of cases."""

from django.urls import path

from outpost.tracing import web

app_name = "tracing"
urlpatterns = [
    path("", web.cases, name="cases"),
    path("new", web.new_case, name="new_case"),
    path("<uuid:case_id>", web.case, name="case"),
    path("<uuid:case_id>/approve", web.approve, name="approve"),
    path("<uuid:case_id>/window", web.widen, name="widen"),
    path("<uuid:case_id>/close", web.close, name="close"),
    path("<uuid:case_id>/search", web.search, name="search"),
    path("<uuid:case_id>/expose", web.expose, name="expose"),
]
