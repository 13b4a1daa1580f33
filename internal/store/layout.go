package store

import (
	"database/sql"
	"fmt"
	"slices"
)

// layout is what a table is made of.
type layout struct {
	table   string
	columns []string
	types   []string // of the columns, as SQLite has them
	key     []string // columns of the primary key
	refers  []string // tables its foreign keys point at
}

// layoutsOf asks a SQLite estate for its tables, each after those it refers to: so
// a table that a later migration adds is not forgotten.
func layoutsOf(tx *Tx) ([]layout, error) {
	names, err := tx.texts("SELECT name FROM sqlite_master WHERE type = 'table'" +
		" AND name <> 'goose_db_version' AND name NOT LIKE 'sqlite_%' ORDER BY name")
	if err != nil {
		return nil, err
	}
	var all []layout
	for _, name := range names {
		l := layout{table: name}
		for query, into := range map[string]*[]string{
			"SELECT name FROM pragma_table_info(?) ORDER BY cid":                       &l.columns,
			"SELECT type FROM pragma_table_info(?) ORDER BY cid":                       &l.types,
			"SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk":           &l.key,
			`SELECT DISTINCT "table" FROM pragma_foreign_key_list(?) ORDER BY "table"`: &l.refers,
		} {
			if *into, err = tx.texts(query, name); err != nil {
				return nil, err
			}
		}
		all = append(all, l)
	}
	return inOrder(all)
}

// inOrder puts each table behind those it refers to.
func inOrder(left []layout) (ordered []layout, err error) {
	for len(left) > 0 {
		next := slices.IndexFunc(left, func(l layout) bool { return !slices.ContainsFunc(left, l.refersTo) })
		if next < 0 {
			return nil, fmt.Errorf("the tables refer to each other in a circle: %v", left)
		}
		ordered, left = append(ordered, left[next]), slices.Delete(left, next, next+1)
	}
	return ordered, nil
}

func (l layout) refersTo(other layout) bool {
	return other.table != l.table && slices.Contains(l.refers, other.table)
}

// texts runs a query for one column of text.
func (tx *Tx) texts(query string, args ...any) (all []string, err error) {
	err = tx.each(func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		all = append(all, text)
		return err
	}, query, args...)
	return all, err
}
