-- +goose Up
-- A document column holds the entity as JSON. Times that SQL compares are
-- microseconds since 1970, because text orders differently per database. What is
-- ordered or compared is so by its bytes. The name of a constraint tells its
-- table and its columns, with two underscores between them.

CREATE TABLE settings (
    name  TEXT COLLATE "C" NOT NULL CONSTRAINT settings__name PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE private_keys (
    id       TEXT COLLATE "C" NOT NULL CONSTRAINT private_keys__id PRIMARY KEY,
    sealed   BYTEA NOT NULL, -- never in the clear
    document TEXT NOT NULL
);

CREATE TABLE root_certificates (
    id       TEXT COLLATE "C" NOT NULL CONSTRAINT root_certificates__id PRIMARY KEY,
    name     TEXT COLLATE "C" NOT NULL CONSTRAINT root_certificates__name UNIQUE,
    revision BIGINT NOT NULL,
    key_id   TEXT COLLATE "C" REFERENCES private_keys (id), -- null when the key is not here
    document TEXT   NOT NULL
);
CREATE INDEX root_certificates_key_id ON root_certificates (key_id);

CREATE TABLE devices (
    id             TEXT COLLATE "C" NOT NULL CONSTRAINT devices__id PRIMARY KEY,
    name           TEXT COLLATE "C" NOT NULL CONSTRAINT devices__name UNIQUE,
    revision       BIGINT NOT NULL,
    root_directory TEXT COLLATE "C" CONSTRAINT devices__root_directory UNIQUE, -- cleaned; null when the device is not a folder
    document       TEXT   NOT NULL
);

CREATE TABLE certificates (
    id             TEXT COLLATE "C" NOT NULL CONSTRAINT certificates__id PRIMARY KEY,
    name           TEXT COLLATE "C" NOT NULL CONSTRAINT certificates__name UNIQUE,
    revision       BIGINT NOT NULL,
    issuer_id      TEXT COLLATE "C" REFERENCES root_certificates (id),
    common_name    TEXT COLLATE "C" NOT NULL,
    current_number BIGINT NOT NULL, -- of the current version, 0 before the first
    document       TEXT   NOT NULL
);
CREATE INDEX certificates_issuer_id ON certificates (issuer_id);
CREATE INDEX certificates_common_name ON certificates (common_name);

-- The issuer of a version is no foreign key: a lineage may have moved on to
-- another root since, and the old root may be gone.
CREATE TABLE versions (
    certificate_id     TEXT COLLATE "C" NOT NULL REFERENCES certificates (id),
    number             BIGINT NOT NULL,
    revision           BIGINT NOT NULL,
    issuer_id          TEXT COLLATE "C" NOT NULL,
    serial_number      TEXT COLLATE "C" NOT NULL,
    fingerprint_sha256 TEXT COLLATE "C" NOT NULL CONSTRAINT versions__fingerprint_sha256 UNIQUE,
    state              TEXT COLLATE "C" NOT NULL,
    not_after          BIGINT NOT NULL,
    key_id             TEXT COLLATE "C" REFERENCES private_keys (id),
    document           TEXT   NOT NULL,
    CONSTRAINT versions__certificate_id__number PRIMARY KEY (certificate_id, number),
    CONSTRAINT versions__issuer_id__serial_number UNIQUE (issuer_id, serial_number)
);
CREATE INDEX versions_key_id ON versions (key_id);
CREATE INDEX versions_not_after ON versions (not_after);

-- What revocation lists need, for longer than the certificate is kept.
CREATE TABLE revocations (
    issuer_id     TEXT COLLATE "C" NOT NULL,
    serial_number TEXT COLLATE "C" NOT NULL,
    revoked_at    BIGINT NOT NULL,
    reason        TEXT COLLATE "C" NOT NULL,
    not_after     BIGINT NOT NULL,
    CONSTRAINT revocations__issuer_id__serial_number PRIMARY KEY (issuer_id, serial_number)
);

CREATE TABLE connectors (
    id             TEXT COLLATE "C" NOT NULL CONSTRAINT connectors__id PRIMARY KEY,
    name           TEXT COLLATE "C" NOT NULL CONSTRAINT connectors__name UNIQUE,
    revision       BIGINT NOT NULL,
    certificate_id TEXT COLLATE "C" NOT NULL REFERENCES certificates (id),
    device_id      TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
    document       TEXT   NOT NULL
);
CREATE INDEX connectors_certificate_id ON connectors (certificate_id);
CREATE INDEX connectors_device_id ON connectors (device_id);

-- Each file of a device belongs to at most one connector.
CREATE TABLE connector_files (
    device_id    TEXT COLLATE "C" NOT NULL,
    path         TEXT COLLATE "C" NOT NULL, -- relative to the device's root
    connector_id TEXT COLLATE "C" NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    CONSTRAINT connector_files__device_id__path PRIMARY KEY (device_id, path)
);
CREATE INDEX connector_files_connector_id ON connector_files (connector_id);

CREATE TABLE replays (
    idempotency_key TEXT COLLATE "C" NOT NULL CONSTRAINT replays__idempotency_key PRIMARY KEY,
    subject_id      TEXT COLLATE "C" NOT NULL,
    recorded_at     TEXT COLLATE "C" NOT NULL
);

CREATE TABLE audit_events (
    sequence BIGINT NOT NULL CONSTRAINT audit_events__sequence PRIMARY KEY,
    hash     TEXT COLLATE "C" NOT NULL,
    document TEXT   NOT NULL
);
