-- +goose Up
-- What lets programs in, by the hash of its secret: the secret itself is kept nowhere.

CREATE TABLE access_tokens (
    id       TEXT   NOT NULL PRIMARY KEY,
    name     TEXT   NOT NULL UNIQUE,
    revision BIGINT NOT NULL,
    hash     TEXT   NOT NULL UNIQUE,
    document TEXT   NOT NULL
);
