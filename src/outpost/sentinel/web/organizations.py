"""The ledger of organisations 主体: list, detail, entry, change, removal."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.access.actions import REVEAL
from outpost.access.services.passcodes import ON_SIGHT_LIFE
from outpost.audit.editing import Edited
from outpost.audit.editors import SEEN, edit_page
from outpost.audit.notices import tell_deleted
from outpost.audit.versions import told
from outpost.core import clock
from outpost.fields.pages import extra_columns
from outpost.fields.specs import PREFIX, named
from outpost.pages.addresses import address, back
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import Make, drawn, form_page, take, ticked
from outpost.pages.keeping import Keep
from outpost.pages.ledgers import list_columns
from outpost.pages.listing import BulkAction, Column, Listing, list_page
from outpost.people.trying import count_tries
from outpost.regions import queries as regions
from outpost.sentinel import labels
from outpost.sentinel.actions import EDIT_ORGANIZATIONS, EDIT_STAFF, SEE_ORGANIZATIONS
from outpost.sentinel.columns import ORGANIZATIONS, Audience
from outpost.sentinel.forms.filters import OrganizationFilter
from outpost.sentinel.forms.ledger import OrganizationForm, RevealForm
from outpost.sentinel.models import Category, Enrolment
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.editing import edited_enrolment
from outpost.sentinel.queries.enrolments import enrolment, enrolment_filter_of, enrolment_page
from outpost.sentinel.queries.history import organization_history
from outpost.sentinel.queries.principals import is_waiting
from outpost.sentinel.queries.staff import staff_page
from outpost.sentinel.queries.staff_filter import StaffFilter
from outpost.sentinel.queries.texts import names_of
from outpost.sentinel.services import organizations as services
from outpost.sentinel.services.revealing import clear_principal, record_principals_seen, reveal_principal
from outpost.sentinel.services.sign_in_codes import issue_sign_in_code
from outpost.sentinel.web.pages import exports, import_address, ledger_context, place_arguments, selected
from outpost.sentinel.web.revealed import is_revealed, remember_revealed

EDIT = EDIT_ORGANIZATIONS
SIGN_IN_CODES = Keep("sign_in_codes", life=ON_SIGHT_LIFE, most=4)

_OF_LEDGER = list_columns(ORGANIZATIONS)
COLUMNS = (
    _OF_LEDGER["name"],
    Column("category", gettext_lazy("Category")),
    _OF_LEDGER["town"],
    _OF_LEDGER["grid"],
    _OF_LEDGER["principal_name"],
    _OF_LEDGER["principal_phone"],
    Column("staff", gettext_lazy("Staff"), order="staff", is_numeric=True),
    _OF_LEDGER["address"],
    _OF_LEDGER["social_credit_code"],
    Column("updated_at", gettext_lazy("Changed"), order="updated_at", is_default=False),
)


REMOVE = (
    BulkAction(
        gettext_lazy("Remove ticked"),
        reverse_lazy("sentinel:remove_organizations"),
        gettext_lazy("{n} organisations go with {m} staff and the sign-ins of their principals. Tests stay."),
        gettext_lazy("Remove {n} organisations, {m} staff"),
        is_danger=True,
    ),
)


@door(SEE_ORGANIZATIONS)
@require_GET
def organizations(request: PageRequest) -> HttpResponse:
    """The organisations within the reader's scope, with filters."""
    actor = request.actor
    arguments = place_arguments(request, SEE_ORGANIZATIONS, Audience.ORGANIZATION)
    listing = Listing(
        "organizations",
        (*COLUMNS, *extra_columns(arguments["specs"])),
        "name",
        OrganizationFilter,
        private=frozenset({"phone"}),
        aside="staff",
        below=("category", "town"),
        weight="staff",
    ).read(request, grids=_grids_of(arguments["towns"]), **arguments)
    category = selected(request, arguments["categories"])
    count_tries({"phone": listing.values.get("phone")}, SEE_ORGANIZATIONS, actor=actor, at=clock.now())
    return list_page(
        listing,
        "sentinel/organizations.html",
        partial(enrolment_page, enrolment_filter_of(listing.values), actor=actor, order=listing.order),
        seen=partial(record_principals_seen, actor=actor, at=clock.now()),
        bulk=REMOVE if actor.may(EDIT) else (),
        context=lambda listing: {
            **ledger_context(request, "organizations", category, arguments["specs"]),
            "exports": exports(listing, "organizations", category, actor=actor, sees=SEE_ORGANIZATIONS),
        },
    )


def _grids_of(towns: list[Any]) -> list[tuple[str, str]]:
    return [(grid.code, grid.name) for grid in regions.grids([town.code for town in towns])]


@door(REVEAL)
@require_POST
def reveal(request: PageRequest, enrolment_id: UUID) -> HttpResponse:
    """Show the principal in clear for a while, for a stated purpose."""
    page = reverse("sentinel:organization", args=[enrolment(enrolment_id, actor=request.actor).id])

    def act(form: RevealForm) -> HttpResponse:
        purpose = form.cleaned_data["purpose"]
        reveal_principal(enrolment_id, purpose=purpose, actor=request.actor, at=clock.now())
        remember_revealed(request, enrolment_id)
        return redirect(page)

    return take(request, RevealForm, act, page=page)


@door(EDIT)
@require_POST
def sign_in_code(request: PageRequest, enrolment_id: UUID) -> HttpResponse:
    """A code for the principal, who stands before the officer; the page shows it until it ends."""
    code = issue_sign_in_code(enrolment_id, actor=request.actor, at=clock.now())
    SIGN_IN_CODES.put(request, str(enrolment_id), code)
    return redirect("sentinel:organization", enrolment_id)


@door(SEE_ORGANIZATIONS)
@require_GET
def organization(request: PageRequest, enrolment_id: UUID) -> HttpResponse:
    """One organisation: what is stated of it, its staff, its principal masked unless revealed just now."""
    row = enrolment(enrolment_id, actor=request.actor)
    principal = clear_principal(row.id, actor=request.actor) if is_revealed(request, row.id) else None
    at = clock.now()
    if principal is None:
        record_principals_seen([row], actor=request.actor, at=at)
    missed = StaffFilter(organization=row.id, state="missed")
    specs = categories.fields_of(row.category, Audience.ORGANIZATION)
    context = {
        "row": row,
        "fields": [(spec.title, row.fields.get(spec.code, "")) for spec in specs],
        "missed": staff_page(missed, actor=request.actor, at=at, limit=0)[1],
        "staff_url": address("sentinel:staff", organization=row.id, category=row.category, duty="all"),
        "missed_url": address("sentinel:staff", organization=row.id, category=row.category, state="missed"),
        "import_url": import_address("sentinel.staff", request.actor, row.category, organization=row.id),
        "history": told(
            organization_history(row.id, actor=request.actor),
            names_of(Audience.ORGANIZATION, specs),
            labels.CHANGES,
            labels.FROM_FILES,
        ),
        "form": drawn(request, RevealForm),
        "principal": principal,
        "principal_waits": is_waiting(row.organization_id),
        "may_edit": request.actor.may(EDIT),
        "may_edit_staff": request.actor.may(EDIT_STAFF),
        "sign_in_code": SIGN_IN_CODES.get(request, str(row.id)),
        "may_reveal": request.actor.may(REVEAL) and not row.is_clear,
    }
    return render(request, "sentinel/organization.html", context)


@door(EDIT)
@require_http_methods(["GET", "POST"])
def new_organization(request: PageRequest) -> HttpResponse:
    """Enter an organisation: first its category, then what is stated of it."""
    met = categories.categories(actor=request.actor, action=EDIT)
    category = selected(request, met)
    if category is None:
        choices = [(one.name, f"?category={one.code}") for one in met]
        return render(request, "sentinel/choose.html", {"choices": choices, "of": "organization"})

    def add(form: OrganizationForm) -> HttpResponse:
        phone = form.stated().get("principal_phone")  # one that stands is taken, another may be refused
        count_tries({"phone": phone}, EDIT, actor=request.actor, at=clock.now())
        entered = services.add_organization(category.code, form.stated(), actor=request.actor, at=clock.now())
        messages.success(request, _("The organisation was entered. Its principal can sign in by phone now."))
        return redirect("sentinel:organization", entered.id)

    make = _maker(request, category)
    return form_page(
        request, "sentinel/organization_form.html", make, add, context=partial(_form_context, category)
    )


@door(EDIT)
@require_http_methods(["GET", "POST"])
def edit_organization(request: PageRequest, enrolment_id: UUID) -> HttpResponse:
    """Change what is stated of an organisation."""
    row = enrolment(enrolment_id, actor=request.actor, action=EDIT)
    category = categories.category(row.category, actor=request.actor, action=EDIT)
    masked = (
        {} if row.is_clear else {name: getattr(row, name) for name in ("principal_name", "principal_phone")}
    )
    plain = {name: getattr(row, name) for name in ("name", "social_credit_code", "town", "grid", "address")}

    def change(form: OrganizationForm) -> HttpResponse:
        phone = form.stated().get("principal_phone")
        count_tries({"phone": phone}, EDIT, actor=request.actor, at=clock.now())
        seen = form.cleaned_data[SEEN]
        services.change_organization(
            enrolment_id, form.stated(), actor=request.actor, at=clock.now(), seen=seen
        )
        messages.success(request, _("The organisation was changed."))
        return redirect("sentinel:organization", enrolment_id)

    def stands() -> Edited:
        found = Enrolment.objects.select_related("organization").get(id=enrolment_id)
        specs = categories.fields_of(category.code, Audience.ORGANIZATION)
        return edited_enrolment(found, specs, actor=request.actor)

    return edit_page(
        request,
        "sentinel/organization_form.html",
        _maker(request, category, initial={**plain, **named(row.fields)}, kept=masked),
        change,
        stands,
        context=lambda form: _form_context(category, form) | {"row": row},
    )


def _maker(request: PageRequest, category: Category, **arguments: Any) -> Make[OrganizationForm]:
    """Makes the form with the towns and grids that the reader may enter."""
    reach = categories.reach_within(category, actor=request.actor, action=EDIT)
    towns = list(regions.towns(reach))
    by_town: dict[str, list[tuple[str, str]]] = {}
    for grid in regions.grids([town.code for town in towns]):
        by_town.setdefault(str(grid.parent_id), []).append((grid.code, grid.name))
    return partial(
        OrganizationForm,
        towns=[(town.code, town.name) for town in towns],
        grids=[(town.name, by_town[town.code]) for town in towns if town.code in by_town],
        specs=categories.fields_of(category.code, Audience.ORGANIZATION),
        **arguments,
    )


def _form_context(category: Category, form: OrganizationForm) -> dict[str, Any]:
    return {"category": category, "extra": [b for b in form if b.name.startswith(PREFIX)]}


@door(EDIT)
@require_POST
def remove_organizations(request: PageRequest) -> HttpResponse:
    """Remove the ticked organisations with their staff, softly and dated."""
    at = clock.now()
    count = services.remove_organizations(ticked(request), actor=request.actor, at=at)
    text = ngettext("{n} organisation was removed.", "{n} organisations were removed.", count)
    tell_deleted(request, text.format(n=count), "sentinel.organizations", at=at)
    return back(request, "sentinel:organizations")
