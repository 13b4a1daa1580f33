package store_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// home is where an estate of a test lives: a folder, or a schema of PostgreSQL.
type home struct {
	place string
	// commits counts the commits that went to the database.
	commits func(n *atomic.Int64) store.Options
}

// inBoth tells a story on each of the databases.
func inBoth(t *testing.T, tell func(t *testing.T, h home)) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		tell(t, home{t.TempDir(), commits})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		tell(t, home{postgres.URL(t), commitsToServer})
	})
}

func (h home) open(t *testing.T, o store.Options) *store.DB {
	t.Helper()
	db, err := openAt(t.Context(), h.place, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func (h home) onServer() bool { return strings.HasPrefix(h.place, "postgres://") }

// openAt opens the estate in a folder or at a URL.
func openAt(ctx context.Context, place string, o store.Options) (*store.DB, error) {
	if strings.HasPrefix(place, "postgres://") {
		return store.OpenPostgres(ctx, place, o)
	}
	return store.Open(ctx, place, o)
}

// line stands between the store and a PostgreSQL server, and hangs up where one of
// the two says so: before, what is being sent never arrives; after, it does, and
// the answer never does.
type line struct {
	net.Conn
	before, after func(sent []byte) bool
}

func (l line) Write(sent []byte) (int, error) {
	if l.before(sent) {
		return 0, l.Close()
	}
	n, err := l.Conn.Write(sent)
	if err == nil && l.after(sent) {
		return n, l.Close()
	}
	return n, err
}

func never([]byte) bool { return false }

// lined is the options with such a line.
func lined(before, after func(sent []byte) bool) store.Options {
	return store.Options{}.WiredToServer(func(c net.Conn) net.Conn { return line{c, before, after} })
}

func isCommit(sent []byte) bool { return bytes.Contains(sent, []byte("; COMMIT")) }

// runsSomething tells a query, and an execution of a prepared one, from what only
// prepares and what only connects.
func runsSomething(sent []byte) bool { return len(sent) > 0 && (sent[0] == 'Q' || sent[0] == 'B') }

func commitsToServer(n *atomic.Int64) store.Options {
	return lined(never, func(sent []byte) bool {
		if isCommit(sent) {
			n.Add(1)
		}
		return false
	})
}
