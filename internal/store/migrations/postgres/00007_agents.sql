-- +goose Up
-- Who speaks for devices and internet gateways, what lets them enrol, and what they are
-- to do.

CREATE TABLE agents (
    id               TEXT COLLATE "C" NOT NULL CONSTRAINT agents__id PRIMARY KEY, -- of the device or internet gateway
    name             TEXT COLLATE "C" NOT NULL CONSTRAINT agents__name UNIQUE,    -- its noun and its name
    revision         BIGINT  NOT NULL,
    fingerprint      TEXT COLLATE "C" NOT NULL CONSTRAINT agents__fingerprint UNIQUE, -- of the certificate that lets in
    serial_number    TEXT COLLATE "C" NOT NULL,
    issuer           TEXT COLLATE "C" NOT NULL,                                       -- fingerprint of the CA certificate
    next_fingerprint TEXT COLLATE "C" CONSTRAINT agents__next_fingerprint UNIQUE,     -- of the one that was not shown yet
    next_serial      TEXT COLLATE "C",
    next_issuer      TEXT COLLATE "C",
    live_until       BIGINT  NOT NULL,                                                -- microseconds; 0 when revoked
    document         TEXT    NOT NULL
);
CREATE INDEX agents_issuer ON agents (issuer, live_until);
CREATE INDEX agents_next_issuer ON agents (next_issuer, live_until);

-- The secret of a token is kept nowhere, only its hash is.
CREATE TABLE enrolment_tokens (
    id         TEXT COLLATE "C" NOT NULL CONSTRAINT enrolment_tokens__id PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL CONSTRAINT enrolment_tokens__name UNIQUE, -- the id again
    revision   BIGINT NOT NULL,
    hash       TEXT COLLATE "C" NOT NULL CONSTRAINT enrolment_tokens__hash UNIQUE,
    subject_id TEXT COLLATE "C" NOT NULL,                                          -- device or internet gateway
    expires_at BIGINT NOT NULL,                                                    -- microseconds
    document   TEXT   NOT NULL
);
CREATE INDEX enrolment_tokens_subject_id ON enrolment_tokens (subject_id);

-- What a step is about, and what came of it, is sealed.
CREATE TABLE steps (
    id        TEXT COLLATE "C" NOT NULL CONSTRAINT steps__id PRIMARY KEY,
    name      TEXT COLLATE "C" NOT NULL CONSTRAINT steps__name UNIQUE, -- the id again
    revision  BIGINT NOT NULL,
    device_id TEXT COLLATE "C" NOT NULL CONSTRAINT steps__device_id REFERENCES devices (id) ON DELETE CASCADE,
    state     TEXT COLLATE "C" NOT NULL,
    document  TEXT   NOT NULL
);
CREATE INDEX steps_device_id ON steps (device_id, state);
CREATE INDEX steps_state ON steps (state);
