-- +goose Up
-- What lets programs in, by the hash of its secret: the secret itself is kept nowhere.

CREATE TABLE access_tokens (
    id       TEXT COLLATE "C" NOT NULL CONSTRAINT access_tokens__id PRIMARY KEY,
    name     TEXT COLLATE "C" NOT NULL CONSTRAINT access_tokens__name UNIQUE,
    revision BIGINT NOT NULL,
    hash     TEXT COLLATE "C" NOT NULL CONSTRAINT access_tokens__hash UNIQUE,
    document TEXT   NOT NULL
);
