"""The session store: Django's database sessions with the account in a column, so that one can list one's own."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from outpost.access.models import Session
from outpost.core.db import rows_of

SIGNED_IN_AT = "signed_in_at"


class SessionStore(DatabaseStore):
    """Named by `settings.SESSION_ENGINE`."""

    def load(self) -> dict[str, Any]:
        """As Django loads it, by its clock. Every request begins with it: to build this query took longer than to ask
        it."""
        held = "SELECT session_data FROM access_session WHERE session_key = %s AND expire_date > %s"
        found = rows_of(held, [self.session_key, timezone.now()])  # noqa: TID251 - Django wrote until when it holds
        if not found:
            self._session_key = None
            return {}
        return self.decode(found[0][0])

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
