-- What is wrapped by the master key: the root of what is nobody's in particular, and the keys of the tenants. Values are
-- sealed with the newest version of their tenant's key; older versions are there while something still needs them.
CREATE TABLE vault (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    master_id TEXT NOT NULL,
    root BLOB NOT NULL
) STRICT;

CREATE TABLE tenant_key (
    tenant INTEGER NOT NULL,
    version INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (tenant, version)
) STRICT, WITHOUT ROWID;

-- Secrets of the whole server, sealed under the root.
CREATE TABLE vault_secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Per session a sealed sum over the versions of its keys and credentials among the records: one that is put back to an
-- older state does not fit to it.
CREATE TABLE record_sum (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (tenant, session)
) STRICT, WITHOUT ROWID;

-- How far the sealing of plain values has come that earlier versions wrote; empty when nothing is left to do. `stage` is
-- the number of a table, `position` the last key done there.
CREATE TABLE sealing (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    stage INTEGER NOT NULL,
    position BLOB NOT NULL
) STRICT;
INSERT INTO sealing (only, stage, position) VALUES (1, 0, x'');
