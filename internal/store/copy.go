package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Copied is what became of one table.
type Copied struct {
	Table  string
	Rows   int64
	Digest string // SHA-256 of its rows, the same in both estates
}

// CopyTo copies all there is, row by row, into an estate with nothing in it. It is
// one transaction there: afterwards counts and digests of every table are those of
// the source, or nothing was kept. Nobody writes to the source meanwhile, and
// nothing is written there. then runs last in that transaction.
func (db *DB) CopyTo(ctx context.Context, to *DB, then func(*Tx) error) (all []Copied, err error) {
	if db.dialect != sqliteDialect || db.version != to.version {
		return nil, clm.Errorf(clm.KindRefused, "the estate in %s, of schema %d, cannot be copied to %s, of schema %d", db.path, db.version, to.path, to.version)
	}
	err = db.Update(ctx, func(source *Tx) error {
		return to.Update(ctx, func(target *Tx) error {
			if all, err = copyAll(source, target); err != nil {
				return err
			}
			return then(target)
		})
	})
	return all, err
}

func copyAll(source, target *Tx) (all []Copied, err error) {
	layouts, err := layoutsOf(source)
	if err != nil {
		return nil, err
	}
	if err := target.wantEmpty(layouts); err != nil {
		return nil, err
	}
	for _, l := range layouts {
		copied, err := l.copy(source, target)
		if err != nil {
			return nil, fmt.Errorf("copying %s: %w", l.table, err)
		}
		all = append(all, copied)
	}
	return all, nil
}

func (tx *Tx) wantEmpty(layouts []layout) error {
	for _, l := range layouts {
		n, err := tx.count("SELECT COUNT(*) FROM " + l.table)
		if err != nil {
			return err
		}
		if n > 0 {
			return clm.Errorf(clm.KindExists, "the estate in %s is not empty: it has %d %s in %s", tx.db.path, n, plural(n, "row"), l.table).
				WithHint("name a schema nobody has used yet, as in ?search_path=clm")
		}
	}
	return nil
}

// copy writes a table's rows and reads them back.
func (l layout) copy(source, target *Tx) (Copied, error) {
	insert := "INSERT INTO " + l.table + " (" + strings.Join(l.columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(l.columns)-1) + ")"
	want, err := l.read(source, func(row []any) error {
		_, err := target.session.exec(insert, row...)
		return target.failed(err)
	})
	if err != nil {
		return want, err
	}
	got, err := l.read(target, func([]any) error { return nil })
	if err == nil && got != want {
		err = clm.Errorf(clm.KindFailed, "%d rows with the digest %s became %d rows with the digest %s", want.Rows, want.Digest, got.Rows, got.Digest).
			WithHint("nothing was kept; check what else acts on the tables of that schema")
	}
	return want, err
}

// read calls each with every row, in an order that is the same in every database.
func (l layout) read(tx *Tx, each func(row []any) error) (Copied, error) {
	c, sum := Copied{Table: l.table}, sha256.New()
	err := tx.each(func(rows *sql.Rows) error {
		row, into := make([]any, len(l.columns)), make([]any, len(l.columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		c.Rows++
		for i := range row {
			row[i] = l.value(i, row[i])
			addTo(sum, row[i])
		}
		return each(row)
	}, "SELECT "+strings.Join(l.columns, ", ")+" FROM "+l.table+" ORDER BY "+strings.Join(l.key, ", "))
	c.Digest = hex.EncodeToString(sum.Sum(nil))
	return c, err
}

// value is a column's value as every database has it: to SQLite a boolean is a
// number.
func (l layout) value(column int, value any) any {
	if n, ok := value.(int64); ok && l.types[column] == "BOOLEAN" {
		return n != 0
	}
	return value
}

// addTo adds a value so that no two rows of different values come to the same.
func addTo(sum hash.Hash, value any) {
	text := fmt.Sprint(value)
	switch v := value.(type) {
	case nil:
		sum.Write([]byte("null\n"))
		return
	case []byte:
		text = string(v)
	}
	fmt.Fprintf(sum, "%d\n%s", len(text), text)
}
