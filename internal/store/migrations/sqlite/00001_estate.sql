-- +goose Up
-- A document column holds the entity as JSON. Times that SQL compares are
-- microseconds since 1970, because text orders differently per database.

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE private_keys (
    id       TEXT NOT NULL PRIMARY KEY,
    sealed   BLOB NOT NULL, -- never in the clear
    document TEXT NOT NULL
);

CREATE TABLE root_certificates (
    id       TEXT   NOT NULL PRIMARY KEY,
    name     TEXT   NOT NULL UNIQUE,
    revision BIGINT NOT NULL,
    key_id   TEXT   REFERENCES private_keys (id), -- null when the key is not here
    document TEXT   NOT NULL
);
CREATE INDEX root_certificates_key_id ON root_certificates (key_id);

CREATE TABLE devices (
    id             TEXT   NOT NULL PRIMARY KEY,
    name           TEXT   NOT NULL UNIQUE,
    revision       BIGINT NOT NULL,
    root_directory TEXT   UNIQUE, -- cleaned; null when the device is not a folder
    document       TEXT   NOT NULL
);

CREATE TABLE certificates (
    id             TEXT   NOT NULL PRIMARY KEY,
    name           TEXT   NOT NULL UNIQUE,
    revision       BIGINT NOT NULL,
    issuer_id      TEXT   REFERENCES root_certificates (id),
    common_name    TEXT   NOT NULL,
    current_number BIGINT NOT NULL, -- of the current version, 0 before the first
    document       TEXT   NOT NULL
);
CREATE INDEX certificates_issuer_id ON certificates (issuer_id);
CREATE INDEX certificates_common_name ON certificates (common_name);

-- The issuer of a version is no foreign key: a lineage may have moved on to
-- another root since, and the old root may be gone.
CREATE TABLE versions (
    certificate_id     TEXT   NOT NULL REFERENCES certificates (id),
    number             BIGINT NOT NULL,
    revision           BIGINT NOT NULL,
    issuer_id          TEXT   NOT NULL,
    serial_number      TEXT   NOT NULL,
    fingerprint_sha256 TEXT   NOT NULL UNIQUE,
    state              TEXT   NOT NULL,
    not_after          BIGINT NOT NULL,
    key_id             TEXT   REFERENCES private_keys (id),
    document           TEXT   NOT NULL,
    PRIMARY KEY (certificate_id, number),
    UNIQUE (issuer_id, serial_number)
);
CREATE INDEX versions_key_id ON versions (key_id);
CREATE INDEX versions_not_after ON versions (not_after);

-- What revocation lists need, for longer than the certificate is kept.
CREATE TABLE revocations (
    issuer_id     TEXT   NOT NULL,
    serial_number TEXT   NOT NULL,
    revoked_at    BIGINT NOT NULL,
    reason        TEXT   NOT NULL,
    not_after     BIGINT NOT NULL,
    PRIMARY KEY (issuer_id, serial_number)
);

CREATE TABLE connectors (
    id             TEXT   NOT NULL PRIMARY KEY,
    name           TEXT   NOT NULL UNIQUE,
    revision       BIGINT NOT NULL,
    certificate_id TEXT   NOT NULL REFERENCES certificates (id),
    device_id      TEXT   NOT NULL REFERENCES devices (id),
    document       TEXT   NOT NULL
);
CREATE INDEX connectors_certificate_id ON connectors (certificate_id);
CREATE INDEX connectors_device_id ON connectors (device_id);

-- Each file of a device belongs to at most one connector.
CREATE TABLE connector_files (
    device_id    TEXT NOT NULL,
    path         TEXT NOT NULL, -- relative to the device's root
    connector_id TEXT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    PRIMARY KEY (device_id, path)
);
CREATE INDEX connector_files_connector_id ON connector_files (connector_id);

CREATE TABLE replays (
    idempotency_key TEXT NOT NULL PRIMARY KEY,
    subject_id      TEXT NOT NULL,
    recorded_at     TEXT NOT NULL
);

CREATE TABLE audit_events (
    sequence BIGINT NOT NULL PRIMARY KEY,
    hash     TEXT   NOT NULL,
    document TEXT   NOT NULL
);
