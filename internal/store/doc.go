// Package store keeps the estate in a database: SQLite, in one folder beside
// the configuration, or a schema of PostgreSQL. Every entity is a row of its id,
// its name, its revision, the columns SQL has to filter, join, order or keep
// unique, and a document that holds all of it, so that a new attribute needs no
// migration.
//
// A fleet of devices is counted as it is written: beside the receipts stands how
// many of them are alike.
//
// Writers wait in one queue and are committed in groups: one flush to disk
// makes everybody durable who was waiting. Several processes may open the same
// estate; they take turns at a lock of the database's own.
//
// It knows the entities of package clm and nothing of use cases, certificates'
// encodings, or sealing: a private key reaches it sealed, or not at all. SQL is
// written for any database; what differs is in dialect.go, with one set of files
// and of migrations for each. A migration is there for both, with one number.
package store
