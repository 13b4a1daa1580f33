// Package clm is the domain: the entities of a certificate estate, their
// states, the tables that say which verb leads from which state to which, and
// the pure rules that decide what is due at a given moment.
//
// It performs no I/O and knows no SQL, no HTTP, no Terraform and no ASN.1. Time
// is always a parameter. Entities carry JSON tags because the store keeps each
// one as a document; a tag is therefore part of the data format, and a new
// field must be right at its zero value.
package clm
