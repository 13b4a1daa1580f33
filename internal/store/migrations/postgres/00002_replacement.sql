-- +goose Up
-- What the staged replacement of a root certificate needs: who trusts what, and
-- who said so.

CREATE TABLE communication_profiles (
    id       TEXT COLLATE "C" NOT NULL CONSTRAINT communication_profiles__id PRIMARY KEY,
    name     TEXT COLLATE "C" NOT NULL CONSTRAINT communication_profiles__name UNIQUE,
    revision BIGINT NOT NULL,
    document TEXT   NOT NULL
);

-- The roots a profile names, so that a root that is trusted somewhere stays.
CREATE TABLE profile_roots (
    profile_id TEXT COLLATE "C" NOT NULL REFERENCES communication_profiles (id) ON DELETE CASCADE,
    root_id    TEXT COLLATE "C" NOT NULL REFERENCES root_certificates (id),
    CONSTRAINT profile_roots__profile_id__root_id PRIMARY KEY (profile_id, root_id)
);
CREATE INDEX profile_roots_root_id ON profile_roots (root_id);

-- What a profile published, for good: a row is never changed.
CREATE TABLE bundles (
    profile_id TEXT COLLATE "C" NOT NULL REFERENCES communication_profiles (id) ON DELETE CASCADE,
    epoch      BIGINT NOT NULL,
    digest     TEXT COLLATE "C" NOT NULL,
    document   TEXT   NOT NULL,
    CONSTRAINT bundles__profile_id__epoch PRIMARY KEY (profile_id, epoch)
);
CREATE INDEX bundles_digest ON bundles (profile_id, digest, epoch);

CREATE TABLE internet_gateways (
    id         TEXT COLLATE "C" NOT NULL CONSTRAINT internet_gateways__id PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL CONSTRAINT internet_gateways__name UNIQUE,
    revision   BIGINT NOT NULL,
    profile_id TEXT COLLATE "C" NOT NULL REFERENCES communication_profiles (id),
    document   TEXT   NOT NULL
);
CREATE INDEX internet_gateways_profile_id ON internet_gateways (profile_id);

ALTER TABLE devices ADD COLUMN profile_id TEXT COLLATE "C" REFERENCES communication_profiles (id); -- null when it has none
CREATE INDEX devices_profile_id ON devices (profile_id, name);

ALTER TABLE root_certificates ADD COLUMN replacement_key_id TEXT COLLATE "C" REFERENCES private_keys (id); -- of the certificate that is to follow
CREATE INDEX root_certificates_replacement_key_id ON root_certificates (replacement_key_id);

CREATE INDEX versions_in_use ON versions (issuer_id, not_after);

-- What each device with a profile stated last. Times are 0 for never.
CREATE TABLE receipts (
    device_id   TEXT COLLATE "C" NOT NULL CONSTRAINT receipts__device_id PRIMARY KEY REFERENCES devices (id),
    device_name TEXT COLLATE "C" NOT NULL,
    profile_id  TEXT COLLATE "C" NOT NULL REFERENCES communication_profiles (id),
    digest      TEXT COLLATE "C" NOT NULL,
    critical    BOOLEAN NOT NULL,
    failed      BOOLEAN NOT NULL,
    hour        BIGINT  NOT NULL, -- of last_seen
    last_seen   BIGINT  NOT NULL,
    received_at BIGINT  NOT NULL,
    document    TEXT    NOT NULL
);
CREATE INDEX receipts_device_name ON receipts (device_name);
CREATE INDEX receipts_profile_id ON receipts (profile_id, device_name);
CREATE INDEX receipts_digest ON receipts (profile_id, digest, device_name);
CREATE INDEX receipts_hour ON receipts (profile_id, digest, hour);
CREATE INDEX receipts_critical ON receipts (profile_id, digest, device_name) WHERE critical;
CREATE INDEX receipts_failed ON receipts (profile_id, digest, device_name) WHERE failed;

-- How many receipts are alike. Every receipt is counted in one tally, and every
-- tally counts at least one.
CREATE TABLE receipt_tallies (
    profile_id TEXT COLLATE "C" NOT NULL,
    digest     TEXT COLLATE "C" NOT NULL,
    critical   BOOLEAN NOT NULL,
    failed     BOOLEAN NOT NULL,
    hour       BIGINT  NOT NULL,
    count      BIGINT  NOT NULL,
    CONSTRAINT receipt_tallies__profile_id__digest__critical__failed__hour PRIMARY KEY (profile_id, digest, critical, failed, hour)
);

-- When a digest was last received, also from devices that have moved on since.
CREATE TABLE receipt_digests (
    profile_id       TEXT COLLATE "C" NOT NULL REFERENCES communication_profiles (id) ON DELETE CASCADE,
    digest           TEXT COLLATE "C" NOT NULL,
    last_received_at BIGINT NOT NULL,
    CONSTRAINT receipt_digests__profile_id__digest PRIMARY KEY (profile_id, digest)
);
