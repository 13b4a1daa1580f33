-- +goose Up
-- What pushing to real devices needs: how they are opened, and key stores.

CREATE TABLE credentials (
    id        TEXT COLLATE "C" NOT NULL CONSTRAINT credentials__id PRIMARY KEY,
    name      TEXT COLLATE "C" NOT NULL CONSTRAINT credentials__name UNIQUE,
    revision  BIGINT NOT NULL,
    secret_id TEXT COLLATE "C" REFERENCES private_keys (id), -- null when it has none
    document  TEXT   NOT NULL
);
CREATE INDEX credentials_secret_id ON credentials (secret_id);

ALTER TABLE devices ADD COLUMN credential_id TEXT COLLATE "C" REFERENCES credentials (id); -- null when it is not reached by SSH
ALTER TABLE devices ADD COLUMN jump_credential_id TEXT COLLATE "C" REFERENCES credentials (id);
CREATE INDEX devices_credential_id ON devices (credential_id);
CREATE INDEX devices_jump_credential_id ON devices (jump_credential_id);

ALTER TABLE connectors ADD COLUMN secret_id TEXT COLLATE "C" REFERENCES private_keys (id); -- passwords of a key store, null when there is none
CREATE INDEX connectors_secret_id ON connectors (secret_id);
