-- What was set about how long a tenant's data is kept (kind: messages 0, events 1, dead letters 2, media 3). NULL: as
-- the operator's configuration says. Ages are milliseconds; `most_…` is what the tenant may choose.
CREATE TABLE kept_rule (
    tenant INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    age INTEGER,
    bytes INTEGER,
    most_age INTEGER,
    most_bytes INTEGER,
    PRIMARY KEY (tenant, kind)
) STRICT, WITHOUT ROWID;

-- The bytes of a tenant's stored messages, counted where they change.
CREATE TABLE message_bytes (
    tenant INTEGER PRIMARY KEY,
    bytes INTEGER NOT NULL
) STRICT;
INSERT INTO message_bytes (tenant, bytes) SELECT tenant, sum(length(value)) FROM message GROUP BY tenant;
CREATE TRIGGER message_bytes_added AFTER INSERT ON message BEGIN
    INSERT INTO message_bytes (tenant, bytes) VALUES (NEW.tenant, length(NEW.value))
    ON CONFLICT (tenant) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER message_bytes_removed AFTER DELETE ON message BEGIN
    UPDATE message_bytes SET bytes = bytes - length(OLD.value) WHERE tenant = OLD.tenant;
END;
CREATE TRIGGER message_bytes_changed AFTER UPDATE OF value ON message BEGIN
    UPDATE message_bytes SET bytes = bytes + length(NEW.value) - length(OLD.value) WHERE tenant = NEW.tenant;
END;

-- The audit log. Tenant 0 is the operator's chain. `details` are netstrings: name, value, name, value …
CREATE TABLE audit (
    tenant INTEGER NOT NULL,
    number INTEGER NOT NULL,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    source TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL,
    details BLOB NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (tenant, number)
) STRICT, WITHOUT ROWID;

-- The last entry of each chain: without it a chain that was cut off at its end would look whole.
CREATE TABLE audit_head (
    tenant INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
