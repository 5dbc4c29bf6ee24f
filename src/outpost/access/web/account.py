"""Doors of one's own account: what I may do, where I am signed in, with what, my password."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outpost.access import account_rows, errors, services
from outpost.access.forms import ChangePasswordForm
from outpost.access.web.confirming import confirmed, is_confirmed, own_account
from outpost.core import clock
from outpost.core.actions import USE_ACCOUNT
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page

# At which field of a new password a refusal stands.
AT = {
    **dict.fromkeys((errors.WRONG_PASSWORD.code, errors.LOCKED.code), "old_password"),
    **dict.fromkeys((errors.PASSWORD_WEAK.code, errors.PASSWORD_SAME.code), "new_password"),
}


@door(USE_ACCOUNT)
@require_GET
def me(request: PageRequest) -> HttpResponse:
    """My rights, my sessions, my passkeys."""
    user = own_account(request)
    key = request.session.session_key
    context = {
        "account": account_rows.present_accounts([user])[0],
        "sessions": account_rows.sessions_of(user, current_key=key, at=clock.now()),
        "passkeys": account_rows.passkeys_of(user),
        "is_confirmed": is_confirmed(request),
    }
    return render(request, "access/me.html", context)


@door(USE_ACCOUNT)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password(request: PageRequest) -> HttpResponse:
    """A new password; all my other sessions end."""
    user = own_account(request, has_phone=False)
    at, address = clock.now(), request.actor.address

    def change(form: ChangePasswordForm) -> HttpResponse:
        services.check_password(user.username, form.cleaned_data["old_password"], address=address, at=at)
        services.change_password(user, form.cleaned_data["new_password"], actor=request.actor, at=at)
        update_session_auth_hash(request, user)
        messages.success(request, _("The password was changed. All other sessions have ended."))
        return redirect("access:me")

    return form_page(request, "access/change_password.html", ChangePasswordForm, change, at=AT)


@door(USE_ACCOUNT)
@require_POST
@confirmed
def end_sessions(request: PageRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    user = own_account(request)
    services.end_other_sessions(user, actor=request.actor, at=clock.now())
    update_session_auth_hash(request, user)
    messages.success(request, _("All other sessions have ended."))
    return redirect("access:me")
