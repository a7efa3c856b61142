-- What is known about a tenant: whether it is active (0), suspended (1) or being deleted (2), a name for people and the
-- operator's metadata (a JSON object). Its row goes last of all that a tenant has.
CREATE TABLE tenant_facts (
    tenant INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    created INTEGER NOT NULL,
    name TEXT NOT NULL,
    metadata TEXT NOT NULL
) STRICT;
INSERT INTO tenant_facts (tenant, state, created, name, metadata)
SELECT tenant.tenant, 0,
       min(ifnull((SELECT min(created) FROM session WHERE session.tenant = tenant.tenant), now.time),
           ifnull((SELECT min(created) FROM api_key WHERE api_key.tenant = tenant.tenant), now.time)),
       '', '{}'
FROM tenant, (SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000 AS time) AS now;

-- More about an API key: further sessions beside `api_key.session` and networks that it may be used from (lists, one
-- a line), the secret before the last rotation and until when that one is valid, and when it was last used.
CREATE TABLE api_key_facts (
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    sessions TEXT NOT NULL,
    networks TEXT NOT NULL,
    previous_hash BLOB,
    previous_until INTEGER,
    last_used INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
INSERT INTO api_key_facts (tenant, id, name, sessions, networks)
SELECT tenant, id, '', '', '' FROM api_key;
