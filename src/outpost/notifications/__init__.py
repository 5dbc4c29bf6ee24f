"""Messages to people. For now the in-app inbox; other channels deliver the same messages later.

Owns: `InboxMessage`. Public: `services.tell`, `queries.unread_count`.
"""
