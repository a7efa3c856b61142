-- Tenant and session lead every primary key. Both are numbers handed out once and never again, from one counter,
-- so that a stale number or a mixed-up pair finds nothing. Times are Unix milliseconds.

CREATE TABLE next_number (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    value INTEGER NOT NULL
) STRICT;
INSERT INTO next_number (only, value) VALUES (1, 1);

CREATE TABLE tenant (
    tenant INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE session (
    tenant INTEGER NOT NULL REFERENCES tenant (tenant),
    session INTEGER NOT NULL,
    name TEXT NOT NULL,
    config TEXT NOT NULL,
    should_run INTEGER NOT NULL,
    status INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    PRIMARY KEY (tenant, session),
    UNIQUE (tenant, name)
) STRICT, WITHOUT ROWID;

-- Sessions that are gone; their bulk data is being deleted in steps.
CREATE TABLE erased_session (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    PRIMARY KEY (tenant, session)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
    tenant INTEGER NOT NULL REFERENCES tenant (tenant),
    id TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    is_admin INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- The tables below have no foreign key on purpose: a check per row would cost a look-up on the commit path, and
-- a session's bulk data outlives its row for some steps. Writers resolve the session first.

CREATE TABLE record (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (tenant, session, kind, key)
) STRICT, WITHOUT ROWID;

-- Clustered by time, so that the large column is appended; only the two small indexes are written at random places.
-- `ordinal` counts the messages of one timestamp in the order of their insertion.
CREATE TABLE message (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    chat TEXT NOT NULL,
    id TEXT NOT NULL,
    from_me INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    ack INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (tenant, session, timestamp, ordinal)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX message_by_id ON message (tenant, session, chat, id);
CREATE INDEX message_by_chat ON message (tenant, session, chat, timestamp, ordinal);

-- The newest event of a session is never pruned: the next sequence number follows from it.
CREATE TABLE event (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    time INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (tenant, session, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    chat TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    stanza BLOB NOT NULL,
    PRIMARY KEY (tenant, session, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursor (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (tenant, session, endpoint)
) STRICT, WITHOUT ROWID;

-- Hashes of inbound stanzas. The index serves the pruning of the whole table by age.
CREATE TABLE seen (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    hash BLOB NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (tenant, session, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_time ON seen (time);
