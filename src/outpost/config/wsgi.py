"""The pages and the API as one WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from outpost.config.loading import loading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outpost.config.settings")
with loading():
    application = get_wsgi_application()
