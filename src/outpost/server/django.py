"""Django outside the web server: set up once, and pointed at a database that was found later."""

import django
from django.db import connection

from outpost.config import env
from outpost.config.database import database_settings
from outpost.config.loading import loading


def set_up() -> None:
    """Load the settings and the modules of the house."""
    env.put(DJANGO_SETTINGS_MODULE="outpost.config.settings")
    with loading():
        django.setup()


def use_database(url: str) -> None:
    """Let Django's connection go to this database from now on."""
    connection.close()
    connection.settings_dict.update(database_settings(url, pool=0))
