"""An entry is appended by one statement: the lock, the entry before it, the hash and the new row."""

from typing import ClassVar

from django.db import migrations

# Each statement of a volatile function sees what was committed before it: the entry that is read is the last one
# although its writer may have been waited for. What waits for the commit (foreign keys) is checked first, see
# `audit.services.record`. Gives no row while there is no entry and nothing (`first_…`) to go on from.
APPEND = """
CREATE FUNCTION audit_append(
    chain bigint, covered text, entry jsonb, first_seq bigint, first_hash text,
    OUT seq bigint, OUT previous_hash text, OUT hash text
) RETURNS SETOF record LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    PERFORM pg_advisory_xact_lock(chain);
    SELECT e.seq, e.hash INTO seq, previous_hash FROM audit_entry e ORDER BY e.seq DESC LIMIT 1;
    seq := coalesce(seq, first_seq) + 1;
    previous_hash := coalesce(previous_hash, first_hash);
    IF seq IS NULL THEN
        RETURN;
    END IF;
    hash := encode(sha256(convert_to(format('[%s,%s,"%s"]', seq, covered, previous_hash), 'UTF8')), 'hex');
    INSERT INTO audit_entry (
        seq, at, action, actor_id, actor_label, address, object_id, count, purpose, detail, previous_hash, hash
    ) SELECT seq, a.at, a.action, a.actor_id, a.actor_label, a.address, a.object_id, a.count, a.purpose,
        a.detail, previous_hash, hash
    FROM jsonb_to_record(entry) AS a (
        at timestamptz, action text, actor_id text, actor_label text, address text, object_id text, count bigint,
        purpose text, detail jsonb
    );
    RETURN NEXT;
END $$;
"""
UNDO = "DROP FUNCTION audit_append(bigint, text, jsonb, bigint, text);"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0006_deletions")]
    operations: ClassVar = [migrations.RunSQL(APPEND, UNDO)]
