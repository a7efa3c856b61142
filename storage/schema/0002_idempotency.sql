-- The message that a send with an idempotency key was accepted as. The index serves the pruning by age.
CREATE TABLE idempotency (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    key_hash BLOB NOT NULL,
    body_hash BLOB NOT NULL,
    chat TEXT NOT NULL,
    id TEXT NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (tenant, session, key_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_time ON idempotency (time);
