-- What tenants, sessions and keys may use, where that differs from the operator's defaults. `scope` 1: the tenant
-- (`subject` empty), 2: a session by name, 3: a key by id.
CREATE TABLE limit_setting (
    tenant INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (tenant, scope, subject, name)
) STRICT, WITHOUT ROWID;

-- What was used of them: of `time_window` (a day since 1970, or 0: in all), written now and then.
CREATE TABLE limit_use (
    tenant INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    time_window INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (tenant, scope, subject, name)
) STRICT, WITHOUT ROWID;
