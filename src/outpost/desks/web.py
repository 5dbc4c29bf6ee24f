"""The gate app, as `make setup` has built it: files alone, the same for everybody."""

from pathlib import Path

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from outpost.core.errors import NOT_FOUND, Refusal
from outpost.desks import errors
from outpost.pages.doors import anonymous_door

GATE = "/gate/"
APP = Path(__file__).parent / "app"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
_FRESH, _FOR_EVER = "no-cache", "public, max-age=31536000, immutable"
_POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'wasm-unsafe-eval'"],
    "img-src": ["'self'", "blob:", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
}


@anonymous_door
@require_GET
@csp_replace(_POLICY)
def app(request: HttpRequest, name: str = "index.html") -> HttpResponse:  # noqa: ARG001 - Django passes it
    """A file of the app: hashed ones are kept for ever, the others are asked for each time."""
    if not APP.is_dir():
        return HttpResponse(errors.NOT_BUILT.render(), content_type="text/plain; charset=utf-8", status=503)
    path = (APP / name).resolve()
    if not path.is_relative_to(APP.resolve()) or not path.is_file() or path.suffix not in _TYPES:
        raise Refusal(NOT_FOUND)
    response = HttpResponse(path.read_bytes(), content_type=_TYPES[path.suffix])
    response["Cache-Control"] = _FOR_EVER if name.startswith("assets/") else _FRESH
    return response
