package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// writeBetweenSavepoints runs a statement so that the rest of the transaction
// stays usable when it breaks a constraint: to PostgreSQL a transaction is over
// at the first error. All three statements go out together, so that the savepoint
// costs no round trip.
func writeBetweenSavepoints(s *session, query string, args ...any) (n int64, err error) {
	raw := s.conn.Raw(func(driverConn any) error {
		conn, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("a connection of the type %T cannot write", driverConn)
		}
		n, err = writeAtOnce(conn.Conn(), s.dialect.rebind(query), s.arguments(args))
		return nil
	})
	return n, errors.Join(raw, err)
}

func writeAtOnce(conn *pgx.Conn, query string, args []any) (int64, error) {
	ctx := context.Background()
	var all pgx.Batch
	all.Queue("SAVEPOINT statement")
	all.Queue(query, args...)
	all.Queue("RELEASE SAVEPOINT statement")
	results := conn.SendBatch(ctx, &all)
	_, begun := results.Exec()
	tag, written := results.Exec()
	_, released := results.Exec()
	err := firstOf(begun, written, released, results.Close())
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		_, undone := conn.Exec(ctx, "ROLLBACK TO SAVEPOINT statement; RELEASE SAVEPOINT statement")
		return 0, firstOf(err, undone)
	}
	return tag.RowsAffected(), err
}

// firstOf is the error that led to the others.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
