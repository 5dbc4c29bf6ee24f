"""Routes of construction sites."""

from django.urls import path

from outpost.sites.web import people, supervision

app_name = "sites"
urlpatterns = [
    path("", supervision.supervision, name="supervision"),
    path("contracts/<uuid:contract_id>", supervision.contract, name="contract"),
    path("contracts/<uuid:contract_id>/people", people.registrations, name="registrations"),
    path("people/<uuid:registration_id>/withdraw", people.withdraw, name="withdraw"),
    path("contracts/<uuid:contract_id>/close", supervision.close, name="close_contract"),
]
