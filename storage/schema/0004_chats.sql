-- Chats, one per person or group: under the LID where it is known, with the number beside it. Settings that are off
-- are NULL. What nobody has written since is made of the messages that are there.
CREATE TABLE chat (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    jid TEXT NOT NULL,
    phone TEXT NOT NULL,
    name TEXT NOT NULL,
    unread INTEGER NOT NULL,
    marked_unread INTEGER NOT NULL,
    archived INTEGER NOT NULL,
    pinned INTEGER,
    muted_until INTEGER,
    expiration INTEGER NOT NULL,
    expiration_set INTEGER,
    activity INTEGER NOT NULL,
    PRIMARY KEY (tenant, session, jid)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_by_activity ON chat (tenant, session, activity, jid);

CREATE TABLE contact (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    jid TEXT NOT NULL,
    phone TEXT NOT NULL,
    push_name TEXT NOT NULL,
    full_name TEXT NOT NULL,
    first_name TEXT NOT NULL,
    business_name TEXT NOT NULL,
    blocked INTEGER NOT NULL,
    PRIMARY KEY (tenant, session, jid)
) STRICT, WITHOUT ROWID;

-- Who of a group has got, read or played an own message.
CREATE TABLE member_receipt (
    tenant INTEGER NOT NULL,
    session INTEGER NOT NULL,
    chat TEXT NOT NULL,
    id TEXT NOT NULL,
    member TEXT NOT NULL,
    ack INTEGER NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (tenant, session, chat, id, member)
) STRICT, WITHOUT ROWID;

-- Records of kind 8 hold the LID of a phone number, those of kind 9 the phone number of a LID, those of kind 11 the
-- name a person goes by. Messages of one person under both addresses are one chat.
INSERT INTO chat
SELECT tenant, session, address, '', '', 0, 0, 0, NULL, NULL, 0, NULL, max(timestamp)
FROM (
    SELECT message.tenant, message.session, message.timestamp,
           CASE WHEN length(record.value) > 0 THEN CAST(record.value AS TEXT) || '@lid' ELSE message.chat END
               AS address
    FROM message LEFT JOIN record
        ON record.tenant = message.tenant AND record.session = message.session AND record.kind = 8
        AND message.chat LIKE '%@s.whatsapp.net' AND record.key = substr(message.chat, 1, instr(message.chat, '@') - 1)
)
WHERE address <> 'status@broadcast'
GROUP BY tenant, session, address;

INSERT INTO contact
SELECT tenant, session, address, '', max(name), '', '', '', 0
FROM (
    SELECT named.tenant, named.session, CAST(named.value AS TEXT) AS name,
           CASE WHEN length(record.value) > 0 THEN CAST(record.value AS TEXT) || '@lid' ELSE named.key END
               AS address
    FROM record AS named LEFT JOIN record
        ON record.tenant = named.tenant AND record.session = named.session AND record.kind = 8
        AND named.key LIKE '%@s.whatsapp.net' AND record.key = substr(named.key, 1, instr(named.key, '@') - 1)
    WHERE named.kind = 11
)
GROUP BY tenant, session, address;
DELETE FROM record WHERE kind = 11;

UPDATE chat SET phone = CAST(record.value AS TEXT) || '@s.whatsapp.net' FROM record
WHERE record.tenant = chat.tenant AND record.session = chat.session AND record.kind = 9
    AND chat.jid = record.key || '@lid' AND length(record.value) > 0;
UPDATE contact SET phone = CAST(record.value AS TEXT) || '@s.whatsapp.net' FROM record
WHERE record.tenant = contact.tenant AND record.session = contact.session AND record.kind = 9
    AND contact.jid = record.key || '@lid' AND length(record.value) > 0;
