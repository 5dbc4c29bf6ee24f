"""`/api/v1/`: bearer tokens in, one shape of error out. Modules bring their routers (`config/urls.py`)."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Swagger
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from outpost.access.queries import is_known_caller, token_actor
from outpost.access.services import record_denial
from outpost.core import api_problems, clock
from outpost.core.actor import Actor
from outpost.core.db import MAYBE_GONE, is_gone
from outpost.core.errors import FORBIDDEN, NOT_FOUND, Problem, Refusal
from outpost.core.outage import is_disk_full

RETRY_AFTER_SECONDS, RETRY_LATER_SECONDS = 5, 60


class BearerToken(HttpBearer):
    """`Authorization: Bearer …`; the endpoint finds its actor in `request.auth`."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        caller: Actor = request.actor  # type: ignore[attr-defined]  # anonymous, with the caller's address
        return token_actor(token, address=caller.address, at=clock.now())


def _for_callers(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """In production the description of the interface is for who has signed in or brings a token."""

    @wraps(page)
    def described(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        if settings.OUTPOST_PRODUCTION and not is_known_caller(request, at=clock.now()):
            return _answer(request, api_problems.UNAUTHENTICATED)
        return page(request, *arguments, **named)

    return described


api = NinjaAPI(
    title="Outpost 哨点",
    version="1",
    auth=BearerToken(),
    openapi_url="/openapi.json",
    docs_url="/docs",
    docs_decorator=_for_callers,
    docs=Swagger({"validatorUrl": None, "persistAuthorization": False}),
)


def _answer(request: HttpRequest, problem: Problem, **fields: Any) -> HttpResponse:
    body = {
        "code": problem.code,
        "message": problem.render(**fields),
        "fields": {name: str(value) for name, value in fields.items()},
    }
    return api.create_response(request, body, status=problem.status)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Every expected "no" as `{code, message, fields}` with its status; for lack of a right it is recorded."""
    if refusal.problem is FORBIDDEN:
        actor: Actor = request.auth  # type: ignore[attr-defined]  # no call is refused before its token was read
        route = request.resolver_match.view_name if request.resolver_match else ""
        record_denial(refusal, actor=actor, route=route, at=clock.now())
    response = _answer(request, refusal.problem, **refusal.fields)
    if refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
        response["Retry-After"] = str(RETRY_LATER_SECONDS)
    return response


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    """No token, or none that counts: the same answer."""
    response = _answer(request, api_problems.UNAUTHENTICATED)
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Parameters or a body outside their schema; values are not repeated."""
    found = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors)
    return _answer(request, api_problems.INVALID, found=found)


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the library itself refuses, such as a body that is no JSON."""
    return _answer(request, api_problems.UNREADABLE, reason=str(error))


@api.exception_handler(Http404)
def missing(request: HttpRequest, _error: Http404) -> HttpResponse:
    """A call that does not exist."""
    return _answer(request, NOT_FOUND)


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database is gone, full or in the middle of a restart: nothing was acknowledged, so send it again."""
    if not is_gone(error):
        raise error
    is_full = is_disk_full(error)
    response = _answer(request, api_problems.DISK_FULL if is_full else api_problems.UNAVAILABLE)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


for _fault in MAYBE_GONE:
    api.exception_handler(_fault)(unavailable)
