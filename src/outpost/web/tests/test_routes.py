"""The menu leads to pages that exist, each behind the right that shows its entry."""

import pytest
from django.conf import settings
from django.urls import get_resolver, resolve, reverse

from outpost.core.actions import OWN_AFFAIRS
from outpost.core.modules import Entry
from outpost.web import views
from outpost.web.navigation import ENTRIES

# Of the reader's own affairs, and empty for who has left: going back to it after that is no refusal.
OWN = {"venues:work"}


@pytest.mark.rules
@pytest.mark.promise("T1")
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.url_name)
def test_each_entry_leads_to_a_page_behind_its_own_right(entry: Entry) -> None:
    page = resolve(reverse(entry.url_name)).func
    assert getattr(page, "action", "") == (OWN_AFFAIRS if entry.url_name in OWN else entry.action)


@pytest.mark.rules
def test_the_error_pages_of_the_house_are_ours() -> None:
    handlers = {status: get_resolver().resolve_error_handler(status) for status in (400, 403, 404, 500)}
    assert handlers == {
        400: views.bad_request,
        403: views.permission_denied,
        404: views.page_not_found,
        500: views.server_error,
    }
    assert settings.CSRF_FAILURE_VIEW == "outpost.web.views.csrf_failure"
