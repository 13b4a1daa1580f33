package backend_test

import (
	"database/sql"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // whoever tampers with the file has it too

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// Whoever alters the file behind our back is found out, at the row, even beyond
// the first page of the trail.
func TestVerifyAuditFindsTampering(t *testing.T) {
	t.Parallel()
	const rows = 1500
	for name, tt := range map[string]struct{ statement, text string }{
		"altered": {"UPDATE audit_events SET document = replace(document, 'web-1200', 'web-9999') WHERE sequence = 1200",
			"audit row 1200 does not match its hash: it was altered"},
		"removed": {"DELETE FROM audit_events WHERE sequence = 1001", "audit row 1002 follows row 1000: rows are missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := backend.Config{DataDir: t.TempDir(), KeyFile: keyFile(t, "A")}
			b := opened(t, c)
			fill(t, c.DataDir, rows)
			n, last, err := b.VerifyAudit(t.Context())
			must(t, err)
			if n != rows || len(last) != 64 {
				t.Errorf("%d rows up to %s", n, last)
			}
			tamper(t, c.DataDir, tt.statement)
			if _, _, err := b.VerifyAudit(t.Context()); err == nil || err.Error() != tt.text {
				t.Errorf("got  %v\nwant %s", err, tt.text)
			}
		})
	}
}

func fill(t *testing.T, dir string, rows int) {
	t.Helper()
	db, err := store.Open(t.Context(), dir, store.Options{})
	must(t, err)
	defer db.Close()
	must(t, db.Update(t.Context(), func(tx *store.Tx) error {
		for i := range rows {
			e := clm.AuditEvent{Principal: "test", Action: "device.create", Noun: clm.NounDevice, SubjectID: "1", Subject: "web-" + strconv.Itoa(i+1)}
			if err := tx.AppendAudit(&e); err != nil {
				return err
			}
		}
		return nil
	}))
}

func tamper(t *testing.T, dir, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, store.FileName))
	must(t, err)
	defer db.Close()
	result, err := db.ExecContext(t.Context(), statement)
	must(t, err)
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%s: %d rows, %v", strings.Fields(statement)[0], n, err)
	}
}
