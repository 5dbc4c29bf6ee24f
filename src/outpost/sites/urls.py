"""Routes of construction sites."""

from django.urls import path

from outpost.sites.web import (
    checklists,
    daily_health,
    people,
    place_rules,
    prevention,
    supervision,
    supplies,
)

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
    path("prevention", checklists.prevention_files, name="prevention_files"),
    path("contracts/<uuid:contract_id>/prevention", prevention.prevention_file, name="prevention"),
    path("contracts/<uuid:contract_id>/prevention/hospital", prevention.hospital, name="hospital"),
    path("contracts/<uuid:contract_id>/prevention/group/new", prevention.new_member, name="new_member"),
    path("prevention/group/<uuid:group_member_id>", prevention.edit_member, name="edit_member"),
    path("prevention/group/<uuid:group_member_id>/end", prevention.end_member, name="end_member"),
    path("contracts/<uuid:contract_id>/supplies", supplies.movements, name="movements"),
    path("contracts/<uuid:contract_id>/supplies/new", supplies.new_movement, name="new_movement"),
    path("supplies/<uuid:movement_id>/correct", supplies.correct_movement, name="correct_movement"),
    path("supply-items", supplies.supply_items, name="supply_items"),
    path("supply-items/new", supplies.new_supply_item, name="new_supply_item"),
    path("supply-items/<uuid:supply_item_id>", supplies.edit_supply_item, name="edit_supply_item"),
    path("contracts/<uuid:contract_id>/checklists/new", checklists.new_checklist, name="new_checklist"),
    path("checklists/<uuid:checklist_id>/submit", checklists.submit_checklist, name="submit_checklist"),
    path("checklists/<uuid:checklist_id>/judge", checklists.judge_checklist, name="judge_checklist"),
    path("checklists/<uuid:checklist_id>/file", checklists.checklist_file, name="checklist_file"),
]
