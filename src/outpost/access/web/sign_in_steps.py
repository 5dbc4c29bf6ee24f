"""Signing in, step by step: first factor, a forced new password, the authenticator, and only then a session.

Between the steps the browser holds no session of the account, only a note that the first factor was right.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from outpost.access import errors, queries, services
from outpost.access.models import User
from outpost.access.sessions import SIGNED_IN_AT
from outpost.core.errors import Refusal
from outpost.pages.keeping import Keep

NOTE = "signing_in"
LIFE = timedelta(minutes=10)
NOTICES = Keep("sign_in_notices", life=timedelta(minutes=2), most=1)
ONLY = "only"
"""What is kept once a browser is kept under this."""
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True, slots=True)
class Note:
    """What the session keeps between the steps. `epoch` ends it like a session; `until` is a Unix time."""

    user: str
    epoch: int
    first_factor: str
    until: float
    next: str

    def user_at(self, at: datetime) -> User:
        """The account, while the note is fresh and the account as it was. Raises SIGN_IN_EXPIRED."""
        user = User.objects.filter(id=self.user, session_epoch=self.epoch, is_active=True).first()
        if user is None or at.timestamp() > self.until:
            raise Refusal(errors.SIGN_IN_EXPIRED)
        return user


def begin(request: HttpRequest, user: User, *, first_factor: str, address: str, at: datetime) -> HttpResponse:
    """Note the right first factor and go to the next step."""
    request.session.flush()
    note = Note(str(user.id), user.session_epoch, first_factor, (at + LIFE).timestamp(), _next(request))
    return proceed(request, note, user, address=address, at=at)


def note_of(request: HttpRequest) -> Note:
    """The note of a sign-in under way. Raises SIGN_IN_EXPIRED when there is none."""
    try:
        return Note(**request.session[NOTE])
    except KeyError:
        raise Refusal(errors.SIGN_IN_EXPIRED) from None


def proceed(request: HttpRequest, note: Note, user: User, *, address: str, at: datetime) -> HttpResponse:
    """To the step that is still missing, or in."""
    step = ""
    if user.must_change_password:
        step = "access:new_password"
    elif queries.asks_second_factor(user):
        step = "access:second_factor" if user.sealed_totp is not None else "access:enrol"
    if step:
        request.session[NOTE] = asdict(note)
        return redirect(step)
    come_in(request, note, user, second_factor="", address=address, at=at)
    return redirect(note.next)


def come_in(
    request: HttpRequest, note: Note, user: User, *, second_factor: str, address: str, at: datetime
) -> None:
    """Open the session of the account; without the audit entry there is none."""
    services.record_sign_in(
        user, first_factor=note.first_factor, second_factor=second_factor, address=address, at=at
    )
    request.session.flush()
    login(request, user, backend=BACKEND)
    request.session["is_verified"] = bool(second_factor)
    request.session["seen_at"] = int(at.timestamp())
    request.session[SIGNED_IN_AT] = at.isoformat()


def _next(request: HttpRequest) -> str:
    """Where to go after signing in: an address on this host, else the first page."""
    address = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    return address if is_safe else "/"
