"""What happened and what must follow: the hash-chained audit, kept row versions, events.

Owns: `AuditEntry`, `RowVersion`. Does not own: who acts (access), what jobs do
(config.wiring). Public: `services.record`, `events.announce`, `versions.keep`, `deletions`, `editing`, `queries`.
"""
