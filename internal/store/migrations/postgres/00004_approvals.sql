-- +goose Up
-- Who has to agree to a push, and what was asked of them.

CREATE TABLE approval_policies (
    id       TEXT COLLATE "C" NOT NULL CONSTRAINT approval_policies__id PRIMARY KEY,
    name     TEXT COLLATE "C" NOT NULL CONSTRAINT approval_policies__name UNIQUE,
    revision BIGINT NOT NULL,
    document TEXT   NOT NULL
);

ALTER TABLE connectors ADD COLUMN approval_policy_id TEXT COLLATE "C" REFERENCES approval_policies (id); -- null when nobody has to agree
CREATE INDEX connectors_approval_policy_id ON connectors (approval_policy_id);

-- A work order has no name but its id, which tells when it was made.
CREATE TABLE work_orders (
    id           TEXT COLLATE "C" NOT NULL CONSTRAINT work_orders__id PRIMARY KEY,
    name         TEXT COLLATE "C" NOT NULL CONSTRAINT work_orders__name UNIQUE,
    revision     BIGINT NOT NULL,
    connector_id TEXT COLLATE "C" NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    state        TEXT COLLATE "C" NOT NULL,
    document     TEXT   NOT NULL
);
CREATE INDEX work_orders_connector_id ON work_orders (connector_id);
CREATE INDEX work_orders_state ON work_orders (state);
