"""The session store: Django's database sessions with the account in a column, so that one can list one's own."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from outpost.access.models import Session

SIGNED_IN_AT = "signed_in_at"


class SessionStore(DatabaseStore):
    """Named by `settings.SESSION_ENGINE`."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        user_id = data.get(SESSION_KEY)
        if user_id:
            row.user_id = UUID(user_id)
            row.signed_in_at = data.get(SIGNED_IN_AT) and datetime.fromisoformat(data[SIGNED_IN_AT])
        return row
