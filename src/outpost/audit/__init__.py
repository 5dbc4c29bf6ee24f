"""What happened and what must follow: the hash-chained audit, kept row versions, the outbox.

Owns: `AuditEntry`, `RowVersion`, `OutboxEvent`. Does not own: who acts (access), what jobs do
(config.wiring). Public: `services.record`, `services.announce`, `versions.keep`, `queries`.
"""
