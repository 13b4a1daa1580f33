-- +goose Up
-- Whom a round of telling need not look at: devices that nobody goes to. What was there
-- before agents were is gone to, or is left out when its turn comes.

ALTER TABLE receipts ADD COLUMN unreached BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX receipts_reached ON receipts (profile_id, digest, device_name) WHERE NOT unreached;
