package store_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// TestAnEstateOfSchemaOne is what users have: it opens with all that is in it,
// and its life goes on.
func TestAnEstateOfSchemaOne(t *testing.T) {
	t.Parallel()
	first, err := fs.ReadFile(store.Migrations(), "00001_estate.sql")
	succeeds(t)(err)
	rows, err := os.ReadFile(filepath.Join("testdata", "schema1.sql"))
	succeeds(t)(err)
	folder := t.TempDir()
	old := openWith(t, folder, store.Options{}.Knowing(fstest.MapFS{"00001_estate.sql": &fstest.MapFile{Data: first}}))
	succeeds(t)(old.Close())
	rawExec(t, raw(t, folder), string(rows))

	db := open(t, folder)
	sameState(t, db, open(t, lived(t)))
	if copies := backups(t, folder); len(copies) != 1 {
		t.Errorf("the backups are %v, want one", copies)
	}
	succeeds(t)(play(db))
	whole := open(t, t.TempDir())
	succeeds(t)(play(whole))
	sameState(t, db, whole)
	succeeds(t)(db.Close())
	sound(t, folder)
}

// What was withdrawn under a schema that did not record who had signed is on the
// list of who did, and on every list of the slot where nobody knows.
func TestRevocationsAreAttributed(t *testing.T) {
	t.Parallel()
	folder, old := t.TempDir(), fstest.MapFS{}
	names, err := fs.Glob(store.Migrations(), "0000[1-4]_*.sql")
	succeeds(t)(err)
	for _, name := range names {
		content, err := fs.ReadFile(store.Migrations(), name)
		succeeds(t)(err)
		old[name] = &fstest.MapFile{Data: content}
	}
	succeeds(t)(openWith(t, folder, store.Options{}.Knowing(old)).Close())
	rawExec(t, raw(t, folder), `
INSERT INTO revocations (issuer_id, serial_number, revoked_at, reason, not_after) VALUES ('slot', '01', 1, 'superseded', 2), ('slot', '02', 1, 'superseded', 2);
INSERT INTO versions (certificate_id, number, revision, issuer_id, serial_number, fingerprint_sha256, state, not_after, document)
VALUES ('c', 1, 1, 'slot', '01', 'f', 'revoked', 2, '{"issuer_fingerprint_sha256":"old"}')`)
	succeeds(t)(open(t, folder).View(t.Context(), func(tx *store.Tx) error {
		for ca, want := range map[string]int{"old": 2, "new": 1} {
			got, err := tx.Revocations(clm.CA{IssuerID: "slot", FingerprintSHA256: ca}, time.Time{})
			if err != nil || len(got) != want {
				t.Errorf("on the list of the %s one are %v, error %v", ca, got, err)
			}
		}
		return nil
	}))
}
