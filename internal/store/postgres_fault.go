package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// diagnosePostgres reads the code of an error the server sent; every other error
// of a connection means that there is no server any more.
func diagnosePostgres(err error) fault {
	var refusal *pgconn.PgError
	switch {
	case errors.As(err, &refusal):
		return diagnoseCode(refusal)
	case hungUp(err):
		return fault{kind: faultAway}
	}
	return fault{}
}

func hungUp(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false // we did
	}
	var network net.Error
	var connecting *pgconn.ConnectError
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, driver.ErrBadConn, sql.ErrConnDone} {
		if errors.Is(err, end) {
			return true
		}
	}
	return errors.As(err, &connecting) || errors.As(err, &network) || pgconn.SafeToRetry(err)
}

// faultsOfPostgres are the codes, and the classes of codes, that have a meaning
// for us; see "PostgreSQL Error Codes" in its manual.
var faultsOfPostgres = map[string]faultKind{
	"23505": faultConstraint,
	"23503": faultForeignKey,
	"55P03": faultBusy,       // lock_timeout
	"25006": faultReadOnly,   // a standby, or a transaction made so
	"42501": faultReadOnly,   // no right to do it
	"28":    faultCannotOpen, // who one is
	"3D":    faultCannotOpen, // no such database
	"53100": faultFull,
	"53":    faultAway, // too many connections, no memory
	"57P":   faultAway, // shutting down, starting, terminated
	"25P03": faultAway, // idle for longer than the server allows
	"08":    faultAway,
	"58":    faultDisk,
	"XX":    faultDisk,
}

func diagnoseCode(e *pgconn.PgError) fault {
	for n := len(e.Code); n >= 2; n-- {
		if kind, known := faultsOfPostgres[e.Code[:n]]; known {
			return fault{kind: kind, constraint: columnsOf(e.ConstraintName)}
		}
	}
	return fault{}
}

// columnsOf finds "versions.issuer_id, versions.serial_number" in the name of a
// constraint, versions__issuer_id__serial_number.
func columnsOf(constraint string) string {
	table, columns, _ := strings.Cut(constraint, "__")
	return table + "." + strings.ReplaceAll(columns, "__", ", "+table+".")
}

// unavailable says of an estate on PostgreSQL why it cannot be used.
func (p *postgres) unavailable(db *DB, kind faultKind, err error) error {
	broken := func(format string, args ...any) *clm.Error {
		return clm.Errorf(clm.KindUnavailable, format, args...).Because(err)
	}
	switch kind {
	case faultBusy:
		return broken("the estate in %s is locked by another process, for longer than %v", db.path, db.patience).
			WithHint("wait for the other run to end, or stop it, and try again")
	case faultReadOnly:
		return broken("the estate in %s cannot be written", db.path).
			WithHint("connect to the primary server, and let the database user make and write tables in the schema %q", p.schema)
	case faultCannotOpen:
		return broken("the estate in %s cannot be opened", db.path).
			WithHint("check the user, the password and the name of the database in database_url")
	case faultFull:
		return broken("no room is left for the estate in %s", db.path).
			WithHint("free some space on the database server and try again; nothing was changed")
	case faultDisk:
		return broken("the server of the estate in %s cannot read or write its files", db.path).
			WithHint("see the log of the PostgreSQL server")
	case faultAway:
		return broken("the PostgreSQL server of the estate in %s does not answer", db.path).
			WithHint("check that it runs, accepts connections and can be reached from here, and try again; nothing was changed")
	case faultUnknown:
		return broken("the PostgreSQL server of the estate in %s hung up while a change was being committed: nobody knows whether it was kept", db.path).
			WithHint("run again once the server answers: the estate is then as before the change, or as after it")
	}
	return fmt.Errorf("using the estate in %s: %w", db.path, err)
}
