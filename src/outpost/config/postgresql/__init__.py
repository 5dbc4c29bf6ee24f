"""Django's backend for PostgreSQL, with patience that its threads share. Django looks for `base` in here."""
