"""The session store: Django's database sessions with the account in a column, so that one can list one's own, and its
rights be read along."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from outpost.access.models import Session
from outpost.access.rules import Granted
from outpost.core.db import rows_of

SIGNED_IN_AT = "signed_in_at"
_LOADED = """SELECT s.session_data, s.user_id IS NOT NULL,
    ARRAY(SELECT ARRAY[g.role, g.scope_kind, g.scope_key] FROM access_grant g
      WHERE g.user_id = s.user_id AND g.revoked_at IS NULL)
  FROM access_session s WHERE s.session_key = %s AND s.expire_date > %s"""


class SessionStore(DatabaseStore):
    """Named by `settings.SESSION_ENGINE`. `held`: the standing rights of its account; None until it is loaded, and
    where it has no account."""

    held: list[Granted] | None = None

    def load(self) -> dict[str, Any]:
        """As Django loads it, by its clock. Every request begins with it: to build this query took longer than to ask
        it."""
        found = rows_of(_LOADED, [self.session_key, timezone.now()])  # noqa: TID251 - Django wrote until when it holds
        if not found:
            self._session_key = None
            return {}
        [(data, has_account, grants)] = found
        self.held = [Granted(*grant) for grant in grants] if has_account else None
        return self.decode(data)

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
