package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Tx is a transaction. Its methods are engine.Tx's, which documents them. A
// method that fails has changed nothing, so the rest may still be committed.
type Tx struct {
	ctx      context.Context // ends a View; an Update, once begun, is not ended
	db       *DB
	session  *session
	readOnly bool
	broken   error // the database failed: nothing more is run, and nothing is kept
}

func (tx *Tx) exec(query string, args ...any) (int64, error) {
	if tx.readOnly {
		return 0, clm.Errorf(clm.KindInternal, "a view of the estate tried to write")
	}
	if err := tx.over(); err != nil {
		return 0, err
	}
	n, err := tx.session.write(query, args...)
	return n, tx.failed(err)
}

func (tx *Tx) each(scan func(*sql.Rows) error, query string, args ...any) error {
	if err := tx.over(); err != nil {
		return err
	}
	return tx.failed(tx.session.each(func(rows *sql.Rows) error {
		if err := tx.ctx.Err(); err != nil {
			return err
		}
		return scan(rows)
	}, query, args...))
}

func (tx *Tx) first(into []any, query string, args ...any) (bool, error) {
	if err := tx.over(); err != nil {
		return false, err
	}
	found, err := tx.session.first(into, query, args...)
	return found, tx.failed(err)
}

// over tells why the transaction can do no more.
func (tx *Tx) over() error {
	if tx.broken != nil {
		return tx.broken
	}
	return tx.db.explain(tx.ctx.Err())
}

// failed explains an error. Only a broken constraint leaves the transaction
// usable: on a full disk, say, SQLite may have undone all of it, and what
// followed would be written on its own.
func (tx *Tx) failed(err error) error {
	err = tx.db.explain(err)
	var v *violation
	if err != nil && !errors.As(err, &v) {
		tx.broken = err
	}
	return err
}

// count runs a query for one number.
func (tx *Tx) count(query string, args ...any) (n int64, err error) {
	_, err = tx.first([]any{&n}, query, args...)
	return n, err
}

// where collects the conditions of a query and their arguments.
type where struct {
	sql  string
	args []any
}

func (w *where) and(condition string, args ...any) {
	if w.sql == "" {
		w.sql = " WHERE "
	} else {
		w.sql += " AND "
	}
	w.sql += condition
	w.args = append(w.args, args...)
}

// limit is a page's limit as SQL takes it: everything when it is 0.
func limit(n int) int64 {
	if n <= 0 {
		return math.MaxInt64
	}
	return int64(n)
}

// micros is a time as SQL compares it.
func micros(t time.Time) int64 { return t.UnixMicro() }

// microsOrNever is the same with 0 for the zero time.
func microsOrNever(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return micros(t)
}

func timeOrNever(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// orNull keeps an empty reference out of foreign keys.
func orNull(id string) any {
	if id == "" {
		return nil
	}
	return id
}

func encode(entity any) (string, error) {
	document, err := json.Marshal(entity)
	if err != nil {
		return "", fmt.Errorf("encoding a %T: %w", entity, err)
	}
	return string(document), nil
}

func decode(document []byte, into any) error {
	if err := json.Unmarshal(document, into); err != nil {
		return fmt.Errorf("decoding a stored %T: %w", into, err)
	}
	return nil
}

// violated tells whether err is the violation of that constraint.
func violated(err error, constraint string) bool {
	var v *violation
	return errors.As(err, &v) && v.constraint == constraint
}
