"""Django's settings, all derived from `config.env`."""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from outpost.config import env as environment
from outpost.config.database import database_settings
from outpost.config.modules import MODULES
from outpost.core import keyfile

ENV = environment.load()
PACKAGE = Path(__file__).resolve().parents[1]


def _secret_key() -> str:
    """The session secret of the key file; where there is none that can be used, a throw-away: every door says why."""
    try:
        return keyfile.read(ENV.key_file).django
    except keyfile.KeyFileError:
        return get_random_secret_key()


DEBUG = ENV.is_debug
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = [host.strip() for host in ENV.allowed_hosts.split(",") if host.strip()]
CSRF_TRUSTED_ORIGINS = [origin.strip() for origin in ENV.origins.split(",") if origin.strip()]

OUTPOST_REGION = ENV.region
OUTPOST_AUTHORITY = ENV.authority
OUTPOST_OUTLINE = ENV.outline
OUTPOST_KEY_FILE = ENV.key_file
OUTPOST_CRYPTO = ENV.crypto
OUTPOST_FILES = ENV.files
OUTPOST_DATA = ENV.data
OUTPOST_DEMO = ENV.is_demo
OUTPOST_PRODUCTION = ENV.is_production
OUTPOST_PASSCODE_REUSE = ENV.passcode_reuse
OUTPOST_SECOND_FACTOR = ENV.second_factor
OUTPOST_OUTGOING_HOSTS = ENV.outgoing_hosts
OUTPOST_SENDING_HELD = ENV.is_sending_held
OUTPOST_RETENTION = ENV.retention
OUTPOST_SITE = CSRF_TRUSTED_ORIGINS[0].rstrip("/") if CSRF_TRUSTED_ORIGINS else ""  # begins links in messages
OUTPOST_SECOND_PERSON_ROWS = ENV.second_person_rows
OUTPOST_DAILY_HEALTH_HOUR = ENV.daily_health_hour
OUTPOST_GATE_LIST_HOURS = ENV.gate_list_hours
OUTPOST_MANAGER_REMINDERS = ENV.manager_reminders == "on"
OUTPOST_WEAK_RUN = ENV.weak_run
OUTPOST_WEAK_RUN_SECONDS = ENV.weak_run_seconds
OUTPOST_UNUSUAL_PEOPLE = ENV.unusual_people
OUTPOST_UNUSUAL_READERS = ENV.unusual_readers
OUTPOST_UNUSUAL_NIGHT = ENV.unusual_night
OUTPOST_IMPORT_MAX_BYTES = ENV.import_max_mib * 1024 * 1024
OUTPOST_SCANNER = ENV.scanner_command
OUTPOST_DECLARATIONS_URL = ENV.declarations_url
OUTPOST_DECLARATIONS_SECRET = ENV.declarations_secret
OUTPOST_ARRIVALS_URL = ENV.arrivals_url
OUTPOST_ARRIVALS_SECRET = ENV.arrivals_secret

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "ninja",  # its pages of the interface come from our own static files, not from a CDN
    "procrastinate.contrib.django",
    "outpost.core",
    "outpost.pages",
    "outpost.fields",
    *(module.app for module in MODULES),
    "outpost.web",
    "outpost.config.apps.ConfigApp",
]
MIDDLEWARE = [
    "outpost.web.metrics.MetricsMiddleware",
    "outpost.web.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "outpost.web.middleware.MethodMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "outpost.access.middleware.ActorMiddleware",
    "outpost.web.middleware.BodyMiddleware",
    "outpost.web.middleware.RefusalMiddleware",
    "outpost.access.middleware.DenialMiddleware",
]
ROOT_URLCONF = "outpost.config.urls"
WSGI_APPLICATION = "outpost.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "outpost.web.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "outpost.pages.inputs.InputRenderer"

DATABASES = {"default": database_settings(ENV.database_url, pool=ENV.database_pool)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "outpost.access.passwords.NamesAndWordsValidator"},
]
LOGIN_URL = "access:sign_in"

HAS_TLS = ENV.tls != "none"
SESSION_ENGINE = "outpost.access.sessions"
SESSION_COOKIE_AGE = 30 * 60  # idle minutes; renewed at most once a minute by ActorMiddleware
OUTPOST_SESSION_HOURS = 12  # however busy: a shift and a half
# With TLS a cookie holds for this very host alone: no neighbour below the same domain can set one.
_OF_HOST = "__Host-" if HAS_TLS else ""
SESSION_COOKIE_NAME = f"{_OF_HOST}sessionid"
CSRF_COOKIE_NAME = f"{_OF_HOST}csrftoken"
OUTPOST_DEVICE_COOKIE = f"{_OF_HOST}device"
SESSION_COOKIE_SECURE = HAS_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HAS_TLS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "outpost.web.views.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.tls == "proxy" else None
SECURE_SSL_REDIRECT = False  # the proxy's work; the embedded server speaks one protocol only
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HAS_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HAS_TLS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = ENV.language
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
USE_I18N = True
LOCALE_PATHS = [PACKAGE / name / "locale" for name in ("commands", "server", "ingest")]  # no apps
USE_TZ = True
TIME_ZONE = ENV.time_zone

STATIC_URL = "/static/"
STATIC_ROOT = PACKAGE / "static_collected"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# What is packed already, and maps of sources, which only the tools of a developer ask for.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["png", "jpg", "webp", "gif", "woff2", "gz", "br", "map"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 1  # no form has more

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "brief": {"()": "outpost.core.logs.BriefFilter"},
        "scrub": {"()": "outpost.core.logs.ScrubFilter"},
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "filters": ["brief", "scrub"], "formatter": "line"}
    },
    "root": {"handlers": ["stderr"], "level": ENV.log_level},
    "loggers": {
        "procrastinate": {"level": "WARNING"},  # it tells of every job, twice
    },
}
