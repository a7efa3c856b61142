-- What is counted per tenant: the last position of its event log and the last number of a dead letter, neither of
-- which is ever used again, and the bytes of its stored events and dead letters.
CREATE TABLE tenant_log (
    tenant INTEGER PRIMARY KEY REFERENCES tenant (tenant),
    last_position INTEGER NOT NULL,
    last_dead_letter INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) STRICT;

-- Positions order the events of all sessions of a tenant. Those from before get them by time; a clock that was set
-- back must not turn the order inside a session around, hence the running maximum.
ALTER TABLE event ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE event SET position = numbered.position
FROM (
    SELECT tenant, session, sequence,
           row_number() OVER (PARTITION BY tenant ORDER BY latest, session, sequence) AS position
    FROM (
        SELECT tenant, session, sequence,
               max(time) OVER (PARTITION BY tenant, session ORDER BY sequence) AS latest
        FROM event
    )
) AS numbered
WHERE event.tenant = numbered.tenant AND event.session = numbered.session AND event.sequence = numbered.sequence;
CREATE UNIQUE INDEX event_by_position ON event (tenant, position);

INSERT INTO tenant_log (tenant, last_position, last_dead_letter, bytes)
SELECT tenant.tenant, ifnull(max(event.position), 0), 0, ifnull(sum(length(event.value)), 0)
FROM tenant LEFT JOIN event ON event.tenant = tenant.tenant GROUP BY tenant.tenant;

-- How far a webhook endpoint has been served; `details` belong to the dispatcher.
CREATE TABLE delivery (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    details BLOB NOT NULL,
    PRIMARY KEY (tenant, session, endpoint)
) STRICT, WITHOUT ROWID;
INSERT INTO delivery (tenant, session, endpoint, sequence, details)
SELECT tenant, session, endpoint, sequence, x'' FROM cursor;
DROP TABLE cursor;

-- Events that an endpoint was not served with. `value` is empty when retention had removed the event; `size` is what
-- the row counts in tenant_log.bytes. One index serves the erasing of a session, one the pruning by age.
CREATE TABLE dead_letter (
    tenant INTEGER NOT NULL,
    number INTEGER NOT NULL,
    session INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    url TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    event_name TEXT NOT NULL,
    time INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    status INTEGER NOT NULL,
    reason TEXT NOT NULL,
    error TEXT NOT NULL,
    value BLOB NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (tenant, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX dead_letter_by_session ON dead_letter (tenant, session);
CREATE INDEX dead_letter_by_time ON dead_letter (time);

-- Messages that could not be opened yet, in the order in which they came. The last index serves the pruning by age.
CREATE TABLE waiting (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    key TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    stanza BLOB NOT NULL,
    retries INTEGER NOT NULL,
    request TEXT NOT NULL,
    first INTEGER NOT NULL,
    PRIMARY KEY (tenant, session, key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX waiting_by_ordinal ON waiting (tenant, session, ordinal);
CREATE INDEX waiting_by_time ON waiting (first);

-- With the id in front of the chat, a message is found by its id alone.
DROP INDEX message_by_id;
CREATE UNIQUE INDEX message_by_id ON message (tenant, session, id, chat);
