"""Routes."""

from django.urls import path

from outpost.sentinel.web import categories, compliance, home, organizations, person, staff, statistics

app_name = "sentinel"
urlpatterns = [
    path("", home.today, name="today"),
    path("due/", home.due, name="due"),
    path("staff/", staff.staff, name="staff"),
    path("staff/new", staff.choose_organization, name="new_staff"),
    path("staff/remove", staff.remove_staff, name="remove_staff"),
    path("staff/<uuid:staff_id>", person.member, name="staff_member"),
    path("staff/<uuid:staff_id>/reveal", person.reveal, name="reveal_staff"),
    path("staff/<uuid:staff_id>/duty", person.duty, name="set_duty"),
    path("staff/<uuid:staff_id>/edit", staff.edit_staff, name="edit_staff"),
    path("organizations/", organizations.organizations, name="organizations"),
    path("organizations/new", organizations.new_organization, name="new_organization"),
    path("organizations/remove", organizations.remove_organizations, name="remove_organizations"),
    path("organizations/<uuid:enrolment_id>", organizations.organization, name="organization"),
    path("organizations/<uuid:enrolment_id>/edit", organizations.edit_organization, name="edit_organization"),
    path("organizations/<uuid:enrolment_id>/reveal", organizations.reveal, name="reveal_principal"),
    path("organizations/<uuid:enrolment_id>/staff/new", staff.add_staff, name="add_staff"),
    path("organizations/<uuid:enrolment_id>/staff/check", staff.check_document, name="check_document"),
    path("categories/", categories.categories, name="categories"),
    path("new-category", categories.new_category, name="new_category"),
    path("category-fields/<uuid:field_id>", categories.edit_field, name="edit_field"),
    path("category-fields/<uuid:field_id>/remove", categories.remove_field, name="remove_field"),
    path("categories/<slug:code>", categories.category, name="category"),
    path("categories/<slug:code>/edit", categories.edit_category, name="edit_category"),
    path("categories/<slug:code>/retire", categories.retire_category, name="retire_category"),
    path("categories/<slug:code>/fields/<slug:audience>/new", categories.new_field, name="new_field"),
    path("compliance/", compliance.compliance, name="compliance"),
    path("match", compliance.run, name="run_match"),
    path("compliance/<slug:code>", compliance.missed, name="missed"),
    path("statistics/tests", statistics.nat, name="nat_statistics"),
    path("statistics/vaccination", statistics.vaccination, name="vaccination_statistics"),
]
