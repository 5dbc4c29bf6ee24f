"""Routes of construction sites."""

from django.urls import path

from outpost.sites.web import daily_health, people, place_rules, supervision

app_name = "sites"
urlpatterns = [
    path("", supervision.supervision, name="supervision"),
    path("mine", supervision.mine, name="mine"),
    path("contracts/<uuid:contract_id>", supervision.contract, name="contract"),
    path("contracts/<uuid:contract_id>/people", people.registrations, name="registrations"),
    path("contracts/<uuid:contract_id>/people/new", people.register, name="register"),
    path("people/<uuid:registration_id>", people.person, name="person"),
    path("people/<uuid:registration_id>/exception", people.ask_exception, name="ask_exception"),
    path("people/enter/<slug:checked>", people.enter, name="enter"),
    path("to-leave", people.to_leave, name="to_leave"),
    path("people/leave", people.leave, name="leave"),
    path("exceptions/<uuid:exception_id>/agree", people.agree_exception, name="agree_exception"),
    path("exceptions/<uuid:exception_id>/end", people.end_exception, name="end_exception"),
    path("place-rules", place_rules.place_rules, name="place_rules"),
    path("place-rules/new", place_rules.new_place_rule, name="new_place_rule"),
    path("place-rules/<uuid:rule_id>/end", place_rules.end_place_rule, name="end_place_rule"),
    path("people/<uuid:registration_id>/health", daily_health.report_one, name="report_health"),
    path("contracts/<uuid:contract_id>/health", daily_health.report_rest, name="report_rest"),
    path("people/<uuid:registration_id>/withdraw", people.withdraw, name="withdraw"),
    path("contracts/<uuid:contract_id>/close", supervision.close, name="close_contract"),
]
