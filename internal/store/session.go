package store

import (
	"context"
	"database/sql"
	"fmt"
)

// session is one connection with the statements prepared on it. Statements
// run under a context that cannot be cancelled: a statement that is cut short
// may take the whole transaction, and everybody else's share of it, with it.
type session struct {
	conn    *sql.Conn
	dialect *dialect
	stmts   map[string]*sql.Stmt
}

func openSession(pool *sql.DB, d *dialect) (*session, error) {
	conn, err := pool.Conn(context.Background())
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	return &session{conn: conn, dialect: d, stmts: map[string]*sql.Stmt{}}, nil
}

func (s *session) close() error {
	for _, stmt := range s.stmts {
		stmt.Close()
	}
	return s.conn.Close()
}

func (s *session) prepared(query string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(context.Background(), s.dialect.rebind(query))
	if err != nil {
		return nil, err
	}
	s.stmts[query] = stmt
	return stmt, nil
}

// control runs a statement about the transaction.
func (s *session) control(query string) error {
	_, err := s.conn.ExecContext(context.Background(), query)
	return err
}

// write is exec for a statement in a transaction, which goes on when it breaks a
// constraint.
func (s *session) write(query string, args ...any) (int64, error) {
	return s.dialect.write(s, query, args...)
}

// exec runs a statement and tells how many rows it touched.
func (s *session) exec(query string, args ...any) (int64, error) {
	stmt, err := s.prepared(query)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(context.Background(), s.arguments(args)...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s *session) arguments(args []any) []any {
	for i, value := range args {
		args[i] = s.dialect.argument(value)
	}
	return args
}

// each calls scan for every row.
func (s *session) each(scan func(*sql.Rows) error, query string, args ...any) error {
	stmt, err := s.prepared(query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(context.Background(), s.arguments(args)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// first scans the first row and tells whether there was one.
func (s *session) first(into []any, query string, args ...any) (found bool, err error) {
	err = s.each(func(rows *sql.Rows) error {
		if found {
			return nil
		}
		found = true
		return rows.Scan(into...)
	}, query, args...)
	return found, err
}
