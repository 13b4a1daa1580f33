package work

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// take makes a round unless another server is still at the last one of its kind. Its
// lock ends with its connection, however the server ends.
func (w *Work) take(ctx context.Context, pool *pgxpool.Pool, kind clm.RoundKind) error {
	conn, err := connection(ctx, pool)
	if err != nil {
		return err
	}
	defer hangUp(ctx, conn)
	var mine bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock("+number+")", "round "+string(kind)).Scan(&mine); err != nil {
		return fmt.Errorf("asking whether the last round has ended: %w", err)
	}
	if !mine {
		w.Log.DebugContext(ctx, "no round: the last one is still under way", "kind", kind)
		return nil
	}
	return w.round(ctx, kind)
}

// number is that of a lock of the estate: locks are a database's own, the schema tells
// its estates apart.
const number = "hashtextextended('terraform-provider-clm ' || current_schema() || ' ' || $1, 0)"

// migrate makes the queue's tables, or brings them up to date. Of several servers one
// does; the others wait and find it done.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := connection(ctx, pool)
	if err != nil {
		return err
	}
	defer hangUp(ctx, conn)
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock("+number+")", "migration of the queue"); err != nil {
		return fmt.Errorf("waiting for those who migrate the queue: %w", err)
	}
	tables, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return fmt.Errorf("reading the migrations of the queue: %w", err)
	}
	if _, err := tables.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrating the queue: %w", err)
	}
	return nil
}

// connection is one that the pool gives up.
func connection(ctx context.Context, pool *pgxpool.Pool) (*pgx.Conn, error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting to the queue of background work: %w", err)
	}
	return conn.Hijack(), nil
}

func hangUp(ctx context.Context, conn *pgx.Conn) {
	_ = conn.Close(context.WithoutCancel(ctx)) // the server lets go of the lock either way
}
