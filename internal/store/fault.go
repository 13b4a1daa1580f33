package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// fault is what a database error comes down to.
type fault struct {
	kind       faultKind
	constraint string // of faultConstraint: the table's columns, as in "devices.name"
}

type faultKind int

const (
	faultOther      faultKind = iota
	faultConstraint           // something that must be unique is not
	faultForeignKey           // a reference points at nothing
	faultBusy                 // somebody else holds the lock
	faultReadOnly             // we may not write the file
	faultCannotOpen           // the file or its folder refuses us
	faultCorrupt              // the file is not, or no longer, a database
	faultFull                 // no room left
	faultDisk                 // the disk failed
	faultAway                 // the server does not answer, or hung up
	faultUnknown              // the server hung up on a commit
)

// violation is a broken constraint, for the noun's file to put in words.
type violation struct {
	constraint string
	foreignKey bool
	err        error
}

func (v *violation) Error() string { return v.err.Error() }
func (v *violation) Unwrap() error { return v.err }

// explain turns an error of the database into one that tells the user which
// file, what happened and what to do. Other errors pass as they are.
func (db *DB) explain(err error) error {
	var known *clm.Error
	var broken *violation
	if err == nil || errors.As(err, &known) || errors.As(err, &broken) {
		return err
	}
	switch f := db.dialect.diagnose(err); {
	case f.kind == faultConstraint:
		return &violation{constraint: f.constraint, err: err}
	case f.kind == faultForeignKey:
		return &violation{foreignKey: true, err: err}
	case f.kind != faultOther:
		return db.unavailable(f.kind, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("waiting for the estate in %s: %w", db.path, err)
	}
	return fmt.Errorf("using the estate in %s: %w", db.path, err)
}

func (db *DB) unavailable(kind faultKind, err error) error {
	return db.dialect.unavailable(db, kind, err)
}

// fileUnavailable says of an estate in a file why it cannot be used.
func (db *DB) fileUnavailable(kind faultKind, err error) error {
	broken := func(format string, args ...any) *clm.Error {
		return clm.Errorf(clm.KindUnavailable, format, args...).Because(err)
	}
	folder := filepath.Dir(db.path)
	switch kind {
	case faultBusy:
		return broken("the estate in %s is locked by another process, for longer than %v", db.path, db.patience).
			WithHint("wait for the other run to end, or stop it, and try again")
	case faultReadOnly:
		return broken("the estate in %s cannot be written", db.path).
			WithHint("let this user write the file and the folder %s", folder)
	case faultCannotOpen:
		return broken("the estate in %s cannot be opened", db.path).
			WithHint("let this user read and write the file and the folder %s, or set data_dir to another folder", folder)
	case faultCorrupt:
		return broken("the estate in %s is damaged, or not an estate at all", db.path).
			WithHint("move the file away together with its -wal and -shm files, and put the newest file of %s or your own backup in its place", db.backups())
	case faultFull:
		return broken("no room is left for the estate in %s", db.path).
			WithHint("free some space on that disk and try again; nothing was changed")
	case faultDisk:
		return broken("reading or writing the estate in %s failed", db.path).
			WithHint("check the disk that holds %s, its space and its quota", folder)
	}
	return fmt.Errorf("using the estate in %s: %w", db.path, err)
}
