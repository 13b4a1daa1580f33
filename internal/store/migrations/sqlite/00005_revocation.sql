-- +goose Up
-- What revocation lists need: who signed what is withdrawn, and the newest lists.

-- The fingerprint of the CA certificate whose key signed. It is empty where nobody
-- recorded it, in the time before a root could be replaced; such a serial number is
-- on the lists of every CA certificate of its slot, which harms nobody.
ALTER TABLE revocations ADD COLUMN ca_fingerprint TEXT NOT NULL DEFAULT '';
UPDATE revocations SET ca_fingerprint = COALESCE((
    SELECT json_extract(v.document, '$.issuer_fingerprint_sha256') FROM versions v
    WHERE v.issuer_id = revocations.issuer_id AND v.serial_number = revocations.serial_number), '');
CREATE INDEX revocations_ca_fingerprint ON revocations (ca_fingerprint, serial_number);

-- The newest list of each CA certificate. It outlives the slot.
CREATE TABLE revocation_lists (
    ca_fingerprint TEXT    NOT NULL PRIMARY KEY,
    number         BIGINT  NOT NULL,
    stale          BOOLEAN NOT NULL, -- something was withdrawn or released since it was signed
    document       TEXT    NOT NULL
);
