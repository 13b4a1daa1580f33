-- +goose Up
-- Who speaks for devices and internet gateways, what lets them enrol, and what they are
-- to do.

CREATE TABLE agents (
    id               TEXT    NOT NULL PRIMARY KEY, -- of the device or internet gateway
    name             TEXT    NOT NULL UNIQUE,      -- its noun and its name
    revision         BIGINT  NOT NULL,
    fingerprint      TEXT    NOT NULL UNIQUE,      -- of the certificate that lets in
    serial_number    TEXT    NOT NULL,
    issuer           TEXT    NOT NULL,             -- fingerprint of the CA certificate
    next_fingerprint TEXT UNIQUE,                  -- of the one that was not shown yet
    next_serial      TEXT,
    next_issuer      TEXT,
    live_until       BIGINT  NOT NULL,             -- microseconds; 0 when revoked
    document         TEXT    NOT NULL
);
CREATE INDEX agents_issuer ON agents (issuer, live_until);
CREATE INDEX agents_next_issuer ON agents (next_issuer, live_until);

-- The secret of a token is kept nowhere, only its hash is.
CREATE TABLE enrolment_tokens (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE, -- the id again
    revision   BIGINT NOT NULL,
    hash       TEXT   NOT NULL UNIQUE,
    subject_id TEXT   NOT NULL,        -- device or internet gateway
    expires_at BIGINT NOT NULL,        -- microseconds
    document   TEXT   NOT NULL
);
CREATE INDEX enrolment_tokens_subject_id ON enrolment_tokens (subject_id);

-- What a step is about, and what came of it, is sealed.
CREATE TABLE steps (
    id        TEXT   NOT NULL PRIMARY KEY,
    name      TEXT   NOT NULL UNIQUE, -- the id again
    revision  BIGINT NOT NULL,
    device_id TEXT   NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    state     TEXT   NOT NULL,
    document  TEXT   NOT NULL
);
CREATE INDEX steps_device_id ON steps (device_id, state);
CREATE INDEX steps_state ON steps (state);
