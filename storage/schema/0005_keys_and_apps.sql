-- A key may be limited to a session, by name, and there to actions (bits, NULL: those that every such key has); it may
-- rest (`active` = 0) and end (`expires`). `hint` is its end, so that people recognise it.
ALTER TABLE api_key ADD COLUMN session TEXT;
ALTER TABLE api_key ADD COLUMN actions INTEGER;
ALTER TABLE api_key ADD COLUMN active INTEGER NOT NULL DEFAULT 1;
ALTER TABLE api_key ADD COLUMN expires INTEGER;
ALTER TABLE api_key ADD COLUMN hint TEXT NOT NULL DEFAULT '';

-- What runs beside a session: answering calls, a help desk, tools for assistants. `config` is what the API was given,
-- validated. An id is a tenant's, as requests name nothing else.
CREATE TABLE app (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    config TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    PRIMARY KEY (tenant, session, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX app_by_id ON app (tenant, id);
